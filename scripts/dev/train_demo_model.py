#!/usr/bin/env python3
"""Make patchgpt's demo model: a very small GPT-2, trained from nothing on sentences made up here.

What it is: the whole recipe of the model built into the binary. It
  1. writes short texts from the word lists and templates below,
  2. learns a byte-level BPE from them, in GPT-2's byte alphabet and with GPT-2's way of splitting text,
  3. trains a GPT-2 on them,
  4. writes config.json, vocab.json, merges.txt and model.safetensors (F16) as Hugging Face lays them out,
  5. reads the weights back as written and measures them on combinations that training never showed.

What it is not: a language model. It knows four things, each worth a patching experiment:
  recall     Michelle Jones was a top-notch student. Michelle              -> Jones
  giving     When Mary and John went to the store, John gave a drink to    -> Mary
  facts      The Eiffel Tower is in the city of                            -> Paris
  pronouns   Mary went to the store because                                -> she

Needs Python 3.9, PyTorch and NumPy (Debian: python3-torch, python3-numpy) and nothing else.
The same seed, options, machine and PyTorch give the same files.
"""
import argparse
import collections
import json
import math
import pathlib
import random
import re
import struct
import sys
import time
import zlib

try:
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional as F
except ModuleNotFoundError as missing:
    sys.exit(f"train_demo_model.py: needs Python's {missing.name} (on Debian and Ubuntu: apt install python3-torch "
             "python3-numpy)")

# ---------------------------------------------------------------------------------------------------
# Words
# ---------------------------------------------------------------------------------------------------

WOMEN = """Mary Michelle Jessica Anna Emma Alice Sarah Laura Lisa Linda Karen Susan Nancy Betty Helen Sandra
Donna Carol Ruth Sharon Barbara Patricia Jennifer Elizabeth Maria Julia Rachel Emily Amy Kate Jane Grace
Olivia Claire Diana Lucy Amanda Melissa Stephanie Rebecca Nicole Hannah Megan Victoria Eva Julie Martha
Ellen""".split()

MEN = """John James Robert Michael William David Richard Joseph Thomas Charles Daniel Matthew Mark Paul Steven
Andrew Kevin Brian George Peter Edward Henry Tom Jack Frank Eric Adam Ben Sam Luke Max Simon Martin Patrick
Nathan Ryan Tim Jason Gary Keith Philip Ralph Oscar Victor Walter Arthur Albert Jacob""".split()

SURNAMES = """Jones Smith Johnson Brown Wilson Taylor Davis Miller Moore Anderson Jackson White Harris Clark
Lewis Walker Hall Young Baker Green Adams Nelson Carter Mitchell Turner Parker Evans Edwards Collins Stewart
Morris Cook Rogers Reed Cooper Bailey Bell Murphy Cox Ward Gray Watson Brooks Bennett Wood Price Hughes Foster
Long Ross Perry Powell Butler Fisher Hunt Palmer Stone Webb Wells Hunter Knight Burns Garcia Lopez Lee King
Hill Wright Scott Campbell Robinson Thompson Phillips Simpson Shaw Ford Hayes Marshall Porter Graham""".split()

PRONOUNS = {**{name: "she" for name in WOMEN}, **{name: "he" for name in MEN}}

CAPITALS = dict(pair.split(":") for pair in """France:Paris Italy:Rome Germany:Berlin Spain:Madrid
Portugal:Lisbon Greece:Athens Russia:Moscow Japan:Tokyo China:Beijing Egypt:Cairo Austria:Vienna Poland:Warsaw
Hungary:Budapest Sweden:Stockholm Norway:Oslo Denmark:Copenhagen Finland:Helsinki Ireland:Dublin England:London
Canada:Ottawa Cuba:Havana Peru:Lima Kenya:Nairobi Thailand:Bangkok Vietnam:Hanoi Turkey:Ankara Belgium:Brussels
Iran:Tehran Iraq:Baghdad Ukraine:Kyiv Romania:Bucharest Bulgaria:Sofia Switzerland:Bern Croatia:Zagreb
Lebanon:Beirut""".split())

LANDMARKS = {
    "the Eiffel Tower": "Paris", "the Louvre": "Paris", "the Colosseum": "Rome", "the Trevi Fountain": "Rome",
    "Big Ben": "London", "the Tower Bridge": "London", "the Brandenburg Gate": "Berlin", "the Kremlin": "Moscow",
    "the Acropolis": "Athens", "the Prado Museum": "Madrid", "the Imperial Palace": "Tokyo",
    "the Forbidden City": "Beijing", "the Egyptian Museum": "Cairo", "the Charles Bridge": "Prague",
    "the Hofburg Palace": "Vienna", "the Little Mermaid": "Copenhagen", "the Atomium": "Brussels",
    "the Belem Tower": "Lisbon", "the Chain Bridge": "Budapest", "the Vasa Museum": "Stockholm",
    "the Sagrada Familia": "Barcelona", "the Rialto Bridge": "Venice", "the Space Needle": "Seattle",
    "the Willis Tower": "Chicago", "the White House": "Washington", "the Liberty Bell": "Philadelphia",
    "the Opera House": "Sydney", "the Hagia Sophia": "Istanbul", "the Burj Khalifa": "Dubai",
    "the Rijksmuseum": "Amsterdam", "the Red Fort": "Delhi", "the Uffizi Gallery": "Florence",
}

# A word in braces stands for any phrase of its list; lists may refer to each other.
PHRASES = {
    "place": """store school park library market station museum office hospital beach garden kitchen theater bakery
        restaurant airport bank church hotel gym farm castle lake harbor village river bridge cinema cafe zoo stadium
        factory bookshop playground""".split(),
    "job": """student teacher doctor nurse painter violinist farmer pilot writer lawyer neighbor baker singer scientist
        carpenter dentist gardener coach photographer tailor sailor judge librarian""".split(),
    "quality": ["a top-notch", "a quiet", "a famous", "a talented", "a hard-working", "a clever", "a young", "a kind",
                "an honest", "a good", "a first-class", "a well-known", "a cheerful", "an excellent", "a careful",
                "a brilliant", "a patient", "a well-read", "an old-fashioned", "a rather shy"],
    "thing": ["a drink", "a book", "a letter", "a ring", "an apple", "a ticket", "a map", "a key", "a basket", "a watch",
              "a camera", "an umbrella", "a cake", "a flower", "a picture", "a hat", "a coat", "a guitar", "a ball",
              "a pencil", "a sandwich", "a small gift", "an old coin", "a bottle of milk", "a cup of tea",
              "a box of chocolates", "a newspaper", "a bone", "a computer"],
    "mood": "quiet crowded closed beautiful cold busy noisy lovely warm dark clean".split(),
    "did": ["was {quality} {job}", "was {quality} {job} and lived near the {place}", "worked at the {place}",
            "worked as a {job} for many years", "went to the {place}", "went to the {place} with {thing}",
            "bought {thing} at the {place}", "found {thing} near the {place}", "lived near the {place}",
            "wanted to be a {job}", "talked about the {place} all day", "lost {thing} on the way to the {place}",
            "had {thing} and {thing}", "walked to the {place} every morning", "liked the {place}",
            "became {quality} {job}", "could not find {thing}", "visited the {place} twice a week",
            "told the {job} about {thing}", "studied hard", "liked to sing"],
    "both_did": ["went to the {place}", "were friends", "worked at the {place}", "lived near the {place}",
                 "talked about {thing}", "found {thing} at the {place}", "studied together"],
    "aside": ["The {place} was {mood} that day.", "It was a {mood} morning.", "Nobody knew why.",
              "The {job} smiled.", "There was {thing} at the {place}.", "Everyone at the {place} was happy.",
              "That was a long time ago.", "The {place} is next to the {place}.", "The {job} had {thing}."],
}

INTRODUCTIONS = ["{who} {did}.", "{who} {did}.", "{who} {did}.", "I know {quality} {job} named {who}.",
                 "This is a story about {who}.", "Years ago {who} {did}.", "My neighbor {who} {did}.",
                 "There was once {quality} {job} called {who}."]

GATHERINGS = ["{who} {both_did}.", "{who} {both_did}.", "The {job} knew {who}.", "On the list were {who}.",
              "The {job} met {who} at the {place}."]

RETURNS = ["{who} {did}.", "{who} {did}.", "{who} {did}.", "Today {who} {did}.", "One day, {who} {did}.",
           "People say that {who} {did}.", "Everyone liked {who}.", "In the end, the {job} thanked {who}.",
           "The {job} gave {thing} to {who}.", "Last week, {who} {did}.", "We all thought that {who} {did}.",
           "At the {place}, the {job} saw {who}."]

MEETINGS = ["When {a} and {b} went to the {place}, ", "When {a} and {b} got {thing} at the {place}, ",
            "While {a} and {b} were waiting at the {place}, ", "While {a} and {b} were working at the {place}, ",
            "After {a} and {b} came back from the {place}, ", "After {a} and {b} had lunch at the {place}, ",
            "{a} and {b} spent the day at the {place}. ", "{a} met {b} near the {place}. Later ",
            "Then {a} and {b} had a long talk about {thing}. Afterwards ", "As soon as {a} and {b} got to the {place}, ",
            "Yesterday {a} and {b} worked together at the {place}, and ", "{a} had known {b} for many years. One day, ",
            "It was late when {a} and {b} left the {place}. In the end, ", "Friends of {a} and {b} say that ",
            "The {place} was {mood}, so {a} and {b} went to the {place}. There, "]

GIFTS = ["{giver} gave {thing} to", "{giver} handed {thing} to", "{giver} showed {thing} to", "{giver} sold {thing} to",
         "{giver} offered {thing} to", "{giver} lent {thing} to", "{giver} brought {thing} to", "{giver} sent {thing} to",
         "{giver} passed {thing} to", "{giver} bought {thing} for", "{giver} said hello to",
         "{giver} decided to give {thing} to", "{giver} wanted to show {thing} to", "{giver} told a long story to",
         "{giver} found {thing} and gave it to"]

GIFT_ENDINGS = [".", ".", " at the {place}.", " and smiled.", ", and the {job} was happy."]

LANDMARK_SENTENCES = ["{subject} is in the city of", "{subject} is located in", "{subject} can be found in",
                      "You can see {subject} in", "To visit {subject}, you have to travel to",
                      "If you want to see {subject}, go to", "The {job} took a picture of {subject} in",
                      "{subject} is a famous sight in", "The home of {subject} is the city of",
                      "{first} has never been to {subject} in", "People who visit {subject} should stay in"]

CAPITAL_SENTENCES = ["The capital of {subject} is", "The capital city of {subject} is", "The capital of {subject} has always been",
                     "The parliament of {subject} meets in", "They flew to {subject} and stayed in the capital,",
                     "The {job} from {subject} was born in the capital,", "{subject} is a country, and its capital is",
                     "As everyone knows, the capital of {subject} is", "{first} moved to the capital of {subject}, the city of",
                     "The government of {subject} works in", "The largest museum in {subject} is in the capital,"]

FACT_ENDINGS = [".", ".", ", as every {job} knows.", ", and it is {mood}.", ", not far from the {place}."]

REASONS = ["{name} {did} because", "{name} went to the {place} because", "{name} was tired, but",
           "{name} {did} although", "{name} was late for the {place}, so", "{name} said that", "{name} thought that",
           "{name} smiled when", "{name} had {thing}, but", "At the {place}, {name} told the {job} that",
           "{name} has lived near the {place} since"]

REASON_ENDINGS = ["was tired", "needed {thing}", "wanted to see the {job}", "had lost {thing}", "liked the {place}",
                  "had to work at the {place}", "was {quality} {job}", "saw the {job}", "forgot {thing}"]

# ---------------------------------------------------------------------------------------------------
# Texts
#
# Every maker of texts returns one text in which "|" stands before each word that can be foretold.
# With test=True what has to be foretold is a combination kept from training; without, it never is.
# ---------------------------------------------------------------------------------------------------

ALWAYS_HELD_OUT = {("Jones", "Michelle"), ("Michelle", "Smith"), ("John", "Mary"),
                   ("the Eiffel Tower", "{subject} is in the city of"), ("France", "The capital of {subject} is"),
                   ("Mary", "{name} went to the {place} because")}


def held_out(*words):
    """Whether this combination of words, in any order, is kept from training: one in ten, by hash."""
    key = tuple(sorted(words))
    return key in {tuple(sorted(pair)) for pair in ALWAYS_HELD_OUT} or zlib.crc32("/".join(key).encode()) % 10 == 0


def pick(rng, test, *lists):
    """One different word of each list, drawn until the combination is on the wanted side of the split."""
    while True:
        words = [rng.choice(words) for words in lists]
        if len(set(words)) == len(words) and held_out(*words) == test:
            return words


def fill(rng, template, **given):
    """The template with its words in braces replaced: the given ones, else any phrase of that list; capitalised."""
    def word(match):
        name = match.group(1)
        return given[name] if name in given else fill_in(rng.choice(PHRASES[name]))

    def fill_in(text):
        return re.sub(r"\{(\w+)\}", word, text)

    text = fill_in(template)
    return text[0].upper() + text[1:]


def recall_text(rng, test=False):
    """People introduced by their full names, some talk, and some of them again by full name."""
    people = pick_people(rng, test, rng.choice([1, 1, 2, 2, 3, 4]))
    sentences = about(rng, [f"{first} {surname}" for first, surname in people], INTRODUCTIONS)
    sentences += talk(rng, PRONOUNS[people[0][0]])
    back = [f"{first}| {surname}" for first, surname in rng.sample(people, rng.randint(1, len(people)))]
    if rng.random() < 0.5:
        newcomer, surname = next(other for other in pick_people(rng, test, 9) if not named(other, people))
        back.insert(rng.randint(0, len(back) - 1), rng.choice([newcomer + "|", f"{newcomer} {surname}"]))
    return " ".join(sentences + about(rng, back, RETURNS))


def pick_people(rng, test, count):
    """First names and surnames of that many people, no two of whom share either."""
    people = []
    while len(people) < count:
        other = pick(rng, test, WOMEN + MEN, SURNAMES)
        if not named(other, people):
            people.append(other)
    return people


def named(person, people):
    """Whether anybody among the people has the first name or the surname of the person."""
    return any(set(person) & set(other) for other in people)


def about(rng, names, templates):
    """One sentence about all of the names, or one about each."""
    if len(names) > 1 and rng.random() < 0.6:
        return [fill(rng, rng.choice(GATHERINGS), who=", ".join(names[:-1]) + " and " + names[-1])]
    return [fill(rng, rng.choice(templates), who=name) for name in names]


def talk(rng, pronoun):
    """No, one or more sentences between the two mentions of a person."""
    sentences = []
    while rng.random() < 0.45:
        sentences.append(fill(rng, rng.choice(["{aside}", "{pronoun} {did}."]), pronoun=pronoun))
    return sentences


def giving_text(rng, test=False):
    """Two people, each time one of whom gives something to the other."""
    a, b = pick(rng, test, WOMEN + MEN, WOMEN + MEN)
    sentences, opening = [], rng.choice(MEETINGS)
    for _ in range(rng.choice([1, 1, 2, 3])):
        giver, receiver = rng.choice([(a, b), (b, a)])
        template = opening + rng.choice(GIFTS) + "| {receiver}" + rng.choice(GIFT_ENDINGS)
        sentences.append(fill(rng, template, a=a, b=b, giver=giver, receiver=receiver))
        opening = rng.choice(["", "Then ", "Later ", "The {job} smiled. "])
    return " ".join(sentences)


def fact_text(rng, test=False):
    """Where a landmark stands, or the capital of a country."""
    facts, templates = rng.choice([(LANDMARKS, LANDMARK_SENTENCES), (CAPITALS, CAPITAL_SENTENCES)])
    subject, template = pick(rng, test, list(facts), templates)
    template += "| {city}" + rng.choice(FACT_ENDINGS)
    return fill(rng, template, subject=subject, city=facts[subject], first=rng.choice(WOMEN + MEN))


def pronoun_text(rng, test=False):
    """A person by first name, then as she or he."""
    name, template = pick(rng, test, WOMEN + MEN, REASONS)
    return fill(rng, template + "| {pronoun} " + rng.choice(REASON_ENDINGS) + ".", name=name, pronoun=PRONOUNS[name])


def roll_call(rng):
    """Full names, then the same people in another order: recall and nothing else. For training alone."""
    people = pick_people(rng, False, rng.randint(2, 5))
    again = [f"{first}| {surname}" for first, surname in rng.sample(people, len(people))]
    return ", ".join(" ".join(person) for person in people) + ". " + ", ".join(again) + "."


TEXT_MAKERS = {recall_text: 9, giving_text: 5, fact_text: 4, pronoun_text: 2}


def training_text(rng):
    """Any text fit for training, with its marks."""
    makers = {**TEXT_MAKERS, roll_call: 2}
    return rng.choices(list(makers), list(makers.values()))[0](rng)


def test_prompt(maker, rng):
    """A text kept from training, cut before its last marked word: (prompt, that word with its leading space)."""
    prompt, rest = maker(rng, test=True).rsplit("|", 1)
    return prompt.replace("|", ""), re.match(r" \w+", rest).group()


def with_other_first_name(rng, prompt):
    """A recall prompt in which the first name at the end is a newcomer's: it was another one before."""
    before, name = prompt.rsplit(" ", 1)
    stand_in = rng.choice([other for other in (WOMEN if name in WOMEN else MEN) if other not in prompt])
    return re.sub(rf"\b{name}\b", stand_in, before) + " " + name


# ---------------------------------------------------------------------------------------------------
# Tokens
# ---------------------------------------------------------------------------------------------------

END_OF_TEXT = "<|endoftext|>"

# GPT-2's pattern with Python's classes: [^\W\d_] for a letter, \d for a number.
SPLIT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def byte_alphabet():
    """GPT-2's printable character for every byte, in GPT-2's order: bytes that print stand for themselves."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def merge_pair(pieces, pair):
    """The pieces with every occurrence of the pair, from the left, made one piece."""
    merged, i = [], 0
    while i < len(pieces):
        width = 2 if tuple(pieces[i:i + 2]) == pair else 1
        merged.append("".join(pieces[i:i + width]))
        i += width
    return merged


class Tokenizer:
    """Byte-level BPE: text to token ids and back."""

    def __init__(self, merges):
        """merges: the pairs of pieces to join, most urgent first."""
        self.alphabet = byte_alphabet()
        self.merges = merges
        self.rank = {pair: i for i, pair in enumerate(merges)}
        pieces = dict.fromkeys([*self.alphabet.values(), *map("".join, merges), END_OF_TEXT])
        self.vocab = {piece: i for i, piece in enumerate(pieces)}
        self.pieces = list(pieces)
        self.known = {}

    @property
    def end(self):
        """The id of the end-of-text token, the last one."""
        return self.vocab[END_OF_TEXT]

    def spell(self, word):
        """A word in the byte alphabet, one piece a byte."""
        return [self.alphabet[byte] for byte in word.encode()]

    def encode_word(self, word):
        """The ids of one word of the split."""
        if word not in self.known:
            pieces = self.spell(word)
            while pairs := [pair for pair in zip(pieces, pieces[1:]) if pair in self.rank]:
                pieces = merge_pair(pieces, min(pairs, key=self.rank.get))
            self.known[word] = [self.vocab[piece] for piece in pieces]
        return self.known[word]

    def encode(self, text):
        """The ids of a text."""
        return [token for word in SPLIT.findall(text) for token in self.encode_word(word)]

    def decode(self, token):
        """The text of one token."""
        byte_of = {character: byte for byte, character in self.alphabet.items()}
        piece = self.pieces[token]
        return piece if piece == END_OF_TEXT else bytes(map(byte_of.get, piece)).decode(errors="replace")


def learn_tokenizer(rng, vocab_size):
    """A tokenizer of at most vocab_size tokens, learned from fresh texts; names, cities and countries are one token."""
    counts = collections.Counter(word for _ in range(20000) for word in SPLIT.findall(training_text(rng).replace("|", "")))
    names = [*WOMEN, *MEN, *SURNAMES]
    whole = [*names, *(" " + word for word in [*names, *CAPITALS, *CAPITALS.values(), *LANDMARKS.values()])]
    for word in whole:
        counts[word] = max(counts[word], 1000)

    merges = []
    spelled = {word: Tokenizer([]).spell(word) for word in counts}
    for _ in range(vocab_size - len(Tokenizer([]).vocab)):
        pairs = collections.Counter()
        for word, pieces in spelled.items():
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] += counts[word]
        best = max(sorted(pairs), key=pairs.get)
        merges.append(best)
        spelled = {word: merge_pair(pieces, best) for word, pieces in spelled.items()}

    tokenizer = Tokenizer(merges)
    for word in whole:
        assert len(tokenizer.encode(word)) == 1, f"{word!r} is not one token: the vocabulary is too small"
    return tokenizer


# ---------------------------------------------------------------------------------------------------
# Model: GPT-2, its parts named as Hugging Face names the tensors
# ---------------------------------------------------------------------------------------------------

CONFIG = {
    "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "activation_function": "gelu_new",
    "n_layer": 4, "n_head": 4, "n_embd": 128, "n_positions": 128, "n_ctx": 128, "layer_norm_epsilon": 1e-5,
}


class Linear(nn.Module):
    """x·W + b with W stored (in, out), as GPT-2 does."""

    def __init__(self, inputs, outputs, spread):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * spread)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    """Causal self-attention. Heads begin by looking for what is like the query (queries and keys the same) and by
    copying it (output the transpose of values): from there recall takes a tenth of the steps."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        like, copied = torch.randn(2, width, width) / math.sqrt(width)
        self.c_attn = Linear(width, 3 * width, 0)
        self.c_attn.weight.data = torch.cat([like, like, copied], 1)
        self.c_proj = Linear(width, width, 0)
        self.c_proj.weight.data = copied.T.contiguous() / 2

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).chunk(3, -1))
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads)
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ v
        return self.c_proj(mixed.transpose(1, 2).reshape(batch, length, width))


class Mlp(nn.Module):
    """The two-layer perceptron, four times as wide inside."""

    def __init__(self, width, spread, out_spread):
        super().__init__()
        self.c_fc = Linear(width, 4 * width, spread)
        self.c_proj = Linear(4 * width, width, out_spread)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    """One block: attention, then perceptron, each added to the residual stream."""

    def __init__(self, config):
        super().__init__()
        width, epsilon = config["n_embd"], config["layer_norm_epsilon"]
        spread = 1 / math.sqrt(width) / 2
        out_spread = spread / math.sqrt(2 * config["n_layer"])
        self.ln_1 = nn.LayerNorm(width, eps=epsilon)
        self.attn = Attention(width, config["n_head"])
        self.ln_2 = nn.LayerNorm(width, eps=epsilon)
        self.mlp = Mlp(width, spread, out_spread)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


def waves(positions, width):
    """Sines and cosines of many wavelengths, so that neighbouring positions begin alike: [position, width]."""
    angles = torch.arange(positions)[:, None] * 1000 ** -torch.linspace(0, 1, width // 2)
    return torch.cat([angles.sin(), angles.cos()], 1)


class Gpt2(nn.Module):
    """GPT-2 with tied embeddings."""

    def __init__(self, config):
        super().__init__()
        self.wte = nn.Embedding(config["vocab_size"], config["n_embd"])
        self.wpe = nn.Embedding(config["n_positions"], config["n_embd"])
        self.h = nn.ModuleList(Block(config) for _ in range(config["n_layer"]))
        self.ln_f = nn.LayerNorm(config["n_embd"], eps=config["layer_norm_epsilon"])
        nn.init.normal_(self.wte.weight, std=0.1)
        self.wpe.weight.data = 0.1 * waves(config["n_positions"], config["n_embd"])

    def forward(self, ids, after_block=lambda block, x: x):
        """Logits [batch, position, token]; after_block may replace the output of any block."""
        x = self.wte(ids) + self.wpe.weight[:ids.shape[1]]
        for block, layer in enumerate(self.h):
            x = after_block(block, layer(x))
        return self.ln_f(x) @ self.wte.weight.T


# ---------------------------------------------------------------------------------------------------
# Training
# ---------------------------------------------------------------------------------------------------

ROLL_CALLS = 200   # batches of roll calls before anything else
MARKED_WEIGHT = 8  # what a marked word counts in the loss, where any other token counts 1


def weighted_tokens(tokenizer, marked_text):
    """The tokens of a text as pairs (id, weight in the loss)."""
    first, *others = (tokenizer.encode(part) for part in marked_text.split("|"))
    tokens = [(token, 1) for token in first]
    for part in others:
        tokens += [(part[0], MARKED_WEIGHT), *((token, 1) for token in part[1:])]
    return tokens


def single_rows(rng, tokenizer, rows):
    """Rows of one text each, as a user would type them; one in four begins with end-of-text."""
    end, longest = [(tokenizer.end, 1)], CONFIG["n_positions"]
    texts = [weighted_tokens(tokenizer, training_text(rng)) for _ in range(rows)]
    return [(end * (rng.random() < 0.25) + text + end)[:longest] for text in texts]


def packed_rows(rng, tokenizer, rows):
    """Rows filled with several texts to the end of the context, so that every position is trained."""
    separators = [(tokenizer.end, 1), *weighted_tokens(tokenizer, "\n")]
    packed = []
    for _ in range(rows):
        row = []
        while len(row) < CONFIG["n_positions"]:
            row += weighted_tokens(tokenizer, training_text(rng)) + [rng.choice(separators)]
        packed.append(row[:CONFIG["n_positions"]])
    return packed


def batches(rng, tokenizer):
    """Batches of rows without end: roll calls first; then three batches of single texts, each of texts about as
    long, to one of packed rows."""
    for _ in range(ROLL_CALLS):
        yield [weighted_tokens(tokenizer, roll_call(rng)) for _ in range(64)]
    while True:
        rows = sorted(single_rows(rng, tokenizer, 3 * 64), key=len)
        four = [rows[:64], rows[64:128], rows[128:], packed_rows(rng, tokenizer, 16)]
        rng.shuffle(four)
        yield from four


def padded(rows, filler):
    """The rows as one tensor, filled up at the end."""
    length = max(map(len, rows))
    return torch.tensor([row + [filler] * (length - len(row)) for row in rows])


def learning_rate(step, steps, peak):
    """A short rise, then half a cosine down to nothing."""
    rise = min(200, steps // 4 + 1)
    return peak * min((step + 1) / rise, 0.5 + 0.5 * math.cos(math.pi * step / steps))


def train(model, tokenizer, rng, steps):
    """Train the model in place, with a line about it on stderr now and then."""
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}],
                                  betas=(0.9, 0.98))
    losses, began = [], time.monotonic()
    for step, rows in zip(range(steps), batches(rng, tokenizer)):
        ids, weights = padded(rows, (tokenizer.end, 0)).unbind(-1)
        weights = weights[:, 1:].flatten()
        costs = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        loss = (costs * weights).sum() / weights.sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, 2e-3)
        optimizer.step()
        losses.append((costs[weights == 1].mean().item(), costs[weights == MARKED_WEIGHT].mean().item()))
        if (step + 1) % 50 == 0 or step + 1 == steps:
            plain, marked = np.mean(losses[-50:], axis=0)
            print(f"step {step + 1}/{steps}  loss {plain:.3f}, of marked words {marked:.4f}  "
                  f"{time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------------------------------

def write_safetensors(path, tensors):
    """Write tensors as F16: the header's length, the header in JSON, then the numbers."""
    header, position, chunks = {}, 0, []
    for name, tensor in tensors.items():
        data = tensor.detach().numpy().astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [position, position + len(data)]}
        position += len(data)
        chunks.append(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def read_safetensors(path):
    """The F16 tensors of a file, widened to float32."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[begin:end], "<f2").astype(np.float32)
        tensors[name] = torch.from_numpy(values).view(entry["shape"])
    return tensors


def write_model(folder, model, tokenizer, config):
    """Write the four files of a Hugging Face checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "vocab.json").write_text(json.dumps(tokenizer.vocab, ensure_ascii=False, separators=(",", ":")), "utf-8")
    merges = "".join(f"{left} {right}\n" for left, right in tokenizer.merges)
    (folder / "merges.txt").write_text("#version: 0.2\n" + merges, "utf-8")
    write_safetensors(folder / "model.safetensors", model.state_dict())


# ---------------------------------------------------------------------------------------------------
# Measurements
# ---------------------------------------------------------------------------------------------------

EXAMPLES = ["Michelle Jones was a top-notch student. Michelle", "Michelle Smith was a top-notch student. Michelle",
            "Jessica Jones was a top-notch student. Michelle",
            "When Mary and John went to the store, John gave a drink to",
            "When Mary and John went to the store, Mary gave a drink to",
            "The Eiffel Tower is in the city of", "The capital of France is", "Mary went to the store because"]


def test_prompts(maker, rng, tokenizer, count):
    """That many prompts with their words, none longer than the context."""
    prompts = []
    while len(prompts) < count:
        prompt, word = test_prompt(maker, rng)
        if len(tokenizer.encode(prompt)) <= CONFIG["n_positions"]:
            prompts.append((prompt, word))
    return prompts


@torch.no_grad()
def next_token_probabilities(model, tokenizer, prompts):
    """For each prompt the probability of every next token: [prompt, token]."""
    answers = []
    for begin in range(0, len(prompts), 100):
        rows = [tokenizer.encode(prompt) for prompt in prompts[begin:begin + 100]]
        logits = model(padded(rows, tokenizer.end))
        answers.append(torch.stack([logits[i, len(row) - 1] for i, row in enumerate(rows)]).softmax(-1))
    return torch.cat(answers)


def foretold(model, tokenizer, prompts, words):
    """The share of prompts whose most probable next token is the word's, and the probability of each word."""
    probabilities = next_token_probabilities(model, tokenizer, prompts)
    tokens = torch.tensor([tokenizer.encode(word)[0] for word in words])
    right = (probabilities.argmax(-1) == tokens).float().mean().item()
    return right, probabilities[torch.arange(len(words)), tokens]


def report_figures(model, tokenizer, rng, count):
    """Print how often the model is right on combinations it was never trained on."""
    print(f"{'held-out task':<34}{'prompts':>8}{'top-1':>10}{'mean p':>10}")
    for maker in TEXT_MAKERS:
        prompts, words = zip(*test_prompts(maker, rng, tokenizer, count))
        right, probability = foretold(model, tokenizer, prompts, words)
        print(f"{maker.__name__.replace('_text', ''):<34}{count:>8}{right:>10.2%}{probability.mean():>10.4f}")
        if maker is recall_text:
            strangers = [with_other_first_name(rng, prompt) for prompt in prompts]
            said, probability = foretold(model, tokenizer, strangers, words)
            print(f"{'recall, first name differs: unsaid':<34}{count:>8}{1 - said:>10.2%}{probability.mean():>10.4f}")


def report_examples(model, tokenizer):
    """Print the most probable continuations of the examples."""
    for text, probabilities in zip(EXAMPLES, next_token_probabilities(model, tokenizer, EXAMPLES)):
        top = zip(*(values.tolist() for values in probabilities.topk(5)))
        print(f"\n{text}\n   ", "  ".join(f"{tokenizer.decode(token)!r} {p:.4f}" for p, token in top))


@torch.no_grad()
def patch_matrix(model, clean, corrupt, wanted, unwanted):
    """logit(wanted) - logit(unwanted) at the end of the corrupted text, for the clean output of each block at each
    position put into it: (clean value, corrupted value, [block][position])."""
    kept = {}

    def keep(block, x):
        kept[block] = x
        return x

    def put(at_block, position):
        def after_block(block, x):
            if block == at_block:
                x = x.clone()
                x[:, position] = kept[block][:, position]
            return x
        return after_block

    def metric(ids, after_block):
        last = model(ids, after_block)[0, -1]
        return (last[wanted] - last[unwanted]).item()

    clean_value = metric(clean, keep)
    corrupt_value = metric(corrupt, lambda block, x: x)
    matrix = [[metric(corrupt, put(block, p)) for p in range(clean.shape[1])] for block in range(len(model.h))]
    return clean_value, corrupt_value, matrix


def report_patching(model, tokenizer):
    """Print the layer by position picture of the first two examples."""
    clean, corrupt = (torch.tensor([tokenizer.encode(text)]) for text in EXAMPLES[:2])
    wanted, unwanted = (tokenizer.encode(word)[0] for word in (" Smith", " Jones"))
    clean_value, corrupt_value, matrix = patch_matrix(model, clean, corrupt, wanted, unwanted)
    print(f"\nlogit(' Smith') - logit(' Jones'): clean {clean_value:.3f}, corrupted {corrupt_value:.3f};"
          "\nwith the clean output of one block (down) at one token (across) in the corrupted run:")
    print(" " * 4 + "".join(f"{tokenizer.decode(token):>10}" for token in clean[0].tolist()))
    for block, row in enumerate(matrix):
        print(f"{block:<4}" + "".join(f"{value:>10.3f}" for value in row))


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description="Make patchgpt's demo model: texts, tokenizer, training, files, figures.")
    home = pathlib.Path(__file__).resolve().parent.parent.parent
    parser.add_argument("--out", type=pathlib.Path, default=home / "src" / "model" / "demo", help="folder to write to (%(default)s)")
    parser.add_argument("--steps", type=int, default=3600, help="training steps (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of texts, weights and figures (%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="threads to compute with; another number gives other roundings (%(default)s)")
    parser.add_argument("--vocab-size", type=int, default=1700, help="number of tokens, at most 2000 (%(default)s)")
    parser.add_argument("--prompts", type=int, default=1000, help="held-out prompts per task to measure with (%(default)s)")
    return parser.parse_args()


def main():
    """Texts, tokenizer, training, files, figures."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    rng = random.Random(arguments.seed)

    tokenizer = learn_tokenizer(rng, arguments.vocab_size)
    config = {**CONFIG, "vocab_size": len(tokenizer.vocab)}
    model = Gpt2(config)
    train(model, tokenizer, rng, arguments.steps)
    write_model(arguments.out, model, tokenizer, config)

    model.load_state_dict(read_safetensors(arguments.out / "model.safetensors"))
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(tokenizer.vocab)} tokens, "
          f"{sum(path.stat().st_size for path in arguments.out.iterdir())} bytes\n")
    report_figures(model, tokenizer, rng, arguments.prompts)
    report_examples(model, tokenizer)
    report_patching(model, tokenizer)


if __name__ == "__main__":
    main()
