#!/usr/bin/env python3
"""Reference logits: what another program's GPT-2 says of a text, for `patchgpt predict --check`.

    reference_logits.py MODEL TEXT OUT.npy [--all-positions]
    reference_logits.py MODEL OUT.npy --ids 464,412,733 [--all-positions]

MODEL is a folder with model.safetensors (or its shards) and config.json, such a .safetensors file, or a name: that is
looked for in $PATCHGPT_MODELS and ~/.cache/patchgpt, then in the Hugging Face cache and on the hub. TEXT may be - for
standard input, without a newline at its end. OUT.npy gets the logits after the last token, of shape (V,), or with
--all-positions after each, (T, V).

transformers takes "<|endoftext|>" in a TEXT for one token; patchgpt does where the model's files say so, and takes it
for text otherwise. Where that matters, give both --ids.

The model is that of Hugging Face's transformers (GPT2LMHeadModel) or of minGPT (mingpt.model.GPT), whichever is
installed; the weights are put into it here. What it is not: patchgpt's own reading of a checkpoint; the two share
nothing, so that one can be checked with the other.

Needs torch, numpy and safetensors, and transformers or minGPT:

    pip install torch transformers                                            # numpy and safetensors come with it
    pip install torch numpy safetensors regex requests git+https://github.com/karpathy/minGPT
"""
import argparse
import contextlib
import importlib
import importlib.util
import json
import os
import pathlib
import re
import sys
import tempfile

INSTALL = ("pip install torch transformers "
           "(or torch numpy safetensors regex requests git+https://github.com/karpathy/minGPT)")
PREFIX = re.compile(r"^((_orig_mod|module|model|transformer)\.)+")
OTHER_HEAD = re.compile(r"^(score|classifier|multiple_choice_head|qa_outputs|v_head)\.")  # for other tasks
BUFFER = re.compile(r"^h\.\d+\.attn\.(bias|masked_bias)$")  # the causal mask, not a weight
MATRIX = re.compile(r"^h\.\d+\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)\.weight$")
DEMO = pathlib.Path(__file__).resolve().parent.parent / "src/model/demo"


class Refused(Exception):
    """What cannot be done, in one sentence."""


def need(name):
    """The module, or a sentence that says how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Refused(f"{name.split('.')[0]} cannot be imported ({error}): {INSTALL}") from None


# ---- the checkpoint ---------------------------------------------------------------------------------------

def places(name):
    """Where a model of that name may lie."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folders = [os.environ.get("PATCHGPT_MODELS"), os.path.join(cache, "patchgpt")]
    return [pathlib.Path(name)] + [pathlib.Path(folder) / name for folder in folders if folder]


def locate(name):
    """The files of a model's weights, and its folder."""
    if name == "demo" and DEMO.is_dir():
        return locate(str(DEMO))
    for path in places(name):
        if path.is_file():
            return files_of(path), path.parent
        for file in ("model.safetensors.index.json", "model.safetensors"):
            if (path / file).is_file():
                return files_of(path / file), path
    if os.path.exists(name) or name.startswith((".", "/", "~")):
        raise Refused(f"{name} has no model.safetensors, nor an index of shards")
    return locate(download(name))


def files_of(path):
    if not path.name.endswith(".index.json"):
        return [path]
    return [path.parent / file for file in sorted(set(read_json(path)["weight_map"].values()))]


def download(name):
    """A folder with the model of that name on the hub."""
    hub = need("huggingface_hub")
    try:
        return hub.snapshot_download(name, allow_patterns=["*.safetensors", "*.json", "merges.txt", "vocab.bpe"])
    except Exception as error:  # whatever the network or the hub has to say
        raise Refused(f"there is no model {name} here, and it could not be fetched: {first_line(error)}") from None


def first_line(error):
    return (str(error).splitlines() or [type(error).__name__])[0]


def read_json(path):
    try:
        fields = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read {path}: {first_line(error)}") from None
    if not isinstance(fields, dict):
        raise Refused(f"{path} is not a JSON object")
    return fields


def read_tensors(files):
    """All weights by GPT-2's own names, such as h.0.attn.c_attn.weight, as they are stored."""
    safe_open = need("safetensors").safe_open
    tensors = {}
    for file in files:
        try:
            with safe_open(str(file), framework="pt") as stored:
                tensors.update({PREFIX.sub("", name): stored.get_tensor(name) for name in stored.keys()})
        except Exception as error:
            raise Refused(f"cannot read {file}: {first_line(error)}") from None
    for name in [name for name in tensors if BUFFER.match(name) or OTHER_HEAD.match(name)]:
        del tensors[name]
    if "wte.weight" not in tensors and "lm_head.weight" in tensors:  # tied, and stored under the other name
        tensors["wte.weight"] = tensors["lm_head.weight"]
    for name in ("wte.weight", "wpe.weight", "h.0.attn.c_attn.weight"):
        if name not in tensors:
            raise Refused(f"{files[0]} has no tensor {name}: it is no GPT-2")
    return tensors


def oriented(tensors, out_in):
    """The weights with matrices of shape (out, in), as a Linear has them, or (in, out), as GPT-2's Conv1D."""
    rows, columns = tensors["h.0.attn.c_attn.weight"].shape
    turn = (rows > columns) != out_in
    return {name: tensor.t() if turn and MATRIX.match(name) else tensor for name, tensor in tensors.items()}


def fill(model, tensors, files):
    """Puts the weights into a model whose parts are called transformer and lm_head; every weight is used."""
    head = tensors.get("lm_head.weight", tensors["wte.weight"])
    state = {f"transformer.{name}": tensor for name, tensor in tensors.items() if name != "lm_head.weight"}
    try:
        result = model.load_state_dict({**state, "lm_head.weight": head}, strict=False)
    except RuntimeError as error:
        raise Refused(f"{files[0]} does not fit its config.json: {' '.join(str(error).split())[:300]}") from None
    missing = [name for name in result.missing_keys if not BUFFER.match(PREFIX.sub("", name))]
    for names, what in ((missing, "is missing"), (result.unexpected_keys, "is not one of its config.json's model")):
        if names:
            raise Refused(f"{files[0]}: the tensor {PREFIX.sub('', names[0])} {what}")


# ---- the two programs -------------------------------------------------------------------------------------

def quiet_transformers():
    """transformers, without what it says of configurations that are not its own."""
    transformers = need("transformers")
    transformers.logging.set_verbosity_error()
    return transformers


def make_transformers(config, tensors, files):
    transformers = quiet_transformers()
    settings = transformers.GPT2Config.from_dict({**config, "tie_word_embeddings": False})
    settings._attn_implementation = "eager"  # as the definition reads
    model = transformers.GPT2LMHeadModel(settings)
    fill(model, oriented(tensors, out_in=False), files)
    return model, lambda ids: model(ids, use_cache=False).logits


def make_mingpt(config, tensors, files):
    fixed = {"activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "scale_attn_weights": True,
             "scale_attn_by_inverse_layer_idx": False, "n_inner": 4 * config["n_embd"]}
    for name, value in fixed.items():
        if config.get(name) not in (None, value):
            raise Refused(f"minGPT has no {name} {config[name]}, only {value}: choose --with transformers")
    mingpt = need("mingpt.model")
    settings = mingpt.GPT.get_default_config()
    settings.model_type = None
    settings.n_layer, settings.n_head, settings.n_embd = config["n_layer"], config["n_head"], config["n_embd"]
    settings.vocab_size, settings.block_size = tensors["wte.weight"].shape[0], tensors["wpe.weight"].shape[0]
    with contextlib.redirect_stdout(None):  # it prints how many parameters there are
        model = mingpt.GPT(settings)
    fill(model, oriented(tensors, out_in=True), files)
    return model, lambda ids: model(ids)[0]


PROGRAMS = {"transformers": make_transformers, "mingpt": make_mingpt}


def choose_program(wanted):
    """The one that is asked for, or the first that is installed."""
    found = [name for name in PROGRAMS if importlib.util.find_spec(name)]
    if wanted and wanted not in found:
        raise Refused(f"{wanted} is not installed: {INSTALL}")
    if not found:
        raise Refused(f"neither transformers nor minGPT is installed: {INSTALL}")
    return wanted or found[0]


# ---- the text ---------------------------------------------------------------------------------------------

def tokenize(text, folder):
    """The ids of a text, by the tokenizer that lies beside the weights."""
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    if not (folder / "tokenizer.json").is_file() and not (vocabulary.is_file() and merges.is_file()):
        raise Refused(f"{folder} has no tokenizer.json, nor vocab.json and merges.txt: give token ids with --ids")
    if importlib.util.find_spec("transformers"):
        tokenizer = quiet_transformers().AutoTokenizer.from_pretrained(str(folder), use_fast=True)
        return tokenizer(text)["input_ids"]
    lines = merges.read_text(encoding="utf-8").split("\n")[1:]
    encoder = need("mingpt.bpe").Encoder(read_json(vocabulary), [tuple(line.split()) for line in lines if line])
    return encoder.encode(text)


def read_text(text):
    if text != "-":
        return text
    return re.sub(r"\r?\n\Z", "", sys.stdin.buffer.read().decode("utf-8-sig"))


# ---- the command ------------------------------------------------------------------------------------------

def run(options):
    program = choose_program(options.program)
    torch, numpy = need("torch"), need("numpy")
    files, folder = locate(options.model)
    config = read_json(folder / "config.json")
    tensors = read_tensors(files)
    ids = options.ids if options.ids is not None else tokenize(read_text(options.text), folder)
    n_vocab, n_positions = tensors["wte.weight"].shape[0], tensors["wpe.weight"].shape[0]
    if not ids or len(ids) > n_positions:
        raise Refused(f"the text has {len(ids)} tokens, expected 1 to {n_positions}")
    if max(ids) >= n_vocab:
        raise Refused(f"token id {max(ids)} is not one of 0 to {n_vocab - 1}")
    model, logits_of = PROGRAMS[program](config, tensors, files)
    model.eval().to(getattr(torch, options.dtype))
    with torch.no_grad():
        logits = logits_of(torch.tensor([ids]))[0].numpy()
    array = numpy.ascontiguousarray(logits if options.all_positions else logits[-1])
    write(numpy, options.out, array)
    version = getattr(sys.modules[program], "__version__", "")
    shown = ",".join(map(str, ids[:32])) + (",..." if len(ids) > 32 else "")
    print(f"{options.out}: {array.dtype} {array.shape}, after {len(ids)} tokens ({shown}), "
          f"by {' '.join([program, version]).strip()}, torch {torch.__version__}")


def write(numpy, path, array):
    """The whole file or none."""
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".reference-")
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as out:
            numpy.save(out, array, allow_pickle=False)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise Refused(f"cannot write {path}: {error.strerror}") from None


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def id_list(text):
    if not re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f'it takes token ids, such as 464,412,733, but found "{text}"')
    return [int(number) for number in text.split(",")]


def read_options():
    parser = Parser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__, add_help=True,
                    usage="scripts/reference_logits.py MODEL TEXT OUT.npy [options]\n"
                          "       scripts/reference_logits.py MODEL OUT.npy --ids 1,2,3 [options]")
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--ids", metavar="1,2,3", type=id_list, help="token ids instead of a TEXT")
    parser.add_argument("--all-positions", action="store_true", help="the logits after every token, not the last alone")
    parser.add_argument("--with", dest="program", choices=list(PROGRAMS),
                        help="whose model (default: the first of these that is installed)")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32",
                        help="what is computed in and written (default float32; float64 rounds far less)")
    options = parser.parse_intermixed_args()
    expected = "MODEL and OUT.npy" if options.ids is not None else "MODEL, TEXT and OUT.npy"
    if len(options.words) != len(expected.split()) - expected.count("and"):
        parser.error(f"expected {expected}, found {len(options.words)} arguments (a text with spaces needs quotes)")
    options.model, options.text, options.out = options.words[0], options.words[1], options.words[-1]
    if not options.out.endswith(".npy"):
        parser.error(f'the last argument is the file to write, which ends in .npy, but found "{options.out}"')
    return options


def main():
    options = read_options()
    try:
        run(options)
    except (Refused, UnicodeDecodeError) as error:
        sys.exit(f"reference_logits.py: {error}")


if __name__ == "__main__":
    main()
