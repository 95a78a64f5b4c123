# edges.bats: edges and paths, from the command line to the table.
# shellcheck shell=bash disable=SC2154,SC2031 # $output and its like come from the helper; a test is a subshell of its own

load helper
load tiny

setup() {
    make_scratch
    demo=(--model demo --clean "Mary went to the store because" --corrupt "John went to the store because" --tokens " she" " he")
}
teardown() { remove_scratch; }

refuse() { refused 2 "$1" "$PATCHGPT" "${demo[@]}" --csv no.csv "${@:2}"; }
refuse_late() { refused 1 "$1" "$PATCHGPT" "${demo[@]}" --csv no.csv "${@:2}"; }

# run_reference MODEL OPTION…: the experiment of tests/fixtures/models/MODEL/circuits.json, its table in .stdout.
run_reference() {
    folder=$PROJECT/tests/fixtures/models/$1
    ids() { python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))[sys.argv[2]], sep=",")' "$folder/circuits.json" "$1"; }
    expect 0 "$PATCHGPT" --model "$folder" --clean-ids "$(ids clean_ids)" --corrupt-ids "$(ids corrupt_ids)" \
        --token-ids "$(ids token_ids)" --csv - "${@:2}"
}

@test "edges: the table has the reference's values, recovered values and scores in both directions" {
    for model in hf-odd mingpt bf16-shards; do
        for direction in denoising noising; do
            local option=()
            [ $direction = noising ] && option=(--noising)
            run_reference $model --site edges "${option[@]}"
            python3 - .stdout "$folder/circuits.json" $direction <<'END'
import csv, json, sys
d = json.load(open(sys.argv[2]))
e = d[sys.argv[3]]
rows = list(csv.DictReader(open(sys.argv[1])))
def name(text):  # "mlp 0" -> mlp0, "0.1" -> L0H1, "0.1.q" -> L0H1.q
    parts = text.split(".")
    return text.replace(" ", "") if len(parts) == 1 else f"L{parts[0]}H{parts[1]}" + "".join("." + p for p in parts[2:])
expected = {tuple(name(n) for n in k.split(" -> ")): v for k, v in e["edges"].items()}
assert len(rows) == len(expected)
clean, corrupt = (e["source"], e["base"]) if sys.argv[3] == "denoising" else (e["base"], e["source"])
for r in rows:
    v = expected[r["sender"], r["receiver"]]
    sign = 1 if sys.argv[3] == "denoising" else -1
    assert abs(float(r["value"]) - v) < 1e-4
    assert abs(float(r["recovered"]) - (v - corrupt) / (clean - corrupt)) < 1e-3
    assert abs(float(r["score"]) - sign * (v - e["base"])) < 1e-4
END
        done
    done
}

@test "edges: paths have the reference's values, with MLPs run and frozen" {
    for model in hf-odd mingpt bf16-shards; do
        folder=$PROJECT/tests/fixtures/models/$model
        python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["denoising"]["paths"], sep="\n")' "$folder/circuits.json" >ends
        while IFS= read -r to; do
            for mlps in run frozen; do
                run_reference $model --site paths --to "${to// /}" --mlps $mlps
                python3 - .stdout "$folder/circuits.json" "$to" $mlps <<'END'
import csv, json, sys
expected = json.load(open(sys.argv[2]))["denoising"]["paths"][sys.argv[3]][sys.argv[4]]
rows = list(csv.DictReader(open(sys.argv[1])))
assert list(rows[0]) == ["sender", "receiver", "value", "recovered"]
assert len(rows) == len(expected)
assert all(abs(float(r["value"]) - v) < 1e-4 for r, v in zip(rows, expected.values()))
END
            done
        done <ends
    done
}

@test "edges: lists with numbers, ranges, stars and the names of other tools choose edges" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv all.csv
    assert_equal "$(wc -l <all.csv)" 480
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv every.csv --from '*' --to '*'
    cmp all.csv every.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv some.csv --from embed,0.1,mlp0 --to 1.0.q,logits
    { head -1 all.csv; grep -E '^(embed|L0H1|mlp0),(L1H0\.q|logits),' all.csv; } >expected.csv
    cmp some.csv expected.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv same.csv --from 'input,a0.h1,m0' --to 'a1.h0<q>,logits'
    cmp some.csv same.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv range.csv --from '0-1.*' --to '2-3.0.*,mlp*'
    { head -1 all.csv; grep -E '^L[01]H[0-3],(L[23]H0\.[qkv]|mlp[0-3]),' all.csv; } >expected.csv
    cmp range.csv expected.csv
}

@test "edges: threads change no byte, and --check finds a changed digit" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv a.csv --threads 1
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv b.csv --threads 3 --check a.csv
    cmp a.csv b.csv
    python3 - <<'END'
lines = open("a.csv").read().splitlines()
i = next(i for i, line in enumerate(lines) if line.startswith("mlp1,logits,"))
f = lines[i].split(",")
f[2] = str(float(f[2]) + 1)
lines[i] = ",".join(f)
open("c.csv", "w").write("\n".join(lines) + "\n")
END
    expect 3 "$PATCHGPT" "${demo[@]}" --site edges --check c.csv
    assert_contains "$errors" "1 of 479 values differ from c.csv, most at mlp1->logits"
    mkdir sub
    cd sub
    scratch=$PWD refused 1 'sender is "embed"' "$PATCHGPT" "${demo[@]}" --site edges --from 0.0 --check ../a.csv
}

@test "edges: an ablated edge has no corrupted run, and its score is what the metric loses" {
    expect 0 "$PATCHGPT" --model demo --clean "Mary went to the store because" --tokens " she" " he" --with zero \
        --site edges --csv a.csv --json
    python3 - <<'END'
import csv, json
clean = json.loads(open(".stdout").read())["clean"]["metric"]
for r in csv.DictReader(open("a.csv")):
    assert r["recovered"] == ""
    assert abs(float(r["score"]) - (clean - float(r["value"]))) < 1e-5
END
}

@test "edges: the report has the strongest, and a negative clean metric is warned of" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv a.csv
    assert_contains "$output" "479 edges, clean activations into the corrupted run"
    assert_contains "$output" "embed->L0H0.v"
    assert_equal "$errors" ""
    expect 0 "$PATCHGPT" --model demo --clean "Mary went to the store because" \
        --corrupt "John went to the store because" --tokens " he" " she" --site edges --csv a.csv
    assert_contains "$errors" "name the clean text's answer first"
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to 2.0.q,2.1.q --mlps frozen --csv a.csv
    assert_contains "$output" "senders on paths to L2H0.q,L2H1.q, MLPs frozen"
    assert_equal "$(cut -d'"' -f 2 a.csv | sed -n 2p)" "L2H0.q,L2H1.q"
}

@test "edges: --split has the reference's changes of the metric, in both directions" {
    for model in hf-odd mingpt bf16-shards; do
        folder=$PROJECT/tests/fixtures/models/$model
        python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["denoising"], sep="\n")' "$folder/split.json" >ends
        while IFS= read -r to; do
            for direction in denoising noising; do
                local option=()
                [ $direction = noising ] && option=(--noising)
                run_reference $model --site paths --to "${to// /}" --split "${option[@]}"
                python3 - .stdout "$folder" $direction "$to" <<'END'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1])))
circuits, split = [json.load(open(f"{sys.argv[2]}/{name}.json"))[sys.argv[3]] for name in ("circuits", "split")]
path, to = circuits["paths"][sys.argv[4]], split[sys.argv[4]]
expected = {"total": to["total"], "via_mlps": path["run"], "via_attention": to["via_attention"], "direct": path["frozen"]}
assert list(rows[0]) == ["sender", "receiver", *expected, "interaction"], rows[0]
assert len(rows) == len(to["total"]) > 0
differ = 0
for row, sender in zip(rows, to["total"]):
    t, m, a, d = [expected[name][sender] - circuits["base"] for name in expected]
    for name, value in zip([*expected, "interaction"], [t, m, a, d, t - m - a + d]):
        assert abs(float(row[name]) - value) < 1e-4, (row, name, value)
    differ += abs(t - m) > 1e-3 and abs(a - d) > 1e-3
assert differ > 0 or sys.argv[4] != "logits"
END
            done
        done <ends
    done
}

@test "edges: each column of --split is what its paths alone change, and total is the head's z at all positions" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to logits --split --csv split.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to logits --csv run.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to logits --mlps frozen --csv frozen.csv
    expect 0 "$PATCHGPT" "${demo[@]}" --site z_all --csv z.csv --json
    python3 - <<'END'
import csv, json
base = json.load(open(".stdout"))["corrupt"]["metric"]
split, run, frozen, z = [list(csv.DictReader(open(f"{name}.csv"))) for name in ("split", "run", "frozen", "z")]
total = {f"L{row['layer']}H{row['head']}": float(row["value"]) for row in z}
assert len(split) == len(run) == len(frozen) == 21 and len(total) == 16
heads = 0
for s, r, f in zip(split, run, frozen):
    assert s["sender"] == r["sender"] == f["sender"] and s["receiver"] == "logits"
    assert abs(float(s["via_mlps"]) - (float(r["value"]) - base)) < 1e-5
    assert abs(float(s["direct"]) - (float(f["value"]) - base)) < 1e-5
    if s["sender"] in total:
        heads += 1
        assert abs(float(s["total"]) - (total[s["sender"]] - base)) < 1e-5, s
    t, m, a, d, i = [float(s[name]) for name in ("total", "via_mlps", "via_attention", "direct", "interaction")]
    assert abs(i - (t - m - a + d)) < 1e-5
assert heads == 16
END
}

@test "edges: --split has a report, JSON and --check, and no picture" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to 2.0.q,2.1.q --split
    assert_contains "$output" "11 senders on paths to L2H0.q,L2H1.q, clean activations into the corrupted run"
    assert_contains "$output" "sender    total  via MLPs  via attention"
    assert_contains "$output" "written: patchgpt.csv"
    assert_files patchgpt.csv
    assert_equal "$errors" ""
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to 2.0.q,2.1.q --split --check patchgpt.csv --threads 1 --json
    python3 - <<'END'
import csv, json
j = json.load(open(".stdout"))
rows = list(csv.DictReader(open("patchgpt.csv")))
assert [{**{k: float(v) for k, v in r.items() if k not in ("sender", "receiver")}, "sender": r["sender"]} for r in rows] == j["cells"]
assert j["receivers"] == ["L2H0.q", "L2H1.q"] and j["site"] == "paths" and "mlps" not in j and j["patches"] == 11
assert j["check"] == {"file": "patchgpt.csv", "differing": 0, "largest_difference": 0}
lines = open("patchgpt.csv").read().splitlines()
fields = lines[3].rsplit(",", 5)
fields[3] = str(float(fields[3]) + 1)
open("changed.csv", "w").write("\n".join([*lines[:3], ",".join(fields), *lines[4:]]) + "\n")
END
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to 2.0.q,2.1.q --split --check patchgpt.csv
    assert_contains "$output" "check: 44 values equal patchgpt.csv"
    expect 3 "$PATCHGPT" "${demo[@]}" --site paths --to 2.0.q,2.1.q --split --check changed.csv
    assert_contains "$errors" "1 of 44 values differ from changed.csv, most at sender L0H1, receiver L2H0.q,L2H1.q"
    expect 1 "$PATCHGPT" "${demo[@]}" --site paths --to 2.0.q --split --check patchgpt.csv
    assert_contains "$errors" 'receiver is "L2H0.q,L2H1.q", but now it is "L2H0.q"'
    # that nothing goes directly is no reason to warn that nothing changes
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to logits --from embed --split --csv -
    assert_equal "$errors" ""
    assert_equal "$(cut -d, -f 6 .stdout | tail -1)" 0
    expect 0 "$PATCHGPT" --model demo --clean "Mary went to the store because" --tokens " she" " he" --with zero --site paths --to logits --split --csv -
}

@test "edges: what cannot be done is refused" {
    refuse "--from takes components" --site edges --from 9.9.q
    refuse "--to takes readers" --site edges --to 1.0
    refuse "--to takes readers" --site edges --to 1.0.q,
    refuse "--from is for --site edges and --site paths" --from embed
    refuse "--site edges has no other site beside it" --site edges,z
    refuse "so --layers does not go with it" --site edges --layers 0
    refuse "so --positions does not go with it" --site paths --to logits --positions 0
    refuse "so --joint does not go with it" --site edges --joint
    refuse "--site paths needs --to" --site paths
    refuse "--mlps is for --site paths" --site edges --mlps frozen
    refuse "--partial is for --site edges" --partial
    refuse "--partial does not go with --check" --site edges --partial --check a.csv
    refuse "--split is for --site paths" --site edges --split
    refuse "--split is for --site paths" --split
    refuse "so --mlps does not go with it" --site paths --to logits --split --mlps run
    refuse "leave out --npz" --site paths --to logits --split --npz a.npz
    refuse "leave out --png" --site paths --to logits --split --png a.png
    refuse "leave out --show" --site paths --to logits --split --show change
    refuse '--mlps: unknown name "all"' --site paths --to logits --mlps all
    refuse_late "model demo has no 4.0" --site edges --from 4.0
    refuse_late "mlp3 writes after all readers of --to 2.0.q have read" --site edges --from embed,mlp3 --to 2.0.q
    refuse_late "0.0.q reads before any component of --from 1.* writes" --site edges --from '1.*' --to 0.0.q
    refuse_late "give the logits alone" --site paths --to logits,mlp1
}
