# reports.bats: what reports, tables and pictures say of ablation, noise, windows, joint patches, neurons
# and single weights of patterns, of one experiment and of a batch.
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # $output and its like come from the helper; a test is a subshell of its own

load helper

setup() {
    make_scratch
    clean="Mary went to the store because"
    corrupt="John went to the store because"
    one=(--model demo --clean "$clean" --tokens " she" " he")
    two=("${one[@]}" --corrupt "$corrupt")
    printf '{"id": "%s", "clean": "%s", "corrupt": "%s", "tokens": [" she", " he"]}\n' \
        a "$clean" "$corrupt" b "$corrupt" "$clean" c "A $clean" "A $corrupt" >pairs.jsonl
    sed 's/"corrupt": "[^"]*", //' pairs.jsonl >texts.jsonl
}
teardown() { remove_scratch; }

# chunks FILE: the text chunks of a PNG file, a line each.
chunks() {
    python3 - "$1" <<'END'
import struct, sys, zlib
data, at = open(sys.argv[1], "rb").read(), 8
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    body = data[at + 8:at + 8 + size]
    if kind == b"tEXt":
        print(body.replace(b"\0", b"=", 1).decode("latin-1"))
    if kind == b"iTXt":
        name, rest = body.split(b"\0", 1)
        print(name.decode() + "=" + rest[2:].split(b"\0", 2)[2].decode())
    at += size + 12
END
}

@test "reports: an ablation shows one text, one run, and its largest effect" {
    expect 0 "$PATCHGPT" "${one[@]}" --with zero --site mlp_out --png a.png
    assert_lacks "$output" corrupted
    assert_contains "$output" " patches of mlp_out, zero ablation, in "
    assert_contains "$output" "largest effect: L"
    assert_contains "$output" ", change / clean "
    chunks a.png >notes
    assert_contains "$(cat notes)" "direction=zero ablation"
    assert_lacks "$(cat notes)" corrupt
    expect 0 "$PATCHGPT" "${one[@]}" --with zero --site mlp_out --markdown --csv a.csv
    assert_lacks "$output" corrupted
    expect 0 "$PATCHGPT" "${one[@]}" --with zero --site mlp_out --terminal --check a.csv
    assert_contains "$output" "values equal a.csv"
    expect 2 "$PATCHGPT" "${one[@]}" --with zero --show recovered --png no.png
    assert_sentence
    assert_contains "$errors" "--show recovered is for two runs"
    [ ! -e no.png ]
}

@test "reports: JSON says what is put in" {
    expect 0 "$PATCHGPT" "${one[@]}" --with zero --window 2 --json --csv a.csv
    python3 - .stdout a.csv <<'END'
import csv, json, sys
r = json.load(open(sys.argv[1]))
assert r["corrupt"] is None and r["with"] == "zero" and r["noise"] is False and r["window"] == 2 and r["joint"] is False
assert all(c["recovered"] is None for c in r["cells"])
rows = list(csv.DictReader(open(sys.argv[2])))
assert all(row["corrupt_id"] == row["corrupt_token"] == row["recovered"] == "" for row in rows)
END
    expect 0 "$PATCHGPT" "${one[@]}" --corrupt-noise 0 --samples 3 --json --csv a.csv
    python3 -c '
import json, sys
r = json.load(sys.stdin)
assert list(r["corrupt"]) == ["metric"] and r["noise"] is True and r["samples"] == 3 and r["with"] == "text"' <.stdout
    expect 0 "$PATCHGPT" "${two[@]}" --json --csv a.csv
    assert_lacks "$output" '"with"'
}

@test "reports: noise says the metric under it and over how many samples" {
    expect 0 "$PATCHGPT" "${one[@]}" --corrupt-noise 0 --samples 3 --site attn_out --window 2 --png a.png
    grep -qE '^noise +-?[0-9.]+  mean over 3 samples$' .stdout
    assert_contains "$output" ", windows of 2 layers, clean activations into the run under noise, in "
    chunks a.png >notes
    grep -qx "direction=clean into noise" notes
    grep -qx "samples=3" notes
    grep -qx "window=2" notes
}

@test "reports: a joint patch is one row with the sites joined, and no picture" {
    expect 0 "$PATCHGPT" "${two[@]}" --joint --site mlp_out,attn_out --layers 1,2 -o j
    assert_contains "$output" "1 joint patch of mlp_out,attn_out, 24 cells, clean activations"
    assert_contains "$output" "value "
    assert_contains "$output" ", recovered "
    assert_contains "$output" $'written: j.csv\nno picture: a joint patch has one value, which is not a picture'
    [ ! -e j.png ]
    expect 0 "$PATCHGPT" "${two[@]}" --joint --csv alone.csv
    assert_lacks "$output" "no picture"
    grep -q '^attn_out+mlp_out,,,,,,,,' j.csv
    expect 0 "$PATCHGPT" "${two[@]}" --joint --site mlp_out,attn_out --layers 1,2 --check j.csv
    expect 2 "$PATCHGPT" "${two[@]}" --joint --site mlp_out --layers 1,2 --png no.png
    assert_sentence
    assert_contains "$errors" "--joint gives one value"
}

@test "reports: the neurons with the largest effects are a list, and have columns of their own" {
    expect 0 "$PATCHGPT" "${two[@]}" --site neuron --positions 0,5 --csv n.csv --png n.png
    [ "$(grep -cE '^L[0-3]N[0-9]+ ' .stdout)" -eq 20 ]
    [ "$(head -n 1 n.csv)" = "site,layer,head,position,neuron,clean_id,corrupt_id,clean_token,corrupt_token,value,recovered" ]
    python3 - .stdout n.csv <<'END'
import csv, re, sys
rows = list(csv.DictReader(open(sys.argv[2])))
text = open(sys.argv[1]).read()
base = float(re.search(r"^corrupted +(-?[\d.]+)", text, re.M).group(1))
best = max(rows, key=lambda r: abs(float(r["value"]) - base))
first = re.search(r"^L(\d+)N(\d+) +(\d+)", text, re.M).groups()
assert first == (best["layer"], best["neuron"], best["position"]), (first, best)
END
    expect 0 "$PATCHGPT" "${two[@]}" --site neuron --positions 0,5 --check n.csv
    expect 0 "$PATCHGPT" "${two[@]}" --site pattern_dest_src --positions 5 --csv w.csv --png w.png
    assert_contains "$(head -n 1 w.csv)" "position,source_position,clean_id"
    expect 0 "$PATCHGPT" "${two[@]}" --site pattern_dest_src --positions 5 --check w.csv
    expect 1 "$PATCHGPT" "${two[@]}" --site pattern_dest_src --positions 5 --check n.csv
    assert_sentence
}

# A batch with options: its means, the same from shards that are merged, from an interrupted run that is
# continued, and under --check.
whole_batch() {
    local file=$1
    shift
    expect 0 "$PATCHGPT" batch "$file" --model demo --output whole --quiet "$@"
    for i in 1 2; do expect 0 "$PATCHGPT" batch "$file" --model demo --output part$i --shard $i/2 --quiet "$@"; done
    expect 0 "$PATCHGPT" merge part1 part2 --output merged
    for table in summary.csv mean.csv; do cmp "whole/$table" "merged/$table"; done
    cp -r whole cut
    mv cut/summary.csv cut/summary_partial.csv
    sed -i '$d' cut/summary_partial.csv
    expect 0 "$PATCHGPT" batch "$file" --model demo --output cut --resume "$@"
    assert_contains "$output" "2 of them since an earlier run"
    for table in summary.csv mean.csv; do cmp "whole/$table" "cut/$table"; done
    expect 0 "$PATCHGPT" batch "$file" --model demo --output again --check whole --quiet "$@"
}

@test "reports: a batch of ablations has no corrupted metric, and its means recover nothing" {
    whole_batch texts.jsonl --with zero --site mlp_out --png
    python3 - <<'END'
import csv
rows = list(csv.DictReader(open("whole/summary.csv")))
assert all(r["with"] == "zero" and r["corrupt_metric"] == r["recovered"] == "" for r in rows)
means = list(csv.DictReader(open("whole/mean.csv")))
assert all(r["with"] == "zero" and r["recovered"] == "" and r["value"] for r in means)
END
    chunks whole/mean.png >notes
    grep -qx "direction=zero ablation" notes
    [ ! -e whole/mean_recovered.png ]
}

@test "reports: a batch of joint patches has one mean" {
    whole_batch pairs.jsonl --joint --site attn_out,mlp_out --layers 1,2
    [ "$(wc -l <whole/mean.csv)" -eq 2 ]
    expect 0 "$PATCHGPT" merge whole --output copy
    python3 - <<'END'
import csv
(mean,) = csv.DictReader(open("whole/mean.csv"))
assert mean["site"] == mean["joint"] == "attn_out+mlp_out" and mean["count"] == "3" and mean["layer"] == ""
values = [float(next(csv.DictReader(open(f"whole/{i}.csv")))["value"]) for i in "abc"]
assert abs(float(mean["value"]) - sum(values) / 3) < 1e-5
fields = [f"{float(mean[name]):.4f}" for name in ("value", "value_low", "value_high", "recovered", "recovered_low", "recovered_high")]
line = ("joint patch of attn_out+mlp_out, clean into corrupted, mean over 3 experiments: "
        "logit_diff {} (95 % interval {} to {}), recovered {} ({} to {})\n".format(*fields))
report = open(".stdout").read()
assert line in report and "pictures" not in report, (line, report)
END
}

@test "reports: a batch's means of neurons and of weights are by neuron and source position" {
    whole_batch pairs.jsonl --site neuron,pattern_dest_src --positions 0,5 --heads 0 --neurons 7-9
    python3 - <<'END'
import csv
means = list(csv.DictReader(open("whole/mean.csv")))
tables = {i: list(csv.DictReader(open(f"whole/{i}.csv"))) for i in "ab"}
same = ["site", "layer", "head", "position", "neuron", "source_position"]
found = 0
for mean in means:
    if mean["n_tokens"] != "6":
        continue
    values = [float(r["value"]) for t in tables.values() for r in t if all(r[k] == mean[k] for k in same)]
    assert len(values) == 2 == int(mean["count"])
    assert abs(float(mean["value"]) - sum(values) / 2) < 1e-5
    found += 1
assert found == len(tables["a"])
END
}

@test "reports: a batch of windows and one of noise say so" {
    whole_batch pairs.jsonl --window 3 --site attn_out
    grep -q '^logit_diff,0,text,0,3,,attn_out,' whole/mean.csv
    rm -r whole part1 part2 merged cut again
    sed 's/"tokens"/"corrupt_noise": [0], "tokens"/' texts.jsonl >noise.jsonl
    whole_batch noise.jsonl --sigma 0.1 --samples 2 --site attn_out
    grep -q '^logit_diff,0,text,1,1,,attn_out,' whole/mean.csv
}
