#!/usr/bin/env python3
"""Convert a PyTorch checkpoint of a GPT-2 to a folder that patchgpt reads.

Reads what torch.save wrote: nanoGPT's ckpt.pt, minGPT's model.pt, Hugging Face's pytorch_model.bin, or the bare
state_dict of any of them. Writes model.safetensors and config.json, and copies the tokenizer found beside the
checkpoint. Values and layout stay as they are, F64 becomes F32; tied weights are written once.

What it is not: a way to run code that a checkpoint brings (lib/torch_checkpoint.py reads tensors and plain
values only). It runs no model either: patchgpt does, and checks every shape again.

Needs Python 3.8 or later and nothing else; PyTorch need not be there.
"""
import argparse
import json
import math
import os
import pathlib
import re
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from torch_checkpoint import ZEROS, Checkpoint, Refused, Tensor

TOKENIZERS = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe"), ("tokenizer.json",)]

# What says how texts are cut into a tokenizer's tokens.
TOKENIZER_DESCRIPTIONS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")

# minGPT's config.json may name one of its sizes and leave n_head empty.
MINGPT_HEADS = {"openai-gpt": 12, "gpt2": 12, "gpt2-medium": 16, "gpt2-large": 20, "gpt2-xl": 25,
                "gopher-44m": 16, "gpt-mini": 6, "gpt-micro": 4, "gpt-nano": 3}

# What safetensors calls PyTorch's types that can be weights.
DTYPES = {"Double": "F32", "Float": "F32", "Half": "F16", "BFloat16": "BF16"}
SIZES = {"F32": 4, "F16": 2, "BF16": 2}

def shown(name):
    """A name that a file gives, so that it cannot disturb a terminal."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


# ---- reading ----------------------------------------------------------------------------------------------

def unwrap(loaded):
    """The state_dict in what was loaded, and nanoGPT's model_args where they are beside it."""
    model_args = loaded.get("model_args")
    inner = [loaded[key] for key in ("model", "state_dict", "model_state_dict") if isinstance(loaded.get(key), dict)]
    return (inner or [loaded])[0], model_args if isinstance(model_args, dict) else {}


def gpt2_names(state, path):
    """The tensors under GPT-2's own names: without transformer., _orig_mod., module. and the like in front."""
    tensors = {name: tensor for name, tensor in state.items() if isinstance(name, str) and isinstance(tensor, Tensor)}
    embeddings = [name for name in tensors if re.fullmatch(r"(.*\.)?wte\.weight", name)]
    if len(embeddings) != 1:
        found = ", ".join(shown(name) for name in list(tensors)[:3]) or "no tensor"
        raise Refused(f"{path} holds no GPT-2: expected one wte.weight, found {found}")
    prefix = embeddings[0][:-len("wte.weight")]
    outer = re.sub(r"transformer\.$", "", prefix)  # lm_head.weight stands outside of transformer.
    in_front = re.compile(f"^({re.escape(prefix)}|{re.escape(outer)})")
    return {in_front.sub("", name): tensor for name, tensor in tensors.items()}


def config_beside(path):
    """The fields of a config.json in the checkpoint's folder: Hugging Face's, or the model part of minGPT's."""
    beside = path.parent / "config.json"
    if not beside.is_file():
        return {}
    try:
        fields = json.loads(beside.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{beside} is not JSON: {error}") from None
    except RecursionError:
        raise Refused(f"{beside} is nested too deeply") from None
    if not isinstance(fields, dict):
        raise Refused(f"{beside} is not a JSON object")
    return fields["model"] if isinstance(fields.get("model"), dict) else fields


# ---- what the model is ------------------------------------------------------------------------------------

class Shape:
    """Sizes read off the tensors, and whether matrices are stored (out, in)."""

    def __init__(self, named, path):
        for name in ("wte.weight", "wpe.weight", "h.0.attn.c_attn.weight", "h.0.mlp.c_fc.weight"):
            if name not in named or len(named[name].shape) != 2:
                raise Refused(f"{path} has no matrix {name}")
        self.vocabulary, self.width = named["wte.weight"].shape
        self.positions = named["wpe.weight"].shape[0]
        rows, columns = named["h.0.attn.c_attn.weight"].shape
        if (rows, columns) not in ((3 * self.width, self.width), (self.width, 3 * self.width)):
            raise Refused(f"h.0.attn.c_attn.weight of {path} is {rows} x {columns}, "
                          f"expected {self.width} x {3 * self.width} or the reverse")
        self.out_in = rows == 3 * self.width
        self.inner = named["h.0.mlp.c_fc.weight"].shape[0 if self.out_in else 1]
        self.blocks = 1 + max(int(name.split(".")[1]) for name in named if re.match(r"h\.\d{1,6}\.", name))

    def tensors(self):
        """Every tensor of such a model but lm_head.weight: (name, shape)."""
        def matrix(inputs, outputs):
            return (outputs, inputs) if self.out_in else (inputs, outputs)

        width, inner = self.width, self.inner
        yield "wte.weight", (self.vocabulary, width)
        yield "wpe.weight", (self.positions, width)
        for block in range(self.blocks):
            for name, inputs, outputs in (("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width),
                                          ("mlp.c_fc", width, inner), ("mlp.c_proj", inner, width)):
                yield f"h.{block}.{name}.weight", matrix(inputs, outputs)
                yield f"h.{block}.{name}.bias", (outputs,)
            for name in ("ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias"):
                yield f"h.{block}.{name}", (width,)
        yield "ln_f.weight", (width,)
        yield "ln_f.bias", (width,)


def gpt2_tensors(named, shape, path):
    """The tensors to write, all there and of the right shape; and whether there are biases.
    nanoGPT with bias=False has none at all: zeros compute the same."""
    biased = any(re.search(r"(ln_\w|c_\w+)\.bias$", name) for name in named)
    tensors = {}
    for name, expected in shape.tensors():
        tensor = named.get(name)
        if tensor is None and not biased and name.endswith(".bias"):
            tensor = Tensor(ZEROS, 0, expected, (1,))
        if tensor is None:
            raise Refused(f"{path} has no {name}")
        check_tensor(name, tensor, expected, path)
        tensors[name] = tensor
    return tensors, biased


def check_tensor(name, tensor, expected, path):
    if tensor.shape != expected:
        raise Refused(f"{name} of {path} is {tensor.shape}, expected {expected}")
    if tensor.storage.kind not in DTYPES:
        raise Refused(f"{name} of {path} is of type {tensor.storage.kind}, expected {', '.join(DTYPES)}")


def lm_head(named, checkpoint):
    """lm_head.weight, or None if it is wte.weight."""
    head, embedding = named.get("lm_head.weight"), named["wte.weight"]
    if head is None or head == embedding:
        return None
    check_tensor("lm_head.weight", head, embedding.shape, checkpoint.path)
    same = head.storage.kind == embedding.storage.kind and checkpoint.data(head) == checkpoint.data(embedding)
    return None if same else head


def check_leftovers(named, tensors, path):
    """A tensor inside the model that GPT-2 does not have means another model; one beside it is another head."""
    for name in named:
        known = name in tensors or name == "lm_head.weight" or re.fullmatch(r"h\.\d+\.attn\.(masked_)?bias", name)
        if known:
            continue
        if re.match(r"(h|wte|wpe|ln_f|lm_head)\.", name):
            raise Refused(f"{path} has {shown(name)}, which GPT-2 does not have")
        note(f"{shown(name)} is left out: it is no part of a GPT-2 that predicts text")


def kind_of(shape, model_args, biased, untied):
    """Whose checkpoint it is. minGPT alone has a head of its own for output, and nothing around the tensors."""
    if not shape.out_in:
        return "Hugging Face"
    return "minGPT" if untied and biased and not model_args else "nanoGPT"


def head_count(options, model_args, beside, shape):
    """The number of heads, which no tensor's shape tells."""
    heads = (options.heads or model_args.get("n_head") or beside.get("n_head")
             or MINGPT_HEADS.get(str(beside.get("model_type"))))
    if heads is None:
        if shape.width % 64:
            raise Refused(f"nothing says how many heads the width of {shape.width} is divided into: give --heads N")
        heads = shape.width // 64
        note(f"nothing says how many heads there are: took {heads}, "
             "of 64 numbers each as in GPT-2 (--heads N changes it)")
    if type(heads) is not int:
        raise Refused(f"the number of heads is given as {type(heads).__name__}, expected a whole number")
    if not 0 < heads <= shape.width:
        raise Refused(f"the number of heads is not from 1 to the width, {shape.width}")
    if shape.width % heads:
        raise Refused(f"the width of {shape.width} cannot be divided into {heads} heads")
    return heads


def activation_of(options, beside, kind):
    if options.activation or beside.get("activation_function"):
        return options.activation or beside["activation_function"]
    if kind != "nanoGPT":
        return "gelu_new"
    note("took nanoGPT's activation, gelu; early versions of nanoGPT had gelu_new (--activation changes it)")
    return "gelu"


def make_config(options, kind, model_args, beside, shape, untied):
    """config.json: what Hugging Face's had, and what the tensors say."""
    for field, found in (("n_layer", shape.blocks), ("n_embd", shape.width)):
        if beside.get(field) not in (None, found):
            raise Refused(f"{options.checkpoint.parent / 'config.json'} is of another model: "
                          f"its {field} is {beside[field]}, the tensors' is {found}")
    return {
        "layer_norm_epsilon": 1e-5,
        **(beside if kind == "Hugging Face" else {}),
        "model_type": "gpt2",
        "n_layer": shape.blocks,
        "n_head": head_count(options, model_args, beside, shape),
        "n_embd": shape.width,
        "n_inner": shape.inner,
        "n_positions": shape.positions,
        "vocab_size": shape.vocabulary,
        "activation_function": activation_of(options, beside, kind),
        "tie_word_embeddings": not untied,
    }


# ---- writing ----------------------------------------------------------------------------------------------

def write_file(path, pieces):
    """Writes the pieces under another name, which becomes path when all are on the disk."""
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def safetensors(tensors, checkpoint):
    """The pieces of a safetensors file: the header's length, a JSON header, and the tensors' bytes in order."""
    header, end = {}, 0
    for name, tensor in tensors.items():
        dtype = DTYPES[tensor.storage.kind]
        start, end = end, end + math.prod(tensor.shape) * SIZES[dtype]
        header[name] = {"dtype": dtype, "shape": tensor.shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    yield struct.pack("<Q", len(text)) + text
    for tensor in tensors.values():
        yield checkpoint.data(tensor)


def find_tokenizer(folder, required):
    """The names of the first complete tokenizer's files in folder, and of those that describe it."""
    for names in TOKENIZERS:
        if all((folder / name).is_file() for name in names):
            return names + tuple(name for name in TOKENIZER_DESCRIPTIONS
                                 if name not in names and (folder / name).is_file())
    if required:
        raise Refused(f"{folder} has no tokenizer: expected vocab.json and merges.txt, or tokenizer.json")
    return ()


# ---- the command ------------------------------------------------------------------------------------------

def note(text):
    print(f"note: {text}", file=sys.stderr)


def convert(options):
    path, out = options.checkpoint, options.folder
    checkpoint = Checkpoint(path)
    state, model_args = unwrap(checkpoint.content)
    named = gpt2_names(state, path)
    shape = Shape(named, path)
    tensors, biased = gpt2_tensors(named, shape, path)
    checkpoint.check_sizes([*tensors.values(), named.get("lm_head.weight", named["wte.weight"])])
    check_leftovers(named, tensors, path)
    head = lm_head(named, checkpoint)
    if head:
        tensors["lm_head.weight"] = head
    kind = kind_of(shape, model_args, biased, untied=head is not None)
    config = make_config(options, kind, model_args, config_beside(path), shape, untied=head is not None)

    source = options.tokenizer or path.parent
    tokenizer = find_tokenizer(source, required=options.tokenizer is not None)
    if kind == "minGPT" and (out / "config.json").exists() and os.path.samefile(out, path.parent):
        raise Refused(f"minGPT's own {out / 'config.json'} would be lost: choose another OUT_DIR")

    out.mkdir(parents=True, exist_ok=True)
    write_file(out / "model.safetensors", safetensors(tensors, checkpoint))  # first: it reads what may be damaged
    write_file(out / "config.json", [json.dumps(config, indent=2).encode(), b"\n"])
    for name in tokenizer:
        write_file(out / name, [(source / name).read_bytes()])

    print(f"{kind}: {shape.blocks} blocks, width {shape.width}, {config['n_head']} heads, "
          f"{shape.positions} positions, {shape.vocabulary} tokens, activation {config['activation_function']}")
    for name in ("model.safetensors", "config.json", *tokenizer):
        print(f"  {out / name}")
    if not tokenizer:
        print("no tokenizer was found: give patchgpt token ids, or convert again with --tokenizer DIR")
        if shape.vocabulary >= 50257:
            print("  (GPT-2's own comes with scripts/fetch_model.sh gpt2, into ~/.cache/patchgpt/gpt2)")
    print(f"now run: patchgpt info --model {out}")


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], epilog=__doc__.partition("\n")[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", metavar="IN", type=pathlib.Path, help="the file that torch.save wrote")
    parser.add_argument("folder", metavar="OUT_DIR", type=pathlib.Path, help="made if it is not there")
    parser.add_argument("--heads", metavar="N", type=positive,
                        help="attention heads (default: what the checkpoint says, or of 64 numbers each)")
    parser.add_argument("--activation", choices=["gelu_new", "gelu_pytorch_tanh", "gelu", "relu"],
                        help="of the MLP (default: nanoGPT gelu, others gelu_new, or as config.json beside IN says)")
    parser.add_argument("--tokenizer", metavar="DIR", type=pathlib.Path,
                        help="where vocab.json and merges.txt are (default: beside IN)")
    options = parser.parse_args()
    try:
        convert(options)
    except Refused as refused:
        sys.exit(f"convert_checkpoint.py: {refused}")
    except OSError as error:
        sys.exit(f"convert_checkpoint.py: {error.filename or options.folder}: {error.strerror}")
    except RecursionError:
        sys.exit(f"convert_checkpoint.py: {options.checkpoint} is nested too deeply to be a checkpoint")
    except MemoryError:
        sys.exit(f"convert_checkpoint.py: {options.checkpoint} needs more memory than there is")


if __name__ == "__main__":
    main()
