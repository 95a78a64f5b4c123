"""prompt_dataset.py: what the scripts that write datasets of prompts share: asking patchgpt for tokens, choosing
combinations by a seed, the options, and writing the lines.

What it is not: the prompts, which are the scripts' own.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys


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


def tokenize(options, texts):
    """The token ids of each text, all in one call."""
    command = [options.patchgpt or find_patchgpt(), "tokenize", "--model", options.model, "--ids", "-"]
    lines = "".join(text + "\n" for text in texts)
    try:
        done = subprocess.run(command, input=lines, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise Refused(f"cannot run {command[0]}: {error.strerror}")
    if done.returncode != 0:
        raise Refused(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return [[int(number) for number in line.split(",") if number] for line in done.stdout.split("\n")[:-1]]


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


def option_parser(documentation, model):
    """A parser of the options that all datasets have; model is the default."""
    parser = argparse.ArgumentParser(description=documentation.partition("\n")[0],
                                     epilog=documentation.partition("\n")[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model", default=model,
                        help=f"for whose tokens, as patchgpt's --model (default {model})")
    parser.add_argument("--count", metavar="N", type=number, default=200, help="number of pairs (default 200)")
    parser.add_argument("--seed", metavar="N", type=seed, default=1, help="another number, other pairs (default 1)")
    parser.add_argument("--site", help="the site to patch, written into every line (default: left to the batch)")
    parser.add_argument("--patchgpt", metavar="PATH",
                        help="the command (default: $PATCHGPT, build/patchgpt of this project, or the one in the PATH)")
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
