# several.bats: what is patched at once, and what is chosen: --window, --joint, single heads, neurons.
# shellcheck shell=bash disable=SC2154,SC2031 # $output and its like come from the helper; a test is a subshell of its own

load helper
load tiny

setup() {
    make_scratch
    demo=(--model demo --clean "Mary went to the store because" --corrupt "John went to the store because" --tokens " she" " he")
}
teardown() { remove_scratch; }

refuse() { refused 2 "$1" "$PATCHGPT" "${demo[@]}" --csv no.csv "${@:2}"; }

# value FILE SITE LAYER HEAD POSITION: the value of that row.
value() {
    python3 - "$@" <<'END'
import csv, sys
rows = [r for r in csv.DictReader(open(sys.argv[1])) if [r["site"], r["layer"], r["head"], r["position"]] == sys.argv[2:]]
assert len(rows) == 1, rows
print(rows[0]["value"])
END
}

@test "several: windows give the reference's values" {
    for model in hf-odd mingpt bf16-shards; do
        local folder=$PROJECT/tests/fixtures/models/$model
        ids() { python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))[sys.argv[2]], sep=",")' "$folder/circuits.json" "$1"; }
        for site in resid_post attn_out mlp_out; do
            expect 0 "$PATCHGPT" --model "$folder" --clean-ids "$(ids clean_ids)" --corrupt-ids "$(ids corrupt_ids)" \
                --token-ids "$(ids token_ids)" --window 3 --site $site --csv -
            python3 - .stdout "$folder/circuits.json" $site <<'END'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1])))
flat = [v for row in json.load(open(sys.argv[2]))["denoising"]["window_3"][sys.argv[3]] for v in row]
assert len(rows) == len(flat)
assert all(abs(float(r["value"]) - v) < 1e-4 for r, v in zip(rows, flat))
END
        done
    done
}

@test "several: a window of one layer is no window, and one of all layers is a joint patch of them" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site attn_out --csv plain.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site attn_out --window 1 --csv one.csv
    cmp plain.csv one.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site attn_out --window 8 --csv all.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site attn_out --joint --positions 0 --csv joint.csv
    assert_equal "$(value all.csv attn_out 2 '' 0)" "$(value joint.csv attn_out '' '' 0)"
}

@test "several: a joint patch of all activations of a layer gives the clean run's metric" {
    expect 0 "$PATCHGPT" "${demo[@]}" --joint --layers 1 --csv joint.csv
    assert_equal "$(tail -n +2 joint.csv | cut -d, -f 1-4,10)" "resid_post,1,,,1"
    expect 0 "$PATCHGPT" "${demo[@]}" --joint --site attn_out,mlp_out --csv two.csv
    assert_equal "$(tail -n +2 two.csv | cut -d, -f 1-4)" "attn_out+mlp_out,,,"
}

@test "several: single heads are those of the whole, in their order, each once" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site z_all --csv whole.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site z_all --heads 2.1,0.3,2.1 --csv some.csv
    assert_equal "$(tail -n +2 some.csv)" "$(grep -E '^z_all,(0,3|2,1),' whole.csv)"
    expect 0 "$PATCHGPT" "${demo[@]}" --site z_all --heads 2.1,0.3 --joint --csv joint.csv
    assert_equal "$(tail -n +2 joint.csv | cut -d, -f 1-4)" "z_all,,,"
}

@test "several: a line of a batch names single heads in a text, or in an array of texts" {
    local heads line='{"clean": "Mary went", "corrupt": "John went", "tokens": [" she", " he"], "site": "z_all", "heads": '
    printf '%s, "id": "%s"}\n' "$line\"2.1,0.3\"" text "${line}[\"2.1\", \"0.3\"]" array >lines.jsonl
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --output out
    assert_equal "$(tail -n +2 out/text.csv | cut -d, -f 1-3)" $'z_all,0,3\nz_all,2,1'
    cmp out/text.csv out/array.csv
    for heads in '["2.1", 3]' '["2.1", "x"]' '["2.1", null]' '[3, "2.1"]'; do
        printf '%s}\n' "$line$heads" >lines.jsonl
        expect 4 "$PATCHGPT" batch lines.jsonl --model demo --output "out $heads"
        assert_contains "$errors" "patchgpt: line 1: heads"
    done
}

@test "several: refuses what cannot be" {
    refuse "--window is for sites by layer and position" --site z --window 2
    refuse "--window is for sites by layer and position" --site neuron --window 2
    refuse "--window takes a whole number of at least 1" --window 0
    refuse "so --window does not go with it" --joint --window 2
    refuse "but not every site in --site has heads" --site z,mlp_out --heads 0.1
    refuse "so --layers does not go with it" --site z --heads 0.1 --layers 0
    refuse "or single heads as layer.head" --site z --heads 0.1,2
    refuse "--neurons is for the site neuron, which is not in --site" --neurons 3
    expect 1 "$PATCHGPT" "${demo[@]}" --site z --heads 0.1,9.0 --csv no.csv
    assert_contains "$errors" "there is no head 9.0, expected 0.0 to 3.3"
    expect 1 "$PATCHGPT" "${demo[@]}" --site neuron --neurons 99999 --csv no.csv
    assert_contains "$errors" "there is no neuron 99999"
}

@test "several: a batch has one window for all lines" {
    cat >lines.jsonl <<'END'
{"id": "a", "clean": "Mary went to the store because", "corrupt": "John went to the store because", "tokens": [" she", " he"]}
{"id": "b", "clean": "Mary went", "corrupt": "John went", "tokens": [" she", " he"], "window": 3}
END
    expect 4 "$PATCHGPT" batch lines.jsonl --model demo --site mlp_out --window 2 --output out
    assert_contains "$(cat out/summary.csv)" "window is the same for all lines of a batch: give it on the command line, --window"
    expect 0 "$PATCHGPT" "${demo[@]}" --site mlp_out --window 2 --csv a.csv
    cmp a.csv out/a.csv
}
