#!/usr/bin/env bats
# batch_readings.bats: lens and direct in a batch: a line's "what", and --what for all lines.
# shellcheck disable=SC2154 # $scratch and its like come from the helper

bats_require_minimum_version 1.5.0
load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

# lines LINE…: writes the lines to lines.jsonl.
lines() { printf '%s\n' "$@" >lines.jsonl; }

# batch [OPTION…]: runs lines.jsonl into out.
batch() { with_defaults "--model tiny" "--output out" -- batch lines.jsonl "$@"; }

# single COMMAND ARGUMENT…: lens or direct, with its table in single.csv and its picture in single.png.
single() { "$PATCHGPT" "$@" --model tiny --csv single.csv --png single.png --quiet; }

# is_of ID COMMAND ARGUMENT…: the line's files in out are those of the command, byte for byte.
is_of() {
    local id=$1
    shift
    expect 0 single "$@"
    cmp single.csv "out/$id.csv" || complain "other table: $id"
    cmp single.png "out/$id.png" || complain "other picture: $id"
}

# column NAME: a column of the summary, with spaces between rows.
column() {
    python3 - "$1" <<'END'
import csv, sys
print(*[row[sys.argv[1]] for row in csv.DictReader(open("out/summary.csv", newline=""))])
END
}

# fails PART LINE [OPTION…]: a batch of this line and a good one reports the first with PART and runs the second.
fails() {
    local part=$1
    lines "$2" '{"id": "good", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"]}'
    rm -rf out
    expect 4 batch --quiet "${@:3}"
    assert_contains "$errors" "patchgpt: line 1: "
    assert_contains "$errors" "$part"
    assert_contains "$errors" "1 of 2 "
    [ -s out/good.csv ]
}

# Lines of all three kinds, several lengths and metrics, with labels and without.
mixed() {
    cat >lines.jsonl <<'END'
{"id": "e1", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "labels": {"X": 1, "end": -1}}
{"id": "l1", "what": "lens", "text": "abcd", "tokens": ["y", "n"], "labels": {"X": 1, "end": -1}}
{"id": "d1", "what": "direct", "text": "abcd", "tokens": ["y", "n"], "by_source": true}
{"id": "e2", "what": "experiment", "clean": "abcd", "corrupt": "abXd", "tokens": ["y", "n"], "site": "z_all", "noising": true}
{"id": "l2", "what": "lens", "text": "bcd", "tokens": ["y", "n"]}
{"id": "l3", "what": "lens", "text": "bcde"}
{"id": "d2", "what": "direct", "text": "bcdea", "tokens": ["y", "n"], "neurons": true}

{"id": "l4", "what": "lens", "text": "bcde", "tokens": ["y"], "metric": "prob"}
{"id": "d3", "what": "direct", "text": "dcba", "tokens": ["y", "n"], "by_source": true, "labels": {"X": 0, "end": -1}}
{"id": "d4", "what": "direct", "text": "dcba", "tokens": ["y"], "metric": "logit"}
{"id": "l5", "what": "lens", "text": "dcb", "tokens": ["y", "n"]}
END
}

@test "batch: files of lens and direct are those of the commands, byte for byte" {
    cat >lines.jsonl <<'END'
{"id": "a", "what": "lens", "text": "abcd", "tokens": ["y", "n"]}
{"id": "b", "what": "direct", "text": "abcd", "tokens": ["y", "n"]}
{"id": "c", "what": "lens", "clean": "abc", "comment": "without tokens", "template": "t"}
{"id": "d", "what": "lens", "ids": [97, 98, 99], "token_ids": [121], "metric": "logprob", "read_position": 1}
{"id": "e", "what": "direct", "clean_ids": [97, 98, 99], "token_ids": [[121, 110], [1, 2]], "read_position": -2, "neurons": true}
{"id": "f", "what": "direct", "text": "abcd", "tokens": ["y"], "metric": "logit", "by_source": true, "prepend_bos": true}
{"id": "g", "what": "direct", "text": "abcd", "tokens": ["y", "n"], "by_source": true, "neurons": true, "corrupt": null}
{"id": "h", "what": "direct", "text": "abcd", "answers": ["y", "z"], "wrong_answers": ["n"]}
{"id": "i", "what": "lens", "text": "abcd", "answer_ids": [121, 122], "metric": "prob"}
END
    expect 0 batch --png
    assert_equal "$errors" ""
    assert_contains "$output" "9 of 9 lines are done"
    assert_contains "$output" "written to out: summary.csv, mean_lens.csv, mean_direct.csv, the pictures of the means"
    is_of a lens abcd --tokens y n
    is_of b direct abcd --tokens y n
    is_of c lens abc
    is_of d lens --ids 97,98,99 --token-ids 121 --metric logprob --read-position 1
    is_of e direct --ids 97,98,99 --token-ids 121,110 --token-ids 1,2 --read-position -2 --neurons
    is_of f direct abcd --tokens y --metric logit --by-source --prepend-bos
    is_of g direct abcd --tokens y n --by-source --neurons
    is_of h direct abcd --answers y --answers z --wrong-answers n
    is_of i lens abcd --answer-ids 121,122 --metric prob
    assert_equal "$(column metric)" \
        "logit_diff logit_diff  logprob logit_diff logit logit_diff logit_sets prob_set"
    [ -s out/mean_direct_logit_sets.png ] && [ -s out/mean_lens_prob_set.png ] && [ ! -e out/mean.csv ]
}

@test "batch: --what is for all lines, also those of an experiments file, and colours are those of the commands" {
    lines '{"id": "a", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "site": "z", "layers": [0], "neurons": [1]}' \
        '{"id": "b", "clean_ids": [97, 98], "corrupt_ids": [97, 99], "token_ids": [121, 110], "noising": true}' \
        '{"id": "c", "what": "experiment", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"]}'
    expect 0 batch --what direct --png --by-source --neurons --quiet
    is_of a direct abcd --tokens y n --by-source --neurons
    is_of b direct --ids 97,98 --token-ids 121,110 --by-source --neurons
    assert_equal "$(column what)" "direct direct experiment"
    rm -r out
    sed -i '$d' lines.jsonl
    expect 0 batch --what lens --png --metric logit --read-position 0 --colormap magma --vmin -1 --quiet
    is_of a lens abcd --tokens y n --metric logit --read-position 0 --colormap magma --vmin -1
    is_of b lens --ids 97,98 --token-ids 121,110 --metric logit --read-position 0 --colormap magma --vmin -1
    rm -r out
    expect 0 batch --what direct --png --neurons --metric logit --vmax 2 --quiet
    is_of a direct abcd --tokens y n --metric logit --neurons --vmax 2
}

@test "batch: three kinds in one folder; experiments have the files that they have alone" {
    mixed
    expect 0 batch
    assert_contains "$output" "11 of 11 lines are done"
    assert_contains "$output" "written to out: summary.csv, mean.csv, mean_lens.csv, mean_direct.csv, the pictures"
    assert_equal "$(cd out && echo mean*)" \
        "mean.csv mean.png mean_direct.csv mean_direct.png mean_direct_logit.png mean_lens.csv mean_lens.png mean_lens_prob.png mean_lens_top.png mean_logit_diff_noising.png mean_logit_diff_noising_recovered.png mean_recovered.png"
    mv out all
    grep '"e[0-9]"' lines.jsonl | sed 's/"what": "experiment", //' >only.jsonl
    mv only.jsonl lines.jsonl
    expect 0 batch --quiet
    local file
    for file in e1.csv e2.csv mean.csv; do cmp "out/$file" "all/$file"; done
    assert_equal "$(pixels out/mean.png)" "$(pixels all/mean.png)"
    assert_equal "$(head -n 1 out/summary.csv)" \
        "line,id,fingerprint,metric,noising,n_tokens,labels,csv_crc32,clean_metric,corrupt_metric,site,layer,head,position,value,recovered,error"
    python3 - <<'END'
import csv
alone = {r["id"]: r for r in csv.DictReader(open("out/summary.csv"))}
for row in csv.DictReader(open("all/summary.csv")):
    if row["id"] in alone:
        assert all(row[key] == value for key, value in alone[row["id"]].items() if key != "line"), row
END
}

@test "batch: the summary says what a line is, its metric, and the largest part" {
    mixed
    expect 0 batch --quiet
    assert_equal "$(column what)" "experiment lens direct experiment lens lens direct lens direct direct lens"
    assert_equal "$(column metric)" \
        "logit_diff logit_diff logit_diff logit_diff logit_diff  logit_diff prob logit_diff logit logit_diff"
    python3 - <<'END'
import csv, json, os, subprocess, sys
rows = {r["id"]: r for r in csv.DictReader(open("out/summary.csv"))}
tables = {i: list(csv.DictReader(open(f"out/{i}.csv"))) for i in rows}
for i, row in rows.items():
    if row["what"] == "direct":
        largest = max(tables[i], key=lambda r: abs(float(r["value"])))
        assert (row["component"], row["value"]) == (largest["component"], largest["value"]), row
        assert row["source_position"] == largest.get("source_position", ""), row
        assert abs(sum(float(r["value"]) for r in tables[i]) - float(row["clean_metric"])) < 1e-4, row
    if row["what"] == "lens":
        assert row["clean_metric"] == tables[i][-1]["value"], row
        assert not row["component"] and not row["value"]
    if row["what"] != "experiment":
        assert not any(row[k] for k in ("noising", "corrupt_metric", "site", "layer", "head", "position", "recovered")), row
END
}

@test "batch: means are those of the tables, at positions of texts of one length, or at labels" {
    mixed
    expect 0 batch --quiet
    python3 - <<'END'
import collections, csv, math

def read(name):
    return list(csv.DictReader(open(f"out/{name}.csv")))

def near(text, number):
    assert abs(float(text) - number) <= 2e-6 * max(1, abs(number)), (text, number)

def check(kind, item, position, add_wholes):
    numbers = collections.defaultdict(list)
    for line in read("summary"):
        if line["what"] != kind:
            continue
        labels = [pair.split(":") for pair in line["labels"].split(";") if pair]
        rows = read(line["id"])
        for row in add_wholes(rows):
            at = row.get(position, "")
            places = [("", "", "")] if at == "" else [("", "", n) for n, p in labels if p == at] if labels \
                else [(line["n_tokens"], at, "")]
            for place in places:
                numbers[line["metric"], row[item], *place].append(row)
    means = read("mean_" + kind)
    found = [(m["metric"], m[item], m["n_tokens"], m[position], m["label"]) for m in means]
    assert sorted(found) == sorted(numbers), set(found) ^ set(numbers)
    assert len(found) == len(set(found))
    for mean, key in zip(means, found):
        rows = numbers[key]
        assert int(mean["count"]) == len(rows)
        columns = ["value"] * bool(mean["metric"]) + ["top_probability"] * (kind == "lens")
        for column in columns:
            values = [float(r[column]) for r in rows]
            average = sum(values) / len(values)
            near(mean[column], average)
            if len(rows) > 1:
                near(mean[column + "_se"], math.sqrt(sum((v - average) ** 2 for v in values) / (len(rows) - 1) / len(rows)))
                assert min(values) - 1e-5 <= float(mean[column + "_low"]) <= float(mean[column + "_high"]) <= max(values) + 1e-5
            else:
                assert not mean[column + "_se"] and not mean[column + "_low"]
        if kind == "lens" and mean["metric"]:
            near(mean["top1"], sum(r["rank"] == "1" for r in rows) / len(rows))
        if kind == "lens" and not mean["metric"]:
            assert not mean["value"] and not mean["top1"]
    return numbers

def with_wholes(rows):
    wholes = collections.defaultdict(float)
    for row in rows:
        name = row["component"]
        if row.get("source_position"):
            wholes[name] += float(row["value"])
        elif "N" in name or name.endswith("_bias") and name.startswith("mlp"):
            layer = name[3:-5] if name.startswith("mlp") else name[1:name.index("N")]
            wholes["mlp" + layer] += float(row["value"])
    return rows + [{"component": name, "source_position": "", "value": value} for name, value in wholes.items()]

lens = check("lens", "place", "position", lambda rows: rows)
assert len(lens["logit_diff", "L1.post", "3", "2", ""]) == 2
assert len(lens["logit_diff", "embed", "", "", "X"]) == 1
direct = check("direct", "component", "source_position", with_wholes)
assert len(direct["logit_diff", "L1H0", "", "", ""]) == 3
assert len(direct["logit_diff", "mlp1", "", "", ""]) == 3
assert len(direct["logit_diff", "L1H0", "", "", "end"]) == 1
END
    assert_equal "$(cut -d, -f2 out/mean_direct.csv | sed -n '2,9p' | tr '\n' ' ')" \
        "embed L0H0 L0H1 mlp0 L0N0 L0N1 L0N2 L0N3 "
}

@test "batch: without lines that are split by source mean_direct.csv has no positions" {
    lines '{"what": "direct", "text": "abcd", "tokens": ["y", "n"], "labels": {"end": -1}}' \
        '{"what": "direct", "text": "bcd", "tokens": ["y", "n"]}'
    expect 0 batch --quiet
    assert_equal "$(head -n 1 out/mean_direct.csv)" "metric,component,count,value,value_se,value_low,value_high"
    assert_equal "$(cut -d, -f2,3 out/mean_direct.csv | tail -n +2 | tr '\n' ' ')" \
        "embed,2 L0H0,2 L0H1,2 mlp0,2 L1H0,2 L1H1,2 mlp1,2 attention_biases,2 ln_f_bias,2 "
}

@test "batch: shards of all kinds merge into the folder of the whole, byte for byte" {
    mixed
    expect 0 batch --png
    local i
    for i in 1 2 3; do expect 0 batch --output "part $i" --shard "$i/3" --png; done
    expect 0 "$PATCHGPT" merge "part 3" "part 1" "part 2" --output merged
    assert_contains "$output" "11 of 11 lines are done"
    assert_contains "$output" "summary.csv, mean.csv, mean_lens.csv, mean_direct.csv, the pictures of the means"
    diff -r out merged
    expect 4 batch --what direct --output other --shard 2/2 --ignore what
    expect 1 "$PATCHGPT" merge "part 1" other --output more
    assert_contains "$errors" "they are of different batches"
}

# times: the time of change of each line's table and picture, in nanoseconds.
times() { (cd out && stat -c '%n %y' [a-z][0-9].*); }

@test "batch: --resume keeps what is still a line's, and does the others again" {
    mixed
    expect 0 batch --png --quiet
    cp -r out first
    local before
    before=$(times)
    sed -i -e '/"l2"/s/"bcd"/"bce"/' -e '/"d1"/s/, "by_source": true//' -e '/"l3"/s/"lens"/"direct"/' \
        -e '/"l3"/s/}/, "tokens": ["y", "n"]}/' lines.jsonl
    printf '0' >>out/d4.csv
    rm out/l5.png
    expect 0 batch --png --resume
    assert_contains "$output" "11 of 11 lines are done, 6 of them since an earlier run"
    assert_equal "$(diff <(times) <(echo "$before") | sed -n 's/^< \(..\)\..*/\1/p' | sort -u | tr '\n' ' ')" "d1 d4 l2 l3 l5 "
    mv out resumed
    expect 0 batch --png --quiet
    diff -r out resumed
    [ ! -e out/mean_lens_top.png ] && [ -e first/mean_lens_top.png ]
}

@test "batch: --resume goes on after an interruption, whose rows have the columns of several kinds" {
    mixed
    expect 0 batch --quiet
    mv out whole
    mkdir out
    head -n 1 whole/summary.csv | sed 's/,what//; s/,component//; s/,source_position//' >out/summary_partial.csv
    python3 - <<'END'
import csv, sys
rows = list(csv.reader(open("whole/summary.csv")))
plain = [i for i, name in enumerate(rows[0]) if name not in ("what", "component", "source_position")]
with open("out/summary_partial.csv", "a", newline="") as out:
    write = csv.writer(out, lineterminator="\n").writerow
    for row in rows[1:6]:
        write([row[i] for i in plain] if row[rows[0].index("what")] == "experiment" else row)
END
    cp whole/{e1,l1,d1,e2,l2}.csv out
    expect 0 batch --resume
    assert_contains "$output" "11 of 11 lines are done, 5 of them since an earlier run"
    diff -r out whole
    lines '{"id": "e", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"]}'
    expect 0 batch --resume --quiet
    [ ! -e out/mean_lens.csv ] && [ ! -e out/mean_direct.png ]
}

@test "batch: --check compares the tables of all kinds" {
    mixed
    expect 0 batch --quiet
    expect 0 batch --output again --check out
    assert_contains "$output" "check: all values equal those in out"
    sed -i '/^L1H0,/s/.$/x/; /^L1H0,/s/7x$/8/; /^L1H0,/s/.x$/7/' out/d4.csv
    expect 3 batch --output "again 2" --check out
    assert_contains "$errors" "patchgpt: line 11: 1 of 9 values differ from out/d4.csv, most at component L1H0:"
    assert_contains "$errors" "1 of 11 lines differ from those in out"
    expect 0 batch --output "again 3" --check out --tolerance 1e-3 --quiet
    mv out/l1.csv out/gone
    expect 4 batch --output "again 4" --check out --tolerance 1e-3 --quiet
    assert_contains "$errors" "line 2: "
    mv out/d1.csv out/l1.csv
    expect 4 batch --output "again 5" --check out --tolerance 1e-3 --quiet
    assert_contains "$errors" "2 of 11 lines failed"
}

@test "batch: a line of lens or direct that cannot be is refused" {
    fails 'corrupt does not go with direct; if it is the data set'"'"'s own: --ignore corrupt' \
        '{"what": "direct", "text": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"]}'
    fails 'site does not go with lens' '{"what": "lens", "text": "abcd", "site": "z"}'
    fails 'noising does not go with lens' '{"what": "lens", "text": "abcd", "noising": false}'
    fails 'with does not go with direct' '{"what": "direct", "text": "abcd", "tokens": ["y", "n"], "with": "zero"}'
    fails 'neurons does not go with lens' '{"what": "lens", "text": "abcd", "neurons": true}'
    fails 'by_source does not go with lens' '{"text": "abcd", "by_source": true}' --what lens
    fails 'neurons: found an array, expected true or false' '{"what": "direct", "text": "abcd", "neurons": [1], "tokens": ["y", "n"]}'
    fails 'by_source: found 1, expected true or false' '{"what": "direct", "text": "abcd", "by_source": 1, "tokens": ["y", "n"]}'
    fails 'text is a field of lens and direct, which "what" would say' '{"text": "abcd", "tokens": ["y", "n"]}'
    fails 'by_source is a field of direct, which "what" would say' '{"clean": "abcd", "by_source": true}'
    fails 'what: unknown name "lense"; did you mean lens?' '{"what": "lense", "text": "abcd"}'
    fails 'what: found 1, expected a text' '{"what": 1, "text": "abcd"}'
    fails 'text and clean cannot both be given' '{"what": "lens", "clean": "abcd", "text": "abcd"}'
    fails 'a text or its token ids, and both are given' '{"what": "lens", "ids": [97], "text": "abcd"}'
    fails 'text is missing: direct needs text, or ids' '{"what": "direct", "tokens": ["y", "n"]}'
    fails 'text is missing: lens needs text, or ids' '{"corrupt": "abcd"}' --what lens
    fails 'ids: found "97", expected an array of token ids' '{"what": "lens", "ids": "97"}'
    fails 'direct needs the tokens of its metric: tokens, or answers' '{"what": "direct", "text": "abcd"}'
    fails 'metric prob is not a sum over components' '{"what": "direct", "text": "abcd", "tokens": ["y"], "metric": "prob"}'
    fails 'metric kl compares two runs' '{"what": "lens", "text": "abcd", "metric": "kl"}'
    fails 'metric prob is of tokens, which are missing: add tokens' '{"what": "lens", "text": "abcd", "metric": "prob"}'
    fails 'the text is empty' '{"what": "lens", "text": ""}'
    fails 'read_position 7: there is no such position' '{"what": "lens", "text": "abcd", "read_position": 7}'
    fails 'labels: "x" is position 4, which is not there' '{"what": "lens", "text": "abcd", "labels": {"x": 4}}'
    fails 'prepend_bos goes with texts' '{"what": "lens", "ids": [97], "prepend_bos": true}'
    fails 'there is no field "txt"; did you mean text?' '{"what": "lens", "txt": "abcd"}'
}

@test "batch: --what refuses options of other kinds of work" {
    local option
    refuse() { refused 2 "$@"; }
    for option in "--site z" --noising "--layers 1" "--with zero" "--window 3" --joint "--sigma 3s"; do
        # shellcheck disable=SC2086 # an option and its value
        refuse "${option% *} does not go with --what direct" batch --what direct $option
    done
    refuse "--by-source is for --what direct" batch --what lens --by-source
    refuse "--by-source is for --what direct" batch --by-source
    refuse "--neurons does not go with --what lens" batch --what lens --neurons
    refuse "--neurons takes a value, except with --what direct" batch --neurons
    refuse "--neurons takes no value with --what direct" batch --what direct --neurons 1-3
    refuse "--show does not go with --what lens" batch --what lens --png --show change
    refuse "--metric prob is not a sum over components" batch --what direct --metric prob
    refuse "--metric kl compares two runs" batch --what lens --metric kl
    refuse '--what: unknown name "dirct"; did you mean direct?' batch --what dirct
    refuse "--what does not go with lens" "$PATCHGPT" lens abcd --what lens
}

@test "batch: lines of lens and direct are no texts of an ablation's mean" {
    lines '{"id": "a", "clean": "abcd", "tokens": ["y", "n"]}' '{"id": "b", "clean": "bcda", "tokens": ["y", "n"]}'
    expect 0 batch --with mean --quiet
    mv out alone
    lines '{"id": "a", "clean": "abcd", "tokens": ["y", "n"]}' '{"id": "b", "clean": "bcda", "tokens": ["y", "n"]}' \
        '{"id": "c", "what": "lens", "text": "cdab"}'
    expect 0 batch --with mean --quiet
    cmp out/a.csv alone/a.csv
    cmp out/mean.csv alone/mean.csv
    expect 0 "$PATCHGPT" merge out --output merged --quiet
    diff -r out merged
}
