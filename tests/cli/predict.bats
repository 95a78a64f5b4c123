# predict.bats: the commands predict and info.
# shellcheck shell=bash disable=SC2154,SC2031 # $output and its like come from the helper; a test is a subshell of its own

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

@test "predict: prints a table of 20, most probable first, and writes nothing" {
    expect 0 "$PATCHGPT" predict --model tiny "abc"
    assert_equal "$errors" ""
    assert_equal "$(head -n 1 .stdout | tr -s ' ')" "rank token index token probability"
    assert_equal "$(wc -l <.stdout)" 21
    tail -n +2 .stdout | awk '{ print $1 }' | cmp - <(seq 1 20)
    tail -n +2 .stdout | awk '{ print $NF }' | sort -rn | cmp - <(tail -n +2 .stdout | awk '{ print $NF }')
    assert_files
}

@test "predict: --json has the tokens, the logits and the probabilities" {
    expect 0 "$PATCHGPT" predict --model tiny --json --top 257 "abc"
    assert_equal "$(json 'j["model"], [t["id"] for t in j["tokens"]], [t["text"] for t in j["tokens"]]')" \
        "('tiny', [$(printf '%d, %d, %d' 97 98 99)], ['a', 'b', 'c'])"
    assert_equal "$(json '[t["rank"] for t in j["top"]] == list(range(1, 258))')" True
    assert_equal "$(json 'sorted(t["token_id"] for t in j["top"]) == list(range(257))')" True
    assert_equal "$(json 'abs(sum(t["probability"] for t in j["top"]) - 1) < 1e-5')" True
    assert_equal "$(json 'all(a["logit"] >= b["logit"] for a, b in zip(j["top"], j["top"][1:]))')" True
    # the bytes from 128 on are not UTF-8, and a string of cJSON cannot hold a zero byte
    assert_equal "$(json 'len([t for t in j["top"] if t["token"] == "\ufffd"])')" 129
}

@test "predict: numbers in JSON read back to the same float32" {
    expect 0 "$PATCHGPT" predict --model tiny --json "abc"
    python3 - .stdout <<'END'
import json, struct, sys
text = open(sys.argv[1]).read()
for literal in [t for t in json.loads(text, parse_float=str)["top"]]:
    for name in "logit", "probability":
        exact = struct.unpack("f", struct.pack("f", float(literal[name])))[0]
        assert struct.pack("f", float(literal[name])) == struct.pack("f", exact)
        assert len(literal[name].lstrip("-").replace(".", "").lstrip("0").split("e")[0]) <= 9, literal[name]
END
}

@test "predict: the numbers are the reference's" {
    local folder=$PROJECT/tests/fixtures/checkpoints/hf-f16
    [ -d "$folder" ] || folder=$PROJECT/tests/fixtures/models/hf-f16
    expect 0 "$PATCHGPT" predict --model "$folder" --json \
        --ids "$(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["clean_ids"], sep=",")' "$folder/expected.json")"
    python3 - .stdout "$folder/expected.json" <<'END'
import json, sys
found, expected = (json.load(open(path)) for path in sys.argv[1:])
assert len(found["top"]) == len(expected["clean_top20"])
for a, b in zip(found["top"], expected["clean_top20"]):
    assert a["token_id"] == b["token_id"] and abs(a["logit"] - b["logit"]) < 1e-4, (a, b)
    assert abs(a["probability"] - b["probability"]) < 1e-6, (a, b)
END
}

@test "predict: ids give the prediction of their text" {
    expect 0 "$PATCHGPT" predict --model tiny "abc"
    cp .stdout text
    expect 0 "$PATCHGPT" predict --model tiny --ids 97,98,99
    cmp .stdout text
    expect 0 "$PATCHGPT" --ids "97, 98, 99" --model=tiny predict
    cmp .stdout text
    expect 0 "$PATCHGPT" predict -mtiny -- abc
    cmp .stdout text
}

@test "predict: - is standard input, without a newline at its end" {
    expect 0 "$PATCHGPT" predict --model tiny "abc"
    cp .stdout text
    printf 'abc' >in
    expect 0 "$PATCHGPT" predict --model tiny - <in
    cmp .stdout text
    printf 'abc\n' >in
    expect 0 "$PATCHGPT" predict - --model tiny <in
    cmp .stdout text
    printf 'abc\n\n' >in
    expect 0 "$PATCHGPT" predict --model tiny --json - <in
    assert_equal "$(json '[t["id"] for t in j["tokens"]][3:]')" "[10]"
    printf 'a\0\xff' >in
    expect 0 "$PATCHGPT" predict --model tiny --json - <in
    assert_equal "$(json '[t["id"] for t in j["tokens"]]')" "[97, 0, 255]"
}

@test "predict: CRLF at the end and a byte order mark are not text, UTF-16 is refused" {
    expect 0 "$PATCHGPT" predict --model tiny abc
    cp .stdout text
    for bytes in 'abc\r\n' '\xef\xbb\xbfabc' '\xef\xbb\xbfabc\r\n'; do
        # shellcheck disable=SC2059 # the escapes are for printf
        printf "$bytes" >in
        expect 0 "$PATCHGPT" predict --model tiny - <in
        cmp .stdout text
    done
    for bytes in '\xff\xfea\0b\0\n\0' '\xfe\xff\0a\0b\0\n' 'a\0b\0\n\0'; do
        # shellcheck disable=SC2059
        printf "$bytes" >in
        expect 1 "$PATCHGPT" predict --model tiny - <in
        assert_sentence
        assert_contains "$errors" "standard input is UTF-16, expected UTF-8"
    done
}

@test "predict: CR LF inside a text of standard input is text, and warned about" {
    printf 'ab\r\nc\r\n' >in
    expect 0 "$PATCHGPT" predict --model tiny --json - <in
    assert_equal "$(json '[t["id"] for t in j["tokens"]]')" "[97, 98, 13, 10, 99]"
    assert_sentence
    assert_contains "$errors" "warning: lines inside the text on standard input end in CR LF"
    expect 0 "$PATCHGPT" --model tiny --clean - --corrupt $'aX\r\nc' --tokens y n --quiet --csv - <in
    assert_equal "$errors" ""
}

@test "predict: the files of a model may have CRLF and a byte order mark" {
    cp -r "$PATCHGPT_MODELS/tiny" clothes
    expect 0 "$PATCHGPT" predict --model tiny abc
    cp .stdout text
    for file in config.json vocab.json merges.txt; do
        { printf '\xef\xbb\xbf' && sed 's/$/\r/' "$PATCHGPT_MODELS/tiny/$file"; } >"clothes/$file"
    done
    expect 0 "$PATCHGPT" predict --model "$PWD/clothes" abc
    cmp .stdout text
    for file in config.json vocab.json merges.txt; do
        iconv -f UTF-8 -t UTF-16 "$PATCHGPT_MODELS/tiny/$file" >"clothes/$file"
        expect 1 "$PATCHGPT" predict --model "$PWD/clothes" abc
        assert_sentence
        assert_contains "$errors" "clothes/$file is UTF-16, expected UTF-8"
        cp "$PATCHGPT_MODELS/tiny/$file" clothes
    done
}

@test "predict: a text may begin with a dash" {
    expect 0 "$PATCHGPT" predict --model tiny --json -- --json
    assert_equal "$(json 'len(j["tokens"])')" 6
}

@test "predict: --prepend-bos puts <|endoftext|> first" {
    expect 0 "$PATCHGPT" predict --model tiny --prepend-bos --json a
    assert_equal "$(json '[t["id"] for t in j["tokens"]]')" "[256, 97]"
    expect 0 "$PATCHGPT" predict --model tiny --prepend-bos ""
    cp .stdout empty
    expect 0 "$PATCHGPT" predict --model tiny --ids 256
    cmp .stdout empty
}

@test "predict: --top, and 20 when the vocabulary has as many" {
    expect 0 "$PATCHGPT" predict --model tiny --top 3 abc
    assert_equal "$(wc -l <.stdout)" 4
    refused 1 "--top 258 is more than the 257 tokens" "$PATCHGPT" predict --model tiny --top 258 abc
}

# named_is TOKENS: the named tokens of the JSON on stdout, compared with all.json, which has every token.
named_is() {
    python3 - .stdout all.json "$1" <<'END'
import json, sys
found, every = (json.load(open(path)) for path in sys.argv[1:3])
assert "top" not in found and found["tokens"] == every["tokens"], found
assert found["named"] == [t for token in sys.argv[3] for t in every["top"] if t["token"] == token], found
END
}

@test "predict: --tokens tells logit, probability and rank of any number of named tokens" {
    expect 0 "$PATCHGPT" predict --model tiny --top 257 --json abc
    cp .stdout all.json
    expect 0 "$PATCHGPT" predict --model tiny --json abc --tokens y
    named_is y
    expect 0 "$PATCHGPT" predict --model tiny --json abc --tokens x y z n x
    named_is xyznx
    expect 0 "$PATCHGPT" predict --json --tokens x y z --model tiny -- abc
    named_is xyz
    expect 0 "$PATCHGPT" predict --model tiny --tokens=x y --tokens z --json -- abc
    named_is xyz
    expect 0 "$PATCHGPT" --tokens x y predict --model tiny --json abc
    named_is xy
    expect 0 "$PATCHGPT" predict --model tiny abc --json --token-ids 120,121,122
    named_is xyz
    expect 0 "$PATCHGPT" predict --model tiny abc --tokens x y z
    assert_equal "$(head -n 1 .stdout | tr -s ' ')" "rank token index token logit probability"
    assert_equal "$(awk 'NR > 1 { print $2, $3 }' .stdout | tr '\n' ' ')" '120 "x" 121 "y" 122 "z" '
    assert_files all.json
    rm all.json
}

@test "predict: wrong named tokens are refused" {
    refused 1 "texts of one token each, but found 2 tokens, x|y, in \"xy\"" "$PATCHGPT" predict --model tiny abc --tokens a xy
    refused 2 "cannot both be given" "$PATCHGPT" predict --model tiny abc --tokens a --token-ids 1
    refused 2 "--top shows the most probable tokens" "$PATCHGPT" predict --model tiny abc --tokens a --top 3
    refused 2 "--tokens A B -- TEXT" "$PATCHGPT" predict --model tiny --tokens a abc
    refused 1 "token id 257; model tiny has ids 0 to 256" "$PATCHGPT" predict --model tiny abc --token-ids 3,257
    refused 1 "--token-ids" "$PATCHGPT" predict --model ids --ids 1,2 --tokens a
    refused 2 "--token-ids takes one or two token ids, but found 3" patch --token-ids 1,2,3
}

@test "predict: --markdown is a table to paste, whatever the tokens" {
    expect 0 "$PATCHGPT" predict --model tiny --markdown abc --tokens '|' '`' '*' '_' $'\\' '<' x
    assert_equal "$(sed -n 1,2p .stdout)" "| rank | token index | token | logit | probability |
|---:|---:|:---|---:|---:|"
    assert_equal "$(sed 1,2d .stdout | sed -E 's/^([^|]*[|]){3} (.*) [|][^|]*[|][^|]*[|]$/\2/' | tr '\n' ' ')" \
        '"\|" "\`" "\*" "\_" "\\\\" "\<" "x" '
    expect 0 "$PATCHGPT" predict --model tiny --markdown --top 2 abc
    assert_equal "$(wc -l <.stdout)" 4
    refused 2 "--markdown and --json contradict each other" "$PATCHGPT" predict --model tiny --markdown --json abc
}

@test "predict: a model without a tokenizer takes ids, and says so" {
    refused 1 "give token ids with --ids" "$PATCHGPT" predict --model ids abc
    expect 0 "$PATCHGPT" predict --model ids --ids 97,98,99 --top 2
    [[ $(sed -n 2p .stdout) =~ ^\ +1\ +([0-9]+)\ +([0-9]+)\ +0\.[0-9]{4}$ ]]
    assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    expect 0 "$PATCHGPT" predict --model ids --ids 97,98,99 --top 2 --json
    assert_equal "$(json 'j["tokens"][0]["text"], j["top"][0]["token"]')" "(None, None)"
}

@test "predict: requests that do not fit the model are refused" {
    refused 1 "is empty" "$PATCHGPT" predict --model tiny ""
    refused 1 "has 17 tokens; model tiny has room for 16" "$PATCHGPT" predict --model tiny 12345678901234567
    refused 1 "token id 257; model tiny has ids 0 to 256" "$PATCHGPT" predict --model tiny --ids 1,257
    refused 1 "there is no model gtp2; did you mean gpt2?" "$PATCHGPT" predict --model gtp2 a
    refused 1 "scripts/fetch_model.sh gpt2" "$PATCHGPT" predict a
}

@test "predict: the threads do not change a byte" {
    expect 0 "$PATCHGPT" predict --model tiny --top 257 --threads 1 --json abcdefg
    cp .stdout one
    expect 0 "$PATCHGPT" predict --model tiny --top 257 --threads 4 --json abcdefg
    cmp .stdout one
}

@test "info: the shape, the files and the tokenizer" {
    expect 0 "$PATCHGPT" info --model tiny
    assert_contains "$output" "2 layers, 2 heads, width 8, MLP width 32"
    assert_contains "$output" "$BATS_FILE_TMPDIR/tiny/model.safetensors"
    assert_contains "$output" "F32, matrices (in, out), 18,184 bytes"
    assert_contains "$output" "3,944 parameters"
    assert_contains "$output" "16 tokens"
    assert_contains "$output" "257 tokens"
    assert_contains "$output" "byte-level BPE"
    expect 0 "$PATCHGPT" info --model ids --threads 1
    assert_contains "$output" "none: texts are given as token ids"
    assert_contains "$output" "1 thread"
}

@test "info: --json has the same facts" {
    expect 0 "$PATCHGPT" info --model tiny --json --threads 3
    assert_equal "$(json '[j[k] for k in ("n_layer", "n_head", "n_embd", "n_inner", "n_positions", "n_vocab")]')" \
        "[2, 2, 8, 32, 16, 257]"
    assert_equal "$(json 'j["model"], j["dtype"], j["tied"], j["transposed"], j["tokenizer"], j["files"], j["threads"]')" \
        "('tiny', 'F32', True, False, True, 1, 3)"
    assert_equal "$(json 'j["parameters"]')" 3944
    assert_equal "$(json 'j["bytes"]')" "$(stat -c %s "$BATS_FILE_TMPDIR/tiny/model.safetensors")"
}

@test "predict: a token without its space and a text that ends in one are warned about" {
    text="Michelle Jones was a top-notch student. Michelle"
    expect 0 "$PATCHGPT" predict --model demo "$text" --tokens Jones
    assert_contains "$errors" 'patchgpt: warning: the token "Jones" has no space in front, but " Jones", with one, is far more probable after the text'
    expect 0 "$PATCHGPT" predict --model demo "$text" --tokens Jones " Jones"
    assert_equal "$errors" ""
    expect 0 "$PATCHGPT" predict --model demo "$text "
    assert_contains "$errors" "patchgpt: warning: a text ends in a space"
    expect 0 "$PATCHGPT" predict --model demo - <<<"$text "
    assert_contains "$errors" "patchgpt: warning: a text ends in a space"
    expect 0 "$PATCHGPT" tokenize --model demo "$text "
    assert_equal "$errors" ""
}
