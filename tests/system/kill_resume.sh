#!/usr/bin/env bash
# kill_resume.sh: is a batch that was killed at any moment and then resumed the same as one that was not, byte for
# byte? Kills real batches with SIGKILL at moments spread over the whole run. Not part of scripts/test.sh: it takes a
# minute or two.
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/system/kill_resume.sh [ROUNDS [options of patchgpt batch]]

Runs a batch of 200 pairs (and three lines that fail) on the demo model to its end. Then, in each of ROUNDS rounds
(default 20), starts it in a fresh folder, kills it, resumes it (every third one is killed a second time), and compares
the folder with the first one. Options such as --png or --site z,mlp_out make the runs other ones.

PATCHGPT names the command (default: build/patchgpt). SEED=N gives other pairs and other moments (default 1).
END
}

die() {
    printf 'kill_resume.sh: %s\n' "$*" >&2
    exit 1
}

case ${1-} in
    --help | -h) usage && exit ;;
    '' | [1-9] | [1-9][0-9] | [1-9][0-9][0-9]) rounds=${1:-20} ;;
    *) printf 'kill_resume.sh: expected a number of rounds up to 999, found "%s" (see --help)\n' "$1" >&2 && exit 2 ;;
esac
[ $# -eq 0 ] || shift
options=("$@")
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
patchgpt=${PATCHGPT:-$project/build/patchgpt}
[ -x "$patchgpt" ] || die "there is no patchgpt at $patchgpt: build it, or set PATCHGPT"
RANDOM=${SEED:-1}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/patchgpt kill.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

"$project/scripts/ioi_dataset.py" --patchgpt "$patchgpt" --seed "${SEED:-1}" >pairs.jsonl
sed -i -e '50a{"id": "other-lengths", "clean": "Mary", "corrupt": "Mary went", "tokens": [" she", " he"]}' \
    -e '120ano JSON' -e '180a{"id": "ioi-0001-abba", "clean": "Mary", "corrupt": "John", "tokens": [" she", " he"]}' pairs.jsonl

export OMP_WAIT_POLICY=passive # a run takes as long as the last one also where others are at work
command=("$patchgpt" batch pairs.jsonl --model demo "${options[@]}" --quiet --output)

# whole_batch DIR OPTION…: to its end. 4 is its exit code, as three lines fail.
whole_batch() {
    local status=0
    "${command[@]}" "$@" 2>errors || status=$?
    [ $status -eq 4 ] || die "exit code $status, not 4, of: batch --output $*: $(cat errors)"
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# moment ROUND: one in the ROUND-th part of the run, in milliseconds; the last parts go on beyond its end.
moment() {
    echo $((duration * 11 * ($1 * 1000 - RANDOM % 1000) / rounds / 10000))
}

# start_and_kill MILLISECONDS DIR OPTION…: says what was there at the kill.
start_and_kill() {
    local after=$1 folder=$2 job rows=0 state="no folder"
    shift
    "${command[@]}" "$@" 2>errors &
    job=$!
    sleep "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))"
    kill -KILL $job 2>/dev/null || true
    wait $job 2>/dev/null || true
    [ ! -d "$folder" ] || state="no rows"
    [ ! -e "$folder/summary_partial.csv" ] || rows=$(tail -n +2 "$folder/summary_partial.csv" | wc -l)
    [ "$rows" -eq 0 ] || state="$rows rows"
    [ ! -e "$folder/summary.csv" ] || state="the summary"
    printf 'killed after %d ms with %s; ' "$after" "$state"
}

began=$(milliseconds)
whole_batch whole
duration=$(($(milliseconds) - began))
rows=$(tail -n +2 whole/summary.csv | wc -l)
[ "$rows" -eq 203 ] || die "the summary of the whole run has $rows rows, not 203"
echo "the whole batch takes $duration ms"

failed=0
for ((round = 1; round <= rounds; round++)); do
    printf 'round %d: ' "$round"
    start_and_kill "$(moment "$round")" run
    if ((round % 3 == 0)); then start_and_kill $((duration * (RANDOM % 1000) / 1000)) run --resume; fi
    whole_batch run --resume
    if diff -r -x .lock whole run >differences; then
        echo "resumed, the same"
    else
        echo "resumed, NOT the same:"
        head -n 5 differences
        failed=$((failed + 1))
    fi
    rm -rf run
done

echo
echo "$((rounds - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
