# direct.bats: the command direct.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

# direct [OPTION…]: splits the prediction after a text of four tokens of the tiny model.
direct() { "$PATCHGPT" direct abcd --model tiny "$@"; }

# sum_of FILE: the sum of the column value.
sum_of() {
    python3 -c 'import csv, sys; print(sum(float(r["value"]) for r in csv.DictReader(open(sys.argv[1]))))' "$1"
}

@test "direct: prints the largest parts and the identity, and writes nothing" {
    expect 0 direct --tokens y n --top 3
    assert_equal "$errors" ""
    assert_contains "$output" 'logit("y") - logit("n") after position 3, "d"'
    assert_equal "$(sed -n 5p .stdout | tr -s ' ')" "component adds"
    assert_equal "$(sed -n 6,8p .stdout | awk '{ print $2 < 0 ? -$2 : $2 }' | sort -rn)" \
        "$(sed -n 6,8p .stdout | awk '{ print $2 < 0 ? -$2 : $2 }')"
    [[ $(tail -n 1 .stdout) =~ ^"sum of "[0-9]+" parts "-?[0-9.]+", metric "-?[0-9.]+", difference "[0-9.e-]+$ ]]
    assert_files
}

@test "direct: the parts of every way to split add up to predict's difference of logits" {
    local options
    expect 0 "$PATCHGPT" predict abcd --model tiny --tokens y n --json
    local expected
    expected=$(json 'j["named"][0]["logit"] - j["named"][1]["logit"]')
    for options in "" --neurons --by-source "--neurons --by-source"; do
        # shellcheck disable=SC2086 # the options are words
        expect 0 direct --tokens y n --csv out.csv --json $options
        python3 -c 'import sys; a, b, c, d = map(float, sys.argv[1:]); assert max(abs(x - a) for x in (b, c, d)) < 1e-4' \
            "$expected" "$(sum_of out.csv)" "$(json 'j["sum"]')" "$(json 'j["metric_value"]')"
    done
}

@test "direct: the CSV names every component" {
    expect 0 direct --tokens y n --csv -
    assert_equal "$(head -n 1 .stdout)" "component,value"
    assert_equal "$(cut -d, -f1 .stdout | tail -n +2 | tr '\n' ' ')" \
        "embed L0H0 L0H1 mlp0 L1H0 L1H1 mlp1 attention_biases ln_f_bias "
    expect 0 direct --tokens y n --csv - --neurons
    assert_equal "$(grep -c '^L1N' .stdout)" "$("$PATCHGPT" info --model tiny --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["n_inner"])')"
    assert_equal "$(grep -c 'mlp1_bias' .stdout)" 1
    assert_lacks "$output" "mlp1,"
}

@test "direct: by source a head has a row for each position, and they add up to the head" {
    expect 0 direct --tokens y n --csv whole.csv
    expect 0 direct --tokens y n --csv source.csv --by-source
    assert_equal "$(head -n 1 source.csv)" "component,source_position,token,value"
    assert_equal "$(grep '^L1H0,' source.csv | cut -d, -f1-3 | tr '\n' ' ')" "L1H0,0,a L1H0,1,b L1H0,2,c L1H0,3,d "
    python3 - <<'END_OF_PYTHON'
import csv
whole = {r["component"]: float(r["value"]) for r in csv.DictReader(open("whole.csv"))}
split = {}
for r in csv.DictReader(open("source.csv")):
    split[r["component"]] = split.get(r["component"], 0) + float(r["value"])
assert whole.keys() == split.keys()
assert all(abs(whole[c] - split[c]) < 1e-5 for c in whole), (whole, split)
END_OF_PYTHON
    expect 0 direct --tokens y n --by-source --read-position 1
    assert_contains "$output" "attending to"
}

@test "direct: --metric logit of one token, several pairs, ids, markdown" {
    expect 0 direct --tokens y --metric logit
    assert_contains "$output" 'logit("y") after position 3'
    expect 0 direct --tokens y n --tokens a b --top 2 --markdown
    assert_contains "$output" "logit difference, mean over 2 pairs"
    expect 0 direct --token-ids 121,110 --csv -
    cp .stdout text
    expect 0 "$PATCHGPT" direct --ids 97,98,99,100 --model ids --token-ids 121,110 --csv - --threads 3
    cmp .stdout text
    expect 0 "$PATCHGPT" --neurons direct abcd --model tiny --tokens y n --json
    assert_contains "$output" "L0N0"
}

@test "direct: an earlier position has the parts of the shorter text" {
    expect 0 direct --tokens y n --csv - --read-position 2
    cp .stdout text
    expect 0 "$PATCHGPT" direct abc --model tiny --tokens y n --csv -
    cmp .stdout text
}

@test "direct: a picture has notes, and is written where it is asked for" {
    expect 0 direct --tokens y n --png out.png
    assert_files out.png
    assert_equal "$(tail -n 1 .stdout)" "written: out.png"
    expect 0 direct --tokens y n --png out.png --by-source --neurons --quiet
    assert_equal "$output" ""
}

@test "direct: --check compares with an earlier table" {
    expect 0 direct --tokens y n --csv old.csv
    expect 0 direct --tokens y n --check old.csv
    assert_equal "$(tail -n 1 .stdout)" "check: 9 values equal old.csv"
    awk -F, -v OFS=, '$1 == "L1H0" { $2 = $2 + 0.5 } { print }' old.csv >new.csv
    expect 3 direct --tokens y n --check new.csv
    assert_sentence
    assert_contains "$errors" "1 of 9 values differ from new.csv, most at component L1H0:"
    expect 0 direct --tokens y n --check new.csv --tolerance 0.6
    expect 1 direct --tokens y n --check old.csv --by-source
    assert_sentence
}

@test "direct: what does not go together is refused, and nothing is written" {
    local metric
    for metric in kl loss prob logprob; do
        refused 2 "--metric $metric is not a sum over components; direct takes logit_diff or logit" \
            direct --tokens y n --metric "$metric"
    done
    refused 2 "direct needs the tokens of its metric: --tokens A B" direct --csv out.csv
    refused 2 "takes two tokens, but --tokens has one" direct --tokens y
    refused 2 "--neurons takes no value for direct" direct --tokens y n --neurons=3
    refused 2 "--layers does not go with direct" direct --tokens y n --layers 1
    refused 2 "--quiet leaves nothing to do" direct --tokens y n --quiet
    refused 2 "--top is for the report, and --csv - prints none" direct --tokens y n --csv - --top 3
    refused 2 "direct needs a text, or token ids with --ids" "$PATCHGPT" direct --model tiny --tokens y n
    refused 1 "whose difference is always 0" direct --tokens y y
}

@test "direct: help" {
    expect 0 "$PATCHGPT" direct --help
    assert_contains "$output" "usage: patchgpt direct TEXT --tokens A B [options]"
}
