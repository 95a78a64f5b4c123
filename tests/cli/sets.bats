# sets.bats: metrics of sets of tokens: --answers and --wrong-answers, alone, for lens and direct, and in a batch.
# shellcheck shell=bash disable=SC2154,SC2031 # $output and its like come from the helper; a test is a subshell of its own

bats_require_minimum_version 1.5.0
load helper
load tiny

setup() {
    make_scratch && need_patchgpt
    clean="Mary went to the store because" corrupt="John went to the store because"
    demo=(--model demo --clean "$clean" --corrupt "$corrupt")
    sets=(--answers " she" --answers " Mary" --wrong-answers " he")
}
teardown() { remove_scratch; }

refuse() { refused "$1" "$2" "$PATCHGPT" "${demo[@]}" --csv no.csv "${@:3}"; }

# json EXPRESSION: of the JSON j that the last command printed.
json() { python3 -c 'import json, sys; j = json.load(open(".stdout")); print(eval(sys.argv[1]))' "$1"; }

@test "sets: values are sums of probabilities, means of logits, logarithms of sums" {
    expect 0 "$PATCHGPT" predict --model demo "$clean" --tokens " she" " Mary" " he" --json
    cp .stdout named.json
    for metric in prob logit logprob logit_diff; do
        expect 0 "$PATCHGPT" "${demo[@]}" "${sets[@]}" --metric "$metric" --json
        python3 - "$metric" <<'END'
import json, math, sys
found = json.load(open(".stdout"))["clean"]["metric"]
she, mary, he = json.load(open("named.json"))["named"]
p, logit = (lambda t: t["probability"]), (lambda t: t["logit"])
expected = {"prob": p(she) + p(mary) - p(he), "logprob": math.log(p(she) + p(mary)) - math.log(p(he))}
assert abs(found - expected.get(sys.argv[1], (logit(she) + logit(mary)) / 2 - logit(he))) < 1e-5, found
END
    done
}

@test "sets: token ids are the same as texts, and one token each is the pair" {
    local ids=() text
    for text in " she" " Mary" " he"; do ids+=("$("$PATCHGPT" tokenize --model demo --ids "$text")"); done
    expect 0 "$PATCHGPT" "${demo[@]}" "${sets[@]}" --metric prob --csv texts.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --answer-ids "${ids[0]},${ids[1]}" --wrong-answer-ids "${ids[2]}" --metric prob --csv ids.csv
    cmp texts.csv ids.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --answers " she" --wrong-answer-ids "${ids[2]}" --csv sets.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --tokens " she" " he" --csv pair.csv
    cmp sets.csv pair.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --tokens " she" " he" --check sets.csv
}

@test "sets: report, JSON and picture say which tokens" {
    expect 0 "$PATCHGPT" "${demo[@]}" "${sets[@]}" --metric prob -o out
    assert_contains "$output" 'p(" she", " Mary") - p(" he")'
    assert_contains "$output" '" Mary"         1276  corrupted   353'
    python3 - out.png <<'END'
import sys
data = open(sys.argv[1], "rb").read()
for note in b"answers\x00 she| Mary", b"answer_ids\x001389,1276", b"wrong_answers\x00 he", b"wrong_answer_ids\x001388":
    assert note in data, note
assert b"tokens\x00" not in data and b"token_ids\x00" not in data
END
    expect 0 "$PATCHGPT" "${demo[@]}" "${sets[@]}" --metric prob --json
    assert_equal "$(json '(j["pairs"], [t["text"] for t in j["answers"]], [t["id"] for t in j["wrong_answers"]], len(j["clean"]["named"]))')" \
        "([], [' she', ' Mary'], [1388], 3)"
    expect 0 "$PATCHGPT" "${demo[@]}" --tokens " she" " he" --json
    assert_lacks "$output" '"answers"'
}

@test "sets: of many tokens the report lists the ten most probable, JSON all" {
    local many
    many=$(seq -s, 300 340)
    expect 0 "$PATCHGPT" "${demo[@]}" --answer-ids "$many" --metric logit --csv out.csv
    assert_contains "$output" "tokens of the metric: the 10 of 41 most probable after the clean text"
    assert_contains "$output" 'mean logit(" c", …, " I": 41 tokens)'
    assert_equal "$(grep -c ' corrupted  ' .stdout)" 10
    expect 0 "$PATCHGPT" "${demo[@]}" --answer-ids "$many" --metric logit --json
    assert_equal "$(json 'len(j["corrupt"]["named"])')" 41
}

@test "sets: lens and direct read them" {
    expect 0 "$PATCHGPT" lens --model demo "$clean" "${sets[@]}" --metric logprob --csv lens.csv --png lens.png
    assert_contains "$output" 'log p(" she", " Mary") - log p(" he")  rank of " she"'
    expect 0 "$PATCHGPT" lens --model demo "$clean" "${sets[@]}" --metric logprob --check lens.csv
    expect 0 "$PATCHGPT" lens --model demo "$clean" "${sets[@]}" --npz lens.npz --quiet
    python3 - lens.npz <<'END'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert {"value.npy", "rank.npy"} < set(z.namelist()), z.namelist()
    meta = z.read("meta.npy").replace(b"\0", b"")
    assert b'"wrong_answers":[{"id":1388' in meta, meta
END
    expect 0 "$PATCHGPT" direct --model demo "$clean" "${sets[@]}" --csv direct.csv --png direct.png
    assert_contains "$output" 'mean logit(" she", " Mary") - mean logit(" he") after position 5'
    assert_contains "$output" "sum of 23 parts 3.621857, metric 3.621859"
    expect 0 "$PATCHGPT" direct --model demo "$clean" --answers " she" --metric logit --json
    assert_equal "$(json '(j["pairs"], j["answers"][0]["text"])')" "([], ' she')"
    rm -f lens.* direct.*
    refused 2 "--metric prob is not a sum over components" "$PATCHGPT" direct --model demo "$clean" "${sets[@]}" --metric prob
    refused 2 "--answers does not go with predict" "$PATCHGPT" predict --model demo "$clean" "${sets[@]}"
}

@test "sets: noise measures them too" {
    expect 0 "$PATCHGPT" --model demo --clean "$clean" --corrupt-noise 0 "${sets[@]}" --metric prob --csv out.csv
    assert_contains "$output" 'p(" she", " Mary") - p(" he")'
}

@test "sets: in a batch a line has arrays, has the bits of the experiment, and is never averaged with pairs" {
    python3 - "$clean" "$corrupt" >lines.jsonl <<'END'
import json, sys
texts = {"clean": sys.argv[1], "corrupt": sys.argv[2], "metric": "prob"}
sets = {"answers": [" she", " Mary"], "wrong_answers": [" he"]}
for id, tokens in ("sets", sets), ("again", sets), ("ids", {"answer_ids": [1389, 1276], "wrong_answer_ids": [1388]}), \
        ("alone", {"answers": [" she"]}), ("pair", {"tokens": [" she", " he"]}):
    print(json.dumps({"id": id, **texts, **tokens}))
END
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --output out
    expect 0 "$PATCHGPT" "${demo[@]}" "${sets[@]}" --metric prob --csv single.csv
    for id in sets again ids; do cmp single.csv "out/$id.csv"; done
    python3 - <<'END'
import csv
rows = list(csv.DictReader(open("out/mean.csv")))
counts = {(row["metric"], row["value_count"] if "value_count" in row else row["count"]) for row in rows}
assert counts == {("prob_sets", "3"), ("prob_set", "1"), ("prob_diff", "1")}, counts
assert [row["metric"] for row in csv.DictReader(open("out/summary.csv"))] == ["prob_sets"] * 3 + ["prob_set", "prob_diff"]
END
    [ -s out/mean_prob_set.png ] && [ -s out/mean_prob_diff.png ]
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --output again --check out
    touch -d @1000000000 out/sets.csv
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --output out --resume # all are kept
    assert_equal "$(stat -c %Y out/sets.csv)" 1000000000
    sed -i 's/" Mary"\]/" John"]/' lines.jsonl # other answers: done again
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --output out --resume
    run ! cmp single.csv out/sets.csv
    cmp single.csv out/ids.csv
}

@test "sets: lens and direct in a batch read them, apart from pairs" {
    python3 - "$clean" >lines.jsonl <<'END'
import json, sys
sets = {"answers": [" she", " Mary"], "wrong_answers": [" he"]}
for id, what, tokens in ("lens", "lens", sets), ("pair", "lens", {"tokens": [" she", " he"]}), ("direct", "direct", sets):
    print(json.dumps({"id": id, "what": what, "clean": sys.argv[1], **tokens}))
END
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --output out
    expect 0 "$PATCHGPT" lens --model demo "$clean" "${sets[@]}" --csv lens.csv
    expect 0 "$PATCHGPT" direct --model demo "$clean" "${sets[@]}" --csv direct.csv
    cmp lens.csv out/lens.csv
    cmp direct.csv out/direct.csv
    python3 - <<'END'
import csv
assert [row["metric"] for row in csv.DictReader(open("out/summary.csv"))] == ["logit_sets", "logit_diff", "logit_sets"]
assert {row["metric"] for row in csv.DictReader(open("out/mean_lens.csv"))} == {"logit_sets", "logit_diff"}
END
}

@test "sets: in a batch a wrong line is refused with its fields' names" {
    fails() {
        printf '%s\n' "{\"clean\":\"$clean\",\"corrupt\":\"$corrupt\",$1}" >bad.jsonl
        expect 4 "$PATCHGPT" batch bad.jsonl --model demo --output bad
        assert_contains "$errors$(cat bad/summary.csv)" "$2"
        rm -r bad
    }
    fails '"answers":"she"' 'answers: found "she", expected an array of texts of one token each'
    fails '"answers":[]' 'answers: found an empty array'
    fails '"answers":[" she",5]' 'answers: found 5, expected'
    fails '"answers":[" she"],"tokens":[" she"]' 'tokens is of pairs of tokens and answers of sets of them'
    fails '"answers":[" she"]' 'metric logit_diff needs wrong_answers too'
    fails '"answers":[" she"],"wrong_answers":[" she"]' 'is in answers and in wrong_answers'
    fails '"answers":["she went"],"metric":"prob"' 'answers takes texts of one token each'
}

@test "sets: contradictions are refused" {
    refuse 2 "--tokens is of pairs of tokens and --answers of sets of them" --tokens a "${sets[@]}"
    refuse 2 "--answers and --answer-ids cannot both be given" "${sets[@]}" --answer-ids 5
    refuse 2 "--wrong-answers and --wrong-answer-ids cannot both be given" "${sets[@]}" --wrong-answer-ids 5
    refuse 2 "--answers is missing: --wrong-answers is subtracted from it" --wrong-answers a --metric prob
    refuse 2 "--metric logit_diff needs --wrong-answers too" --answers a
    refuse 2 "--metric loss is of one token, so --answers does not go with it" "${sets[@]}" --metric loss
    refuse 2 "--metric kl compares whole distributions, so --answers does not go with it" "${sets[@]}" --metric kl
    refuse 1 '--answers has the token " she" (1389) twice' "${sets[@]}" --answers " she"
    refuse 1 '--wrong-answer-ids has the token "$" (3) twice' --answers " she" --wrong-answer-ids 3,4,3
    refuse 1 'the token " he" (1388) is in --answers and in --wrong-answers' "${sets[@]}" --answers " he"
    refuse 1 "--wrong-answers takes texts of one token each, but found 2 tokens" "${sets[@]}" --wrong-answers " her"
    refuse 1 "the metric has token id 1700" --answer-ids 1700 --metric prob
    [ ! -e no.csv ]
}
