# tiny.bash: shared by the tests of the commands: a model called "tiny", of random weights, for which every
# byte is a token (its context is 16 tokens, its vocabulary 257), and a twin "ids" without a tokenizer.
# A test file begins with
#
#     load helper
#     load tiny
#     setup_file() { make_tiny_models; }
#     setup() { make_scratch && find_tiny_models && need_patchgpt; }
#     teardown() { remove_scratch; }
# shellcheck shell=bash disable=SC2154,SC2119,SC2120 # $scratch comes from the helper; no files is no arguments

make_tiny_models() {
    python3 "$PROJECT/tests/cli/tiny_model.py" "$BATS_FILE_TMPDIR/tiny"
    cp -r "$BATS_FILE_TMPDIR/tiny" "$BATS_FILE_TMPDIR/ids"
    rm "$BATS_FILE_TMPDIR"/ids/{vocab.json,merges.txt}
}

find_tiny_models() { export PATCHGPT_MODELS=$BATS_FILE_TMPDIR; }

# with_defaults "OPTION VALUE"… -- ARGUMENT…: patchgpt with these arguments, and with the options that are not among
# them, since no option may be given twice.
with_defaults() {
    local options=()
    while [ "$1" != -- ]; do
        # shellcheck disable=SC2206 # an option and its value
        is_given "${1% *}" "$@" || options+=($1)
        shift
    done
    "$PATCHGPT" "${options[@]}" "${@:2}"
}

# is_given OPTION ARGUMENT…: the option, alone or with =VALUE, is among the arguments.
is_given() {
    local option=$1 argument
    shift
    for argument in "$@"; do
        case $argument in "$option" | "$option="*) return 0 ;; esac
    done
    return 1
}

# patch [OPTION…]: an experiment on two texts of four tokens, which differ at position 1, unless the options name
# another model or other texts.
patch() {
    with_defaults "--model tiny" "--clean abcd" "--corrupt aXcd" -- --tokens y n "$@"
}

# refused CODE PART COMMAND…: the command ends with the code, one sentence with PART in it, nothing on stdout
# and no files.
refused() {
    local code=$1 part=$2
    shift 2
    expect "$code" "$@"
    assert_sentence
    assert_contains "$errors" "$part"
    assert_equal "$output" ""
    assert_files
}

# assert_files NAME…: the folder has these files, hidden ones too, and no others.
assert_files() {
    assert_equal "$(find . -type f ! -name .stdout ! -name .stderr | sort | tr '\n' ' ')" \
        "$([ $# -eq 0 ] || printf './%s\n' "$@" | sort | tr '\n' ' ')"
}

# json EXPRESSION: the value of the Python expression, in which j is the JSON on stdout.
json() {
    python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$scratch/.stdout" "$1"
}
