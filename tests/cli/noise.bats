# noise.bats: causal tracing: --corrupt-noise and its options, alone and in a batch.
# shellcheck shell=bash disable=SC2154,SC2031 # $output and its like come from the helper; a test is a subshell of its own

bats_require_minimum_version 1.5.0
load helper
load tiny

setup() {
    make_scratch
    clean="Mary went to the store because"
    demo=(--model demo --clean "$clean")
}
teardown() { remove_scratch; }

refuse() { refused 2 "$1" "$PATCHGPT" "${demo[@]}" --csv no.csv "${@:2}"; }

@test "noise: the reference's probabilities, and recovered between the noised and the clean run" {
    for model in hf-odd mingpt bf16-shards; do
        local folder=$PROJECT/tests/fixtures/models/$model
        python3 - "$folder/circuits.json" >arguments <<'END'
import json, sys
j = json.load(open(sys.argv[1]))
n = j["noise"]
print(",".join(map(str, j["clean_ids"])), j["token_ids"][0], ",".join(map(str, n["positions"])), n["sigma"], n["samples"], n["seed"])
END
        read -r ids token positions sigma samples seed <arguments
        expect 0 "$PATCHGPT" --model "$folder" --clean-ids "$ids" --token-ids "$token" --metric prob \
            --corrupt-noise "$positions" --sigma "$sigma" --samples "$samples" --seed "$seed" --csv -
        python3 - .stdout "$folder/circuits.json" <<'END'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1])))
n = json.load(open(sys.argv[2]))["noise"]
flat = [v for row in n["resid_post"] for v in row]
assert len(rows) == len(flat)
for row, value in zip(rows, flat):
    assert abs(float(row["value"]) - value) < 1e-4, (row, value)
assert abs(float(rows[-1]["recovered"]) - 1) < 1e-5, rows[-1]
END
    done
}

@test "noise: without tokens the metric is the probability of the clean run's most probable token" {
    local id
    id=$("$PATCHGPT" predict --model demo --json --top 1 "$clean" | python3 -c 'import json, sys; print(json.load(sys.stdin)["top"][0]["token_id"])')
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --csv default.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --csv named.csv --token-ids "$id" --metric prob
    cmp default.csv named.csv
}

@test "noise: a part of the text names the tokens that it touches" {
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise-text "the store" --csv text.csv --sigma 0.2
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 3-4 --csv positions.csv --sigma 0.2
    cmp text.csv positions.csv
    expect 1 "$PATCHGPT" "${demo[@]}" --corrupt-noise-text "a shop" --csv no.csv
    assert_sentence
    assert_contains "$errors" '--corrupt-noise-text "a shop" is not in the clean text'
}

@test "noise: report, JSON and picture say where the noise is and how much" {
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0,3 --sigma 0.25 --seed 7 --samples 2 -o out
    assert_contains "$output" "noise of standard deviation 0.25 at positions 0,3, seed 7"
    python3 - <<'END'
text = open("out.png", "rb").read()
for note in b"corrupt_noise\x000,3", b"sigma\x000.25", b"samples\x002", b"seed\x007":
    assert note in text, note
END
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0,3 --sigma 0.25 --seed 7 --samples 2 --json
    assert_equal "$(json '(j["corrupt_noise"], j["sigma"], j["samples"], j["seed"])')" "([0, 3], 0.25, 2, 7)"
}

@test "noise: another seed gives other values, the same seed the same" {
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --seed 1 --csv a.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --csv b.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --seed 2 --csv c.csv
    cmp a.csv b.csv
    run ! cmp -s a.csv c.csv
}

@test "noise: three standard deviations of the embeddings are the default" {
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --csv default.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --sigma 3s --csv three.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --sigma 2s --csv two.csv
    cmp default.csv three.csv
    run ! cmp -s default.csv two.csv
}

@test "noise: refuses what contradicts it" {
    refuse "so --corrupt does not go with it" --corrupt-noise 0 --corrupt "$clean"
    refuse "--corrupt-noise and --corrupt-noise-text cannot both be given" --corrupt-noise 0 --corrupt-noise-text Mary
    refuse "--sigma takes a number above 0" --corrupt-noise 0 --sigma -1
    refuse "--samples takes a whole number from 1 to 10000, but found \"0\"" --corrupt-noise 0 --samples 0
    refuse "--sigma is for noise" --corrupt "$clean" --tokens a b --sigma 1
    refuse "there is noise from position 3 on, after the one that is read" --corrupt-noise 3 --read-position 1
    refuse "there is one text, so no positions differ" --corrupt-noise 0 --positions diff
    expect 1 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --sigma 1e38 --csv no.csv
    assert_contains "$errors" "not finite"
    expect 1 "$PATCHGPT" --model demo --clean "" --corrupt-noise 0 --csv no.csv
    assert_contains "$errors" "the clean text is empty"
    expect 1 "$PATCHGPT" "${demo[@]}" --corrupt-noise 6 --csv no.csv
    assert_contains "$errors" "--corrupt-noise 6: there is no position 6, expected 0 to 5, or -1 to -6"
}

@test "noise: in a batch it is the single runs' bit for bit, and sigma is taken over all lines" {
    cat >lines.jsonl <<'END'
{"id": "a", "clean": "Mary went to the store because", "corrupt_noise": [0]}
{"id": "b", "clean": "John went to the park because", "corrupt_noise_text": "the park"}
END
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --sigma 0.3 --samples 4 --output out --quiet
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --sigma 0.3 --samples 4 --csv a.csv
    cmp a.csv out/a.csv
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --sigma 3s --output all --quiet
    for part in 1 2; do
        expect 0 "$PATCHGPT" batch lines.jsonl --model demo --sigma 3s --output part$part --shard $part/2 --quiet
    done
    cmp part1/a.csv all/a.csv
    cmp part2/b.csv all/b.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --corrupt-noise 0 --sigma 3s --csv own.csv
    run ! cmp -s own.csv all/a.csv # the deviation of one token's embedding is not that of all
    expect 4 "$PATCHGPT" batch lines.jsonl --model demo --output no --quiet
    assert_contains "$errors" "give --sigma on its command line"
}
