# tokenize.bats: the command tokenize. The unit tests check which tokens a text has.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

@test "tokenize: a table, with escapes for invisible characters" {
    expect 0 "$PATCHGPT" tokenize --model tiny $'a "\\\n\xff'
    cat >expected <<'END'
position  token index  token
       0           97  "a"
       1           32  " "
       2           34  "\""
       3           92  "\\"
       4           10  "\n"
       5          255  "\xFF"
6 tokens
END
    cmp .stdout expected
    assert_equal "$errors" ""
}

@test "tokenize: --ids prints only ids" {
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

@test "tokenize: CRLF line ends and a byte order mark are not text, UTF-16 is refused" {
    printf '\xef\xbb\xbfab\r\n\r\nc\r\nd' >in
    expect 0 "$PATCHGPT" tokenize --model tiny --ids - <in
    printf '97,98\n\n99\n100\n' | cmp - .stdout
    printf 'a\0b\0\n\0c\0\n\0' >in
    expect 1 "$PATCHGPT" tokenize --model tiny --ids - <in
    assert_sentence
    assert_contains "$errors" "standard input is UTF-16, expected UTF-8"
    assert_equal "$output" ""
}

@test "tokenize: --json has null for no text and U+FFFD for invalid UTF-8" {
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

@test "tokenize: a model without a tokenizer is refused" {
    refused 1 "has no tokenizer" "$PATCHGPT" tokenize --model ids abc
    refused 1 "has no tokenizer" "$PATCHGPT" tokenize --model ids - <<<abc
}

@test "tokenize: --markdown is a table to paste" {
    expect 0 "$PATCHGPT" tokenize --model tiny --markdown 'a|'
    assert_equal "$output" '| position | token index | token |
|---:|---:|:---|
| 0 | 97 | "a" |
| 1 | 124 | "\|" |

2 tokens'
    refused 2 "--ids and --markdown contradict each other" "$PATCHGPT" tokenize --model tiny --markdown --ids a
}

@test "tokenize: the number of tokens is printed, in JSON too" {
    expect 0 "$PATCHGPT" tokenize --model tiny a
    assert_equal "$(tail -n 1 .stdout)" "1 token"
    expect 0 "$PATCHGPT" tokenize --model tiny --json abc
    assert_equal "$(json 'j["count"]')" 3
}

@test "tokenize: digits that look like ids are a text, with a warning" {
    expect 0 "$PATCHGPT" tokenize --model tiny --ids 48,49
    assert_equal "$output" "52,56,44,52,57"
    assert_contains "$errors" "what detokenize prints"
    expect 0 "$PATCHGPT" tokenize --model tiny --ids 48
    assert_equal "$errors" ""
}

@test "detokenize: prints the bytes of ids, and reverses tokenize" {
    expect 0 "$PATCHGPT" detokenize --model tiny 97,34,255,10,98
    printf 'a"\xff\nb\n' | cmp - .stdout
    expect 0 "$PATCHGPT" detokenize --model tiny "97, 98"
    assert_equal "$output" ab
    printf 'ab\n\nc d\n' >texts
    "$PATCHGPT" tokenize --model tiny --ids - <texts | "$PATCHGPT" detokenize --model tiny - >again
    cmp texts again
    expect 0 "$PATCHGPT" detokenize --model tiny --json 97,255
    assert_equal "$(json '(j["text"], [t["id"] for t in j["tokens"]])')" "('a$(printf '\xef\xbf\xbd')', [97, 255])"
}

@test "detokenize: CRLF line ends and a byte order mark are ignored, UTF-16 is refused" {
    printf '\xef\xbb\xbf97,98\r\n\r\n99' >in
    expect 0 "$PATCHGPT" detokenize --model tiny - <in
    printf 'ab\n\nc\n' | cmp - .stdout
    printf '9\0007\0\n\0' >in
    refused_bytes() {
        expect 1 "$PATCHGPT" detokenize --model tiny - <in
        assert_sentence
        assert_contains "$errors" "$1"
        assert_equal "$output" ""
    }
    refused_bytes "standard input is UTF-16, expected UTF-8"
    printf '97,98\000,99\n' >in
    refused_bytes "standard input has a zero byte, expected token ids"
}

@test "detokenize: ids outside the vocabulary are refused" {
    refused 2 "detokenize takes token ids with commas between them, such as 464,3290, but found \"abc\"" \
        "$PATCHGPT" detokenize --model tiny abc
    refused 2 "detokenize needs token ids" "$PATCHGPT" detokenize --model tiny
    refused 1 "has no token 257; its vocabulary has the ids 0 to 256" "$PATCHGPT" detokenize --model tiny 97,257
    refused 1 "but found \"x\"" "$PATCHGPT" detokenize --model tiny - <<<"x"
    refused 1 "has no tokenizer" "$PATCHGPT" detokenize --model ids 97
}

# describe FILE JSON: makes "m", a copy of tiny with this file.
describe() {
    [ -d m ] || cp -r "$BATS_FILE_TMPDIR/tiny" m
    printf '%s' "$2" >"m/$1"
}

@test "tokenizer files: declared tokens are found, a BOS is put before texts, once" {
    expect 0 "$PATCHGPT" tokenize --model tiny --ids "<|endoftext|>"
    assert_equal "${output%%,*}" 60
    describe special_tokens_map.json '{"bos_token": "<|endoftext|>"}'
    expect 0 "$PATCHGPT" tokenize --model ./m --ids "a<|endoftext|>b"
    assert_equal "$output" 97,256,98
    expect 0 "$PATCHGPT" tokenize --model ./m --ids --prepend-bos "<|endoftext|>b"
    assert_equal "$output" 256,98
    describe tokenizer_config.json '{"add_bos_token": true, "add_prefix_space": true}'
    expect 0 "$PATCHGPT" tokenize --model ./m --ids "b"
    assert_equal "$output" 256,32,98
    expect 0 "$PATCHGPT" tokenize --model ./m --ids --prepend-bos " b"
    assert_equal "$output" 256,32,98
    describe tokenizer_config.json '{"add_bos_token": true}'
    expect 0 "$PATCHGPT" predict --model ./m "b" --tokens y --json
    assert_equal "$(json '[t["id"] for t in j["tokens"]], j["named"][0]["token_id"]')" "([256, 98], 121)"
}

@test "tokenizer files: settings that are not obeyed are refused for text; ids and info work" {
    describe tokenizer_config.json '{"do_lower_case": true}'
    expect 1 "$PATCHGPT" predict --model ./m abc
    assert_sentence
    assert_contains "$errors" "m/tokenizer_config.json: do_lower_case is true, expected false as in GPT-2's tokenizer; give token ids"
    expect 0 "$PATCHGPT" predict --model ./m --ids 97,98 --top 1
    expect 0 "$PATCHGPT" info --model ./m
    assert_contains "$output" "do_lower_case is true"
    rm m/tokenizer_config.json
    describe tokenizer.json '{"model": {"type": "Unigram", "vocab": []}}'
    expect 1 "$PATCHGPT" tokenize --model ./m abc
    assert_sentence
    assert_contains "$errors" 'm/tokenizer.json: model.type is "Unigram", expected "BPE"'
    expect 0 "$PATCHGPT" predict --model ./m --ids 97,98 --top 1
}
