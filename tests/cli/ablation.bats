# ablation.bats: --with zero, mean and mean-all, alone and in a batch.
# shellcheck shell=bash disable=SC2154,SC2031 # $output and its like come from the helper; a test is a subshell of its own

bats_require_minimum_version 1.5.0
load helper
load tiny

setup() {
    make_scratch
    clean="Mary went to the store because"
    printf '%s\n' "$clean" "John went to the store because" >texts
    demo=(--model demo --tokens " she" " he")
}
teardown() { remove_scratch; }

refuse() {
    local sentence=$1
    shift
    expect 2 "$PATCHGPT" "${demo[@]}" "$@"
    assert_sentence
    assert_contains "$errors" "$sentence"
    assert_files texts
}

@test "ablation: zeros give the reference's values, without columns of a corrupted text" {
    for model in hf-odd mingpt bf16-shards; do
        local folder=$PROJECT/tests/fixtures/models/$model
        ids() { python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))[sys.argv[2]], sep=",")' "$folder/circuits.json" "$1"; }
        for site in resid_post attn_out z k_all pattern; do
            expect 0 "$PATCHGPT" --model "$folder" --clean-ids "$(ids clean_ids)" --token-ids "$(ids token_ids)" \
                --with zero --site $site --csv -
            python3 - .stdout "$folder/circuits.json" $site <<'END'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1])))
expected = json.load(open(sys.argv[2]))["noising"]["zero"][sys.argv[3]]
flat = [v for e in expected for v in (e if isinstance(e, list) else [e])]
assert len(rows) == len(flat), (len(rows), len(flat))
for row, value in zip(rows, flat):
    assert abs(float(row["value"]) - value) < 1e-4, (row, value)
    assert row["corrupt_id"] == row["corrupt_token"] == row["recovered"] == ""
END
        done
    done
}

@test "ablation: a mean over one text changes nothing, and over two it does" {
    expect 0 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean --over <(head -n 1 texts) --site attn_out,z --csv -
    cut -d, -f 9 .stdout | tail -n +2 | sort -u >values
    assert_equal "$(wc -l <values)" 1
    expect 0 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean --over texts --site attn_out --csv -
    [ "$(cut -d, -f 9 .stdout | tail -n +2 | sort -u | wc -l)" -gt 10 ]
}

@test "ablation: texts of a mean are lines of text or JSON objects, and blank lines are left out" {
    expect 0 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean --over texts --csv text.csv
    python3 - <<'END'
import json
with open("objects", "w") as out:
    for line in open("texts"):
        out.write(json.dumps({"clean": line.rstrip("\n"), "id": "x"}) + "\r\n\n")
END
    expect 0 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean --over objects --csv object.csv
    cmp text.csv object.csv
    expect 1 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean --over <(echo '{"corrupt": "x"}') --csv no.csv
    assert_contains "$errors" "line 1: there is neither clean nor clean_ids"
    expect 1 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean --over /dev/null --csv no.csv
    assert_contains "$errors" "has no text"
}

@test "ablation: refuses what contradicts it" {
    refuse "--with zero ablates one text, that of --clean, so --corrupt does not go with it" --clean "$clean" --corrupt "$clean" --with zero
    refuse "so --noising does not go with it" --clean "$clean" --with zero --noising
    refuse "so --corrupt-noise does not go with it" --clean "$clean" --with zero --corrupt-noise 0
    refuse "did you mean zero?" --clean "$clean" --with zeros
    refuse "--over is missing" --clean "$clean" --with mean
    refuse "--over is for --with mean" --clean "$clean" --with zero --over texts
    refuse "there is one text, so no positions differ" --clean "$clean" --with zero --positions diff
    refuse "writing texts would replace texts, which is read" --clean "$clean" --with mean --over texts --csv texts
    refuse "--clean - and --over - cannot both be read" --clean - --with mean --over -
    refuse "position 2 is read" --clean "$clean" --with zero --positions 4-5 --read-position 2
}

@test "ablation: a mean by position needs equal lengths, and patterns have none over positions" {
    printf 'Mary went\n' >>texts
    expect 1 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean --over texts
    assert_sentence
    assert_contains "$errors" "texts: a mean by position needs texts of equally many tokens; the first has 6, number 3 has 2"
    expect 2 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean-all --over texts --site z,pattern
    assert_contains "$errors" "--with mean-all is not for patterns, whose rows have different lengths"
    expect 0 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with mean-all --over texts --site z --csv z.csv
    expect 1 "$PATCHGPT" "${demo[@]}" --clean "Mary went to" --with mean --over <(head -n 2 texts)
    assert_contains "$errors" "the text has 3 tokens, and those that the mean is over have 6"
    expect 2 "$PATCHGPT" "${demo[@]}" --clean "$clean" --with zero --show recovered --csv no.csv --png no.png
    assert_sentence
    assert_files texts z.csv
}

# Lines of two templates and two lengths.
write_lines() {
    python3 - >lines.jsonl <<'END'
import json
for name, end in (("Mary", "because"), ("John", "because"), ("Mary", "when"), ("John", "when")):
    print(json.dumps({"id": name + end, "clean": f"{name} went to the store {end}", "tokens": [" she", " he"], "template": end}))
for name in "Mary", "John":
    print(json.dumps({"id": name, "clean": f"{name} went", "tokens": [" to", " the"]}))
END
}

@test "ablation: a batch of zeros is its single runs bit for bit" {
    write_lines
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --with zero --site mlp_out --output out --quiet
    expect 0 "$PATCHGPT" "${demo[@]}" --clean "John went to the store when" --with zero --site mlp_out --csv one.csv
    cmp one.csv out/Johnwhen.csv
    [ -s out/mean.csv ] && [ -s out/mean.png ]
}

@test "ablation: a batch takes the mean over its lines of the same template and length, also in a shard" {
    write_lines
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --with mean --site attn_out --output out --quiet
    expect 0 "$PATCHGPT" "${demo[@]}" --clean "Mary went to the store when" --with mean --site attn_out --csv one.csv \
        --over <(printf 'Mary went to the store when\nJohn went to the store when\n')
    cmp one.csv out/Marywhen.csv
    for part in 1 2; do
        expect 0 "$PATCHGPT" batch lines.jsonl --model demo --with mean --site attn_out --shard $part/2 --output part$part --quiet
    done
    cmp part1/Marywhen.csv out/Marywhen.csv
    expect 0 "$PATCHGPT" merge part1 part2 --output merged --quiet
    cmp merged/mean.csv out/mean.csv
    expect 1 "$PATCHGPT" batch - --model demo --with mean --output no --quiet <lines.jsonl
    assert_contains "$errors" "standard input cannot be read twice"
}

@test "ablation: a batch that is continued keeps results of the same ablation alone" {
    write_lines
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --with mean-all --over texts --site z_all --output out --quiet
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --with mean-all --over texts --site z_all --output out --resume
    assert_contains "$output$errors" "6 of 6"
    cp out/Mary.csv mean-all.csv
    tail -n 1 texts >one
    for other in "mean-all --over one" "zero"; do
        # shellcheck disable=SC2086 # two words
        expect 0 "$PATCHGPT" batch lines.jsonl --model demo --with $other --site z_all --output out --resume --quiet
        run ! cmp -s out/Mary.csv mean-all.csv
    done
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --with zero --site z_all --output fresh --quiet
    cmp out/Mary.csv fresh/Mary.csv
    cmp out/mean.csv fresh/mean.csv
}

@test "ablation: a line whose template changed is run again" {
    python3 - <<'END'
import json
texts = "Mary went to the store because", "John went to the store because", "Mary went to the park because"
for name, templates in ("first", "xxy"), ("second", "xyx"):
    with open(name, "w") as out:
        for i, (text, template) in enumerate(zip(texts, templates)):
            print(json.dumps({"id": f"l{i}", "clean": text, "tokens": [" she", " he"], "template": template}), file=out)
END
    expect 0 "$PATCHGPT" batch first --model demo --with mean --site attn_out --output out --quiet
    expect 0 "$PATCHGPT" batch second --model demo --with mean --site attn_out --output out --resume --quiet
    expect 0 "$PATCHGPT" batch second --model demo --with mean --site attn_out --output fresh --quiet
    for file in l0.csv l1.csv l2.csv mean.csv; do cmp out/$file fresh/$file; done
}

@test "ablation: what no line of a batch can do is refused before its folder is made" {
    write_lines
    refuse_batch() {
        local sentence=$1
        shift
        expect 2 "$PATCHGPT" batch lines.jsonl --model demo --output no "$@"
        assert_sentence
        assert_contains "$errors" "$sentence"
        [ ! -e no ]
    }
    refuse_batch "so --noising does not go with it" --with zero --noising
    refuse_batch "so --window does not go with it" --joint --window 2
    refuse_batch "--seed is for noise in all lines" --seed 3
    refuse_batch "which is not a picture: leave out --png" --joint --png
    refuse_batch "--show recovered is for two runs" --with zero --png --show recovered
}
