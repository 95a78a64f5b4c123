#!/usr/bin/env bats
# batch_graph.bats: edges and paths in a batch.
# shellcheck disable=SC2154 # $scratch and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

# batch [OPTION…]: runs lines.jsonl into out.
batch() { with_defaults "--model tiny" "--output out" -- batch lines.jsonl "$@"; }

# many N [FIELDS]: N lines with the ids e1, e2, …, with more fields.
many() {
    local i
    for ((i = 1; i <= $1; i++)); do
        printf '{"id":"e%d","clean":"abcd","corrupt":"a%dcd","tokens":["y","n"]%s}\n' "$i" $((i % 10)) "${2:+,$2}"
    done >lines.jsonl
}

# Lines of edges, paths, another site and a lens.
mixed() {
    cat >lines.jsonl <<'END'
{"id": "e1", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "site": "edges"}
{"id": "z1", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "site": "z"}
{"id": "p1", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "site": "paths", "to": "1.0.q,1.1.k", "mlps": "frozen"}
{"id": "e2", "clean": "abcde", "corrupt": "abXde", "tokens": ["y", "n"], "site": "edges", "labels": {"end": -1}}
{"id": "l1", "what": "lens", "text": "abcd", "tokens": ["y", "n"]}
{"id": "e3", "clean": "abc", "corrupt": "aXc", "tokens": ["y", "n"], "site": "edges", "from": "embed,0.1", "to": "logits,mlp1"}
{"id": "e4", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "site": "edges", "noising": true}
{"id": "p2", "clean": "abXd", "corrupt": "aXcd", "tokens": ["y", "n"], "site": "paths", "to": "1.0.q,1.1.k"}
{"id": "p3", "clean": "abcd", "corrupt": "abXd", "tokens": ["y", "n"], "site": "paths", "to": "1.1.k,a1.h0<q>"}
{"id": "p4", "clean": "abcd", "corrupt": "abXd", "tokens": ["y", "n"], "site": "paths", "to": "logits", "from": "0.*"}
{"id": "e5", "clean": "abcd", "corrupt": "abYd", "tokens": ["y"], "site": "edges", "metric": "prob"}
END
}

same_folders() { diff -r "$1" "$2" >differences || complain "$(head -c 1000 differences)"; }

# interrupt N: makes out, the folder that a run leaves that is interrupted after N rows, from the folder "whole".
interrupt() {
    rm -rf out
    cp -r whole out
    rm out/mean* out/summary.csv
    python3 - "$1" <<'END'
import csv, io, sys
# each row as the run writes it: with the columns that it needs alone
rows = list(csv.reader(open("whole/summary.csv", newline="")))
names = rows[0]
graph = {"shape", "mlps", "sender", "receiver"}
readings = {"component", "source_position"}
out = io.StringIO()
writer = csv.writer(out, lineterminator="\n")
for row in rows[:int(sys.argv[1]) + 1]:
    what = row[names.index("what")]
    left_out = (set() if what in ("edges", "paths") else graph) | (set() if what == "lens" else readings)
    left_out |= {"what"} if what in ("experiment", "what") else set()
    if what == "what":
        left_out |= graph | readings
    writer.writerow([f for n, f in zip(names, row) if n not in left_out])
open("out/summary_partial.csv", "w", newline="").write(out.getvalue())
END
}

@test "batch: each table of edges and paths is what a single run writes, byte for byte" {
    mixed
    expect 0 batch
    assert_equal "$errors" ""
    assert_contains "$output" "11 of 11 lines are done"
    assert_contains "$output" \
        "written to out: summary.csv, mean.csv, mean_lens.csv, mean_edges.csv, mean_paths.csv, mean_graph.json, the pictures"
    one() {
        expect 0 "$PATCHGPT" --model tiny --csv one.csv --quiet --tokens y n "${@:2}"
        cmp one.csv "out/$1.csv"
    }
    one e1 --clean abcd --corrupt aXcd --site edges
    one e2 --clean abcde --corrupt abXde --site edges
    one e3 --clean abc --corrupt aXc --site edges --from embed,0.1 --to logits,mlp1
    one e4 --clean abcd --corrupt aXcd --site edges --noising
    one p1 --clean abcd --corrupt aXcd --site paths --to 1.0.q,1.1.k --mlps frozen
    one p2 --clean abXd --corrupt aXcd --site paths --to 1.0.q,1.1.k
    one p4 --clean abcd --corrupt abXd --site paths --to logits --from '0.*'
    one z1 --clean abcd --corrupt aXcd --site z
}

@test "batch: the pictures of edges and paths are those of a single run, byte for byte" {
    mixed
    expect 0 batch --png --quiet
    one() {
        expect 0 "$PATCHGPT" --model tiny --png one.png --quiet --tokens y n "${@:2}"
        cmp one.png "out/$1.png"
    }
    one e1 --clean abcd --corrupt aXcd --site edges
    one e4 --clean abcd --corrupt aXcd --site edges --noising
    one p1 --clean abcd --corrupt aXcd --site paths --to 1.0.q,1.1.k --mlps frozen
    one z1 --clean abcd --corrupt aXcd --site z
    cp -r out whole
    rm out/e1.png
    expect 0 batch --png --resume
    assert_contains "$output" "10 of them since an earlier run"
    same_folders whole out
    rm -r out
    expect 0 batch --png --show recovered --colormap magma --quiet
    one e1 --clean abcd --corrupt aXcd --site edges --show recovered --colormap magma
    one p2 --clean abXd --corrupt aXcd --site paths --to 1.0.q,1.1.k --show recovered --colormap magma
    rm -r out
    expect 4 batch --png --show score --quiet
    assert_contains "$errors" "z has no score, which is what edges have"
    [ -e out/e1.png ] && [ ! -e out/z1.png ] && [ ! -e out/p1.csv ]
}

@test "batch: --site, --from, --to and --mlps are for the lines without these fields" {
    many 3
    expect 0 batch --site paths --to 1.0.q --mlps frozen --from 'embed,0.*' --quiet
    expect 0 "$PATCHGPT" --model tiny --clean abcd --corrupt a2cd --tokens y n --site paths --to 1.0.q --mlps frozen \
        --from 'embed,0.*' --csv one.csv --quiet
    cmp one.csv out/e2.csv
    assert_equal "$(cd out && echo *)" "e1.csv e2.csv e3.csv mean_paths.csv summary.csv"
    rm -r out
    many 2 '"mlps":"run","from":null'
    expect 0 batch --site paths --to 1.0.q --mlps frozen --from mlp0 --quiet
    expect 0 "$PATCHGPT" --model tiny --clean abcd --corrupt a2cd --tokens y n --site paths --to 1.0.q --from mlp0 \
        --csv one.csv --quiet
    cmp one.csv out/e2.csv
}

@test "batch: the summary has the edge or the sender with the largest effect" {
    mixed
    expect 0 batch --quiet
    python3 - <<'END'
import csv
def read(name): return list(csv.DictReader(open(f"out/{name}.csv", newline="")))
rows = read("summary")
assert [r["what"] for r in rows] == "edges experiment paths edges lens edges edges paths paths paths edges".split()
for r in rows:
    if r["what"] not in ("edges", "paths"):
        assert not any(r[k] for k in ("shape", "mlps", "sender", "receiver")), r
        continue
    base = float(r["clean_metric" if r["noising"] == "1" else "corrupt_metric"])
    largest = max(read(r["id"]), key=lambda c: abs(float(c["value"]) - base))
    assert r["shape"] == "2x2x8" and r["site"] == r["what"]
    assert all(r[k] == largest[k] for k in ("sender", "receiver", "value", "recovered")), (r, largest)
    assert not any(r[k] for k in ("layer", "head", "position"))
assert [r["mlps"] for r in rows] == ["", "", "frozen", "", "", "", "", "run", "run", "run", ""]
assert rows[2]["receiver"] == rows[8]["receiver"] == "L1H0.q,L1H1.k"
END
}

@test "batch: the means of edges and paths are those of the tables, in the order of the graph" {
    mixed
    expect 0 batch --quiet --bootstrap 50
    python3 - <<'END'
import collections, csv, math
def read(name): return list(csv.DictReader(open(f"out/{name}.csv", newline="")))
def near(text, number): assert abs(float(text) - number) <= 2e-6 * max(1, abs(number)), (text, number)
for kind in ("edges", "paths"):
    numbers = collections.defaultdict(list)
    for line in read("summary"):
        if line["what"] == kind:
            for row in read(line["id"]):
                key = [line["metric"], line["noising"], *[line["mlps"]] * (kind == "paths"), row["sender"], row["receiver"]]
                numbers[tuple(key)].append(row)
    means = read("mean_" + kind)
    keys = ["metric", "noising", *["mlps"] * (kind == "paths"), "sender", "receiver"]
    found = [tuple(m[k] for k in keys) for m in means]
    assert len(set(found)) == len(found) and set(found) == set(numbers)
    assert list(means[0])[:len(keys) + 1] == keys + ["count"]
    # of one group, the order is that of the first table, which has all edges
    if kind == "edges":
        first = [(r["sender"], r["receiver"]) for r in read("e1")]
        assert [f[2:] for f in found[:len(first)]] == first
    for mean, key in zip(means, found):
        rows = numbers[key]
        for column in ["value", "recovered"] + ["score"] * (kind == "edges"):
            values = [float(r[column]) for r in rows if r[column]]
            assert int(mean["recovered_count" if column == "recovered" else "count"]) == len(values)
            near(mean[column], sum(values) / len(values))
            if len(values) > 1:
                centre = sum(values) / len(values)
                near(mean[column + "_se"], math.sqrt(sum((v - centre) ** 2 for v in values) / (len(values) - 1) / len(values)))
                assert float(mean[column + "_low"]) <= float(mean[column + "_high"])
            else:
                assert mean[column + "_se"] == mean[column + "_low"] == ""
    assert {int(m["count"]) for m in means} == ({1, 2, 3} if kind == "edges" else {1, 2})
    assert ("score" in means[0]) == (kind == "edges")
END
}

@test "batch: the intervals of edges are those of the bootstrap by its definition" {
    many 5 '"site":"edges"'
    expect 0 batch --quiet --bootstrap 40 --bootstrap-seed 7
    python3 - <<'END'
import csv, math, struct
M = 2 ** 64 - 1
def mix(x):
    x = ((x ^ x >> 30) * 0xbf58476d1ce4e5b9) & M
    x = ((x ^ x >> 27) * 0x94d049bb133111eb) & M
    return x ^ x >> 31
def weights(seed, name, n):
    h = 0xcbf29ce484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001b3) & M
    state, out = mix(h ^ mix(seed)), []
    for _ in range(n):
        state = (state + 0x9e3779b97f4a7c15) & M
        u, k, p, total = mix(state) / 2 ** 64, 0, math.exp(-1), 0.0
        while u >= total + p:
            total, k = total + p, k + 1
            p /= k
        out.append(k)
    return out
def read(name): return list(csv.DictReader(open(f"out/{name}.csv", newline="")))
ids = [f"e{i}" for i in range(1, 6)]
w = {i: weights(7, i, 40) for i in ids}
tables = {i: read(i) for i in ids}
def percentile(values, part):
    values = sorted(values)
    place = part * (len(values) - 1)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])
for n, mean in enumerate(read("mean_edges")):
    for column in ("score", "value", "recovered"):
        means = []
        for r in range(40):
            total = sum(w[i][r] for i in ids)
            if total:
                means.append(sum(w[i][r] * float(tables[i][n][column]) for i in ids) / total)
        for end, part in (("_low", 0.025), ("_high", 0.975)):
            expected = percentile(means, part)
            assert abs(float(mean[column + end]) - expected) <= 1e-6 * max(1, abs(expected)), (mean, column, expected)
END
}

@test "batch: mean_graph.json has the mean scores of all edges, as EAP-IG names them" {
    many 4 '"site":"edges"'
    printf '{"id":"n","clean":"abcd","corrupt":"aXcd","tokens":["y","n"],"site":"edges","noising":true}\n' >>lines.jsonl
    expect 0 batch --quiet
    python3 - <<'END'
import csv, json, re
graph = json.load(open("out/mean_graph.json"))
assert graph["cfg"] == {"n_layers": 2, "n_heads": 2, "parallel_attn_mlp": False, "d_model": 8}
names = ["input"] + [f"a{l}.h{h}" if h < 2 else f"m{l}" for l in range(2) for h in range(3)] + ["logits"]
assert list(graph["nodes"]) == names and all(n == {"in_graph": k == "logits"} for k, n in graph["nodes"].items())
def other(name):
    name = re.sub(r"^L(\d+)H(\d+)", r"a\1.h\2", name)
    return {"embed": "input"}.get(name, re.sub(r"\.([qkv])$", r"<\1>", name.replace("mlp", "m")))
means = [r for r in csv.DictReader(open("out/mean_edges.csv")) if r["noising"] == "0"]
assert len(graph["edges"]) == len(means) == 46
for row in means:
    edge = graph["edges"][other(row["sender"]) + "->" + other(row["receiver"])]
    assert set(edge) == {"score", "in_graph"} and edge["in_graph"] is False and edge["score"] == float(row["score"])
meta = graph["meta"]
assert meta["experiments"] == 4 and meta["metric"] == "logit_diff" and meta["noising"] is False and len(meta["batch"]) == 8
END
    # patchgpt circuit takes the graph of the means
    expect 0 "$PATCHGPT" circuit out/mean_graph.json --model tiny --clean abcd --corrupt aXcd --tokens y n --top-edges 10 --csv one.csv
    mv out whole
    many 2
    cp -r whole out
    expect 0 batch --resume --quiet
    [ ! -e out/mean_graph.json ] && [ ! -e out/mean_edges.csv ]
}

@test "batch: shards of edges and paths, of other threads, merge into the folder of a whole run" {
    mixed
    expect 0 batch --threads 1
    mv out whole
    local i
    for i in 1 2 3; do expect 0 batch --output "part$i" --shard "$i/3" --threads "$i" --quiet; done
    expect 0 "$PATCHGPT" merge part1 part2 part3 --output out
    assert_contains "$output" "11 of 11 lines are done"
    assert_contains "$output" "mean_edges.csv, mean_paths.csv, mean_graph.json"
    same_folders whole out
    rm part*/.lock
    expect 0 "$PATCHGPT" merge part3 part2 part1 --output copied --quiet
    for i in whole/*.csv; do cmp "$i" "copied/${i#*/}"; done
}

@test "batch: shards made with other ends of edges and paths are not one batch" {
    many 4
    expect 0 batch --output part1 --shard 1/2 --site paths --to 1.0.q --quiet
    # other OPTION…: the second shard, made with other options, does not go with the first.
    other() {
        rm -rf part2
        expect 0 batch --output part2 --shard 2/2 --site paths --quiet "$@"
        expect 1 "$PATCHGPT" merge part1 part2 --output out
        assert_sentence
        [ ! -e out/summary.csv ]
    }
    other --to 1.0.k
    other --to 1.0.q --mlps frozen
    other --to 1.0.q --from embed
    rm -rf part2 out
    expect 0 batch --output part2 --shard 2/2 --site paths --to 1.0.q --quiet
    expect 0 "$PATCHGPT" merge part1 part2 --output out --quiet
}

@test "batch: --resume goes on with edges and paths, and repeats what is damaged or asked otherwise" {
    mixed
    expect 0 batch --quiet
    mv out whole
    local n
    for n in 11 7 3; do
        interrupt "$n"
        expect 0 batch --resume
        assert_contains "$output" "$n of them since an earlier run"
        same_folders whole out
    done
    interrupt 11
    echo >>out/e1.csv
    rm out/p1.csv
    expect 0 batch --resume
    assert_contains "$output" "9 of them since an earlier run"
    same_folders whole out
    # lines with other ends are run again
    sed -i '3s/1.1.k/1.1.v/; 6s/embed,//' lines.jsonl
    expect 0 batch --resume
    assert_contains "$output" "9 of them since an earlier run"
    sed -i '3s/, "mlps": "frozen"//' lines.jsonl
    expect 0 batch --resume
    assert_contains "$output" "10 of them since an earlier run"
    expect 0 batch --output again --quiet
    same_folders again out
}

@test "batch: killed at any moment, a batch of edges continues to the same folder" {
    many 120 '"site":"edges"'
    expect 0 batch --output whole --bootstrap 20 --quiet
    local pause
    for pause in 0.02 0.05 0.1; do
        rm -rf out
        "$PATCHGPT" batch lines.jsonl --model tiny --output out --bootstrap 20 >/dev/null 2>&1 3>&- &
        sleep "$pause"
        kill -KILL $! || true
        wait $! || true
        expect 0 batch --resume --bootstrap 20 --quiet
        same_folders whole out
    done
}

@test "batch: --check compares edges and paths" {
    mixed
    expect 0 batch --quiet
    mv out old
    expect 0 batch --check old
    assert_contains "$output" "all values equal those in old"
    # changed ID COLUMN PART: after a value of the table has changed, its line fails with PART
    changed() {
        cp old/"$1".csv kept.csv
        python3 - "old/$1.csv" "$2" <<'END'
import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
at = rows[0].index(sys.argv[2])
rows[3][at] = str(float(rows[3][at]) + 1) if sys.argv[2] == "value" else "mlp1"
csv.writer(open(sys.argv[1], "w", newline=""), lineterminator="\n").writerows(rows)
END
        rm -rf out
        expect "$3" batch --check old --quiet
        assert_contains "$errors" "$4"
        mv kept.csv old/"$1".csv
    }
    changed e1 value 3 "1 of 46 values differ from old/e1.csv"
    changed p2 value 3 "values differ from old/p2.csv"
    changed p2 sender 4 "sender is \"mlp1\""
}

@test "batch: ablations of edges average under their own name" {
    printf '%s\n' '{"id":"a","clean":"abcd","tokens":["y","n"]}' '{"id":"b","clean":"dcba","tokens":["y","n"]}' >lines.jsonl
    local with
    for with in zero mean; do
        rm -rf out
        expect 0 batch --site edges --with $with
        assert_equal "$(head -n 1 out/mean_edges.csv | cut -d, -f 1-7)" "metric,noising,with,noise,sender,receiver,count"
        assert_contains "$(sed -n 2p out/mean_edges.csv)" "logit_diff,0,$with,0,embed,L0H0.q,2,"
    done
    expect 0 "$PATCHGPT" --model tiny --clean dcba --tokens y n --site edges --with mean --over <(printf 'abcd\ndcba\n') \
        --csv one.csv --quiet
    cmp one.csv out/b.csv
    mv out whole
    expect 0 batch --site edges --with mean --output out --shard 1/1 --quiet
    same_folders whole out
}

@test "batch: lines of edges and paths that cannot be done fail, and the others are done" {
    # fails PART FIELDS
    fails() {
        rm -rf out
        printf '{"clean":"abcd","corrupt":"aXcd","tokens":["y","n"],%s}\n' "$2" '"site":"edges","id":"good"' >lines.jsonl
        expect 4 batch --quiet
        assert_contains "$errors" "patchgpt: line 1: "
        assert_contains "$errors" "$1"
        [ -s out/good.csv ] && [ ! -e out/line-1.csv ]
    }
    fails "site paths needs to" '"site":"paths"'
    fails "from is for site edges and site paths" '"from":"embed"'
    fails "mlps is for site paths" '"site":"edges","mlps":"frozen"'
    fails "site edges has no other site beside it" '"site":"edges,z"'
    fails "so positions does not go with it" '"site":"edges","positions":[1]'
    fails "to takes readers" '"site":"edges","to":"1.0"'
    fails "has no 7.0" '"site":"edges","from":"7.0"'
    fails "to: found 1, expected a text" '"site":"paths","to":1'
    fails "unknown name \"edges\"" '"what":"edges"'
    expect 2 "$PATCHGPT" batch lines.jsonl --what paths --output none
    assert_sentence
    assert_contains "$errors" "unknown name \"paths\", expected experiment, lens or direct"
}

@test "batch: tables and summaries that are not this batch's are refused" {
    mixed
    expect 0 batch --quiet
    # broken SCRIPT PART: after the Python script has changed a row of the summary, merge refuses it with PART.
    broken() {
        rm -rf bad merged
        cp -r out bad
        python3 - "$1" <<'END'
import csv, sys, zlib
rows = list(csv.reader(open("bad/summary.csv", newline="")))
by_id = {row[1]: dict(zip(rows[0], row)) for row in rows[1:]}
def table(name, old, new):  # changes a table, and its checksum
    text = open(f"bad/{name}.csv").read()
    assert old in text
    text = text.replace(old, new, 1)
    open(f"bad/{name}.csv", "w").write(text)
    by_id[name]["csv_crc32"] = "%08x" % zlib.crc32(text.encode())
exec(sys.argv[1])
writer = csv.writer(open("bad/summary.csv", "w", newline=""), lineterminator="\n")
writer.writerows([rows[0]] + [[row[n] for n in rows[0]] for row in by_id.values()])
END
        expect 1 "$PATCHGPT" merge bad --output merged
        assert_sentence
        assert_contains "$errors" "$2"
        [ ! -e merged/summary.csv ]
    }
    broken 'by_id["e1"]["shape"] = "2x2"' 'shape is "2x2", expected layers x heads x width'
    broken 'by_id["e1"]["shape"] = "2x2x8x1"' 'shape is "2x2x8x1"'
    broken 'by_id["e1"]["sender"] = "L2H0"' 'sender is "L2H0", expected a component of the model'
    broken 'by_id["e1"]["sender"], by_id["e1"]["receiver"] = "mlp1", "L0H0.q"' 'receiver is "L0H0.q", expected a reader'
    broken 'by_id["e1"]["layer"] = "0"' 'layer is "0", expected nothing'
    broken 'by_id["e1"]["mlps"] = "run"' 'mlps is "run", expected nothing for edges'
    broken 'by_id["p1"]["mlps"] = "some"' 'mlps is "some", expected run or frozen'
    broken 'by_id["p1"]["receiver"] = ""' 'receiver is "", expected the readers'
    broken 'by_id["p1"]["receiver"] = "L1H0.q"' 'receiver is "L1H0.q,L1H1.k", expected L1H0.q'
    broken 'by_id["z1"]["sender"] = "embed"' 'sender is "embed", expected nothing'
    broken 'by_id["l1"]["shape"] = "2x2x8"' 'shape is "2x2x8", expected nothing'
    broken 'by_id["e1"]["recovered"] = "7"' 'recovered is "7", expected'
    broken 'table("e1", "embed,L0H0.q", "L0H9,L0H0.q")' 'line 2: sender is "L0H9", expected a component'
    broken 'table("e1", "embed,L0H0.q", "mlp1,L0H0.q")' 'line 2: receiver is "L0H0.q", expected a reader'
    broken 'table("e1", "score", "scores")' 'e1.csv'
    broken 'open("bad/e1.csv", "a").write("x")' 'it was changed since'
}

@test "batch: a folder with a mean graph alone is not overwritten" {
    many 1 '"site":"edges"'
    mkdir out
    echo mine >out/mean_graph.json
    expect 1 batch
    assert_sentence
    assert_contains "$errors" "out holds mean_graph.json already"
    assert_equal "$(cat out/mean_graph.json)" mine
}

@test "batch: --npz writes the means of edges and paths as arrays, also of merge" {
    mixed
    expect 0 batch --npz
    assert_contains "$output" "mean_edges.csv, mean_paths.csv, mean_graph.json, mean.npz, mean_lens.npz, mean_edges.npz, mean_paths.npz, the pictures"
    local i
    for i in 1 2; do expect 0 batch --output "part$i" --shard "$i/2" --quiet; done
    expect 0 "$PATCHGPT" merge part1 part2 --output merged --npz --quiet
    same_folders out merged
    python3 -c 'import numpy' 2>/dev/null || skip "python3 has no numpy"
    python3 - <<'END'
import csv, json
import numpy as np
for kind in ("edges", "paths"):
    z = np.load(f"out/mean_{kind}.npz")
    meta = json.loads(str(z["meta"]))
    senders = list(z["senders"])
    assert senders == ["embed", "L0H0", "L0H1", "mlp0", "L1H0", "L1H1", "mlp1"] and meta["what"] == "mean_" + kind
    kinds = [(k["metric"], k["noising"], k.get("mlps"), k.get("to")) for k in meta["kinds"]]
    assert len(kinds) == 3 and len(set(kinds)) == len(kinds)
    assert sum(k["experiments"] for k in meta["kinds"]) == (5 if kind == "edges" else 4)
    seen = {}
    for row in csv.DictReader(open(f"out/mean_{kind}.csv")):
        paths = (row["mlps"], row["receiver"]) if kind == "paths" else (None, None)
        number = kinds.index((row["metric"], row["noising"] == "1", *paths))
        for column, ending in [("value", ""), ("recovered", "_recovered")] + [("score", "_score")] * (kind == "edges"):
            name = (f"kind{number + 1}_" if number else "") + kind + ending
            for end in ("", "_se", "_low", "_high", "_count"):
                array = z.get(name + end)
                text = row[("count" if ending != "_recovered" else "recovered_count") if end == "_count" else column + end]
                if array is None:
                    assert text == ""
                    continue
                at = (senders.index(row["sender"]),) + ((list(z["receivers"]).index(row["receiver"]),) if kind == "edges" else ())
                assert array.shape == ((7, 15) if kind == "edges" else (7,)) and meta["axes"][name + end] == ["sender", "receiver"][:array.ndim]
                expected = np.float32(text or "nan")
                assert array[at] == expected or np.isnan([array[at], expected]).all(), (name + end, at, array[at], text)
                seen[name + end] = seen.get(name + end, 0) + (text != "")
    for name, n in seen.items():
        assert (z[name] != 0).sum() == n if name.endswith("_count") else (~np.isnan(z[name])).sum() == n, name
    assert set(z.files) == set(seen) | {"senders", "meta"} | ({"receivers"} if kind == "edges" else set())
END
    expect 0 batch --resume --quiet
    [ ! -e out/mean_edges.npz ] && [ ! -e out/mean_paths.npz ]
}
