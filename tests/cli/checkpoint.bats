# checkpoint.bats: names of tensors, tensors that are not a GPT-2's, and files with false claims.
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # $output and its like come from the helper; a test is a subshell

load helper
load tiny

setup_file() { make_tiny_models; }

setup() {
    make_scratch && find_tiny_models && need_patchgpt
    cp -r "$BATS_FILE_TMPDIR/tiny" m
    expected=$("$PATCHGPT" predict --model tiny abc --top 5 --json | sed 's/"model":"[^"]*"//')
}

teardown() { remove_scratch; }

# edit EXPRESSION…: changes m/model.safetensors by Python: t is a dict of name -> (dtype, shape, bytes), meta is
# __metadata__, c is config.json.
edit() {
    python3 - "$@" <<'END'
import json, struct, sys
path = "m/model.safetensors"
data = open(path, "rb").read()
(n,) = struct.unpack("<Q", data[:8])
header = json.loads(data[8:8 + n])
meta = header.pop("__metadata__", {})
t = {k: (v["dtype"], v["shape"], data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]) for k, v in header.items()}
c = json.load(open("m/config.json"))
for statement in sys.argv[1:]:
    exec(statement)
header, body = {"__metadata__": meta} if meta else {}, b""
for k, (dtype, shape, content) in t.items():
    header[k] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(content)]}
    body += content
text = json.dumps(header).encode()
open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)
json.dump(c, open("m/config.json", "w"))
END
}

same_model() {
    expect 0 "$PATCHGPT" predict --model ./m abc --top 5 --json
    assert_equal "${output/\"model\":\".\/m\"/}" "$expected"
}

# refused_model PART: the model in m is refused with PART in the sentence.
refused_model() {
    expect 1 "$PATCHGPT" predict --model ./m abc
    assert_sentence
    assert_contains "$errors" "m/model.safetensors: $1"
}

@test "checkpoint: names may have prefixes, several and in any order" {
    local prefix
    for prefix in transformer. model. module. _orig_mod. _orig_mod.module.transformer. module._orig_mod.model.; do
        rm -r m && cp -r "$BATS_FILE_TMPDIR/tiny" m
        edit "t = {'$prefix' + k: v for k, v in t.items()}"
        same_model
    done
}

@test "checkpoint: a tied matrix is stored under either name" {
    edit "t = {'transformer.' + k: v for k, v in t.items()}" "t['lm_head.weight'] = t.pop('transformer.wte.weight')"
    same_model # without a word about it: GPT-2's are tied
    edit "meta = {'format': 'pt', 'transformer.wte.weight': 'lm_head.weight'}"
    same_model
    edit "meta = {'transformer.wte.weight': 'a', 'a': 'b', 'b': 'lm_head.weight'}"
    same_model
    edit "t['transformer.wte.weight'] = t.pop('lm_head.weight')" "meta = {'lm_head.weight': 'transformer.wte.weight'}"
    same_model
    expect 0 "$PATCHGPT" info --model ./m
    assert_contains "$output" "embedding and unembedding shared"
}

@test "checkpoint: an alias that leads nowhere is named" {
    edit "t['x'] = t.pop('wpe.weight')" "meta = {'wpe.weight': 'y'}"
    refused_model "tensor wpe.weight is missing, and so is y, under which __metadata__ says that it is stored"
    edit "meta = {'wpe.weight': 'y', 'y': 'wpe.weight'}"
    refused_model "tensor wpe.weight is missing"
}

@test "checkpoint: two tensors cannot have one name" {
    edit "t['transformer.wpe.weight'] = t['wpe.weight']"
    refused_model "tensors"
    assert_contains "$errors" "are both wpe.weight"
}

@test "checkpoint: a tensor that GPT-2 does not read is refused by name" {
    local name sentence
    while IFS='|' read -r name sentence; do
        rm -r m && cp -r "$BATS_FILE_TMPDIR/tiny" m
        edit "t['$name'] = ('F32', [1], bytes(4))"
        refused_model "$sentence"
    done <<'END'
h.2.ln_1.weight|tensor h.2.ln_1.weight is of a block that config.json, with n_layer 2, does not have
transformer.h.11.attn.c_attn.weight|tensor transformer.h.11.attn.c_attn.weight is of a block that config.json
h.0.attn.c_attn.lora_A|tensor h.0.attn.c_attn.lora_A is an adapter's; merge it into the model first
lm_head.bias|tensor lm_head.bias is not part of a GPT-2
h.0.crossattention.c_attn.weight|tensor h.0.crossattention.c_attn.weight is not part of a GPT-2
h.0.attn.bias2|tensor h.0.attn.bias2 is not part of a GPT-2
h.0x.attn.bias|tensor h.0x.attn.bias is not part of a GPT-2
ln_f.scale|tensor ln_f.scale is not part of a GPT-2
END
    cp "$BATS_FILE_TMPDIR/tiny/model.safetensors" m
    edit "c['n_layer'] = 1"
    refused_model "tensor h.1."
}

@test "checkpoint: masks and heads for other tasks do not matter" {
    edit "t = {'transformer.' + k: v for k, v in t.items()}" \
        "t['transformer.h.0.attn.bias'] = t['transformer.h.1.attn.masked_bias'] = ('BOOL', [1], bytes(1))" \
        "t.update({k: ('F32', [1], bytes(4)) for k in ('score.weight', 'classifier.bias', 'multiple_choice_head.summary.weight', 'qa_outputs.weight', 'v_head.summary.bias', 'model.score.bias')})"
    same_model
}

@test "checkpoint: a head and config.json must not contradict each other" {
    edit "c['tie_word_embeddings'] = False"
    refused_model "tensor lm_head.weight is missing, and config.json says that tie_word_embeddings is false"
    edit "t['lm_head.weight'] = t['wte.weight']"
    same_model
    edit "c['tie_word_embeddings'] = True"
    same_model
    edit "t['lm_head.weight'] = ('F32', [257, 8], bytes(257 * 8 * 4))"
    refused_model "tensor lm_head.weight is not the same as wte.weight, but config.json says that tie_word_embeddings is true"
    edit "c.pop('tie_word_embeddings')" # as minGPT, which says nothing and has a head of its own
    expect 0 "$PATCHGPT" predict --model ./m abc --top 1
    assert_contains "$output" 0.0039
}

@test "checkpoint: a download that was cut says so" {
    local size
    size=$(wc -c <m/model.safetensors)
    head -c 9000 "$BATS_FILE_TMPDIR/tiny/model.safetensors" >m/model.safetensors
    expect 1 "$PATCHGPT" info --model ./m
    assert_sentence
    assert_contains "$errors" "m/model.safetensors is cut short: it has 9000 of $size bytes"
}

# little COMMAND…: runs the command with 400 MB of memory, or without a limit in a build with a sanitizer.
little() {
    if (ulimit -v 400000 && "$PATCHGPT" --version >/dev/null 2>&1); then
        (ulimit -v 400000 && "$@")
    else
        "$@"
    fi
}

@test "checkpoint: the sizes that a config claims take no memory before the tensors are found" {
    cat >m/config.json <<'END'
{"model_type": "gpt2", "n_layer": 1000, "n_head": 1, "n_embd": 65536, "n_inner": 1048576, "n_positions": 1048576, "vocab_size": 16777216}
END
    printf '\2\0\0\0\0\0\0\0{}' >m/model.safetensors
    little expect 1 timeout 10 "$PATCHGPT" predict --model ./m --ids 1
    errors=$(cat .stderr)
    assert_contains "$errors" "m/model.safetensors: tensor wte.weight is missing"
    cp "$BATS_FILE_TMPDIR"/tiny/* m
    edit "c['n_layer'] = 1000" "t.update({k.replace('h.0.', 'h.999.'): v for k, v in t.items() if k.startswith('h.0.')})"
    little expect 1 timeout 10 "$PATCHGPT" predict --model ./m --ids 1
    assert_contains "$(cat .stderr)" "m/model.safetensors: tensor h.2.ln_1.weight is missing"
}
