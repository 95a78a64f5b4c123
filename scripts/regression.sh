#!/usr/bin/env bash
# regression.sh: does patchgpt still give the numbers that it should? Compares the logits of texts with references that
# another program has made, or patchgpt itself, and the tables of experiments with those that were recorded.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/regression.sh record FILE.jsonl REFDIR [options of patchgpt batch]
       scripts/regression.sh check FILE.jsonl REFDIR [--tolerance X] [options of patchgpt batch]

A line of FILE.jsonl is a text with reference logits, or an experiment as patchgpt batch takes it:
  {"text": "Mary went to the", "logits": "mary.npy"}
  {"clean": "Mary went to the", "corrupt": "John went to the", "tokens": [" store", " park"], "id": "store"}
The text may be "ids": [5335, 1816, 284, 262]; "logits" names a .npy or .csv file in REFDIR, which predict --check
reads; "id" names the line; "prepend_bos": true and "tolerance": 1e-3 are for this line; "all_positions": true records,
and expects, the logits of every position.

record stores the table of each experiment as REFDIR/ID.csv, and makes with patchgpt the files of logits that are not
there yet; those that are stay as they are. If anything fails it stores nothing. check runs all of it again, says what
differs on stderr, a line for each, and leaves no files. Give both the same options. Without --tolerance one bit of a
table is a difference, and 1e-4 of a logit. FILE.jsonl may be - for standard input. Texts need python3.

PATCHGPT names the command (default: build/patchgpt, else the one in the PATH).

Exit: 0 recorded, or all equal; 1 it failed, 2 the command line is wrong, 3 something differs, 4 some lines failed or
were never recorded.
END
}

say_error() { printf 'regression.sh: %s\n' "$*" >&2; }

die() {
    say_error "$*"
    exit 1
}

misused() {
    say_error "$* (see --help)"
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
[[ $references != -* ]] || references=./$references

patchgpt=${PATCHGPT:-$(dirname "${BASH_SOURCE[0]}")/../build/patchgpt}
[ -x "$patchgpt" ] || patchgpt=${PATCHGPT:-patchgpt}
command -v "$patchgpt" >/dev/null || die "there is no command $patchgpt: build it, or say where it is with PATCHGPT=PATH"

scratch=$(mktemp -d)
new=
trap 'rm -rf "$scratch" ${new:+"$new"}' EXIT
say() { $quiet || echo "$*"; }
worst=0 differing=() # the exit code so far, of which 4 is worse than 3, and the names of the lines that are to blame

# ---- options and lines ----

# Those of patchgpt batch that are for predict too, for check alone, or name fields that are not read. All may be cut short.
text_options=() tolerance=() ignored=
take_option() {
    taken=("$1")
    case $1 in
        *=* | -m?*) ;;
        -m | --mo* | --th* | --tol* | --ig*) taken=("${@:1:2}") ;;
    esac
    case $1 in
        -m* | --mo* | --th* | --pr*) text_options+=("${taken[@]}") ;;
        --tol*) tolerance=("${taken[@]}") ;;
        --ig*) ignored+=,${taken[-1]#--ig*=} ;;
    esac
}
options=("$@")
while [ $# -gt 0 ]; do
    take_option "$@"
    shift ${#taken[@]}
done
[ "$action" = check ] || [ ${#tolerance[@]} -eq 0 ] || misused "--tolerance is for check"

# texts: eight words for each, see lib/regression_lines.py; experiments: the file of the other lines, each at its place.
texts=() experiments=$file
if [ "$file" = - ]; then
    experiments=$scratch/lines.jsonl
    cat >"$experiments"
fi
if [ -f "$experiments" ] && grep -q '"logits"' -- "$experiments"; then
    command -v python3 >/dev/null || die "texts with logits need python3"
    "$(dirname "${BASH_SOURCE[0]}")/lib/regression_lines.py" "$scratch/experiments.jsonl" --ignore "$ignored" \
        <"$experiments" >"$scratch/texts"
    mapfile -d '' texts <"$scratch/texts"
    experiments=$scratch/experiments.jsonl
fi
n_texts=$((${#texts[@]} / 8))
has_experiments() { [ $n_texts -eq 0 ] || grep -q '[^[:space:]]' -- "$experiments"; }

count_lines() { echo $((n_texts + $(grep -c '[^[:space:]]' -- "$experiments" || true))); }

# ---- experiments ----

# failed_rows REPLACEMENT: every failed row of the summary: such a row has a line, an id and, last, a sentence.
failed_rows() { sed -nE "s/^([0-9]+),([A-Za-z0-9._-]*),{15}(.+)\$/$1/p" "$scratch/run/summary.csv"; }

print_sentences() {
    failed_rows 'line \1, \2: \3' | sed -E 's/, : /: /; s/^([^"]*: )"(.*)"$/\1\2/; s/""/"/g; s/^/regression.sh: /' >&2
}

# run_experiments OPTION…: the batch, into a folder of the scratch. What it says of single experiments comes from the
# summary, which has all of them. Returns 0, 3 or 4; anything else is the end.
run_experiments() {
    local status=0
    "$patchgpt" batch "$experiments" --output "$scratch/run" --quiet "$@" 2>"$scratch/errors" || status=$?
    case $status in
        0) cat "$scratch/errors" >&2 ;;
        3 | 4) print_sentences ;;
        *) cat "$scratch/errors" >&2 && exit $status ;;
    esac
    [ -e "$scratch/run/summary.csv" ] || die "patchgpt batch has left no summary"
    return $status
}

# Without experiments: what is wrong with the options all the same.
check_options() { "$patchgpt" batch "$experiments" --output "$scratch/run" "$@" --help >/dev/null || exit; }

# The tables of single experiments, with a zero byte after each; the folder may be a link.
tables() { [ ! -e "$1" ] || find "$1/" -maxdepth 1 -name '*.csv' ! -name summary.csv ! -name mean.csv -print0; }

count_tables() { tables "$1" | tr -dc '\0' | wc -c; }

# ---- texts ----

# Sets the variables of the text number $1.
take_text() {
    local at=$((8 * $1))
    number=${texts[at]} name=${texts[at + 1]} wrong=${texts[at + 2]} kind=${texts[at + 3]} value=${texts[at + 4]}
    logits=${texts[at + 5]} line_tolerance=("${tolerance[@]}")
    read -ra line_options <<<"${texts[at + 6]}" || true
    [ -z "${texts[at + 7]}" ] || line_tolerance=(--tolerance "${texts[at + 7]}")
}

# predict_text OPTION…: patchgpt predict with the text that was taken. What goes wrong is a sentence about its line.
predict_text() {
    local status=0 call=("$patchgpt" predict --quiet "${text_options[@]}" "${line_options[@]}" "$@")
    if [ -n "$wrong" ]; then
        say_error "line $number: $wrong"
        return 1
    fi
    case $kind:$value in
        ids:*) "${call[@]}" --ids="$value" ;;
        text:-) "${call[@]}" - <<<- ;;
        *) "${call[@]}" -- "$value" ;;
    esac 2>"$scratch/errors" </dev/null || status=$?
    [ $status -eq 0 ] || say_error "line $number, $name: $(sed 's/^patchgpt: //' "$scratch/errors")"
    return $status
}

# blame CODE NAME…: lines that make CODE the exit code.
blame() {
    [ "$1" -le "$worst" ] || worst=$1
    differing+=("${@:2}")
}

# amount FILES: how many tables there are, and files of logits.
amount() {
    local n_tables what=()
    n_tables=$(count_tables "$scratch/run")
    case $n_tables:$n_texts in
        0:[1-9]*) ;;
        1:*) what+=("1 table") ;;
        *) what+=("$n_tables tables") ;;
    esac
    case $1:${#what[@]} in
        0:1) ;;
        1:*) what+=("1 file of logits") ;;
        *) what+=("$1 files of logits") ;;
    esac
    echo "${what[0]}${what[1]:+ and ${what[1]}}"
}

# ---- check ----

check_experiments() {
    local status=0 rows
    run_experiments --check "$references" "${options[@]}" || status=$?
    [ $status -ne 0 ] || return 0
    mapfile -t rows < <(failed_rows '\2,line-\1' | sed -E 's/^,//; s/,.*//')
    blame $status "${rows[@]}"
}

check_texts() {
    local i status
    for ((i = 0; i < n_texts; i++)); do
        take_text $i
        status=0
        predict_text --check "$references/$logits" "${line_tolerance[@]}" || status=$?
        case $status in
            0) ;;
            3) blame 3 "$name" ;;
            *) blame 4 "$name" ;;
        esac
    done
}

# Whether a text has this file of logits.
is_of_a_text() {
    local i
    for ((i = 0; i < n_texts; i++)); do
        [ ! "$references/${texts[8 * i + 5]}" -ef "$1" ] || return 0
    done
    return 1
}

# A file in the folder that was compared with nothing is a difference.
find_leftover() {
    local path
    while IFS= read -rd '' path; do
        if [ -e "$scratch/run/${path##*/}" ] || is_of_a_text "$path"; then continue; fi
        case $path in
            *.csv) say_error "$path is the table of no experiment in $file" ;;
            *) say_error "$path is the logits of no text in $file" ;;
        esac
        exit 3
    done < <(tables "$references" && find "$references/" -maxdepth 1 -iname '*.npy' -print0)
}

check() {
    [ -d "$references" ] || die "there is no folder $references: record it first"
    if has_experiments; then check_experiments; else check_options "${options[@]}"; fi
    check_texts
    if [ "$worst" -ne 0 ]; then
        [ $n_texts -eq 0 ] || say_error "${#differing[@]} of $(count_lines) differ or failed: ${differing[*]}"
        exit "$worst"
    fi
    find_leftover
    say "check: $(amount $n_texts) equal those in $references"
}

# ---- record ----

# Makes those files of logits that are missing, in a folder of the scratch. Sets kept to how many are there.
make_logits() {
    local i
    kept=0
    for ((i = 0; i < n_texts; i++)); do
        take_text $i
        if [ -z "$wrong" ] && [ -e "$references/$logits" ]; then
            kept=$((kept + 1))
            continue
        fi
        mkdir -p "$(dirname "$scratch/logits/$logits")"
        predict_text --logits "$scratch/logits/$logits" || blame 4 "$name"
    done
}

# All that is new first goes to the folder $new in the references: where there is no room, those that are there stay.
copy_new() {
    { tables "$scratch/run" | xargs -0r cp -t "$new" --; } && { [ ! -d "$scratch/logits" ] || cp -r "$scratch/logits/." "$new"; }
}

move_new() {
    local path
    while IFS= read -rd '' path; do
        mkdir -p "$(dirname "$references/$path")"
        mv -f "$new/$path" "$references/$path"
    done < <(find "$new" -type f -printf '%P\0')
}

record() {
    local kept
    if has_experiments; then run_experiments "${options[@]}" || exit $?; else check_options "${options[@]}"; fi
    make_logits
    [ "$worst" -eq 0 ] || exit "$worst"
    mkdir -p "$references" && new=$(mktemp -d "$references/.new.XXXXXX") || exit 1
    copy_new || die "could not write to $references, whose tables are as before"
    move_new
    say "recorded: $(amount $((n_texts - kept))) in $references"
    [ "$kept" -eq 0 ] || say "kept: $kept of the files of logits, which were there"
}

"$action"
