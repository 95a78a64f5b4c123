#!/usr/bin/env bash
# quickstart.sh: from a fresh copy of the project to the first heatmap, in one command.
# Installs what is missing (Debian and Ubuntu), builds, and runs one experiment on the built-in demo model.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/quickstart.sh

Installs the packages that are missing, builds build/patchgpt, and asks it which activations make the built-in demo
model say " Jones" and not " Smith". The heatmap and the numbers are patchgpt.png and patchgpt.csv.
END
}

case ${1-} in
    '') ;;
    --help | -h) usage && exit ;;
    *) printf 'quickstart.sh: there is no option %s (see --help)\n' "$1" >&2 && exit 2 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/dev/install_packages.sh build
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DPATCHGPT_TESTS=OFF
cmake --build build --parallel "$(getconf _NPROCESSORS_ONLN)"

echo
TIMEFORMAT='patchgpt took %R s.'
time build/patchgpt --model demo \
    --clean "Michelle Jones was a top-notch student. Michelle" \
    --corrupt "Michelle Smith was a top-notch student. Michelle" \
    --tokens " Smith" " Jones"

cat <<END

The heatmap:  $PWD/patchgpt.png
The numbers:  $PWD/patchgpt.csv

Now with GPT-2 itself:
  scripts/fetch_model.sh gpt2
  build/patchgpt --clean "Michelle Jones was a top-notch student. Michelle" \\
    --corrupt "Michelle Smith was a top-notch student. Michelle" --tokens " Smith" " Jones"
END
