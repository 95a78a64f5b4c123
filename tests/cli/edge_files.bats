# edge_files.bats: pictures, arrays, graphs and drawings of edges and paths.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup() {
    make_scratch
    demo=(--model demo --clean "Mary went to the store because" --corrupt "John went to the store because" --tokens " she" " he")
}
teardown() { remove_scratch; }

refuse() { refused 2 "$1" "$PATCHGPT" "${demo[@]}" --csv no.csv "${@:2}"; }

# chunks FILE: the text chunks of a PNG file, a line each.
chunks() {
    python3 - "$1" <<'END'
import struct, sys
data, at = open(sys.argv[1], "rb").read(), 8
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    body = data[at + 8:at + 8 + size]
    if kind == b"tEXt":
        print(body.replace(b"\0", b"=", 1).decode("latin-1"))
    at += size + 12
END
}

@test "edge files: a table and a picture are written unless other files are named, and the picture says what it is" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges
    assert_contains "$output" "written: patchgpt.csv, patchgpt.png"
    chunks patchgpt.png >notes
    for note in site=edges show=score; do grep -qx $note notes; done
    [ "$(grep -cE '^(from|to|mlps)=' notes)" -eq 0 ]
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --from embed,0.1 --to 1.0.q,logits -o some
    chunks some.png >notes
    for note in from=embed,L0H1 to=L1H0.q,logits; do grep -qx $note notes; done
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to logits --mlps frozen -o paths
    chunks paths.png >notes
    for note in site=paths show=change to=logits mlps=frozen; do grep -qx $note notes; done
    [ "$(grep -c '^from=' notes)" -eq 0 ]
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --graph g.json --dot g.dot --npz g.npz
    assert_contains "$output" "written: g.npz, g.json, g.dot"
    [ ! -e g.csv ]
}

@test "edge files: what the picture shows, its colours, and --terminal" {
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --png usual.png --quiet
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --png score.png --show score --colormap rdbu --center 0 --quiet
    cmp usual.png score.png
    n=0
    for options in "--show score" "--show value" "--show recovered" "--show change --noising" "--vmin -1" "--vmax 2" \
        "--colormap greys"; do
        # shellcheck disable=SC2086 # the options are words
        expect 0 "$PATCHGPT" "${demo[@]}" --site edges --png "p$((++n)).png" $options --quiet
    done
    assert_equal "$(md5sum p*.png | cut -c 1-32 | sort -u | wc -l)" "$n"
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to logits --csv paths.csv --terminal
    assert_contains "$output" "change of the logit difference: 0 is"
    assert_equal "$(grep -cE '^ *[0-3]( +[0-9.]){6}$' .stdout)" 4
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv edges.csv --terminal
    assert_contains "$output" "score for the logit difference: 0 is"
}

@test "edge files: --graph has the scores of the table under the names of EAP-IG" {
    for option in "" --noising "--with zero"; do
        one=("${demo[@]}")
        [ "$option" = "--with zero" ] && one=(--model demo --clean "Mary went to the store because" --tokens " she" " he")
        # shellcheck disable=SC2086 # the option is words
        expect 0 "$PATCHGPT" "${one[@]}" $option --site edges --csv a.csv --graph g.json --quiet
        python3 - <<'END'
import csv, json, re
g = json.load(open("g.json"))
assert list(g) == ["cfg", "nodes", "edges", "meta"]
assert g["cfg"] == {"n_layers": 4, "n_heads": 4, "parallel_attn_mlp": False, "d_model": 128}
senders = ["input"] + [n for l in range(4) for n in [f"a{l}.h{h}" for h in range(4)] + [f"m{l}"]]
assert g["nodes"] == {n: {"in_graph": n == "logits"} for n in senders + ["logits"]}
def name(n):
    n = n.replace("embed", "input").replace("mlp", "m")
    return re.sub(r"L(\d+)H(\d+)(?:\.(.))?", lambda m: f"a{m[1]}.h{m[2]}" + (f"<{m[3]}>" if m[3] else ""), n)
rows = {f'{name(r["sender"])}->{name(r["receiver"])}': float(r["score"]) for r in csv.DictReader(open("a.csv"))}
assert len(rows) == 479 and rows == {k: e["score"] for k, e in g["edges"].items()}
assert all(type(e["score"]) is float and e["in_graph"] is False and list(e) == ["score", "in_graph"] for e in g["edges"].values())
assert g["meta"]["model"] == "demo" and g["meta"]["clean_text"] == "Mary went to the store because"
END
    done
    expect 0 "$PATCHGPT" "${one[@]}" --with zero --site edges --graph -
    cmp .stdout g.json
    expect 0 "$PATCHGPT" "${one[@]}" --with zero --site edges --dot - --graph h.json
    assert_equal "$(grep -c penwidth .stdout)" 40
    assert_contains "$output" 'the 40 strongest of 479 edges; blue ones help logit(\" she\") - logit(\" he\")'
}

@test "edge files: --npz has the numbers of the table, NaN where there is no edge, and the names" {
    python3 -c 'import numpy' 2>/dev/null || skip "python3 has no numpy"
    expect 0 "$PATCHGPT" "${demo[@]}" --site edges --csv edges.csv --npz edges.npz
    expect 0 "$PATCHGPT" "${demo[@]}" --site paths --to 2.2.v,mlp3 --csv paths.csv --npz paths.npz
    python3 - <<'END'
import csv, json
import numpy as np
e, p = np.load("edges.npz"), np.load("paths.npz")
senders, receivers = list(e["senders"]), list(e["receivers"])
assert e["edges"].shape == (21, 53) and senders == list(p["senders"])
rows = list(csv.DictReader(open("edges.csv")))
for column, array in (("value", "edges"), ("recovered", "edges_recovered"), ("score", "edges_score")):
    expected = np.full((21, 53), np.nan, np.float32)
    for r in rows:
        expected[senders.index(r["sender"]), receivers.index(r["receiver"])] = np.float32(r[column])
    np.testing.assert_array_equal(e[array], expected)
meta = json.loads(str(e["meta"]))
assert meta["axes"]["edges_score"] == ["sender", "receiver"] and meta["model"] == "demo"
rows = list(csv.DictReader(open("paths.csv")))
for column, array in (("value", "paths"), ("recovered", "paths_recovered")):
    expected = np.full(21, np.nan, np.float32)
    for r in rows:
        expected[senders.index(r["sender"])] = np.float32(r[column])
    np.testing.assert_array_equal(p[array], expected)
assert json.loads(str(p["meta"]))["receivers"] == ["L2H2.v", "mlp3"]
END
}

@test "edge files: files, and what pictures show, are refused where there are no edges" {
    refuse "--graph is for --site edges" --graph g.json
    refuse "--graph is for --site edges" --site paths --to logits --graph g.json
    refuse "--dot is for --site edges" --site z --dot g.dot
    refuse "--show score is for --site edges" --site z_all --show score --png no.png
    refuse "--graph writes a file in the format json" --site edges --graph g.csv
    refuse "--dot writes a file in the format dot" --site edges --dot g.png
    refused 2 "--graph - and --dot - cannot both go to standard output" "$PATCHGPT" "${demo[@]}" --site edges --graph - --dot -
    refused 2 "--json and --graph - cannot both go to standard output" "$PATCHGPT" "${demo[@]}" --site edges --graph - --json
    refused 2 "--top is for the report, and --dot - prints none" "$PATCHGPT" "${demo[@]}" --site edges --dot - --top 3
    refused 2 "--graph does not go with lens" "$PATCHGPT" lens --model demo a --graph g.json
}
