#!/usr/bin/env bash
# run.sh: builds the fuzz targets with clang and runs each over its stored corpus.
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/fuzz/run.sh [--runs N | --minutes N] [TARGET...]

Without options every target runs over its corpus and 10,000 inputs made from it, the same each time: that is
what CI does. TARGET is one of tests/fuzz/fuzz_TARGET.c.

  --runs N      N inputs for each target
  --minutes N   N minutes for each target, with another seed each time; what is new goes to
                build-test/fuzz/corpus and is used the next time
END
}

misused() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 2
}

runs=10000 minutes=
targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage && exit ;;
        --runs | --minutes)
            [[ ${2-} =~ ^[1-9][0-9]*$ ]] || misused "$1 takes a whole number of 1 or more"
            if [ "$1" = --runs ]; then runs=$2; else minutes=$2; fi
            shift
            ;;
        -*) misused "there is no option $1 (see --help)" ;;
        *) targets+=("$1") ;;
    esac
    shift
done
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ ${#targets[@]} -eq 0 ]; then
    for source in tests/fuzz/fuzz_*.c; do
        target=${source##*/fuzz_}
        targets+=("${target%.c}")
    done
fi

scripts/dev/install_packages.sh build fuzz
build="build-test/fuzz"
cmake -S . -B $build -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O1 \
    -DPATCHGPT_SANITIZE=address,undefined -DPATCHGPT_FUZZ=ON -DPATCHGPT_TESTS=OFF -DPATCHGPT_WERROR=ON >/dev/null
cmake --build $build --parallel "$(getconf _NPROCESSORS_ONLN)"

# A reader that allocates what its input claims is a defect: no single allocation is above 256 MB.
limits=(-malloc_limit_mb=256 -rss_limit_mb=1024 -timeout=10 -max_len=65536)

# fuzz TARGET FOLDER OPTION...: one target over its corpus and FOLDER, which gets what is new. Says which input
# fails, if one does.
fuzz() {
    local target=$1 folder=$2
    shift 2
    mkdir -p "$folder"
    if "$build/tests/fuzz/fuzz_$target" "${limits[@]}" -artifact_prefix="$build/found-$target-" "$@" \
        "$folder" "tests/fuzz/corpus/$target"; then return; fi
    echo "fuzz: $target fails: the input is $build/found-$target-*" >&2
    return 1
}

for target in "${targets[@]}"; do
    [ -x "$build/tests/fuzz/fuzz_$target" ] || misused "there is no target $target"
    if [ -n "$minutes" ]; then
        fuzz "$target" "$build/corpus/$target" -max_total_time=$((60 * minutes))
        continue
    fi
    log=$build/$target.log new=$build/new/$target
    rm -rf "$new"
    fuzz "$target" "$new" -seed=1 -runs="$runs" >"$log" 2>&1 || { cat "$log" >&2 && exit 1; }
    echo "fuzz: $target: $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log") inputs"
done
