#!/usr/bin/env python3
"""faults.py: lets every call into the system fail once, one after the other, while patchgpt is at work.

    faults.py [--all] PATCHGPT [CLASS…]

An experiment, a lens, a direct attribution, circuits of one and of several experiments, a batch, a batch that goes on with --resume and a merge run on the smallest model, with the N-th call of
each class (faults.c has them) failing, for every N; of more than 150 calls, as there are of memory alone, every
second, third, … one, all of them with --all. Each time: the program says a
sentence and ends with 1, or with 4 where a batch goes on without one experiment, or it has done all of its work;
whatever is there under its own name is whole; no temporary file is left; and the same command again (--resume) gives
the bytes of a run without faults. Where memory ran out, that is what it says. Prints a line for each command and class, in TAP. For the release build: a
sanitizer has an allocator of its own. What it is not: a test of what other sentences say.
"""
import concurrent.futures
import errno
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CLASSES = {  # and why their calls fail
    "memory": errno.ENOMEM, "open": errno.EMFILE, "read": errno.EIO, "write": errno.ENOSPC, "sync": errno.EIO,
    "lock": errno.EIO, "rename": errno.EACCES, "remove": errno.EACCES, "map": errno.ENOMEM, "thread": errno.EAGAIN,
    "close": errno.EIO, "folder": errno.EMFILE, "status": errno.EIO,
}
LETTERS = "abcdXyn"
LINES = """\
{"clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"], "labels": {"X": 1}}
{"clean": "abc", "corrupt": "abX", "tokens": ["y", "n"], "id": "two"}
{"clean": "abcd", "corrupt": "aXcd", "metric": "kl", "site": "z"}
{"what": "lens", "text": "abc", "tokens": ["y", "n"], "labels": {"end": -1}}
{"what": "direct", "text": "abcd", "tokens": ["y", "n"], "by_source": true}
"""
OWN = {".lock", "summary_partial.csv"}  # not results
OF_ALL = {"summary.csv", "mean.csv"}  # differ where an experiment failed; and the pictures of means
MOST = 150  # calls of a class that are tried for each command, evenly apart, without --all


def write_model(folder):
    """The tiny model of the other tests with few tokens, since each is some allocations."""
    sys.path.insert(0, str(HERE.parent / "cli"))
    sys.dont_write_bytecode = True
    import tiny_model
    tiny_model.VOCABULARY, tiny_model.BLOCKS = len(LETTERS), 1
    folder.mkdir()
    config = {"model_type": "gpt2", "n_layer": 1, "n_head": tiny_model.HEADS, "n_embd": tiny_model.WIDTH,
              "n_positions": tiny_model.POSITIONS, "vocab_size": len(LETTERS)}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.json").write_text(json.dumps({letter: i for i, letter in enumerate(LETTERS)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tiny_model.write_safetensors(folder / "model.safetensors", tiny_model.shapes(), random.Random(1))


class Command:
    """A command, what is there before it, and what is there after it when nothing fails."""

    def __init__(self, name, arguments, again=None, start=None):
        self.name, self.arguments, self.start = name, arguments, start
        self.again = arguments + again if again else arguments

    def prepare(self, folder):
        if self.start:
            shutil.copytree(self.start, folder / "out")
        elif self.name in ("experiment", "lens", "direct", "circuit", "circuits"):
            (folder / "out").mkdir()


def results(folder):
    files = sorted((folder / "out").iterdir()) if (folder / "out").is_dir() else []
    return {file.name: file.read_bytes() for file in files if file.name not in OWN}


class Test:
    def __init__(self, patchgpt, scratch):
        self.patchgpt, self.scratch = patchgpt, scratch
        self.library = scratch / "faults.so"
        subprocess.run([os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", HERE / "faults.c", "-o", self.library],
                       check=True)
        write_model(scratch / "tiny")
        (scratch / "lines.jsonl").write_text(LINES)

    def run(self, arguments, folder, faults=None):
        environment = {**os.environ, "PATCHGPT_MODELS": str(self.scratch), **(faults or {})}
        return subprocess.run([self.patchgpt, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)

    def commands(self):
        lines = self.scratch / "lines.jsonl"
        batch = ["batch", lines, "--model", "tiny", "--png", "--npz", "--quiet", "--threads", "2"]
        whole = [*batch, "--output", "out"]
        self.run(whole, self.folder("whole"))
        for shard in "12":
            self.run([*batch, "--output", f"part{shard}", "--shard", f"{shard}/2"], self.folder("parts"))
        half = self.scratch / "half"
        shutil.copytree(self.scratch / "whole" / "out", half)
        rows = (half / "summary.csv").read_bytes().splitlines(keepends=True)
        (half / "summary_partial.csv").write_bytes(b"".join(rows[:3]))
        for file in [half / "summary.csv", *half.glob("mean*"), *half.glob("*[345].*")]:
            file.unlink()
        experiment = ["--model", "tiny", "--clean", "abcd", "--corrupt", "aXcd", "--tokens", "y", "n", "-o", "out/",
                      "--npz", "out/out.npz", "--threads", "2", "--terminal", "--top", "3"]
        reading = ["abcd", "--model", "tiny", "--tokens", "y", "n", "--csv", "out/out.csv", "--png", "out/out.png",
                   "--npz", "out/out.npz", "--threads", "2"]
        edges, graph, pairs = self.scratch / "edges.csv", self.scratch / "graph.json", self.scratch / "pairs.jsonl"
        pair = ["--clean", "abcd", "--corrupt", "aXcd", "--tokens", "y", "n"]
        self.run(["--model", "tiny", *pair, "--site", "edges", "--csv", edges], self.scratch)
        scores = {line.split(",")[0] + "->" + line.split(",")[1]: {"score": 1} for line in edges.read_text().split()[1:]}
        graph.write_text(json.dumps({"edges": scores}))
        pairs.write_text("".join(LINES.splitlines(keepends=True)[:2]))
        circuit = ["--model", "tiny", "--csv", "out/out.csv", "--png", "out/out.png", "--threads", "2"]
        parts = [self.scratch / "parts" / f"part{shard}" for shard in "12"]
        return [Command("experiment", experiment), Command("lens", ["lens", *reading]),
                Command("direct", ["direct", *reading, "--neurons", "--by-source", "--top", "3"]),
                Command("circuit", ["circuit", edges, *pair, *circuit]),
                Command("circuits", ["circuit", graph, "--over", pairs, *circuit]),
                Command("batch", whole, again=["--resume"]),
                Command("resume", [*whole, "--resume"], start=half),
                Command("merge", ["merge", *parts, "--output", "out", "--npz", "--quiet"])]

    def folder(self, name):
        folder = self.scratch / name
        folder.mkdir(exist_ok=True)
        return folder

    def reference(self, command):
        folder = self.folder(f"reference-{command.name}")
        command.prepare(folder)
        done = self.run(command.arguments, folder)
        if done.returncode != 0 or not results(folder):
            sys.exit(f"faults.py: {command.name} fails without faults: {done.stderr.decode()}")
        return results(folder)

    def count(self, command, kind):
        """How many calls of a class there are."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        command.prepare(folder)
        self.run(command.arguments, folder, {"LD_PRELOAD": str(self.library), "FAULT": kind, "FAULT_AT": "-1",
                                             "FAULT_COUNT": str(folder / "count")})
        return int((folder / "count").read_text())

    def fault(self, command, reference, kind, number):
        """What is wrong: a list of sentences."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        mark = self.scratch / f"{folder.name}.mark"
        try:
            command.prepare(folder)
            before = results(folder)
            faults = {"LD_PRELOAD": str(self.library), "FAULT": kind, "FAULT_AT": str(number),
                      "FAULT_ERRNO": str(CLASSES[kind]), "FAULT_MARK": str(mark)}
            done = self.run(command.arguments, folder, faults)
            if not mark.exists():
                return []  # threads do not allocate the same each time
            wrong = [*self.judge(command, reference, before, kind, done, folder)]
            if command.name != "experiment" and results(folder) != reference:
                wrong += self.repeat(command, reference, folder)
            return [f"{kind} {number}: {sentence}" for sentence in wrong]
        except subprocess.TimeoutExpired:
            return [f"{kind} {number}: it does not end"]
        finally:
            shutil.rmtree(folder)
            mark.unlink(missing_ok=True)

    def judge(self, command, reference, before, kind, done, folder):
        found, said = results(folder), done.stderr.decode(errors="replace")
        temporary = [name for name in found if name.startswith(".patchgpt-")]
        if temporary and kind != "remove":
            yield f"{temporary} is left"
        if done.returncode == 0:
            if {name: data for name, data in found.items() if name not in temporary} != reference:
                yield "exit code 0, but not all of the results"
            return
        allowed = {1} | ({4} if command.name in ("batch", "resume") else set()) | ({2} if kind == "status" else set())
        if done.returncode not in allowed:
            yield f"exit code {done.returncode}: {said}"
        if not said.startswith("patchgpt: ") or not said.endswith("\n"):
            yield f"no sentence: {said!r}"
        if kind == "memory" and "memory" not in said:
            yield f"another cause is named: {said}"
        for name, data in found.items():
            means = done.returncode == 4 and (name in OF_ALL or name.startswith("mean"))
            if not means and name not in temporary and data not in (reference.get(name), before.get(name)):
                yield f"{name} is not whole, after: {said}"

    def repeat(self, command, reference, folder):
        done = self.run(command.again, folder)
        if done.returncode != 0 or results(folder) != reference:
            yield f"again: exit code {done.returncode}, {sorted(results(folder))}: {done.stderr.decode()}"


def numbers(count, all_of_them):
    """Those of the calls that are tried."""
    return range(1, count + 1, 1 if all_of_them else -(-count // MOST) or 1)


def main():
    arguments = sys.argv[1:]
    all_of_them = "--all" in arguments
    if all_of_them:
        arguments.remove("--all")
    if not arguments:
        sys.exit(__doc__)
    failed, line = False, 0
    with tempfile.TemporaryDirectory(prefix="patchgpt-faults.") as scratch, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        test = Test(pathlib.Path(arguments[0]).resolve(), pathlib.Path(scratch))
        for command in test.commands():
            reference = test.reference(command)
            for kind in arguments[1:] or CLASSES:
                line += 1
                count = test.count(command, kind)
                tried = numbers(count, all_of_them)
                wrong = sum(pool.map(lambda n: test.fault(command, reference, kind, n), tried), [])
                failed |= bool(wrong)
                print(f"{'not ok' if wrong else 'ok'} {line} faults: {command.name}, {len(tried)} of {count} calls: {kind}",
                      flush=True)
                for sentence in wrong:
                    print(f"# {sentence}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
