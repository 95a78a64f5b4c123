# circuit.bats: the command circuit: how much of a behaviour sets of edges carry.
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # $output and its like come from the helper; a test is a subshell of its own

load helper
load tiny

setup() {
    make_scratch
    experiment=(--model demo --clean "When Mary and John went to the store, John gave a drink to"
        --corrupt "When Mary and John went to the store, Mary gave a drink to" --tokens " Mary" " John")
}
teardown() { remove_scratch; }

# make_edges: edges.csv, the edges of the experiment with their scores.
make_edges() { expect 0 "$PATCHGPT" "${experiment[@]}" --site edges --noising --csv edges.csv --quiet; }

circuit() { "$PATCHGPT" circuit "${experiment[@]}" "$@"; }

# value [OPTION…]: the last row of the circuit's table.
value() {
    expect 0 circuit --csv - "$@"
    tail -n 1 .stdout
}

@test "circuit: edges after pruning and values are the reference's" {
    for model in hf-odd mingpt bf16-shards; do
        folder=$PROJECT/tests/fixtures/models/$model
        python3 - "$folder/circuits.json" >arguments <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
for name in "clean_ids", "corrupt_ids", "token_ids":
    print("--" + name.replace("_", "-"), ",".join(map(str, d[name])), sep="\n")
print(*[c["edges_of_largest_absolute_score"] for c in d["circuits"]], sep=",")
END
        mapfile -t arguments <arguments
        experiment=(--model "$folder" "${arguments[@]:0:6}")
        make_edges
        expect 0 circuit edges.csv --top-edges "${arguments[6]}" --json
        python3 - .stdout "$folder/circuits.json" <<'END'
import json, sys
j, d = (json.load(open(path)) for path in sys.argv[1:])
assert len(j["circuits"]) == len(d["circuits"]) >= 4
none, all_edges = d["noising"]["source"], d["noising"]["base"]
for row, c in zip(j["circuits"], d["circuits"]):
    assert row["top"] == c["edges_of_largest_absolute_score"] and row["edges"] == len(c["after_pruning"]), row
    assert abs(row["value"] - c["metric"]) < 1e-4, (row, c["metric"])
    assert abs(row["faithfulness"] - (c["metric"] - none) / (all_edges - none)) < 1e-3
END
    done
}

@test "circuit: MIB's ten sizes and the areas over their nominal fractions" {
    make_edges
    for option in --signed ""; do
        # shellcheck disable=SC2086 # an option or nothing
        expect 0 circuit edges.csv $option --json
        python3 - .stdout <<'END'
import json, sys
j = json.load(open(sys.argv[1]))
x = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1]
assert j["edges"] == 479 and [c["top"] for c in j["circuits"]] == [479 * round(1000 * a) // 1000 for a in x]
f = [c["faithfulness"] for c in j["circuits"]]
area = lambda y: sum((c + d) / 2 * (b - a) for a, b, c, d in zip(x, x[1:], y, y[1:]))
assert abs(j["cpr"] - area(f)) < 1e-7 and abs(j["cmd"] - area([abs(1 - v) for v in f])) < 1e-7, j
try:
    import numpy as np
    assert abs(j["cpr"] - np.trapz(f, x)) < 1e-7 and abs(j["cmd"] - np.trapz(np.abs(1 - np.array(f)), x)) < 1e-7, j
except (ImportError, AttributeError):
    pass  # NumPy 2 calls it trapezoid
assert f[0] == 0 and f[-1] == 1 and 0.3 < j["cpr"] < 1.2
assert abs(j["all_edges"] - j["clean"]["metric"]) < 1e-4
END
    done
    expect 0 circuit edges.csv --top-edges 0,100,479 --json
    python3 - .stdout <<'END'
import json, sys
j = json.load(open(sys.argv[1]))
f = [c["faithfulness"] for c in j["circuits"]]
a, one = 100 / 479, (0.001 * 479 / 100) * f[1]
assert abs(j["cpr"] - ((a - .001) * (one + f[1]) / 2 + (1 - a) * (f[1] + 1) / 2)) < 1e-6, j
END
    expect 0 circuit edges.csv --top-edges 50,479 --json
    assert_equal "$(json 'j["cpr"], j["cmd"]')" "(None, None)"
    expect 0 circuit edges.csv --complement --json
    assert_equal "$(json 'j["cpr"], j["complement"]')" "(None, True)"
}

@test "circuit: no edge, all edges, and all but those" {
    make_edges
    expect 0 circuit edges.csv
    assert_contains "$output" "no edge: the corrupted run, bit for bit; all 479 edges: "
    assert_contains "$output" "10 circuits of the edges with the largest absolute scores in edges.csv"
    all=$(value edges.csv --top-edges 479)
    none=$(value edges.csv --top-edges 0)
    assert_equal "$all" "479,479,${all#479,479,}"
    assert_equal "${all##*,}" 1
    assert_equal "${none##*,}" 0
    assert_equal "$(value edges.csv --top-edges 0 --complement)" "0,${all#479,}"
    assert_equal "$(value edges.csv --top-edges 479 --complement)" "479,${none#0,}"
    assert_equal "$(value edges.csv --threshold 0)" "$all"
    assert_equal "$(value edges.csv --threshold 1e9)" "$none"
    # All but one edge: the patch of that edge, the strongest, and the weakest.
    expect 0 circuit edges.csv --top-edges 1 --complement --csv -
    python3 - edges.csv .stdout <<'END'
import csv, sys
edges, rows = (list(csv.DictReader(open(path))) for path in sys.argv[1:])
most = max(edges, key=lambda e: abs(float(e["score"])))
assert rows[0]["edges"] == "478" and abs(float(rows[0]["value"]) - float(most["value"])) < 1e-4, (rows, most)
END
    expect 0 circuit edges.csv --top-edges 478 --csv - --metric logit_diff
    python3 - edges.csv .stdout <<'END'
import csv, sys
edges, rows = (list(csv.DictReader(open(path))) for path in sys.argv[1:])
least = min(edges, key=lambda e: (abs(float(e["score"])), -edges.index(e)))
assert abs(float(rows[0]["value"]) - float(least["value"])) < 1e-4, (rows, least)
END
}

@test "circuit: a threshold keeps scores of at least that, absolute or signed" {
    make_edges
    python3 - edges.csv >cases <<'END'
import csv, sys
scores = [r["score"] for r in csv.DictReader(open(sys.argv[1]))]
by_size, by_sign = sorted((abs(float(s)) for s in scores), reverse=True), sorted(map(float, scores), reverse=True)
assert by_size[:40] != by_sign[:40]
print(40, min((s for s in scores if abs(float(s)) == by_size[39]), key=len).lstrip("-"))
print(40, next(s for s in scores if float(s) == by_sign[39]))
END
    read -r n at <<<"$(sed -n 1p cases)"
    assert_equal "$(value edges.csv --threshold "$at")" "$(value edges.csv --top-edges "$n")"
    read -r n at <<<"$(sed -n 2p cases)"
    assert_equal "$(value edges.csv --signed --threshold "$at")" "$(value edges.csv --signed --top-edges "$n")"
    [ "$(value edges.csv --signed --top-edges 40)" != "$(value edges.csv --top-edges 40)" ]
}

@test "circuit: heads have all edges among them, the MLPs, the embeddings and the logits" {
    make_edges
    python3 - edges.csv >set.csv <<'END'
import csv, sys
heads = {"L0H1", "L0H2", "L2H3", "L3H1"}
inside = lambda name: not name.startswith("L") or name.split(".")[0] in heads
print("receiver,score,sender")
for r in csv.DictReader(open(sys.argv[1])):
    print(r["receiver"], int(inside(r["sender"]) and inside(r["receiver"])), r["sender"], sep=",")
END
    assert_equal "$(value --heads 3.1,0.2,2.3,0.1)" "$(value set.csv --threshold 1)"
    assert_equal "$(value --heads 3.1,0.2,2.3,0.1 --complement)" "$(value set.csv --threshold 1 --complement)"
    all=$(value edges.csv --top-edges 479)
    assert_equal "$(value --heads "$(echo {0..3}.{0..3} | tr ' ' ,)")" "$all"
    expect 0 circuit --heads 0.2 --markdown
    assert_contains "$output" "1 circuit of some heads, all MLPs, the embeddings and the logits, in"
    assert_contains "$output" "| edges | after pruning | value | faithfulness |"
}

@test "circuit: a graph in JSON, another order of rows and other names give the same bits" {
    make_edges
    python3 - edges.csv <<'END'
import csv, json, re, sys
rows = list(csv.DictReader(open(sys.argv[1])))
def eap(name):
    name = re.sub(r"^L(\d+)H(\d+)", r"a\1.h\2", name)
    name = re.sub(r"\.([qkv])$", r"<\1>", name)
    return name.replace("mlp", "m").replace("embed", "input")
edges = {eap(r["sender"]) + "->" + eap(r["receiver"]): {"score": float(r["score"]), "in_graph": False} for r in rows}
cfg = {"n_layers": 4, "n_heads": 4, "parallel_attn_mlp": False, "d_model": 128}
json.dump({"cfg": cfg, "nodes": {"input": {"in_graph": True}}, "edges": edges}, open("graph.json", "w"))
with open("other.csv", "w") as out:
    print("score,extra,sender,receiver", file=out)
    for name, e in reversed(edges.items()):
        print(repr(e["score"]), '"a, b"', *name.split("->"), sep=",", file=out)
END
    expect 0 circuit edges.csv --csv rows.csv --quiet
    for file in graph.json other.csv; do
        expect 0 circuit "$file" --csv again.csv --quiet
        cmp rows.csv again.csv
    done
    expect 0 circuit - --csv again.csv --quiet <graph.json
    cmp rows.csv again.csv
    expect 0 circuit edges.csv --csv again.csv --quiet --threads 3
    cmp rows.csv again.csv
}

@test "circuit: edges of one score come in the order of the graph" {
    make_edges
    awk -F, -v OFS=, 'NR > 1 { $5 = 1 } { print }' edges.csv >equal.csv
    for n in 100 300; do
        awk -F, -v OFS=, -v n=$n 'NR > 1 { $5 = NR <= n + 1 ? 2 : 1 } { print }' edges.csv >first.csv
        assert_equal "$(value equal.csv --top-edges $n)" "$(value first.csv --threshold 2)"
    done
}

@test "circuit: README's circuit, its table and its picture" {
    make_edges
    golden=$PROJECT/tests/fixtures/golden/circuit
    expect 0 circuit edges.csv --signed --top-edges 0,5,10,20,30,40,50,60,70,80,100,150,200,300,479 --png circuit.png --check "$golden.csv"
    assert_contains "$output" "check: 15 values equal"
    assert_equal "$(pixels circuit.png)" "$(pixels "$golden.png")"
    strings circuit.png | grep -q "the edges with the highest scores"
}

@test "circuit: --check compares the values, files are written where they are named" {
    make_edges
    expect 0 circuit edges.csv --csv old.csv
    assert_equal "$(head -n 1 old.csv)" "top,edges,value,faithfulness"
    assert_files edges.csv old.csv
    expect 0 circuit edges.csv --check old.csv
    assert_equal "$(tail -n 1 .stdout)" "check: 10 values equal old.csv"
    awk -F, -v OFS=, 'NR == 8 { $3 = $3 + 0.5 } { print }' old.csv >new.csv
    expect 3 circuit edges.csv --check new.csv --quiet
    assert_sentence
    assert_contains "$errors" "1 of 10 values differ from new.csv, most at top 47, edges"
    expect 0 circuit edges.csv --check new.csv --tolerance 0.6 --json
    assert_equal "$(json 'j["check"]["differing"], j["scores"], j["files"]')" "(0, 'edges.csv', [])"
    expect 1 circuit edges.csv --top-edges 3,5 --check old.csv
    expect 2 circuit edges.csv --csv edges.csv
    assert_contains "$errors" "would replace edges.csv, which is read"
    expect 0 circuit edges.csv --top-edges 0,3 --metric prob
    expect 0 circuit edges.csv --top-edges 0,30 --read-position 9 --csv -
}

# A file that is refused: malformed CONTENT PART, whose sentence has PART.
malformed() {
    printf "%b" "$1" >"$scratch/bad"
    cd "$scratch" || return
    expect 1 circuit bad --csv no.csv
    assert_sentence
    assert_contains "$errors" "$2"
    [ ! -e no.csv ]
}

@test "circuit: a malformed file is refused with its line or field" {
    malformed "" "bad: line 1: there is no column sender"
    malformed "sender,receiver,value,recovered\n" "bad: line 1: there is no column score, expected a table of edges"
    malformed "sender,receiver,score,score\n" "bad: line 1 has the column score twice"
    malformed "sender,receiver,score\n" "bad has no edges"
    malformed "sender,receiver,score\nembed,logits,1\nembed,logits\n" "bad: line 3 has 2 fields, expected 3"
    malformed "sender,receiver,score\nembed,logits,\n" 'bad: line 2: score is "", which is not a finite number'
    malformed "sender,receiver,score\nembed,logits,nan\n" 'bad: line 2: score is "nan"'
    malformed "sender,receiver,score\nembed,logits,1\nembed,mlp0,1\ninput,logits,2\n" "bad: line 4: the edge embed->logits is given twice"
    malformed "sender,receiver,score\nL4H0,logits,1\n" "bad: line 2: model demo has no edge L4H0->logits"
    malformed "sender,receiver,score\nL1H0,L1H1.q,1\n" "bad: line 2: the edge L1H0->L1H1.q is against the flow"
    malformed "sender,receiver,score\nlogits,mlp0,1\n" 'bad: line 2: "logits" is not a component'
    malformed "sender,receiver,score\nembed,L0H0,1\n" 'bad: line 2: "L0H0" is not a reader'
    malformed 'sender,receiver,score\n"embed,logits,1\n' "bad: line 2: a quote is opened but not closed"
    malformed '{"edges": {' "bad"
    malformed '{"nodes": {}}' 'bad: "edges" is nothing, expected an object'
    malformed '{"edges": []}' 'bad: "edges" is an array, expected an object'
    malformed '{"edges": {}}' "bad has no edges"
    malformed '{"edges": {"input->logits": {"in_graph": true}}}' 'bad: "edges": "input->logits": its "score" is nothing'
    malformed '{"edges": {"input->logits": {"score": 1e300}}}' 'bad: "edges": "input->logits": its "score" is 1.0000000000000001e+300'
    malformed '{"edges": {"input->logits": 3}}' 'bad: "edges": "input->logits": its "score" is nothing'
    malformed '{"edges": {"input-logits": {"score": 1}}}' 'bad: "edges": "input-logits": the name is not that of an edge'
    malformed '{"edges": {"m1->m0": {"score": 1}}}' 'bad: "edges": "m1->m0": the edge mlp1->mlp0 is against the flow'
    malformed '{"edges": {"m0->m1": {"score": 1}, "m0->m1": {"score": 1}}}' "the edge mlp0->mlp1 is given twice"
    malformed '{"cfg": {"n_layers": 12}, "edges": {"m0->m1": {"score": 1}}}' 'bad: "cfg": "n_layers" is 12, but model demo has 4'
    malformed '{"cfg": 5, "edges": {"m0->m1": {"score": 1}}}' 'bad: "cfg" is 5, expected an object'
    malformed "sender,receiver,score\nembed,logits,1\n" "bad has 1 of the 479 edges of model demo, and the default sizes are fractions of all"
    expect 1 circuit bad --top-edges 0,2
    assert_contains "$errors" "--top-edges 2: bad has 1 edge"
    assert_equal "$(value bad --top-edges 1 | cut -d, -f1,2)" "1,1"
    expect 1 circuit missing.csv
    assert_contains "$errors" "missing.csv"
}

@test "circuit: what does not go together is refused, and nothing is written" {
    refused 2 "circuit needs a file of edges with scores, heads with --heads, or --search" circuit --csv no.csv
    refused 2 "circuit takes a file or --heads, not both" circuit e.csv --heads 0.1
    refused 2 "--heads of circuit takes heads such as 9.9,10.0" circuit --heads 1
    refused 2 "--signed is for the scores of a file" circuit --heads 0.1 --signed
    refused 2 "--top-edges and --threshold cannot both be given" circuit e.csv --top-edges 1 --threshold 2
    refused 2 "--top-edges takes whole numbers, ascending" circuit e.csv --top-edges 2,1
    refused 2 "--top-edges takes whole numbers, ascending" circuit e.csv --top-edges 1,1
    refused 2 "--top-edges takes whole numbers, ascending" circuit e.csv --top-edges 1,
    refused 2 "--threshold takes a number" circuit e.csv --threshold x
    refused 2 "--threshold makes one" circuit e.csv --threshold 1 --png no.png
    refused 2 "--heads makes one" circuit --heads 0.1 --png no.png
    refused 2 "--top-edges with one number makes one" circuit e.csv --top-edges 5 --png no.png
    refused 2 "--quiet leaves nothing to do: add --csv, --png or --check" circuit e.csv --quiet
    refused 2 "--site does not go with circuit" circuit e.csv --site z
    refused 2 "--noising does not go with circuit" circuit e.csv --noising
    refused 2 "--layers does not go with circuit" circuit e.csv --layers 0
    refused 2 "--output does not go with circuit" circuit e.csv -o out
    refused 2 "circuit takes one file" circuit a.csv b.csv
    refused 2 "--corrupt is missing" "$PATCHGPT" circuit e.csv --model demo --clean a --tokens a b
    refused 1 "there is no head 9.1" circuit --heads 9.1
    expect 2 "$PATCHGPT" circuit - --model demo --clean - --corrupt a --tokens a b
    assert_contains "$errors" "cannot both be read from standard input"
}

# write_lines: lines.jsonl, three experiments, of which the first is the command line's.
write_lines() {
    cat >lines.jsonl <<'END'
{"clean": "When Mary and John went to the store, John gave a drink to", "corrupt": "When Mary and John went to the store, Mary gave a drink to", "tokens": [" Mary", " John"], "site": "z"}
{"id": "b", "clean": "When John and Mary went to the store, John gave a drink to", "corrupt": "When John and Mary went to the store, Mary gave a drink to", "tokens": [" Mary", " John"], "labels": {"end": -1}}

{"clean": "When Mary and John went to the park, Mary gave a book to", "corrupt": "When Mary and John went to the park, John gave a book to", "tokens": [" John", " Mary"]}
END
}

@test "circuit: --over a file has the mean value, the faithfulness of the means and the mean of each" {
    make_edges
    write_lines
    expect 0 circuit edges.csv --csv one.csv --quiet
    head -n 1 lines.jsonl >first.jsonl
    expect 0 "$PATCHGPT" circuit edges.csv --model demo --over first.jsonl --csv - --quiet
    cmp <(cut -d, -f 1-4 .stdout) one.csv
    cmp <(cut -d, -f 4 .stdout | tail -n +2) <(cut -d, -f 5 .stdout | tail -n +2)
    expect 0 "$PATCHGPT" circuit edges.csv --model demo --over lines.jsonl --csv means.csv --png means.png --json
    cp .stdout means.json
    grep -v '^$' lines.jsonl | while IFS= read -r line; do
        printf '%s\n' "$line" >single.jsonl
        expect 0 "$PATCHGPT" circuit edges.csv --model demo --over single.jsonl --json
        cat .stdout
    done >each.jsonl
    python3 - <<'END'
import csv, json
j, each = json.load(open("means.json")), [json.loads(line) for line in open("each.jsonl")]
assert j["experiments"] == 3 == len(each) and j["over"] == "lines.jsonl" and j["metric"] == "logit_diff"
mean = lambda values: sum(values) / len(values)
near = lambda a, b: abs(a - b) < 2e-6 * max(1, abs(b))
none, every = mean([e["corrupt"]["metric"] for e in each]), mean([e["all_edges"] for e in each])
assert near(j["corrupt"]["metric"], none) and near(j["all_edges"], every)
assert near(j["clean"]["metric"], mean([e["clean"]["metric"] for e in each]))
rows = list(csv.DictReader(open("means.csv")))
for i, c in enumerate(j["circuits"]):
    value = mean([e["circuits"][i]["value"] for e in each])
    assert near(c["value"], value) and near(c["faithfulness"], (value - none) / (every - none)), c
    assert near(c["mean_faithfulness"], mean([e["circuits"][i]["faithfulness"] for e in each])), c
    assert all(float(rows[i][k]) == c[k] for k in ("top", "edges", "value", "faithfulness", "mean_faithfulness"))
assert any(abs(c["faithfulness"] - c["mean_faithfulness"]) > 1e-4 for c in j["circuits"])
END
    expect 0 "$PATCHGPT" circuit edges.csv --model demo --over - --check means.csv --threads 3 <lines.jsonl
    assert_contains "$output" "3 experiments in standard input"
    assert_contains "$output" "check: 20 values equal means.csv"
    strings means.png | grep -q "lines.jsonl"
    expect 0 "$PATCHGPT" circuit --heads 0.1,0.2 --model demo --over lines.jsonl --metric prob
    assert_contains "$output" "mean prob_diff"
}

@test "circuit: --over stops at the first line that is wrong" {
    make_edges
    write_lines
    over() { "$PATCHGPT" circuit edges.csv --model demo --csv no.csv --over "$@"; }
    echo '{"clean": "a", "corrupt": "b", "tokens": [" he"]}' >>lines.jsonl
    expect 1 over lines.jsonl
    assert_sentence
    assert_contains "$errors" "lines.jsonl: line 5: "
    head -n 1 lines.jsonl >mixed.jsonl
    sed -n '2s/"labels"/"metric": "prob", "labels"/p' lines.jsonl >>mixed.jsonl
    expect 1 over mixed.jsonl
    assert_contains "$errors" "mixed.jsonl: line 2: it measures prob_diff, and the first line logit_diff"
    echo '{"what": "lens", "text": "a"}' >lens.jsonl
    expect 1 over lens.jsonl
    assert_contains "$errors" 'lens.jsonl: line 1: "what" is lens, and circuits are run on experiments'
    expect 1 over missing.jsonl
    expect 2 over lines.jsonl --clean a
    assert_contains "$errors" "--over runs the experiments of a file, so --clean does not go with it"
    expect 2 over lines.jsonl --tokens a b
    expect 2 "$PATCHGPT" circuit - --model demo --over -
    assert_contains "$errors" "the file of edges and --over cannot both be read from standard input"
    cp lines.jsonl lines.csv
    expect 2 "$PATCHGPT" circuit edges.csv --model demo --over lines.csv --csv lines.csv
    assert_contains "$errors" "would replace lines.csv, which is read"
    [ ! -e no.csv ]
}

@test "circuit: what is outside may be ablated: all but one edge is that edge's ablation" {
    printf '%s\n' "When Mary and John went to the store, John gave a drink to" \
        "When John and Mary went to the store, Mary gave a drink to" >names.txt
    one=(--model demo --clean "When Mary and John went to the store, John gave a drink to" --tokens " Mary" " John")
    for with in "zero" "mean --over names.txt" "mean-all --over names.txt"; do
        # shellcheck disable=SC2086 # an option and its values
        expect 0 "$PATCHGPT" "${one[@]}" --with $with --site edges --csv edges.csv --quiet
        awk -F, 'NR == 1 || /^L2H3,logits|^embed,L0H2.q/' edges.csv >two.csv
        # shellcheck disable=SC2086
        expect 0 "$PATCHGPT" circuit two.csv "${one[@]}" --with $with --top-edges 1 --complement --json
        cp .stdout one.json
        # shellcheck disable=SC2086
        expect 0 "$PATCHGPT" circuit edges.csv "${one[@]}" --with $with --csv rows.csv --png curve.png --markdown
        assert_contains "$output" "no edge: every reader reads "
        assert_lacks "$output" "orrupted"
        python3 - <<'END'
import csv, json
edge = max(csv.DictReader(open("two.csv")), key=lambda r: abs(float(r["score"])))
j = json.load(open("one.json"))
assert abs(j["circuits"][0]["value"] - float(edge["value"])) < 1e-4, (j["circuits"], edge)
assert abs(float(edge["value"]) - j["clean"]["metric"]) > 0.01 and j["with"] in ("zero", "mean") and "tokens" not in j["corrupt"]
rows = list(csv.DictReader(open("rows.csv")))
assert float(rows[-1]["faithfulness"]) == 1 and float(rows[0]["faithfulness"]) == 0
assert abs(float(rows[-1]["value"]) - j["clean"]["metric"]) < 1e-4
END
    done
    printf '{"clean": "%s", "tokens": [" Mary", " John"]}\n' "$(head -n 1 names.txt)" >lines.jsonl
    expect 0 "$PATCHGPT" circuit edges.csv --model demo --over lines.jsonl --with zero
    expect 2 circuit edges.csv --with zero
    assert_contains "$errors" "so --corrupt does not go with it"
    expect 2 "$PATCHGPT" circuit edges.csv "${one[@]}" --with mean
    assert_contains "$errors" "--over is missing"
}

@test "circuit: the mean graph of a batch is read" {
    write_lines
    sed -i '1d; /^$/d' lines.jsonl
    expect 0 "$PATCHGPT" batch lines.jsonl --model demo --site edges --noising --output edges --quiet
    expect 0 "$PATCHGPT" circuit edges/mean_graph.json --model demo --over lines.jsonl --json
    assert_equal "$(json 'j["experiments"], len(j["circuits"]), j["circuits"][-1]["faithfulness"]')" "(2, 10, 1)"
}

@test "circuit: help" {
    expect 0 "$PATCHGPT" circuit --help
    assert_contains "$output" "usage: patchgpt circuit FILE"
    expect 0 "$PATCHGPT" help
    assert_contains "$output" "patchgpt circuit FILE"
}

@test "circuit: a search stays within its loss, and its file is what the command reads" {
    expect 0 circuit --search --max-loss 2 --state s.json --csv found.csv --json
    python3 - <<'END'
import csv, json
report = json.load(open(".stdout"))
row = next(csv.DictReader(open("found.csv")))
assert abs(float(row["value"]) - report["all_edges"]) <= 2
assert 0 < int(row["edges"]) < 479 and row["edges"] == row["top"]
assert len(json.load(open("s.json"))["edges"]) == int(row["edges"])
END
    expect 0 circuit s.json --threshold 1 --csv again.csv --quiet
    cmp found.csv again.csv
    cp s.json before.json
    expect 0 circuit --search --max-loss 2 --state s.json --csv again.csv --quiet
    cmp found.csv again.csv
    cmp s.json before.json
    expect 0 circuit --search --max-loss 2 --threads 1 --csv again.csv --quiet
    cmp found.csv again.csv
}

@test "circuit: what is not a search, or is another one, is refused" {
    refused 2 "--search needs --max-loss" "$PATCHGPT" circuit "${experiment[@]}" --search
    refused 2 "so a file does not go with it" "$PATCHGPT" circuit "${experiment[@]}" e.csv --search --max-loss 1
    refused 2 "so --heads does not go with it" "$PATCHGPT" circuit "${experiment[@]}" --heads 0.0 --search --max-loss 1
    refused 2 "so --over does not go with it" "$PATCHGPT" circuit --model demo --over o.jsonl --search --max-loss 1
    refused 2 "--state is for --search" "$PATCHGPT" circuit "${experiment[@]}" --heads 0.0 --state s.json
    refused 2 "--search makes one" "$PATCHGPT" circuit "${experiment[@]}" --search --max-loss 1 --png c.png
    expect 0 circuit --search --max-loss 9 --state s.json --quiet --csv a.csv
    mkdir sub
    cd sub
    scratch=$PWD refused 1 "is the state of another search" "$PATCHGPT" circuit "${experiment[@]}" --search --max-loss 8 --state ../s.json
    echo '{}' >../e.json
    scratch=$PWD refused 1 "is not the state of a search" "$PATCHGPT" circuit "${experiment[@]}" --search --max-loss 8 --state ../e.json
}
