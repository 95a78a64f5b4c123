# tokenize.bats: the command tokenize. What the tokens of a text are is a matter of the unit tests.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

@test "tokenize: a table, with what cannot be seen as escapes" {
    expect 0 "$PATCHGPT" tokenize --model tiny $'a "\\\n\xff'
    cat >expected <<'END'
position  token index  token
       0           97  "a"
       1           32  " "
       2           34  "\""
       3           92  "\\"
       4           10  "\n"
       5          255  "\xFF"
END
    cmp .stdout expected
    assert_equal "$errors" ""
}

@test "tokenize: --ids prints ids alone" {
    expect 0 "$PATCHGPT" tokenize --model tiny --ids "3 x"
    assert_equal "$output" "51,32,120"
    expect 0 "$PATCHGPT" tokenize "3 x" --ids --model tiny
    assert_equal "$output" "51,32,120"
    expect 0 "$PATCHGPT" --ids tokenize "3 x" --model tiny
    assert_equal "$output" "51,32,120"
    expect 0 "$PATCHGPT" tokenize --model tiny --ids ""
    assert_equal "$output" ""
}

@test "tokenize: its ids are what predict reads" {
    expect 0 "$PATCHGPT" tokenize --model tiny --ids "abc"
    expect 0 "$PATCHGPT" predict --model tiny --ids "$output" --json
    assert_equal "$(json '"".join(t["text"] for t in j["tokens"])')" abc
}

@test "tokenize: with - every line of standard input is a text" {
    printf 'ab\n\nc\r\nd\0\xff' >in
    expect 0 "$PATCHGPT" tokenize --model tiny --ids - <in
    printf '97,98\n\n99,13\n100,0,255\n' | cmp - .stdout
    expect 0 "$PATCHGPT" tokenize --model tiny --json - <in
    assert_equal "$(wc -l <.stdout)" 4
    assert_equal "$(python3 -c 'import json, sys; print([[t["id"] for t in json.loads(line)["tokens"]] for line in sys.stdin])' <.stdout)" \
        "[[97, 98], [], [99, 13], [100, 0, 255]]"
    expect 0 "$PATCHGPT" tokenize --model tiny - <in
    assert_equal "$(grep -c '^position' .stdout)" 4
    assert_equal "$(grep -c '^$' .stdout)" 3
    expect 0 "$PATCHGPT" tokenize --model tiny --ids - </dev/null
    assert_equal "$(wc -c <.stdout)" 0
}

@test "tokenize: lines in a file's clothes: CRLF and a byte order mark are no text, UTF-16 is refused" {
    printf '\xef\xbb\xbfab\r\n\r\nc\r\nd' >in
    expect 0 "$PATCHGPT" tokenize --model tiny --ids - <in
    printf '97,98\n\n99\n100\n' | cmp - .stdout
    printf 'a\0b\0\n\0c\0\n\0' >in
    expect 1 "$PATCHGPT" tokenize --model tiny --ids - <in
    assert_sentence
    assert_contains "$errors" "standard input is UTF-16, expected UTF-8"
    assert_equal "$output" ""
}

@test "tokenize: --json has null for nothing and U+FFFD for what is no UTF-8" {
    expect 0 "$PATCHGPT" tokenize --model tiny --json $'a"\xff'
    assert_equal "$(json '[(t["id"], t["text"]) for t in j["tokens"]]')" "[(97, 'a'), (34, '\"'), (255, '$(printf '\xef\xbf\xbd')')]"
}

@test "tokenize: --prepend-bos goes in front of every line, and needs a token to put there" {
    printf 'a\nb\n' >in
    expect 0 "$PATCHGPT" tokenize --model tiny --ids --prepend-bos - <in
    assert_equal "$output" $'256,97\n256,98'
    cp -r "$BATS_FILE_TMPDIR/tiny" bare
    sed -i 's/<|endoftext|>/zzz/' bare/vocab.json
    expect 1 "$PATCHGPT" tokenize --model ./bare --prepend-bos a
    assert_sentence
    assert_contains "$errors" "has no <|endoftext|>"
}

@test "tokenize: a model without a tokenizer cannot" {
    refused 1 "has no tokenizer" "$PATCHGPT" tokenize --model ids abc
    refused 1 "has no tokenizer" "$PATCHGPT" tokenize --model ids - <<<abc
}

@test "tokenize: --markdown is a table to paste" {
    expect 0 "$PATCHGPT" tokenize --model tiny --markdown 'a|'
    assert_equal "$output" '| position | token index | token |
|---:|---:|:---|
| 0 | 97 | "a" |
| 1 | 124 | "\|" |'
    refused 2 "--ids and --markdown contradict each other" "$PATCHGPT" tokenize --model tiny --markdown --ids a
}
