#!/usr/bin/env bash
# test.sh: builds patchgpt and runs every test as it is released, and under AddressSanitizer and
# UndefinedBehaviorSanitizer; those with threads under ThreadSanitizer too. Warnings are errors. The last line counts
# the tests of all that ran.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/test.sh [--release | --sanitize | --threads]

Installs what is missing (Debian and Ubuntu), then builds in build-test/ and runs the unit tests (tests/unit) and the
command-line tests (tests/cli). Of the release build also the tests of the installed library (tests/library) and those
with system calls that fail (tests/system/faults.py).

  --release     only the release build
  --sanitize    only the build with AddressSanitizer and UndefinedBehaviorSanitizer
  --threads     only the tests with threads, under ThreadSanitizer
END
}

configurations=(release sanitize threads)
for option in "$@"; do
    case $option in
        --release) configurations=(release) ;;
        --sanitize) configurations=(sanitize) ;;
        --threads) configurations=(threads) ;;
        --help | -h) usage && exit ;;
        *) printf 'test.sh: there is no option %s (see --help)\n' "$option" >&2 && exit 2 ;;
    esac
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cores=$(getconf _NPROCESSORS_ONLN)
passed=0 failed=0 skipped=0

build() {
    local configuration=$1 options targets=(all)
    case $configuration in
        release)
            options=(-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON)
            targets=(all patchgpt_bench)
            ;;
        sanitize) options=(-DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O1 '-DPATCHGPT_SANITIZE=address,undefined') ;;
        threads)
            options=(-DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O1 -DPATCHGPT_SANITIZE=thread)
            targets=(thread_tests)
            ;;
    esac
    cmake -S . -B "build-test/$configuration" -DPATCHGPT_WERROR=ON -DPATCHGPT_TESTS=ON "${options[@]}" >/dev/null
    cmake --build "build-test/$configuration" --parallel "$cores" --target "${targets[@]}"
}

# count PATTERN: the lines of the log that match.
count() { grep -cE "$1" "$log" || true; }

# tally OK FAILED SKIPPED COMMAND…: runs a command that writes a line for every test, and counts the lines that
# match each pattern; OK matches skipped tests too. A command that fails without a failed test (it crashed, or
# could not read a test) counts as one.
tally() {
    local ok=$1 failures=$2 skips=$3 status=0 new_failures new_skips
    shift 3
    "$@" 2>&1 | tee "$log" || status=$?
    new_failures=$(count "$failures")
    new_skips=$(count "$skips")
    if [ "$status" -ne 0 ] && [ "$new_failures" -eq 0 ]; then new_failures=1; fi
    passed=$((passed + $(count "$ok") - new_skips))
    failed=$((failed + new_failures))
    skipped=$((skipped + new_skips))
}

unit_tests() {
    local folder=$1 line='^ *[0-9]+/[0-9]+ Test +#[0-9]+: .*'
    shift
    tally "$line( Passed |\*\*\*Skipped)" "$line\*\*\*(Failed|Exception|Timeout|Not Run)" "$line\*\*\*Skipped" \
        ctest --test-dir "$folder" --output-on-failure --no-tests=error --parallel "$cores" "$@"
}

# tap_tests COMMAND…: a command that writes TAP.
tap_tests() { tally '^ok [0-9]+ ' '^not ok [0-9]+ ' '^ok [0-9]+ .* # skip' "$@"; }

bats_tests() {
    local folder=$1
    shift
    tap_tests env PATCHGPT="$PWD/$folder/patchgpt" bats --jobs "$cores" --tap "$@"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
scripts/dev/install_packages.sh build test
for configuration in "${configurations[@]}"; do
    folder=build-test/$configuration
    echo "== $configuration: build"
    build "$configuration"
    echo "== $configuration: unit tests"
    if [ "$configuration" = threads ]; then
        unit_tests "$folder" --label-regex threads
        continue
    fi
    unit_tests "$folder"
    echo "== $configuration: command-line tests"
    bats_tests "$folder" tests/cli
    [ "$configuration" = release ] || continue # a sanitizer has an allocator of its own
    echo "== $configuration: library"
    bats_tests "$folder" tests/library
    echo "== $configuration: faults"
    tap_tests python3 tests/system/faults.py "$folder/patchgpt"
done

echo
summary="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || summary+=", $skipped skipped"
echo "$summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
