"""prompt_dataset.py: what the scripts that write datasets of prompts share: asking patchgpt for tokens and for facts
about the model, choosing combinations by a seed, the options, and writing the lines.

What it is not: the prompts, which are the scripts' own.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


class Refused(Exception):
    """Why there is no dataset, as one sentence."""


# ---- what patchgpt is asked -------------------------------------------------------------------------------


def find_patchgpt():
    """The command: $PATCHGPT, the one that was built here, or the one that is installed."""
    built = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "patchgpt"
    found = os.environ.get("PATCHGPT") or (str(built) if built.is_file() else shutil.which("patchgpt"))
    if not found:
        raise Refused(f"there is no patchgpt at {built} nor in the PATH: build it, or say where it is with --patchgpt")
    return found


def ask(options, arguments, lines=""):
    """What patchgpt prints for these arguments and this standard input."""
    command = [options.patchgpt or find_patchgpt(), *arguments]
    try:
        done = subprocess.run(command, input=lines, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise Refused(f"cannot run {command[0]}: {error.strerror}")
    if done.returncode != 0:
        raise Refused(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def tokenize(options, texts):
    """The token ids of each text: of all texts of one line in one call, of each text of several lines in its own."""
    command = ["tokenize", "--model", options.model, "--ids"]
    breaks = [text for text in texts if "\n" in text or "\r" in text]
    lines = "".join(text + "\n" for text in texts if "\n" not in text and "\r" not in text)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        by_text = dict(zip(breaks, pool.map(lambda text: ask(options, [*command, "--", text]), breaks)))
    rest = iter(ask(options, [*command, "-"], lines).split("\n"))
    found = [by_text[text] if text in by_text else next(rest) for text in texts]
    return [[int(number) for number in line.strip().split(",") if number] for line in found]


# ---- choosing ---------------------------------------------------------------------------------------------


def shuffled(rng, count):
    """The numbers 0 to count-1 in random order, each once: a Fisher-Yates shuffle that remembers only what moved."""
    moved = {}
    for i in range(count):
        j = i + rng.randrange(count - i)
        yield moved.get(j, j)
        moved[j] = moved.get(i, i)


# ---- the command ------------------------------------------------------------------------------------------


def number(text, least=1):
    """A whole number of 1 or more."""
    value = int(text)
    if value < least:
        raise ValueError
    return value


def seed(text):
    """A whole number of 0 or more: random.seed takes -1 for 1."""
    return number(text, 0)


def model_parser(documentation, model):
    """A parser of the options that say which model and which patchgpt, and --site; model is the default."""
    parser = argparse.ArgumentParser(description=documentation.partition("\n")[0],
                                     epilog=documentation.partition("\n")[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model", default=model,
                        help=f"for whose tokens, as patchgpt's --model (default {model})")
    parser.add_argument("--site", help="the site to patch, written into every line (default: left to the batch)")
    parser.add_argument("--patchgpt", metavar="PATH",
                        help="the command (default: $PATCHGPT, build/patchgpt of this project, or the one in the PATH)")
    return parser


def option_parser(documentation, model):
    """A parser of the options of all datasets that are made here."""
    parser = model_parser(documentation, model)
    parser.add_argument("--count", metavar="N", type=number, default=200, help="number of pairs (default 200)")
    parser.add_argument("--seed", metavar="N", type=seed, default=1, help="another number, other pairs (default 1)")
    return parser


def write(program, lines):
    """Write the lines, which a generator makes, or one sentence and nothing."""
    try:
        texts = [json.dumps(line) for line in lines]
    except Refused as refused:
        sys.exit(f"{program}: {refused}")
    try:
        print("\n".join(texts), flush=True)
    except OSError as error:
        sys.stdout = None  # what could not be written is not tried again at exit
        sys.exit(f"{program}: cannot write: {error.strerror}")


def write_file(path, text):
    """Write the whole file or none; - is standard output."""
    if path == "-":
        try:
            print(text, end="", flush=True)
        except OSError as error:
            sys.stdout = None
            raise Refused(f"cannot write: {error.strerror}") from None
        return
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".dataset-")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            os.unlink(temporary)
        raise Refused(f"cannot write {path}: {error.strerror}") from None
