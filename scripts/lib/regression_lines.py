#!/usr/bin/env python3
"""Parts the lines of a regression check: experiments from texts with reference logits. regression.sh runs it.

    regression_lines.py EXPERIMENTS [--ignore NAME,...] < FILE.jsonl

A line that is a JSON object with the field "logits" is a text. EXPERIMENTS gets all other lines as they are, and an
empty one for each text, so that line numbers stay. Standard output gets, for each text, with a zero byte after each:
the line's number, its name, what is wrong with it (or nothing), "text" or "ids", which, the file of its logits, the
options of patchgpt predict that it asks for, and its tolerance (or nothing).
"""
import argparse
import json
import re
import sys

FIELDS = {"text", "ids", "logits", "id", "prepend_bos", "all_positions", "tolerance"}
PASSED_OVER = {"comment", "metadata", "template"}  # and those that begin with _, as patchgpt batch does
UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # what no argument of a program can hold


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_distance(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


def wrong_input(line):
    """What is wrong with the text or the ids, or nothing."""
    if ("text" in line) == ("ids" in line):
        return "logits are those of a text or of ids: give one of them"
    text, ids = line.get("text", ""), line.get("ids", [0])
    if not isinstance(text, str) or UNSENDABLE.search(text):
        return "text is no string of characters"
    if not isinstance(ids, list) or not ids or not all(map(is_whole, ids)):
        return "ids is no array of token ids"
    return ""


def wrong_file(name):
    """What is wrong with the name of a file of logits, or nothing."""
    if not isinstance(name, str) or UNSENDABLE.search(name) or not name.lower().endswith((".npy", ".csv")):
        return "logits is no name of a .npy or .csv file"
    if name.startswith("/") or ".." in name.split("/"):
        return f"logits is {json.dumps(name)}, which is outside of the references"
    return ""


def wrong_field(line, ignored):
    """What is wrong with the other fields, or nothing."""
    for name in line:
        if name not in FIELDS | PASSED_OVER | ignored and not name.startswith("_"):
            return f"a text with logits has no field {json.dumps(name)}"
    if not isinstance(line.get("id", "x"), str) or not re.fullmatch("[A-Za-z0-9._-]+", line.get("id", "x")):
        return "id is no name of letters, digits, '-', '_' and '.'"
    for name in ("prepend_bos", "all_positions"):
        if not isinstance(line.get(name, False), bool):
            return f"{name} is neither true nor false"
    return "" if is_distance(line.get("tolerance", 0)) else "tolerance is no number of 0 or more"


def options_of(line):
    return [option for name, option in (("prepend_bos", "--prepend-bos"), ("all_positions", "--all-positions"))
            if line.get(name)]


def describe(number, line, ignored):
    """The eight fields of a text."""
    wrong = wrong_field(line, ignored) or wrong_input(line) or wrong_file(line["logits"])
    name = f"line-{number}" if wrong else line.get("id", f"line-{number}")
    if wrong:
        return [str(number), name, wrong, "", "", "", "", ""]
    kind = "text" if "text" in line else "ids"
    value = line["text"] if kind == "text" else ",".join(map(str, line["ids"]))
    tolerance = repr(line["tolerance"]) if "tolerance" in line else ""
    return [str(number), name, "", kind, value, line["logits"], " ".join(options_of(line)), tolerance]


def parse(line):
    """The object of a line that is a text, else nothing."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and "logits" in value else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiments")
    parser.add_argument("--ignore", default="")
    options = parser.parse_args()
    ignored = set(options.ignore.split(","))
    with open(options.experiments, "wb") as experiments:
        for number, line in enumerate(sys.stdin.buffer, 1):
            text = parse(line)
            experiments.write(b"\n" if text else line)
            if text:
                fields = describe(number, text, ignored)
                sys.stdout.buffer.write("".join(f"{field}\0" for field in fields).encode())


if __name__ == "__main__":
    main()
