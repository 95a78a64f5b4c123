# helper.bash: shared by the command-line tests. A test file begins with
#
#     load helper
#     setup() { make_scratch; }
#     teardown() { remove_scratch; }
#
# It contains no tests, and knows no command.
# shellcheck shell=bash

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATCHGPT=${PATCHGPT:-$PROJECT/build/patchgpt}

# An empty folder of the test's own, $scratch, as its current folder. Its name has a space, so that every
# test also tests that. No test sees the user's models or token.
make_scratch() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/patchgpt test.XXXXXX")
    cd "$scratch" || return 1
    export HOME=$scratch
    unset PATCHGPT_MODELS XDG_CACHE_HOME HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_ENDPOINT HF_TOKEN
}

remove_scratch() {
    cd / && rm -rf "$scratch"
}

# expect CODE COMMAND…: runs the command, which must exit with CODE. What it wrote is in $output (stdout)
# and $errors (stderr), and byte for byte in the files $scratch/.stdout and $scratch/.stderr.
expect() {
    local expected=$1 status=0
    shift
    "$@" >"$scratch/.stdout" 2>"$scratch/.stderr" || status=$?
    output=$(tr -d '\0' <"$scratch/.stdout")
    errors=$(tr -d '\0' <"$scratch/.stderr")
    [ "$status" -eq "$expected" ] || complain "exit code $status, not $expected, of: $*"
}

# assert_sentence [PROGRAM]: stderr of the last command is one line of text that begins "PROGRAM: "
# (patchgpt unless given).
assert_sentence() {
    local program=${1:-patchgpt}
    [ "$(wc -l <"$scratch/.stderr")" -eq 1 ] || complain "stderr is not exactly one line"
    case $errors in
        "$program: "?*) ;;
        *) complain "stderr does not begin with \"$program: \"" ;;
    esac
}

# assert_contains TEXT PART: PART, taken literally, is somewhere in TEXT.
assert_contains() {
    case $1 in
        *"$2"*) ;;
        *) complain "not found: $2" ;;
    esac
}

# assert_lacks TEXT PART: it is not.
assert_lacks() {
    case $1 in
        *"$2"*) complain "found, but should not be there: $2" ;;
    esac
}

# assert_equal FOUND EXPECTED
assert_equal() {
    [ "$1" = "$2" ] || complain "found \"$1\", expected \"$2\""
}

# Ends a test that runs the binary if it does not exist.
need_patchgpt() {
    [ -x "$PATCHGPT" ] || skip "there is no patchgpt at $PATCHGPT"
}

# Fails the test, with the beginning of what the last command wrote.
complain() {
    local written=${output-} complaints=${errors-}
    printf '%s\n' "$1" "--- stdout:" "${written:0:4000}" "--- stderr:" "${complaints:0:4000}" >&2
    return 1
}

# pixels FILE.png: a checksum of the picture's rows, which zlib may have compressed in any way.
pixels() {
    python3 - "$1" <<'END'
import struct, sys, zlib
data = open(sys.argv[1], "rb").read()
at, packed = 8, b""
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    packed += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
    at += size + 12
print(zlib.crc32(zlib.decompress(packed)))
END
}
