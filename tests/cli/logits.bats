# logits.bats: predict --logits, --check and --all-positions.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

predict() { "$PATCHGPT" predict --model tiny "$@"; }

predict_to_full_device() { predict "$@" >/dev/full; }

# array IN OUT [--dtype T] [--shape DIMS] [--fortran] [--version N] [--add POSITION TOKEN NUMBER]: a copy of a .npy file
# with its array in another form, a number added.
array() {
    python3 - "$@" <<'END'
import argparse, ast, struct
p = argparse.ArgumentParser()
p.add_argument("input"), p.add_argument("output"), p.add_argument("--dtype", default="<f4")
p.add_argument("--shape", type=ast.literal_eval), p.add_argument("--fortran", action="store_true")
p.add_argument("--version", type=int, default=1), p.add_argument("--add", nargs=3, type=float)
o = p.parse_args()
data = open(o.input, "rb").read()
length = struct.unpack("<H", data[8:10])[0]
head = ast.literal_eval(data[10:10 + length].decode())
rows, columns = ([1, *head["shape"]])[-2:]
values = list(struct.unpack(f"<{rows * columns}f", data[10 + length:]))
if o.add:
    values[int(o.add[0]) * columns + int(o.add[1])] += o.add[2]
if o.fortran:
    values = [values[r * columns + c] for c in range(columns) for r in range(rows)]
text = repr({"descr": o.dtype, "fortran_order": o.fortran, "shape": o.shape or head["shape"]}).encode() + b"\n"
size = struct.pack("<H" if o.version == 1 else "<I", len(text))
kind = {"f2": "e", "f4": "f", "f8": "d"}[o.dtype[1:]]
open(o.output, "wb").write(b"\x93NUMPY" + bytes([o.version, 0]) + size + text
                           + struct.pack(f"{o.dtype[0]}{len(values)}{kind}", *values))
END
}

# is_refused PART TEXT FILE [OPTION…]: comparing with the file fails, in one sentence with PART in it.
is_refused() {
    expect 1 predict "$2" --check "$3" "${@:4}"
    assert_sentence
    assert_contains "$errors" "$1"
    assert_equal "$output" ""
}

@test "logits: .npy and .csv have the same numbers, the last position's or all" {
    expect 0 predict abcd --logits last.npy --top 1
    assert_equal "$(tail -n 1 .stdout)" "written: last.npy"
    expect 0 predict abcd --logits last.csv --quiet
    assert_equal "$output$errors" ""
    expect 0 predict abcd --logits all.npy --all-positions --quiet
    expect 0 predict abcd --logits all.csv --all-positions --quiet
    assert_files last.npy last.csv all.npy all.csv
    expect 0 predict abcd --top 257 --json
    python3 - .stdout <<'END'
import csv, json, struct, sys
def exact(number):
    return struct.unpack("f", struct.pack("f", float(number)))[0]
def npy(path):
    data = open(path, "rb").read()
    return data[10:128].decode().rstrip(), list(struct.unpack(f"<{len(data) // 4 - 32}f", data[128:]))
def table(path):
    rows = list(csv.reader(open(path)))
    assert rows[0] == ["position", "token_id", "logit"]
    return [(int(p), int(t)) for p, t, _ in rows[1:]], [exact(x) for *_, x in rows[1:]]
head, last = npy("last.npy")
assert head == "{'descr': '<f4', 'fortran_order': False, 'shape': (257,), }", head
head, every = npy("all.npy")
assert head == "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 257), }", head
assert table("last.csv") == ([(3, t) for t in range(257)], last)
assert table("all.csv") == ([(p, t) for p in range(4) for t in range(257)], every)
assert every[-257:] == last
for t in json.load(open(sys.argv[1]))["top"]:
    assert exact(t["logit"]) == last[t["token_id"]]
END
}

@test "logits: the row of every position is what predict says after that much of the text" {
    local n text=abcd
    expect 0 predict $text --logits all.csv --all-positions --quiet
    for n in 1 2 3 4; do
        expect 0 predict "${text:0:n}" --logits row.csv --quiet
        cmp <(tail -n +2 row.csv) <(grep "^$((n - 1))," all.csv)
    done
}

@test "logits: - is CSV on standard output, without a report; ids and standard input are texts too" {
    expect 0 predict abcd --logits all.csv --all-positions --quiet
    expect 0 predict abcd --logits - --all-positions
    cmp .stdout all.csv
    assert_equal "$errors" ""
    expect 0 predict --ids 97,98,99,100 --logits /dev/stdout --all-positions
    cmp .stdout all.csv
    expect 0 predict - --logits - --all-positions <<<abcd
    cmp .stdout all.csv
    expect 0 predict abcd --logits - --threads 1 --prepend-bos --all-positions
    assert_equal "$(tail -n 1 .stdout | cut -d, -f 1,2)" 4,256
    expect 1 predict_to_full_device abcd --logits -
    assert_sentence
    assert_contains "$errors" "cannot write standard output: No space left on device"
    predict abcdefghijklmnop --logits - --all-positions 2>.stderr | head -n 1 >/dev/null
    assert_equal "${PIPESTATUS[0]} $(cat .stderr)" "0 "
}

@test "logits: a file that was written is equal, in every form that NumPy saves" {
    expect 0 predict abcd --logits all.npy --all-positions --quiet
    expect 0 predict abcd --check all.npy --tolerance 0 --top 1
    assert_equal "$(tail -n 1 .stdout)" "check: 1028 logits equal all.npy within 0; the largest difference is 0"
    local options
    for options in "--dtype >f4" "--dtype <f8" "--dtype >f8 --fortran" "--fortran" "--version 2" "--version 3" \
        "--shape (1,4,257)" "--shape (1,4,257) --fortran"; do
        # shellcheck disable=SC2086 # the options are words
        array all.npy form.npy $options
        expect 0 predict abcd --check form.npy --tolerance 0 --quiet
        assert_equal "$output$errors" ""
    done
    expect 0 predict abcd --logits last.npy --quiet
    for options in "--shape (257,)" "--shape (1,257)" "--shape (1,1,257)"; do
        # shellcheck disable=SC2086
        array last.npy form.npy $options
        expect 0 predict abcd --check form.npy --tolerance 0 --quiet
        mv form.npy "without an ending"
        expect 0 predict abcd --check "without an ending" --tolerance 0 --quiet
    done
    expect 0 predict abcd --logits all.csv --all-positions --quiet
    expect 0 predict abcd --check all.csv --tolerance 0 --quiet --all-positions
    expect 0 predict abcd --check <(cat all.npy) --tolerance 0 --quiet
}

@test "logits: a difference is exit code 3, and says how much, where, and what is most probable" {
    expect 0 predict abcd --logits all.npy --all-positions --top 1
    local top
    top=$(sed -n 2p .stdout | awk '{ print $2 }')
    array all.npy bad.npy --add 1 120 0.01
    expect 3 predict abcd --check bad.npy --quiet
    assert_sentence
    assert_equal "$output" ""
    assert_contains "$errors" "1 of 1028 logits differ from bad.npy by more than 0.0001, most after position 1 at token 120 (\"x\"): "
    assert_contains "$errors" "0.01 apart; most probable there is "
    expect 0 predict abcd --check bad.npy --tolerance 0.02 --top 1
    assert_equal "$(tail -n 1 .stdout)" "check: 1028 logits equal bad.npy within 0.02; the largest difference is 0.01, after position 1 at token 120 (\"x\")"
    array all.npy bad.npy --add 3 120 1000
    expect 3 predict abcd --check bad.npy --json
    assert_equal "$(json '[j["check"][k] for k in ("file", "compared", "differing", "position", "token_id", "expected_top", "found_top")]')" \
        "['bad.npy', 1028, 1, 3, 120, 120, $top]"
    assert_contains "$errors" "most probable there is 120 (\"x\"), here $top"
    expect 3 "$PATCHGPT" predict --model ids --ids 97,98,99,100 --check bad.npy --quiet
    assert_contains "$errors" "at token 120: "
}

@test "logits: NaN and infinity in the file are differences" {
    local number
    expect 0 predict abcd --logits all.npy --all-positions --quiet
    expect 0 predict abcd --logits all.csv --all-positions --quiet
    for number in nan inf -inf; do
        array all.npy bad.npy --add 0 0 " $number"
        expect 3 predict abcd --check bad.npy --tolerance 1e30 --json
        assert_equal "$(json 'j["check"]["largest_difference"], j["check"]["expected"], j["check"]["differing"]')" "(None, None, 1)"
        sed "s/^2,5,.*/2,5,$number/" all.csv >bad.csv
        expect 3 predict abcd --logits - --all-positions --check bad.csv --tolerance 1e30
        assert_contains "$errors" "after position 2 at token 5"
        assert_contains "$errors" ": $number there, "
    done
}

@test "logits: another shape or type is refused with what was found and expected" {
    expect 0 predict abcd --logits all.npy --all-positions --quiet
    expect 0 predict abcd --logits last.npy --quiet
    is_refused "has the shape (4, 257), expected (257,) for the last position or (3, 257) for all" abc all.npy
    is_refused "has the logits of the last position alone, expected all 4" abcd last.npy --all-positions
    array all.npy bad.npy --dtype "<f2"
    is_refused "has the type '<f2', expected float32 or float64" abcd bad.npy
    array last.npy bad.npy --shape "(0,257)"
    is_refused "bad.npy goes on after its array" abcd bad.npy
    { head -c 128 all.npy | sed 's/(4, 257)/(0, 257)/'; } >bad.npy
    is_refused "bad.npy has no logits: it is empty" abcd bad.npy
    head -c 3000 all.npy >bad.npy
    is_refused "bad.npy is cut short: its shape (4, 257) takes 4112 bytes, and 2872 are there" abcd bad.npy
    : >bad.npy
    is_refused "bad.npy has no logits: it is empty" abcd bad.npy
    echo garbage >bad.npy
    is_refused "bad.npy is not a .npy file" abcd bad.npy
    is_refused "cannot open none.npy: No such file or directory" abcd none.npy
    is_refused "cannot read .: Is a directory" abcd .
    head -c 5000 /dev/urandom >bad.csv
    is_refused "bad.csv" abcd bad.csv
}

@test "logits: contradicting options are refused, and no input is replaced" {
    refused 2 "--logits takes a file that ends in .npy or .csv, or -, but found \"x.png\"" predict abcd --logits x.png
    refused 2 "found \"x\"" predict abcd --logits x
    refused 2 "--all-positions is for --logits, --npz and --check" predict abcd --all-positions
    refused 2 "--tolerance is for --check FILE" predict abcd --tolerance 1
    refused 2 "--quiet leaves nothing to do" predict abcd --quiet
    refused 2 "--json is for the printed report, and --logits - prints none" predict abcd --logits - --json
    refused 2 "--top is for the printed report, and --quiet prints none" predict abcd --logits x.npy --quiet --top 3
    refused 2 "--logits does not go with an experiment" patch --logits x.npy
    refused 1 "cannot write none/x.npy: No such file or directory" predict abcd --logits none/x.npy
    expect 0 predict abcd --logits ref.npy --quiet
    cp ref.npy before.npy
    ln -s ref.npy link.npy
    for name in ref.npy ./ref.npy link.npy; do
        expect 2 predict abcd --check ref.npy --logits "$name"
        assert_sentence
        assert_contains "$errors" "would replace ref.npy, which is read"
    done
    cmp ref.npy before.npy
    cp -r "$PATCHGPT_MODELS/tiny" mine
    mv mine/model.safetensors mine/weights.csv && ln -s weights.csv mine/model.safetensors
    expect 2 "$PATCHGPT" predict --model "$PWD/mine" abcd --logits mine/weights.csv
    assert_sentence
    assert_contains "$errors" "would replace a file of the model"
}

@test "logits: both at once, and the file is written though it differs" {
    expect 0 predict abcd --logits old.npy --quiet
    array old.npy bad.npy --add 0 3 1
    expect 3 predict abcd --check bad.npy --logits new.npy --quiet
    assert_sentence
    cmp new.npy old.npy
    echo garbage >bad.npy
    expect 1 predict abcd --check bad.npy --logits newer.npy
    [ ! -e newer.npy ]
}

@test "logits: wrong tokens are found before the file is written" {
    refused 1 "texts of one token each" predict abcd --logits x.npy --tokens xy
    refused 1 "token id 257; model tiny has ids 0 to 256" predict abcd --logits x.npy --token-ids 257
    refused 1 "--top 258 is more than the 257 tokens" predict abcd --logits x.npy --top 258
    expect 0 predict abcd --logits x.npy --tokens x y --json
    assert_equal "$(json '[t["token_id"] for t in j["named"]], j["files"]')" "([120, 121], ['x.npy'])"
}

@test "logits: a damaged model leaves no file" {
    cp -r "$PATCHGPT_MODELS/tiny" damaged
    python3 - <<'END'
data = bytearray(open("damaged/model.safetensors", "rb").read())
data[-8:] = b"\0\0\xc0\x7f" * 2
open("damaged/model.safetensors", "wb").write(data)
END
    expect 1 "$PATCHGPT" predict --model "$PWD/damaged" abcd --logits new.npy
    assert_sentence
    assert_contains "$errors" "weights are damaged"
    assert_equal "$(find . -maxdepth 1 -type f ! -name '.std*')" ""
}
