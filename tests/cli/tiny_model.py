#!/usr/bin/env python3
"""Writes a GPT-2 checkpoint as small as can be, as the hub stores them, for tests that move models about.

    tiny_model.py DIR [--shards]

config.json, vocab.json and merges.txt (the 256 bytes and <|endoftext|>, no merges), and
model.safetensors, or two shards and model.safetensors.index.json. Standard library only.
The weights are random, so what the model says is noise: tests of numbers use other models.
"""
import argparse
import json
import pathlib
import random
import struct

BLOCKS, WIDTH, HEADS, POSITIONS, VOCABULARY = 2, 8, 2, 16, 257


def shapes():
    tensors = {"wte.weight": [VOCABULARY, WIDTH], "wpe.weight": [POSITIONS, WIDTH]}
    for block in range(BLOCKS):
        for name, shape in {
            "ln_1.weight": [WIDTH], "ln_1.bias": [WIDTH],
            "attn.c_attn.weight": [WIDTH, 3 * WIDTH], "attn.c_attn.bias": [3 * WIDTH],
            "attn.c_proj.weight": [WIDTH, WIDTH], "attn.c_proj.bias": [WIDTH],
            "ln_2.weight": [WIDTH], "ln_2.bias": [WIDTH],
            "mlp.c_fc.weight": [WIDTH, 4 * WIDTH], "mlp.c_fc.bias": [4 * WIDTH],
            "mlp.c_proj.weight": [4 * WIDTH, WIDTH], "mlp.c_proj.bias": [WIDTH],
        }.items():
            tensors[f"h.{block}.{name}"] = shape
    return {**tensors, "ln_f.weight": [WIDTH], "ln_f.bias": [WIDTH]}


def write_safetensors(path, tensors, noise):
    header, data = {}, b""
    for name, shape in tensors.items():
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        values = struct.pack(f"<{count}f", *(noise.uniform(-1, 1) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def byte_alphabet():
    """GPT-2's printable character for every byte: itself, or the next one from 256 on."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--shards", action="store_true")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "gpt2", "n_layer": BLOCKS, "n_head": HEADS, "n_embd": WIDTH,
              "n_positions": POSITIONS, "vocab_size": VOCABULARY}
    (folder / "config.json").write_text(json.dumps(config))
    vocabulary = {token: i for i, token in enumerate([*byte_alphabet(), "<|endoftext|>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")

    tensors, noise = shapes(), random.Random(1)
    if not options.shards:
        write_safetensors(folder / "model.safetensors", tensors, noise)
        return
    names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    owner = {tensor: names[tensor.startswith("h.1.")] for tensor in tensors}
    for name in names:
        write_safetensors(folder / name, {t: s for t, s in tensors.items() if owner[t] == name}, noise)
    index = {"metadata": {}, "weight_map": owner}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


if __name__ == "__main__":
    main()
