# convert_checkpoint.bats: scripts/convert_checkpoint.py on checkpoints as nanoGPT, minGPT and Hugging Face save
# them (fixtures/checkpoints).
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # $output and its like come from the helper; a test is a subshell

load helper

setup() {
    make_scratch
    cp -r "$PROJECT"/tests/fixtures/checkpoints/* .
}

teardown() {
    remove_scratch
}

convert() { python3 "$PROJECT/scripts/convert_checkpoint.py" "$@"; }

# assert_predicts KIND: patchgpt gives the folder "new" the logits that KIND's own forward pass gave.
assert_predicts() {
    need_patchgpt
    local ids
    ids=$(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["ids"], sep=",")' "$1/expected.json")
    expect 0 "$PATCHGPT" predict --model new --ids "$ids" --top 16 --json
    python3 - "$1/expected.json" .stdout <<'END'
import json, sys
expected = json.load(open(sys.argv[1]))["logits"]
found = {top["token_id"]: top["logit"] for top in json.load(open(sys.argv[2]))["top"]}
assert sorted(found) == list(range(len(expected))), f"token ids: {sorted(found)}"
worst = max(abs(found[token] - logit) for token, logit in enumerate(expected))
assert worst < 1e-4, f"logits differ by {worst}"
END
}

# assert_refused PART: the last command said one sentence with PART in it, and left nothing in "new".
assert_refused() {
    assert_sentence convert_checkpoint.py
    assert_contains "$errors" "$1"
    [ ! -e new ] || [ -z "$(ls -A new)" ] || complain "something was written"
}

# save_old VALUE LITTLE_ENDIAN: saved.pt, with VALUE in the format of PyTorch before 1.6.
save_old() {
    python3 - "$@" <<'END'
import ast, pickle, sys
value, little_endian = map(ast.literal_eval, sys.argv[1:])
with open("saved.pt", "wb") as file:
    for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": little_endian}, value, []):
        pickle.dump(part, file, 2)
END
}

@test "convert_checkpoint: nanoGPT without biases" {
    expect 0 convert nanogpt/model.pt new
    assert_contains "$output" "nanoGPT: 2 blocks, width 6, 3 heads, 9 positions, 16 tokens, activation gelu"
    assert_predicts nanogpt
}

@test "convert_checkpoint: nanoGPT in BF16" {
    expect 0 convert nanogpt-biased/model.pt new
    assert_predicts nanogpt-biased
}

@test "convert_checkpoint: minGPT, with the heads that its config.json names" {
    echo '{"system": {}, "model": {"model_type": null, "n_layer": 2, "n_head": 3, "n_embd": 6}}' >mingpt/config.json
    expect 0 convert mingpt/model.pt new
    assert_contains "$output" "minGPT: 2 blocks, width 6, 3 heads, 9 positions, 16 tokens, activation gelu_new"
    assert_equal "$errors" ""
    assert_predicts mingpt
}

@test "convert_checkpoint: minGPT's config.json may name a size instead of heads" {
    echo '{"model": {"model_type": "gpt-nano", "n_layer": null, "n_head": null, "n_embd": null}}' >mingpt/config.json
    expect 0 convert mingpt/model.pt new
    assert_contains "$output" " 3 heads"
}

@test "convert_checkpoint: minGPT's config.json is not lost" {
    echo '{"model": {"n_head": 3}}' >mingpt/config.json
    expect 1 convert mingpt/model.pt mingpt
    assert_sentence convert_checkpoint.py
    assert_equal "$(cat mingpt/config.json)" '{"model": {"n_head": 3}}'
    [ ! -e mingpt/model.safetensors ]
}

@test "convert_checkpoint: Hugging Face, into the same folder, with its config.json and tokenizer" {
    echo '{"n_head": 3, "n_layer": 2, "activation_function": "gelu_new", "bos_token_id": 7}' >hf/config.json
    expect 0 convert hf/model.pt hf
    assert_contains "$(cat hf/config.json)" '"bos_token_id": 7'
    assert_equal "$errors" ""
    mv hf new
    cp -r "$PROJECT/tests/fixtures/checkpoints/hf" hf
    assert_predicts hf
}

@test "convert_checkpoint: Hugging Face with a prefix, in F64, with another head" {
    expect 0 convert --heads 3 hf-double/model.pt new
    assert_contains "$errors" "v_head.weight is left out"
    assert_predicts hf-double
}

@test "convert_checkpoint: the format of PyTorch before 1.6" {
    expect 0 convert --heads 3 hf-old/model.pt new
    assert_predicts hf-old
}

@test "convert_checkpoint: tensors that are views into larger ones" {
    expect 0 convert --heads 3 views/model.pt new
    assert_predicts views
}

@test "convert_checkpoint: types are kept, F64 becomes F32, tied weights and masks are not written" {
    local kind
    for kind in hf:F16 hf-double:F32 nanogpt-biased:BF16 mingpt:F32; do
        expect 0 convert --heads 3 "${kind%:*}/model.pt" new
        python3 - "$kind" new/model.safetensors <<'END'
import json, struct, sys
kind, dtype = sys.argv[1].split(":")
with open(sys.argv[2], "rb") as file:
    (size,) = struct.unpack("<Q", file.read(8))
    tensors = json.loads(file.read(size))
    rest = len(file.read())
assert size % 8 == 0
assert {tensor["dtype"] for tensor in tensors.values()} == {dtype}, tensors
assert ("lm_head.weight" in tensors) == (kind == "mingpt"), sorted(tensors)
assert len(tensors) - ("lm_head.weight" in tensors) == 28, sorted(tensors)
assert rest == max(tensor["data_offsets"][1] for tensor in tensors.values())
END
    done
}

@test "convert_checkpoint: no code in a checkpoint runs, and its tensors are read all the same" {
    local kind
    for kind in hostile hostile-old; do
        expect 0 convert --heads 3 $kind/model.pt new
        [ ! -e "hostile code ran" ]
        assert_predicts $kind
    done
}

@test "convert_checkpoint: the tokenizer beside it, or in --tokenizer, comes along" {
    python3 "$PROJECT/tests/cli/tiny_model.py" tiny
    expect 0 convert --heads 3 --tokenizer tiny mingpt/model.pt new
    cmp tiny/vocab.json new/vocab.json
    cmp tiny/merges.txt new/merges.txt
    cp tiny/vocab.json mingpt/encoder.json
    cp tiny/merges.txt mingpt/vocab.bpe
    expect 0 convert --heads 3 mingpt/model.pt new2
    cmp tiny/vocab.json new2/encoder.json
    cmp tiny/merges.txt new2/vocab.bpe
    echo '{"add_prefix_space": false}' >tiny/tokenizer_config.json
    expect 0 convert --heads 3 --tokenizer tiny mingpt/model.pt new4
    cmp tiny/tokenizer_config.json new4/tokenizer_config.json
    expect 1 convert --heads 3 --tokenizer hf mingpt/model.pt new3
    assert_sentence convert_checkpoint.py
    assert_contains "$errors" "hf has no tokenizer"
}

@test "convert_checkpoint: --activation and --heads say more than guesses do" {
    expect 0 convert --activation relu --heads 2 nanogpt/model.pt new
    assert_contains "$output" "2 heads"
    assert_contains "$output" "activation relu"
    assert_equal "$errors" ""
}

@test "convert_checkpoint: heads that nothing tells are asked for" {
    expect 1 convert mingpt/model.pt new
    assert_refused "--heads N"
    expect 1 convert --heads 4 mingpt/model.pt new
    assert_refused "cannot be divided into 4 heads"
    expect 2 convert --heads 0 mingpt/model.pt new
}

@test "convert_checkpoint: the config.json of another model is refused" {
    echo '{"n_head": 12, "n_layer": 12, "n_embd": 768}' >hf/config.json
    expect 1 convert hf/model.pt new
    assert_refused "its n_layer is 12, the tensors' is 2"
    echo '{"n_head": 12' >hf/config.json
    expect 1 convert hf/model.pt new
    assert_refused "config.json"
}

@test "convert_checkpoint: a model that is not a GPT-2 is refused, and nothing is written" {
    expect 1 convert --heads 3 partial/model.pt new
    assert_refused "has no h.1.ln_2.bias"
    expect 1 convert --heads 3 foreign/model.pt new
    assert_refused "h.1.gate.weight, which GPT-2 does not have"
    expect 1 convert --heads 3 quantized/model.pt new
    assert_refused "of type Char"
    save_old '{"a": 1}' True
    expect 1 convert saved.pt new
    assert_refused "expected one wte.weight, found no tensor"
    save_old '[1]' True
    expect 1 convert saved.pt new
    assert_refused "holds a list"
    save_old '{"a": 1}' False
    expect 1 convert saved.pt new
    assert_refused "big-endian"
}

@test "convert_checkpoint: a file that is missing, damaged or something else is refused" {
    expect 1 convert nowhere.pt new
    assert_refused "nowhere.pt is not a file"
    expect 1 convert hf new
    assert_refused "hf is not a file"
    local kind length
    for kind in mingpt hf-old; do
        for length in 0 1 100 3000 $(($(wc -c <$kind/model.pt) - 1)); do
            head -c "$length" $kind/model.pt >cut.pt
            expect 1 convert --heads 3 cut.pt new
            assert_refused "cut.pt is not a whole file"
        done
    done
    LC_ALL=C sed 's/wpe/wqe/' mingpt/model.pt >changed.pt # in the pickle alone: its checksum is not right any more
    expect 1 convert --heads 3 changed.pt new
    assert_refused "changed.pt is not a whole file"
}

@test "convert_checkpoint: a folder that cannot be written leaves no half of a file" {
    mkdir -p new/model.safetensors
    expect 1 convert --heads 3 mingpt/model.pt new
    assert_sentence convert_checkpoint.py
    assert_equal "$(find new -name '*.part')" ""
    echo >file
    expect 1 convert --heads 3 mingpt/model.pt file/new
    assert_sentence convert_checkpoint.py
}

# save_hostile KIND: saved.pt, a small file that takes for ever, or all memory, to read if its claims are
# believed.
save_hostile() {
    python3 - "$1" <<'END'
import io, pickle, struct, sys, zipfile
kind = sys.argv[1]
if kind == "compressed":
    with zipfile.ZipFile("saved.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/data.pkl", b"\x80\x02}q\x00." + bytes(1 << 29))
elif kind.startswith("strides"):
    shape, stride = {"strides 1 1": ((2 ** 40, 4), (1, 1)), "strides 0 0": ((2 ** 40, 4), (0, 0)),
                     "strides huge": ((2 ** 62, 2 ** 62), (2 ** 62, 1))}[kind]
    def number(n):
        return b"\x8a\x0a" + n.to_bytes(10, "little")
    def text(t):
        return b"X" + struct.pack("<I", len(t)) + t.encode()
    def tensor(shape, stride):
        storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + number(64) + b"tQ"
        tuples = b"".join(b"(" + b"".join(map(number, t)) + b"t" for t in (shape, stride))
        return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + tuples + b"\x89NtR"
    state = {"wte.weight": (shape, stride), "wpe.weight": ((2, 4), (4, 1)),
             "h.0.attn.c_attn.weight": ((12, 4), (4, 1)), "h.0.mlp.c_fc.weight": ((16, 4), (4, 1)),
             "h.0.attn.c_proj.weight": ((4, 4), (4, 1)), "h.0.mlp.c_proj.weight": ((4, 16), (16, 1)),
             **{f"{n}.weight": ((4,), (1,)) for n in ("h.0.ln_1", "h.0.ln_2", "ln_f")}}
    body = b"".join(text(name) + tensor(*sizes) for name, sizes in state.items())
    with zipfile.ZipFile("saved.pt", "w") as archive:
        archive.writestr("m/data.pkl", b"\x80\x02}(" + body + b"u.")
        archive.writestr("m/data/0", bytes(256))
else:
    content = {
        "memo": b"\x80\x02]r" + struct.pack("<I", 2 ** 29) + b".",
        "bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2 ** 32) + b"x.",
        "text": b"\x80\x04\x8d" + struct.pack("<Q", 2 ** 32) + b"x.",
        "deep": b"\x80\x02" + b"]" * 100000 + b"a" * 99999 + b".",
        "key": b"\x80\x02}(K\x01q\x00" + b"h\x00h\x00\x86q\x00" * 60 + b"K\x02u.",
    }[kind]
    with open("saved.pt", "wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(part, file, 2)
        file.write(content)
        pickle.dump([], file, 2)
END
}

@test "convert_checkpoint: the sizes that a file claims are checked before memory is allocated" {
    local kind
    for kind in memo bytes text key deep compressed "strides 1 1" "strides 0 0" "strides huge"; do
        save_hostile "$kind"
        (ulimit -v 500000 && expect 1 timeout 20 python3 "$PROJECT/scripts/convert_checkpoint.py" saved.pt new)
        errors=$(cat "$scratch/.stderr")
        assert_refused saved.pt
    done
}

@test "convert_checkpoint: a config.json beside it that is nested deeply is refused" {
    python3 -c 'print("[" * 100000)' >hf/config.json
    expect 1 convert hf/model.pt new
    assert_refused "config.json is nested too deeply"
}

@test "convert_checkpoint: hostile names and numbers of heads are refused" {
    echo '{"n_head": 1'"$(printf '%0300d' 0)"'}' >hf/config.json
    expect 1 convert hf/model.pt new
    assert_refused "not from 1 to the width"
    echo '{"n_head": [3]}' >hf/config.json
    expect 1 convert hf/model.pt new
    assert_refused "expected a whole number"
}
