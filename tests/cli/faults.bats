# faults.bats: signals, and file systems that lack features or fail while the program runs.
# tests/system/faults.py lets every call fail in turn; the tests here check the sentences.
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # $output and its like come from the helper

load helper
load tiny
setup_file() {
    make_tiny_models
    "${CC:-cc}" -shared -fPIC -DNO_MEMORY "$PROJECT/tests/system/faults.c" -o "$BATS_FILE_TMPDIR/faults.so" || true
}
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() {
    [ -z "${started-}" ] || kill -KILL "$started" 2>/dev/null || true
    remove_scratch
}

EIO=5 EINVAL=22 ENOLCK=37 ENOSYS=38 EOPNOTSUPP=95

# fault CLASS ERRNO COMMAND…: runs the command; its calls of the class all fail. A sanitizer must be loaded first.
fault() {
    [ -e "$BATS_FILE_TMPDIR/faults.so" ] || skip "there is no C compiler"
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 FAULT=$1 FAULT_ERRNO=$2 \
        LD_PRELOAD=$BATS_FILE_TMPDIR/faults.so "${@:3}"
}

lines() {
    printf '{"clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "id": "%s"}\n' one two
}

batch() { lines | with_defaults "--output out" -- batch - --model tiny "$@"; }

# await COMMAND…: repeats the command until it succeeds, at most ten seconds.
await() {
    local i
    for ((i = 0; i < 1000; i++)); do
        if "$@" 2>/dev/null; then return; fi
        sleep 0.01
    done
    complain "waited ten seconds for: $*"
}

# start COMMAND…: runs it in the background, with signals that are not ignored, as $started.
start() {
    env --default-signal=INT,QUIT "$@" <&0 >"$scratch/.stdout" 2>"$scratch/.stderr" 3>&- 7>&- &
    started=$!
}

# ended CODE: the started command ends with CODE.
ended() {
    local status=0
    wait "$started" || status=$?
    started=
    errors=$(cat "$scratch/.stderr")
    assert_equal "$status" "$1"
}

# ---- file systems without locks or syncing ----

@test "faults: a file system without locks is warned about once, for each errno that says so" {
    local error
    for error in $EOPNOTSUPP $ENOSYS $ENOLCK $EINVAL; do
        expect 0 fault lock "$error" batch
        assert_equal "$(wc -l <"$scratch/.stderr")" 1
        assert_contains "$errors" "patchgpt: warning"
        assert_contains "$errors" "of the file system"
        expect 0 fault lock "$error" batch --resume --quiet
        assert_equal "$errors" ""
        rm -r out
    done
}

@test "faults: a file system that cannot sync files and folders is warned about once" {
    local error
    for error in $EOPNOTSUPP $ENOSYS $ENOLCK $EINVAL; do
        expect 0 fault sync "$error" patch --csv x.csv --png x.png
        assert_sentence
        assert_contains "$errors" "x.csv cannot sync"
        expect 0 fault sync "$error" patch --csv x.csv --quiet
        assert_equal "$errors" ""
    done
    expect 0 fault sync $EOPNOTSUPP batch
    assert_equal "$(wc -l <"$scratch/.stderr")" 1
    assert_contains "$errors" "of the file system"
}

@test "faults: other errors of locks and of syncing are errors" {
    expect 1 fault lock $EIO batch
    assert_sentence
    assert_contains "$errors" "cannot lock the folder out: Input/output error"
    rm -r out
    refused 1 "cannot write x.csv: Input/output error" fault sync $EIO patch --csv x.csv
}

# ---- FIFOs and other special files ----

@test "faults: a FIFO in the place of a file is one sentence" {
    batch --quiet
    cp -r out part
    local name
    for name in .lock summary.csv; do
        cp part/$name kept
        rm part/$name && mkfifo part/$name
        expect 1 timeout 20 "$PATCHGPT" merge part --output merged
        assert_sentence
        assert_contains "$errors" "part"
        mv kept part/$name
    done
    for name in .lock summary.csv summary_partial.csv; do
        cp -r out again
        rm -f again/$name && mkfifo again/$name
        lines >lines.jsonl
        expect 1 timeout 20 "$PATCHGPT" batch lines.jsonl --model tiny --output again --resume
        assert_sentence
        assert_contains "$errors" "again/$name: "
        rm -r again
    done
    mkfifo fifo
    expect 1 timeout 20 "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd --tokens y n --check fifo
    assert_sentence
    assert_contains "$errors" "fifo: it is a FIFO that nothing writes to"
    for name in config.json vocab.json merges.txt model.safetensors; do
        cp -r "$BATS_FILE_TMPDIR/tiny" model
        rm model/$name && mkfifo model/$name
        expect 1 timeout 20 "$PATCHGPT" predict abcd --model ./model
        assert_sentence
        rm -r model
    done
}

@test "faults: a FIFO that has a writer is read where a file of its own is" {
    patch --csv x.csv --quiet
    expect 0 patch --check <(cat x.csv)
    expect 0 "$PATCHGPT" batch <(lines) --model tiny --output out --quiet
}

# with_memory KILOBYTES COMMAND…
with_memory() {
    (ulimit -v "$1" && exec "${@:2}")
}

@test "faults: a lock file that claims two thousand million shards takes no memory" {
    with_memory 4000000 "$PATCHGPT" --version || skip "a sanitizer takes more"
    batch --quiet
    printf 'shard 1/2147483647 of batch 00000000\n' >out/.lock
    expect 1 with_memory 4000000 "$PATCHGPT" merge out --output merged
    assert_sentence
    assert_contains "$errors" "shard 2/2147483647 is in none of the folders"
}

# ---- signals ----

@test "faults: signals that end the program end it by themselves" {
    mkfifo text
    local signal number
    for signal in INT TERM HUP QUIT XCPU; do
        number=$(kill -l $signal)
        exec 7<>text
        start "$PATCHGPT" predict - --model tiny <text
        await grep -q . "/proc/$started/cmdline"
        await grep -q "^SigCgt:.*[1-9a-f]" "/proc/$started/status"
        sleep 0.1
        kill -$signal $started
        ended $((128 + number))
        exec 7>&-
        assert_equal "$errors" ""
    done
}

@test "faults: a signal that is ignored stays ignored" {
    mkfifo text
    exec 7<>text
    (trap '' HUP && exec "$PATCHGPT" predict - --model tiny --top 1 <text 7>&- >"$scratch/.stdout" 2>"$scratch/.stderr") &
    started=$!
    sleep 0.3
    kill -HUP $started
    printf abcd >&7
    exec 7>&-
    ended 0
}

@test "faults: an experiment that is ended leaves no temporary files" {
    local i
    for ((i = 0; i < 40; i++)); do
        start "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd --tokens y n -o x --quiet
        sleep "0.00$((i % 10))$((i % 7))"
        kill -TERM $started 2>/dev/null || true
        wait $started || true
        started=
        assert_equal "$(find . -name '.patchgpt-*')" ""
    done
}

@test "faults: the next run into a folder removes the temporary files of a killed one" {
    mkdir x
    : >x/.patchgpt-0123456789abcdef
    printf x >x/.patchgpt-00000000000000ff
    expect 0 patch -o x/ --quiet
    assert_files x/patchgpt.csv x/patchgpt.png
    mkdir out
    : >out/.patchgpt-0123456789abcdef
    expect 0 batch --quiet
    [ ! -e out/.patchgpt-0123456789abcdef ]
}

@test "faults: a checkpoint that is cut while it is read is one sentence, be it by a byte" {
    local size
    for size in 0 100 -1; do # all of it; all but one page; within the last page, which gives no signal
        rm -rf model text
        cp -r "$BATS_FILE_TMPDIR/tiny" model
        mkfifo text
        exec 7<>text
        start "$PATCHGPT" predict - --model ./model <text
        await grep -q model.safetensors "/proc/$started/maps"
        sleep 0.2
        truncate -s "$size" model/model.safetensors
        printf abcd >&7
        exec 7>&-
        ended 1
        assert_sentence
        assert_contains "$errors" "became shorter while it was read"
    done
}

# ---- names from elsewhere ----

@test "faults: bidirectional and invisible characters are escaped, in names and in sentences" {
    local name
    name=$(printf 'a\u202Eb\u2066c\u200Bd\u0085e')
    local shown='a\u202Eb\u2066c\u200Bd\u0085e'
    expect 1 "$PATCHGPT" info -m "./$name"
    assert_sentence
    assert_contains "$errors" "$shown"
    cp -r "$BATS_FILE_TMPDIR/tiny" "$name"
    expect 0 "$PATCHGPT" info -m "./$name"
    assert_contains "$output" "model        ./$shown"
    expect 0 patch --csv "$name.csv" --markdown
    assert_contains "$output" "a\\\\u202Eb"
    expect 0 patch --csv "$name.csv"
    assert_contains "$output" "written: $shown.csv"
    expect 0 batch --output "$name.out"
    assert_contains "$output" "written to $shown.out:"
    expect 0 "$PATCHGPT" tokenize -m tiny "$name"
    assert_lacks "$output" "$(printf '\u0085')"
}
