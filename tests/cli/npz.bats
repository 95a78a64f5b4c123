# npz.bats: --npz, read by NumPy and compared with the tables, number by number.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

need_numpy() { python3 -c 'import numpy' 2>/dev/null || skip "python3 has no numpy"; }

lens() { with_defaults "--model tiny" -- lens abc "$@"; }
direct() { with_defaults "--model tiny" "--tokens y n" -- direct abc "$@"; }

# compare_sites TABLE ARRAYS COUNT: each row of the table is the number at its place in the array of its site, in the
# dimensions that meta names; all other numbers are NaN. COUNT arrays were compared.
compare_sites() {
    expect 0 python3 - "$@" <<'END'
import csv, json, sys
import numpy as np
rows = list(csv.DictReader(open(sys.argv[1])))
z = np.load(sys.argv[2])
meta = json.loads(str(z["meta"]))
counts = {}
for row in rows:
    for column, ending in (("value", ""), ("recovered", "_recovered")):
        name = row["site"] + ending
        if name not in z:
            assert column == "recovered" and row[column] == "", (name, row)
            continue
        array = z[name]
        assert array.dtype == np.float32
        at = tuple(int(row[axis]) for axis in meta["axes"][name])
        assert len(at) == array.ndim
        expected = np.float32(row[column] or "nan")
        assert array[at].tobytes() == expected.tobytes() or np.isnan([array[at], expected]).all(), (name, at)
        counts[name] = counts.get(name, 0) + 1
for name, n in counts.items():
    assert n <= z[name].size
    if not np.isnan([float(row["recovered"] or "nan") for row in rows]).any():
        assert (~np.isnan(z[name])).sum() == n, name
print(len(counts))
END
    assert_equal "$output" "$3"
}

# compare_means FOLDER COUNT: each row of mean.csv is the numbers at its place in the arrays of mean.npz that meta has
# for its kind, site and number of tokens; all other numbers are NaN, and counts 0. COUNT tables of numbers were compared.
compare_means() {
    expect 0 python3 - "$1/mean" <<'END'
import csv, json, sys
import numpy as np
rows = list(csv.DictReader(open(sys.argv[1] + ".csv")))
z = np.load(sys.argv[1] + ".npz")
meta = json.loads(str(z["meta"]))
labels = list(z["labels"]) if "labels" in z else []
kinds = [(k["metric"], k["noising"], k["with"], k["noise"], k["window"], k["joint"]) for k in meta["kinds"]]
names, seen = {}, {}
for name, a in meta["arrays"].items():
    names[kinds[a["kind"] - 1], a["site"], a["n_tokens"], "_by_label" in name] = name
for row in rows:
    joint = row.get("joint", "")
    kind = (row["metric"], row["noising"] == "1", row.get("with", "text"), row.get("noise", "0") == "1",
            int(row.get("window", 1)), joint != "")
    key = kind, row["site"].split("+")[0], int(row["n_tokens"]) if row["n_tokens"] else None, row["label"] != ""
    name = next(n for k, n in names.items() if k == key or joint and k[0] == kind)
    for quantity, ending in (("value", ""), ("recovered", "_recovered")):
        count = row["count" if quantity == "value" else "recovered_count"]
        fields = {"_count": count, "": row[quantity], "_se": row[quantity + "_se"], "_low": row[quantity + "_low"],
                  "_high": row[quantity + "_high"]}
        for field, text in fields.items():
            array = name + ending + field
            if array not in z:
                assert text in ("", "0"), (array, row)
                continue
            axes = meta["axes"][array]
            at = tuple(labels.index(row["label"]) if axis == "label" else int(row[axis]) for axis in axes)
            if field == "_count":
                assert z[array][at] == int(text), (array, at)
            else:
                expected = np.float32(text or "nan")
                assert z[array].dtype == np.float32
                assert z[array][at] == expected or np.isnan([z[array][at], expected]).all(), (array, at, text)
            seen.setdefault(array, 0)
            seen[array] += text != ("0" if field == "_count" else "")
assert set(seen) | {"labels", "meta"} >= set(z), set(z) - set(seen)
for array, n in seen.items():
    assert n == ((z[array] > 0) if array.endswith("_count") else ~np.isnan(z[array])).sum(), array
print(len(seen))
END
    assert_equal "$output" "$2"
}

# compare_readings KIND COUNT: likewise for out/mean_KIND.csv, lens or direct, and its arrays; COUNT of them were compared.
compare_readings() {
    expect 0 python3 - "out/mean_$1" "$1" <<'END'
import csv, json, re, sys
import numpy as np
rows = list(csv.DictReader(open(sys.argv[1] + ".csv")))
z = np.load(sys.argv[1] + ".npz")
meta = json.loads(str(z["meta"]))
metrics = [group["metric"] or "" for group in meta["groups"]]
lens, seen = sys.argv[2] == "lens", {}
forms = {r"L(\d+)H(\d+)": "heads", r"L(\d+)N(\d+)": "neurons", r"mlp(\d+)": "mlps", r"mlp(\d+)_bias": "mlp_biases"}
for row in rows:
    group = metrics.index(row["metric"])
    prefix = f"group{group + 1}_" if group else ""
    position = row.get("position" if lens else "source_position") or None
    label, length = row.get("label") or None, row.get("n_tokens") or None
    at, bases = (), {"value": row["component"] if not lens else "value"}
    if lens:
        at = list(z["places"]).index(row["place"]),
        bases |= {"top_probability": "top_probability", "top1": "top1"}
    else:
        for form, name in forms.items():
            if m := re.fullmatch(form, row["component"]):
                bases, at = {"value": name}, tuple(map(int, m.groups()))
    if position:
        at += int(position),
    if label:
        at += list(z["labels"]).index(label),
    for quantity, base in bases.items():
        name = prefix + base + ("_by_label" if label else "_by_source" if position and not lens else "")
        long = f"{name}_{length}_tokens"
        name = long if long in z or long + "_count" in z else name
        endings = [""] if quantity == "top1" else ["_count", "", "_se", "_low", "_high"]
        for ending in endings:
            text = row["count"] if ending == "_count" else row[quantity + ending]
            if name + ending not in z:
                assert not text or ending == "_count" and not row[quantity], (name + ending, row)
                continue
            found = z[name + ending][at]
            expected = int(text) if ending == "_count" else np.float32(text or "nan")
            assert found == expected or np.isnan([found, expected]).all(), (name + ending, at, text)
            seen[name + ending] = seen.get(name + ending, 0) + (text != "")
assert set(seen) | {"labels", "meta", "places"} >= set(z), set(z) - set(seen)
for array, n in seen.items():
    assert n == ((z[array] > 0) if array.endswith("_count") else ~np.isnan(z[array])).sum(), array
print(len(seen))
END
    assert_equal "$output" "$2"
}

@test "npz: every site has the table's numbers, in its shape" {
    need_numpy
    local site sites="resid_pre resid_mid resid_post attn_out mlp_out z q k v pattern z_all q_all k_all v_all pattern_all
        neuron pattern_dest_src"
    for site in $sites; do
        expect 0 patch --site "$site" --npz "$site.npz" --csv "$site.csv"
        compare_sites "$site.csv" "$site.npz" 2
        assert_equal "$(tail -n 1 <(patch --site "$site" --npz "$site.npz" --csv "$site.csv"))" \
            "written: $site.csv, $site.npz"
    done
    expect 0 python3 -c '
import numpy as np
shapes = {"resid_post": (2, 4), "z": (2, 4, 2), "pattern": (2, 2, 4), "z_all": (2, 2), "pattern_dest_src": (2, 2, 4, 4)}
for site, shape in shapes.items():
    assert np.load(site + ".npz")[site].shape == shape, site
assert np.load("neuron.npz")["neuron"].shape[:2] == (2, 4)'
}

@test "npz: several sites, lists, both directions, windows, noise, ablation and joint patches" {
    need_numpy
    local options
    for options in "--site z,block,q_all" "--site z,block,q_all --noising" "--site neuron --neurons 0,3 --positions -1" \
        "--site pattern_dest_src,v --layers 1 --positions diff" "--site mlp_out --window 2" "--site z --heads 0.1,1.0"; do
        # shellcheck disable=SC2086 # the options are words
        expect 0 patch $options --csv out.csv --npz out.npz
        compare_sites out.csv out.npz "$(($(cut -d, -f1 out.csv | sort -u | wc -l) * 2 - 2))"
    done
    expect 0 patch --site attn_out,mlp_out --joint --csv out.csv --npz out.npz
    expect 0 python3 -c '
import csv, json
import numpy as np
row, z = next(csv.DictReader(open("out.csv"))), np.load("out.npz")
assert z["attn_out+mlp_out"].shape == () and z["attn_out+mlp_out"] == np.float32(row["value"])
assert z["attn_out+mlp_out_recovered"] == np.float32(row["recovered"])'
    local one=("$PATCHGPT" --model tiny --clean abcd --tokens y n)
    expect 0 "${one[@]}" --with zero --site z,resid_pre --csv out.csv --npz out.npz
    compare_sites out.csv out.npz 2
    expect 0 "${one[@]}" --corrupt-noise 1,2 --samples 3 --site resid_pre --csv out.csv --npz out.npz
    compare_sites out.csv out.npz 2
    expect 0 python3 -c '
import json
import numpy as np
z = np.load("out.npz")
meta = json.loads(str(z["meta"]))
assert (z["clean_ids"] == [97, 98, 99, 100]).all() and z["clean_ids"].dtype == np.int64
assert "corrupt_ids" not in z
assert meta["corrupt_noise"] == [1, 2] and meta["samples"] == 3 and meta["direction"] == "clean into noise"'
}

@test "npz: meta says what the numbers are of" {
    need_numpy
    printf 'abcd\nabdd\n' >over.txt
    expect 0 "$PATCHGPT" --model tiny --clean abcd --tokens y n --with mean --over over.txt --npz out.npz
    expect 0 python3 -c '
import json
import numpy as np
m = json.loads(str(np.load("out.npz")["meta"]))
assert (m["with"], m["over"], m["direction"], m["corrupt"]) == ("mean", "over.txt", "mean ablation", None)'
    expect 0 patch --npz out.npz --metric prob --read-position 2
    expect 0 python3 -c '
import json
import numpy as np
z = np.load("out.npz")
m = json.loads(str(z["meta"]))
assert z["meta"].shape == () and z["meta"].dtype.kind == "U"
assert (m["program"], m["what"], m["model"], m["clean_text"], m["corrupt_text"]) == (
    "patchgpt", "experiment", "tiny", "abcd", "aXcd")
assert (m["metric"], m["read_position"], m["direction"], m["bos"]) == ("prob", 2, "clean into corrupted", False)
assert [t["text"] for t in m["pairs"][0]] == ["y", "n"] and m["version"].count(".") == 2
assert isinstance(m["clean"]["metric"], float) and isinstance(m["corrupt"]["metric"], float)
assert m["axes"]["resid_post"] == ["layer", "position"] and m["axes"]["clean_ids"] == ["position"]'
    expect 0 "$PATCHGPT" --model ids --clean-ids 1,2 --corrupt-ids 1,3 --token-ids 4,5 --npz out.npz
    expect 0 python3 -c '
import json
import numpy as np
assert json.loads(str(np.load("out.npz")["meta"]))["clean_text"] is None'
}

@test "npz: lens has the table's numbers, place by position" {
    need_numpy
    expect 0 lens --tokens y n --csv out.csv --npz out.npz
    expect 0 python3 -c '
import csv, json
import numpy as np
z, n = np.load("out.npz"), 0
places = list(z["places"])
assert places == ["embed", "L0.mid", "L0.post", "L1.mid", "L1.post"]
for row in csv.DictReader(open("out.csv")):
    at = places.index(row["place"]), int(row["position"])
    assert z["value"][at] == np.float32(row["value"]) and z["rank"][at] == int(row["rank"])
    assert z["top_id"][at] == int(row["top_id"]) and z["top_probability"][at] == np.float32(row["top_probability"])
    assert z["ids"][at[1]] == int(row["token_id"])
    n += 1
assert n == z["value"].size == 15
assert json.loads(str(z["meta"]))["what"] == "lens"'
    expect 0 lens --npz out.npz
    expect 0 python3 -c '
import numpy as np
assert sorted(np.load("out.npz")) == ["ids", "meta", "places", "top_id", "top_probability"]'
}

@test "npz: direct has the table's numbers: heads, MLPs, neurons, by source" {
    need_numpy
    local options
    for options in "" --neurons --by-source "--neurons --by-source --read-position 1"; do
        # shellcheck disable=SC2086 # the options are words
        expect 0 direct $options --csv out.csv --npz out.npz --json
        expect 0 python3 - <<'END'
import csv, json, re
import numpy as np
z, n = np.load("out.npz"), 0
for row in csv.DictReader(open("out.csv")):
    name, source = row["component"], row.get("source_position")
    head, neuron = re.fullmatch(r"L(\d+)H(\d+)", name), re.fullmatch(r"L(\d+)N(\d+)", name)
    mlp, bias = re.fullmatch(r"mlp(\d+)", name), re.fullmatch(r"mlp(\d+)_bias", name)
    at = tuple(map(int, next((m.groups() for m in (head, neuron, mlp, bias) if m), ())))
    at += (int(source),) if head and source is not None else ()
    array = ("heads_by_source" if source is not None else "heads") if head else \
        "neurons" if neuron else "mlps" if mlp else "mlp_biases" if bias else name
    assert z[array].ndim == len(at) and z[array][at] == np.float32(row["value"]), (name, at)
    n += 1
numbers = [k for k in z if z[k].dtype == np.float32 and k != "metric"]
assert n == sum((~np.isnan(z[k])).sum() for k in numbers)
assert abs(z["sum"] - z["metric"]) < 1e-4 and abs(sum(np.nansum(z[k]) for k in numbers) - z["metric"]) < 1e-4
assert json.loads(str(z["meta"]))["metric"] == "logit_diff"
END
    done
}

@test "npz: predict has all logits, of one position or of all, and its tokens" {
    need_numpy
    expect 0 "$PATCHGPT" predict --model tiny abcd --npz last.npz --logits last.npy --top 5
    assert_equal "$(tail -n 1 .stdout)" "written: last.npy, last.npz"
    expect 0 "$PATCHGPT" predict --model tiny abcd --npz all.npz --logits all.npy --all-positions --quiet --tokens y n
    assert_equal "$output" ""
    expect 0 "$PATCHGPT" predict --model tiny abcd --npz again.npz --json
    assert_equal "$(json 'j["files"]')" "['again.npz']"
    expect 0 python3 -c '
import json
import numpy as np
last, every = np.load("last.npz"), np.load("all.npz")
assert last["logits"].dtype == np.float32 and last["logits"].tobytes() == np.load("last.npy").tobytes()
assert every["logits"].shape == (4, 257) and every["logits"].tobytes() == np.load("all.npy").tobytes()
assert (last["top_id"] == np.argsort(-last["logits"], kind="stable")[:5]).all() and (last["top_rank"] == [1, 2, 3, 4, 5]).all()
p = np.exp(last["logits"].astype(float)); p /= p.sum()
assert np.allclose(last["top_probability"], p[last["top_id"]], atol=1e-6)
assert (every["named_id"] == [ord("y"), ord("n")]).all()
assert (every["named_logit"] == last["logits"][every["named_id"]]).all()
assert json.loads(str(last["meta"]))["top"][0]["token_id"] == last["top_id"][0]'
}

@test "npz: the means of a batch: lengths, labels, kinds, intervals" {
    need_numpy
    cat >lines.jsonl <<'END'
{"clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "site": "resid_post,z,z_all"}
{"clean": "efgh", "corrupt": "eXgh", "tokens": ["y", "n"], "site": "resid_post,z,z_all"}
{"clean": "abc", "corrupt": "aXc", "tokens": ["y", "n"]}
{"clean": "abcde", "corrupt": "aXcde", "tokens": ["y", "n"], "labels": {"end": -1, "X": 1}}
{"clean": "bcd", "corrupt": "bXd", "tokens": ["y", "n"], "labels": {"X": 1}, "site": "pattern,resid_post"}
{"clean": "abcd", "corrupt": "aXcd", "metric": "prob", "tokens": ["y"], "noising": true, "site": "pattern_dest_src,neuron", "neurons": [2], "layers": [0]}
END
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output out --npz
    compare_means out 56
    expect 0 python3 -c '
import json
import numpy as np
z = np.load("out/mean.npz")
meta = json.loads(str(z["meta"]))
assert z["z"].shape == (2, 4, 2) and z["z_all"].shape == (2, 2) and (z["z_count"] == 2).all()
assert z["resid_post_3_tokens"].shape == (2, 3) and z["resid_post_4_tokens_recovered_low"].shape == (2, 4)
assert z["resid_post_by_label"].shape == (2, 2) and z["pattern_by_label"].shape == (2, 2, 2)
assert z["kind2_neuron"].shape == (2, 4, 3)
assert list(z["labels"]) == ["X", "end"] or list(z["labels"]) == ["end", "X"]
assert (meta["what"], len(meta["kinds"]), meta["kinds"][1]["direction"]) == ("mean", 2, "corrupted into clean")
assert meta["kinds"][0]["experiments"] == 5 and len(meta["batch"]) == 8'
    for i in 1 2; do expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output part$i --shard $i/2; done
    [ ! -e part1/mean.npz ]
    expect 0 "$PATCHGPT" merge part1 part2 --output merged --npz
    cmp out/mean.npz merged/mean.npz
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output out --resume --bootstrap 0 --npz
    compare_means out 40
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output out --resume
    [ ! -e out/mean.npz ]
}

@test "npz: the means of ablations, windows and joint patches" {
    need_numpy
    printf '%s\n' '{"clean": "abcd", "tokens": ["y", "n"]}' '{"clean": "abdd", "tokens": ["y", "n"]}' >lines.jsonl
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output zero --with zero --site z,attn_out --window 1 --npz
    compare_means zero 10
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output window --with mean --site attn_out --window 2 --npz
    compare_means window 5
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output joint --with zero --site attn_out,mlp_out --joint --npz
    compare_means joint 5
    expect 0 python3 -c '
import numpy as np
assert np.load("joint/mean.npz")["attn_out+mlp_out_se"].shape == ()'
}

@test "npz: the means of lenses and direct attributions of a batch" {
    need_numpy
    cat >lines.jsonl <<'END'
{"what": "lens", "text": "abcd", "tokens": ["y", "n"]}
{"what": "lens", "text": "bcda", "tokens": ["y", "n"]}
{"what": "lens", "text": "bcd", "tokens": ["y", "n"]}
{"what": "lens", "text": "abc", "tokens": ["y"], "metric": "prob", "labels": {"X": 1, "end": -1}}
{"what": "lens", "text": "abcd"}
{"what": "direct", "text": "abcd", "tokens": ["y", "n"], "by_source": true}
{"what": "direct", "text": "bcda", "tokens": ["y", "n"], "neurons": true}
{"what": "direct", "text": "abc", "tokens": ["y"], "metric": "logit", "by_source": true, "labels": {"X": 1, "end": -1}}
END
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output out --npz
    assert_contains "$output" ": summary.csv, mean_lens.csv, mean_direct.csv, mean_lens.npz, mean_direct.npz, the pictures"
    [ ! -e out/mean.npz ]
    compare_readings lens 23
    compare_readings direct 43
    expect 0 python3 -c '
import json
import numpy as np
lens, direct = np.load("out/mean_lens.npz"), np.load("out/mean_direct.npz")
assert lens["value_4_tokens"].shape == (5, 4) and lens["value_3_tokens"].shape == (5, 3)
assert lens["group2_value_by_label"].shape == (5, 2) and list(lens["places"])[-1] == "L1.post"
assert direct["heads"].shape == (2, 2) and direct["heads_by_source"].shape == (2, 2, 4) and direct["mlps"].shape == (2,)
assert direct["embed_count"] == 2 and direct["group2_heads_by_label"].shape == (2, 2, 2)
assert direct["neurons"].shape[0] == 2 and direct["neurons_count"].min() == 1
assert [g["lines"] for g in json.loads(str(lens["meta"]))["groups"]] == [3, 1, 1]'
    for i in 1 2; do expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output part$i --shard $i/2; done
    expect 0 "$PATCHGPT" merge part1 part2 --output merged --npz
    cmp out/mean_lens.npz merged/mean_lens.npz
    cmp out/mean_direct.npz merged/mean_direct.npz
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output out --resume
    [ ! -e out/mean_lens.npz ] && [ ! -e out/mean_direct.npz ]
}

@test "npz: the bytes are the same again, with any number of threads; - is standard output" {
    expect 0 patch --site z,resid_post --npz one.npz --threads 1
    assert_files one.npz
    assert_equal "$(tail -n 1 .stdout)" "written: one.npz"
    sleep 2.1 # a zip archive's times are of two seconds
    expect 0 patch --site z,resid_post --npz two.npz --threads 3 --quiet
    cmp one.npz two.npz
    expect 0 patch --site z,resid_post --npz -
    cmp one.npz .stdout
    expect 0 patch --npz x.npz --json
    assert_equal "$(json 'j["files"]')" "['x.npz']"
    expect 0 patch -o all --npz all.npz
    assert_files one.npz two.npz x.npz all.csv all.png all.npz
    expect 0 python3 -m zipfile -t one.npz
    assert_contains "$output" "Done testing"
}

@test "npz: what cannot be is refused, and nothing is written" {
    refused 2 "--npz writes a file in the format npz, but x.npy has the ending of another: .npy" patch --npz x.npy
    refused 2 "--csv - and --npz - cannot both go to standard output" patch --npz - --csv -
    refused 2 "--json and --npz - cannot both go to standard output" patch --npz - --json
    refused 2 "--markdown is for the report, and --npz - prints none" patch --npz - --markdown
    refused 2 "x and x are one file, and both are to be written" patch --npz x --csv x
    refused 2 "--colormap is for the picture, which is not made" patch --npz x.npz --colormap greys
    refused 1 "cannot write none/x.npz: No such file or directory" patch --npz none/x.npz
    refused 2 "--npz does not go with tokenize" "$PATCHGPT" tokenize --model tiny abcd --npz x.npz
    refused 2 "--logits - and --npz - cannot both" "$PATCHGPT" predict --model tiny abcd --npz - --logits -
    refused 2 "--markdown is for the printed report, and --npz - prints none" \
        "$PATCHGPT" predict --model tiny abcd --npz - --markdown
    refused 2 "has the ending of another: .csv" lens --npz x.csv
    refused 2 "--npz of batch takes no value" "$PATCHGPT" batch - --npz=x.npz --output out
    refused 2 "--npz of merge takes no value" "$PATCHGPT" merge a b --npz=x.npz --output out
    expect 0 patch --csv old.csv
    cp old.csv before.csv
    expect 2 patch --npz ./old.csv --check old.csv
    assert_sentence
    expect 2 "$PATCHGPT" lens abc --model "$PATCHGPT_MODELS/tiny" --npz "$PATCHGPT_MODELS/tiny/model.safetensors"
    assert_sentence
    ln -s old.csv link
    expect 2 patch --npz link --check old.csv
    assert_contains "$errors" "would replace old.csv, which is read"
    cmp old.csv before.csv
}
