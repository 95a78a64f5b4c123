#!/usr/bin/env python3
"""check_house.py: does src/ keep its own rules? Prints a line for each place that does not, and exits with 1.

- A file includes files of its own folder, of folders below it (ORDER) and include/patchgpt.h, nothing above it.
- No two files have the same name without their folder and ending.
- No line of C has more than 100 columns, no file more than 500 lines, no function more than 60.
- None of the words that DESIGN asks to avoid is in src/, include/, scripts/ or README.md.

What it is not: a formatter (clang-format), or a linter (clang-tidy).
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ORDER = ["cli", "batch", "report", "plot", "spec", "circuit", "patch", "gpt2", "model", "tokenizer", "tensor", "base"]
MAX_COLUMNS, MAX_FILE, MAX_FUNCTION = 100, 500, 60
WORDS = re.compile(r"\b([Ss]omebody|[Nn]obody(?! (?:knew|noticed))|[Ww]hoever|[Bb]ehind|[Ss]o many|(?:is|are|was|were) none)\b")

problems = []


def complain(path, line, what):
    problems.append(f"{path.relative_to(ROOT)}:{line}: {what}")


def tracked(*patterns):
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
                           capture_output=True, check=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def check_includes(path, lines):
    folder = path.parent.name
    for number, line in enumerate(lines, 1):
        found = re.match(r'#include "(?:(\w+)/)?([\w.]+)"', line)
        if not found:
            continue
        target = found.group(1)
        if target is None and found.group(2).startswith("patchgpt"):
            continue
        if target not in ORDER:
            complain(path, number, f"includes {found.group(0)[10:-1]}, which is in no folder of src/")
        elif ORDER.index(target) < ORDER.index(folder):
            complain(path, number, f"{folder}/ is below {target}/ and must not include from it")


def check_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"\w.*\)\s*\{$|\s{4,}.*\)\s*\{$", line) and not line.startswith(("    if", "    for", "    while")):
            if not line.startswith(" ") or start is None:
                start = number
        if line == "}" and start is not None:
            if number - start + 1 > MAX_FUNCTION:
                complain(path, start, f"a function of {number - start + 1} lines, expected at most {MAX_FUNCTION}")
            start = None


def check_words(path, lines):
    for number, line in enumerate(lines, 1):
        for found in WORDS.finditer(line):
            complain(path, number, f'"{found.group(0)}": say it in plainer words')


def check_source(path, lines, in_src):
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > MAX_COLUMNS:
            complain(path, number, f"{len(line)} columns, expected at most {MAX_COLUMNS}")
    if len(lines) > MAX_FILE:
        complain(path, len(lines), f"a file of {len(lines)} lines, expected at most {MAX_FILE}")
    check_functions(path, lines)
    if in_src:
        check_includes(path, lines)


def check_names(paths):
    stems = {}
    for path in paths:
        stems.setdefault(path.stem, set()).add(path.parent)
    for stem, folders in sorted(stems.items()):
        if len(folders) > 1:
            problems.append(f"src/: {stem} is in {' and '.join(sorted(folder.name for folder in folders))}")


def main():
    sources = tracked("src/*.c", "src/*.h")
    for path in sources + tracked("include/*.h"):
        check_source(path, path.read_text().splitlines(), path in sources)
    check_names(sources)
    for path in tracked("src", "include", "scripts", "README.md"):
        if path.suffix in {".c", ".h", ".in", ".txt", ".sh", ".py", ".md"} and path != pathlib.Path(__file__).resolve():
            check_words(path, path.read_text().splitlines())
    print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
