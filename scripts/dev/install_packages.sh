#!/usr/bin/env bash
# install_packages.sh: installs what is missing to build patchgpt, to test it and to check its style.
# Does nothing when nothing is missing. Installs on Debian and Ubuntu only; elsewhere it names what to install.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/dev/install_packages.sh PURPOSE...

Installs, with apt-get and without a question, what is missing for each purpose. Uses sudo when not root.

  build   patchgpt
  test    scripts/test.sh
  style   what .ci/run checks before it
  fuzz    tests/fuzz/run.sh
  slurm   tests/system/slurm.sh
  neon    tests/system/neon.sh, on x86-64
END
}

die() {
    printf 'install_packages.sh: %s\n' "$*" >&2
    exit 1
}

PATH=$PATH:/usr/sbin:/sbin # where daemons are
missing=()
libraries=()

# need PACKAGE LIBRARY TEST…: PACKAGE is missing if the command TEST fails; LIBRARY is what it is to those who
# have no such package.
need() {
    local package=$1 library=$2
    shift 2
    if "$@" >/dev/null 2>&1; then return; fi
    missing+=("$package")
    libraries+=("$library")
}

has_header() {
    [ -n "$(find /usr/include /usr/local/include -name "$1")" ]
}

has_libfuzzer() {
    [ -e "$(clang -print-resource-dir)/lib/linux/libclang_rt.fuzzer-$(uname -m).a" ]
}

has_font() {
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name DejaVuSans.ttf)" ]
}

for purpose in "$@"; do
    case $purpose in
        build)
            need gcc "a C compiler" command -v "${CC:-cc}"
            need libc6-dev "the C library's headers" test -e /usr/include/stdio.h
            need make make command -v make
            need cmake "CMake 3.20" command -v cmake
            need pkg-config pkg-config command -v pkg-config
            need libcjson-dev cJSON pkg-config --exists libcjson
            need libstb-dev stb has_header stb_image_write.h
            need zlib1g-dev zlib pkg-config --exists zlib
            need libutf8proc-dev utf8proc pkg-config --exists libutf8proc
            need fonts-dejavu-core "the font DejaVu Sans" has_font
            ;;
        test)
            need libcmocka-dev cmocka pkg-config --exists cmocka
            need g++ "a C++ compiler" command -v "${CXX:-c++}"
            need bats bats command -v bats
            need python3 "Python 3.8" command -v python3
            need python3-numpy NumPy python3 -c "import numpy"
            need curl curl command -v curl
            need parallel "GNU parallel" command -v parallel
            need openssl openssl command -v openssl
            ;;
        style)
            need clang-format clang-format command -v clang-format
            need shellcheck shellcheck command -v shellcheck
            ;;
        fuzz)
            need clang clang command -v clang
            need libclang-rt-dev "clang's libFuzzer" has_libfuzzer
            ;;
        slurm)
            need munge munge command -v munged
            need slurmctld "Slurm's controller" command -v slurmctld
            need slurmd "Slurm's daemon" command -v slurmd
            need slurm-client "Slurm's commands" command -v sbatch
            ;;
        neon)
            need gcc-aarch64-linux-gnu "a C compiler for 64-bit ARM" command -v aarch64-linux-gnu-gcc
            need libc6-dev-arm64-cross "its C library" test -e /usr/aarch64-linux-gnu/include/stdio.h
            need qemu-user "qemu's user mode" command -v qemu-aarch64
            ;;
        --help | -h) usage && exit ;;
        *) die "there is nothing to install for \"$purpose\" (see --help)" ;;
    esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    list=$(printf '%s, ' "${libraries[@]}")
    die "there is no apt-get here: install these, then run this again: ${list%, }"
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run this as root first: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq || echo "going on with the package lists that are here" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" \
    >/dev/null || die "apt-get could not install: ${missing[*]}"
