#!/usr/bin/env bash
# regression.sh: does patchgpt still give the numbers that were recorded? Records the tables of a batch once, and
# compares a later run with them.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/regression.sh record FILE.jsonl REFDIR [options of patchgpt batch]
       scripts/regression.sh check FILE.jsonl REFDIR [--tolerance X] [options of patchgpt batch]

record runs the experiments of FILE.jsonl and stores the table of each as REFDIR/ID.csv, all of them or, if an
experiment fails, none. check runs them again, says what differs on stderr, a line for each experiment, and leaves no
files. Give both the same options; without --tolerance one bit is a difference. FILE.jsonl may be - for standard input.

PATCHGPT names the command (default: build/patchgpt, else the one in the PATH).

Exit: 0 recorded, or all equal; 1 it failed, 2 the command line is wrong, 3 something differs, 4 some experiments failed
or were never recorded.
END
}

die() {
    printf 'regression.sh: %s\n' "$*" >&2
    exit 1
}

misused() {
    printf 'regression.sh: %s (see --help)\n' "$*" >&2
    exit 2
}

quiet=false
for argument in "$@"; do
    case $argument in
        --quiet) quiet=true ;;
        --help | -h) usage && exit ;;
        -o* | --o* | --sh* | --res* | --ch*) # in full or cut short
            misused "${argument%%=*} does not go with record and check"
            ;;
    esac
done
case ${1-} in
    record | check) ;;
    *) misused "expected record or check, found \"${1-}\"" ;;
esac
[ $# -ge 3 ] || misused "$1 takes FILE.jsonl and REFDIR"
action=$1 file=$2 references=$3
shift 3

patchgpt=${PATCHGPT:-$(dirname "${BASH_SOURCE[0]}")/../build/patchgpt}
[ -x "$patchgpt" ] || patchgpt=${PATCHGPT:-patchgpt}
command -v "$patchgpt" >/dev/null || die "there is no command $patchgpt: build it, or say where it is with PATCHGPT=PATH"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Every failed row of the summary as a sentence, on stderr: such a row has a line, an id and, last, the sentence.
print_sentences() {
    sed -nE 's/^([0-9]+),([A-Za-z0-9._-]*),{15}(.+)$/line \1, \2: \3/p' "$scratch/run/summary.csv" |
        sed -E 's/, : /: /; s/^([^"]*: )"(.*)"$/\1\2/; s/""/"/g; s/^/regression.sh: /' >&2
}

# run OPTION…: the batch, into a folder of the scratch. What it says of single experiments comes from the summary,
# which has all of them.
run() {
    local status=0
    "$patchgpt" batch "$file" --output "$scratch/run" --quiet "$@" 2>"$scratch/errors" || status=$?
    case $status in
        3 | 4) print_sentences ;;
        *) cat "$scratch/errors" >&2 ;;
    esac
    [ $status -eq 0 ] || exit $status
    [ -e "$scratch/run/summary.csv" ] || die "patchgpt batch has left no summary"
}

# The tables of single experiments; the folder may be a link.
tables() {
    find "$1/" -maxdepth 1 -name '*.csv' ! -name summary.csv ! -name mean.csv
}

unclaimed=()

say() { $quiet || echo "$*"; }

if [ "$action" = check ]; then
    [ -d "$references" ] || die "there is no folder $references: record it first"
    run --check "$references" "$@"
    while read -r table; do
        [ -e "$scratch/run/${table##*/}" ] || unclaimed+=("$table")
    done < <(tables "$references")
    if [ ${#unclaimed[@]} -gt 0 ]; then
        printf 'regression.sh: %s is the table of no experiment in %s\n' "${unclaimed[0]}" "$file" >&2
        exit 3
    fi
    say "check: $(tables "$scratch/run" | wc -l) tables equal those in $references"
    exit
fi

run "$@"
# All of them first under another name: where there is no room, those that are there stay.
mkdir -p "$references" && new=$(mktemp -d "$references/.new.XXXXXX") || exit 1
trap 'rm -rf "$scratch" "$new"' EXIT
tables "$scratch/run" | xargs -rd '\n' cp -t "$new" -- || die "could not write to $references, whose tables are as before"
count=$(tables "$new" | wc -l)
tables "$new" | xargs -rd '\n' mv -f -t "$references" --
say "recorded: $count tables in $references"
