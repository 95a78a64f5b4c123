#!/usr/bin/env bash
# neon.sh: does 64-bit ARM compute the same bytes as this machine? Builds patchgpt for both, runs the ARM one under
# qemu with each of its kernels, and compares. Not part of scripts/test.sh: it is slow and needs a cross compiler.
# On an ARM machine it is not needed: there scripts/test.sh checks NEON itself.
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/system/neon.sh [FOLDER]

Installs the cross compiler and qemu if they are missing (Debian on x86-64 only), builds in FOLDER (default
build-test/neon), where the ARM libraries are unpacked too, and compares results bit for bit.
END
}

die() {
    printf 'neon.sh: %s\n' "$*" >&2
    exit 1
}

case ${1-} in
    --help | -h) usage && exit ;;
    -*) printf 'neon.sh: there is no option %s (see --help)\n' "$1" >&2 && exit 2 ;;
esac
[ $# -le 1 ] || { printf 'neon.sh: there is one FOLDER at most (see --help)\n' >&2 && exit 2; }
[ "$(uname -sm)" = "Linux x86_64" ] || die "needs Linux on x86-64, this is $(uname -sm)"
command -v apt-get >/dev/null || die "needs Debian: there is no apt-get here"
folder=$(realpath -m "${1:-"$(dirname "${BASH_SOURCE[0]}")/../../build-test/neon"}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[[ $folder != *[[:space:]]* ]] || die "the path of FOLDER must be without spaces: $folder"
sysroot=$folder/sysroot
passed=0 failed=0

# ---- what it needs ----

# apt-get for ARM packages, with lists of its own: the system keeps its architectures and its packages.
apt_get_arm64() {
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root \
        -o Dir::State="$folder/apt" -o Dir::State::status=/dev/null -o Dir::Cache="$folder/apt/cache" "$@"
}

# The libraries that the cross compiler does not bring. zlib and utf8proc have static ones, cJSON has not.
unpack_libraries() {
    local package packages=(libcjson1 libcjson-dev libutf8proc-dev zlib1g-dev)
    if [ -d "$sysroot" ]; then return; fi
    echo "unpacking: ${packages[*]} (arm64)"
    rm -rf "$folder/apt"
    mkdir -p "$folder/apt/debs" "$folder/apt/sysroot"
    apt_get_arm64 update || echo "going on with the package lists that came" >&2
    (cd "$folder/apt/debs" && apt_get_arm64 download "${packages[@]}") || die "apt-get has no ${packages[*]} for arm64"
    for package in "$folder"/apt/debs/*.deb; do dpkg -x "$package" "$folder/apt/sysroot"; done
    mv "$folder/apt/sysroot" "$sysroot"
    rm -rf "$folder/apt"
}

# ---- the two builds ----

write_toolchain() {
    local libraries=$sysroot/usr/lib/aarch64-linux-gnu
    cat >"$folder/aarch64.cmake" <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_C_FLAGS_INIT "-isystem $sysroot/usr/include -isystem $sysroot/usr/include/aarch64-linux-gnu")
# Libraries are looked for here alone; stb's headers and the font are the same on every machine.
set(CMAKE_FIND_ROOT_PATH $sysroot /usr/aarch64-linux-gnu /usr/lib/gcc-cross/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(ENV{PKG_CONFIG_LIBDIR} $libraries/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} $sysroot)
END
}

build() {
    local name=$1
    shift
    echo "building: $name"
    cmake -S . -B "$folder/$name" -DCMAKE_BUILD_TYPE=Release -DPATCHGPT_WERROR=ON -DPATCHGPT_TESTS=OFF "$@" >/dev/null
    cmake --build "$folder/$name" --parallel "$(nproc)" >/dev/null
}

native() {
    "$folder/native/patchgpt" "$@"
}

# arm ISA ARGUMENT…: the ARM build with these kernels ("" leaves the choice to it).
arm() {
    local isa=$1
    shift
    PATCHGPT_ISA=$isa qemu-aarch64 -L /usr/aarch64-linux-gnu "$folder/aarch64/patchgpt" "$@"
}

# ---- the comparisons ----

# expect WHAT COMMAND…: one comparison, which the command makes by succeeding.
expect() {
    local what=$1
    shift
    if "$@" >"$folder/log" 2>&1; then
        echo "ok       $what"
        passed=$((passed + 1))
    else
        echo "FAILED   $what"
        sed 's/^/         /' "$folder/log"
        failed=$((failed + 1))
    fi
}

runs_on() {
    local isa=$1 kernels=$2 report
    report=$(arm "$isa" info --model demo) || return
    echo "$report"
    [[ $report == *" $kernels kernels"* ]]
}

demo=(--model demo --clean "Michelle Jones was a top-notch student. Michelle"
    --corrupt "Michelle Smith was a top-notch student. Michelle" --tokens " Smith" " Jones" --quiet)

# demo_equals ISA TABLE: byte for byte.
demo_equals() {
    arm "$1" "${demo[@]}" --csv - | cmp - "$2"
}

# ids FIELD MODEL: a list of token ids of the model's expected.json.
ids() {
    sed -nE "s/.*\"$1\": *\[([0-9, ]+)\].*/\1/p" "tests/fixtures/models/$2/expected.json" | tr -d ' '
}

compare_model() {
    local model=$1 table experiment direction isa
    experiment=(--model "tests/fixtures/models/$model" --clean-ids "$(ids clean_ids "$model")"
        --corrupt-ids "$(ids corrupt_ids "$model")" --token-ids "$(ids token_ids "$model")" --quiet)
    for direction in denoising noising; do
        table=$folder/$model-$direction.csv
        [ $direction = denoising ] || experiment+=(--noising)
        native "${experiment[@]}" --csv "$table"
        for isa in neon portable; do
            expect "$isa: $model, $direction" arm "$isa" "${experiment[@]}" --check "$table"
        done
    done
}

scripts/dev/install_packages.sh build neon
mkdir -p "$folder"
unpack_libraries
write_toolchain
build native
build aarch64 -DCMAKE_TOOLCHAIN_FILE="$folder/aarch64.cmake"
echo

expect "by itself it runs on neon" runs_on "" neon
native "${demo[@]}" --csv "$folder/demo.csv"
for isa in neon portable; do
    expect "PATCHGPT_ISA=$isa is obeyed" runs_on $isa $isa
    expect "$isa: demo, as on this machine" demo_equals $isa "$folder/demo.csv"
    expect "$isa: demo, as tests/fixtures/golden/michelle.csv" demo_equals $isa tests/fixtures/golden/michelle.csv
done
for model in hf-f16 hf-odd mingpt bf16-shards; do
    compare_model $model
done

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
