#!/usr/bin/env python3
"""All edges of a model by patchgpt, and a sample of them by what a PyTorch user writes: one full forward pass an edge, in
which one reader takes another input. Prints how far the values are apart, and both times, that of the sample scaled to
all edges.

  tests/peers/edges.py MODEL_DIR [--patchgpt PATH] [--tokens 15] [--first 2] [--sample 100] [--threads N]

MODEL_DIR has model.safetensors (float32, (in, out), names as of Hugging Face) and config.json. Needs PyTorch (Debian:
python3-torch, with libopenblas0-pthread). The texts are of pseudo-random tokens that differ from position --first on.
"""
import argparse
import csv
import io
import json
import math
import os
import random
import re
import struct
import subprocess
import time

import numpy as np
import torch
import torch.nn.functional as F


def read_weights(path):
    """The tensors of a safetensors file, by their names without "transformer."."""
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(data[begin:end], dtype=np.float32).copy().reshape(entry["shape"])
        tensors[name.removeprefix("transformer.")] = torch.from_numpy(numbers)
    return tensors


class Model:
    """GPT-2 in which every reader may have an input of its own. Activations are T x C, of one text."""

    def __init__(self, folder):
        config = json.load(open(os.path.join(folder, "config.json"), encoding="utf-8"))
        self.layers, self.heads, self.width = config["n_layer"], config["n_head"], config["n_embd"]
        self.vocabulary, self.epsilon = config["vocab_size"], config.get("layer_norm_epsilon", 1e-5)
        self.w = read_weights(os.path.join(folder, "model.safetensors"))

    def norm(self, x, name):
        return F.layer_norm(x, (self.width,), self.w[name + ".weight"], self.w[name + ".bias"], self.epsilon)

    def linear(self, x, name):
        return torch.addmm(self.w[name + ".bias"], x, self.w[name + ".weight"])

    def qkv(self, x, block):
        T, H = x.shape[0], self.heads
        rows = self.linear(self.norm(x, f"h.{block}.ln_1"), f"h.{block}.attn.c_attn")
        return [a.view(T, H, -1).transpose(0, 1) for a in rows.split(self.width, -1)]

    def run(self, ids, change=None, cache=None):
        """The logits after the last token. change: (reader, letter, block, head, rows to add to its input)."""
        T, D = len(ids), self.width // self.heads
        mask = torch.ones(T, T, dtype=torch.bool).triu(1)
        x = self.w["wte.weight"][ids] + self.w["wpe.weight"][:T]
        if cache is not None:
            cache["embed"] = x
        for b in range(self.layers):
            here = change is not None and change[2] == b
            vectors = self.qkv(x, b)
            if here and change[0] == "head":
                own = self.qkv(x + change[4], b)
                letter = "qkv".index(change[1])
                vectors[letter] = vectors[letter].clone()
                vectors[letter][change[3]] = own[letter][change[3]]
            q, k, v = vectors
            z = (q @ k.transpose(-2, -1) / math.sqrt(D)).masked_fill(mask, -math.inf).softmax(-1) @ v
            if cache is not None:
                rows = self.w[f"h.{b}.attn.c_proj.weight"].view(self.heads, D, self.width)
                for h in range(self.heads):
                    cache[f"L{b}H{h}"] = z[h] @ rows[h]
            x = x + self.linear(z.transpose(0, 1).reshape(T, -1), f"h.{b}.attn.c_proj")
            y = x + change[4] if here and change[0] == "mlp" else x
            m = F.gelu(self.linear(self.norm(y, f"h.{b}.ln_2"), f"h.{b}.mlp.c_fc"), approximate="tanh")
            m = self.linear(m, f"h.{b}.mlp.c_proj")
            if cache is not None:
                cache[f"mlp{b}"] = m
            x = x + m
        if change is not None and change[0] == "logits":
            x = x + change[4]
        head = self.w.get("lm_head.weight", self.w["wte.weight"])
        return self.norm(x[-1:], "ln_f")[0] @ head.T


def reader_of(name):
    """logits, mlp3 or L9H9.q, as (kind, letter, block, head)."""
    if name == "logits":
        return "logits", "", -1, -1
    if name.startswith("mlp"):
        return "mlp", "", int(name[3:]), -1
    layer, head, letter = re.fullmatch(r"L(\d+)H(\d+)\.([qkv])", name).groups()
    return "head", letter, int(layer), int(head)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("model")
    ap.add_argument("--patchgpt", default="build/patchgpt")
    ap.add_argument("--tokens", type=int, default=15)
    ap.add_argument("--first", type=int, default=2)
    ap.add_argument("--sample", type=int, default=100)
    ap.add_argument("--threads", type=int, default=0)
    o = ap.parse_args()
    torch.set_grad_enabled(False)
    if o.threads:
        torch.set_num_threads(o.threads)
    model, rng = Model(o.model), random.Random(1)
    clean = [rng.randrange(model.vocabulary) for _ in range(o.tokens)]
    corrupt = [t if i < o.first else (t + 1) % model.vocabulary for i, t in enumerate(clean)]
    a, b = 100, 200

    start = time.perf_counter()
    text = subprocess.run(
        [o.patchgpt, "--model", o.model, "--clean-ids", ",".join(map(str, clean)), "--corrupt-ids",
         ",".join(map(str, corrupt)), "--token-ids", f"{a},{b}", "--site", "edges", "--csv", "-"]
        + (["--threads", str(o.threads)] if o.threads else []),
        check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    ours = time.perf_counter() - start
    rows = list(csv.DictReader(io.StringIO(text)))

    written = {}, {}
    model.run(clean, cache=written[0])
    model.run(corrupt, cache=written[1])
    sample = rng.sample(rows, min(o.sample, len(rows)))
    apart = 0
    start = time.perf_counter()
    for row in sample:
        change = written[0][row["sender"]] - written[1][row["sender"]]
        logits = model.run(corrupt, change=(*reader_of(row["receiver"]), change))
        apart = max(apart, abs(float(logits[a] - logits[b]) - float(row["value"])))
    theirs = (time.perf_counter() - start) / len(sample) * len(rows)
    print(f"{len(rows)} edges, {o.tokens} tokens that differ from position {o.first} on")
    print(f"patchgpt, the whole process: {ours:.1f} s")
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads: {theirs:.0f} s, from {len(sample)} edges")
    print(f"ratio {theirs / ours:.1f}; values at most {apart:.2g} apart")


if __name__ == "__main__":
    main()
