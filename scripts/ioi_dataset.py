#!/usr/bin/env python3
"""Write a dataset of indirect objects: pairs of prompts for patchgpt batch, one JSON object a line, to stdout.

    clean    When Mary and John went to the store, John gave a drink to   ->  Mary
    corrupt  When Mary and John went to the store, Mary gave a drink to   ->  John

The names in the first clause stand in both orders by turns: the indirect object first (ids that end in -abba) or
the subject first (-baba). The corrupted prompt has the other name as the second subject, so the answer flips. The
tokens are [indirect object, subject], and the labels say where in the prompt the indirect object (IO), the
subject's two mentions (S1, S2), the token after the first (S1+1) and the last token (end) are.

Names, places and objects are only those that are one token of the model, as patchgpt tokenize says, so that all
prompts of a template are of one length. The same options give the same bytes, whatever the version of Python.

What it is not: a measure of how well a model knows the answers; the metrics in the batch's summary are.

Needs Python 3.9 or later and patchgpt.
"""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from prompt_dataset import Refused, option_parser, shuffled, tokenize, write

# ---- words ------------------------------------------------------------------------------------------------

NAMES = """Mary John Michelle James Jessica Robert Anna Michael Emma William Alice David Sarah Richard Laura Joseph
Lisa Thomas Linda Charles Karen Daniel Susan Matthew Nancy Paul Betty Steven Helen Andrew Sandra Kevin Donna Brian
Carol George Ruth Peter Sharon Edward Barbara Henry Patricia Tom Jennifer Jack Elizabeth Eric Maria Adam Julia Ben
Rachel Sam Emily Luke Amy Simon Kate Martin Jane Patrick Olivia Nathan Claire Ryan Diana Tim Lucy Jason Amanda Gary
Melissa Keith Stephanie Philip Rebecca Ralph Nicole Oscar Hannah Victor Megan Walter Victoria Arthur Julie Albert
Martha Jacob Ellen""".split()

PLACES = """store school park library market station museum office hospital beach garden restaurant airport bank
church hotel gym farm castle lake harbor village cinema cafe zoo stadium""".split()

OBJECTS = ["a drink", "a book", "a letter", "a ring", "an apple", "a ticket", "a map", "a key", "a basket", "a watch",
           "a camera", "an umbrella", "a cake", "a flower", "a picture", "a hat", "a coat", "a guitar", "a ball",
           "a pencil", "a sandwich", "a newspaper", "a computer"]

# {first} and {second} are the two names in either order, {giver} is the subject again. Every name stands after a
# space: at the beginning of a text it would be another token.
TEMPLATES = {
    # What the demo model was trained to read (train_demo_model.py): it knows hardly any other sentence.
    "demo": [
        "When {first} and {second} went to the {place}, {giver} gave {object} to",
        "While {first} and {second} were waiting at the {place}, {giver} handed {object} to",
        "While {first} and {second} were working at the {place}, {giver} showed {object} to",
        "After {first} and {second} came back from the {place}, {giver} sold {object} to",
        "After {first} and {second} had lunch at the {place}, {giver} offered {object} to",
        "As soon as {first} and {second} got to the {place}, {giver} lent {object} to",
        "Yesterday {first} and {second} worked together at the {place}, and {giver} brought {object} to",
        "It was late when {first} and {second} left the {place}. In the end, {giver} sent {object} to",
        "When {first} and {second} went to the {place}, {giver} decided to give {object} to",
        "After {first} and {second} had lunch at the {place}, {giver} wanted to show {object} to",
    ],
    "gpt2": [
        "When {first} and {second} went to the {place}, {giver} gave {object} to",
        "Because {first} and {second} had to wait at the {place}, {giver} lent {object} to",
        "On the day that {first} and {second} first met at the {place}, {giver} handed {object} to",
        "Since {first} and {second} were both at the {place}, {giver} decided to give {object} to",
        "As usual, {first} and {second} had lunch at the {place}, and after that {giver} showed {object} to",
        "Last night {first} and {second} came back from the {place} together. At the door {giver} passed {object} to",
        "The door of the {place} was locked, so {first} and {second} sat down outside, where {giver} offered {object} to",
        "It rained all morning while {first} and {second} were at the {place}. Around noon, {giver} brought {object} to",
        "Everybody at the {place} likes {first} and {second}. For the holidays {giver} sent {object} to",
        "Once the {place} had closed, {first} and {second} walked home. On the way {giver} sold {object} to",
        "Nobody noticed when {first} and {second} left the {place}, or that {giver} had given {object} to",
        "During their trip to the {place}, {first} and {second} ran into each other, and {giver} promised {object} to",
    ],
}

# ---- the dataset ------------------------------------------------------------------------------------------


class Words:
    """The names, places and objects that are one token of the model, and the token of each name."""

    def __init__(self, options):
        nouns = [phrase.split()[-1] for phrase in OBJECTS]
        everything = [*NAMES, *PLACES, *nouns]
        ids = tokenize(options, [" " + word for word in everything])
        self.token = {word: tokens[0] for word, tokens in zip(everything, ids) if len(tokens) == 1}
        self.names = [name for name in NAMES if name in self.token]
        self.places = [place for place in PLACES if place in self.token]
        self.objects = [phrase for phrase, noun in zip(OBJECTS, nouns) if noun in self.token]
        for kind, found, needed in (("names", self.names, 2), ("places", self.places, 1), ("objects", self.objects, 1)):
            if len(found) < needed:
                raise Refused(f"of the {kind} here only {len(found)} are one token of {options.model}, "
                              f"but {needed} are needed")


class Pair:
    """One pair of prompts: a combination of words, by its number, in one of the orders."""

    def __init__(self, words, templates, number, order):
        number, template = divmod(number, len(templates))
        number, place = divmod(number, len(words.places))
        number, thing = divmod(number, len(words.objects))
        receiver, giver = divmod(number, len(words.names) - 1)
        self.order = order
        self.receiver = words.names[receiver]
        self.giver = words.names[giver + (giver >= receiver)]  # not the receiver
        self.template = templates[template]
        self.words = {"place": words.places[place], "object": words.objects[thing]}

    @staticmethod
    def combinations(words, templates):
        """How many numbers there are."""
        names = len(words.names)
        return len(templates) * len(words.places) * len(words.objects) * names * (names - 1)

    def prompt(self, giver):
        """The text in which this one of the two is giving."""
        first, second = (self.receiver, self.giver) if self.order == "abba" else (self.giver, self.receiver)
        return self.template.format(first=first, second=second, giver=giver, **self.words)

    def prompts(self):
        """The clean and the corrupted text."""
        return self.prompt(self.giver), self.prompt(self.receiver)


def labels(pair, words, clean, corrupt):
    """Where the names are, from the tokens of both prompts. Positions count from the end, as they then also hold
    after the token that --prepend-bos puts in front."""
    length = len(clean)
    receiver, giver = words.token[pair.receiver], words.token[pair.giver]
    given = [i - length for i in range(length) if clean[i] == receiver]
    giving = [i - length for i in range(length) if clean[i] == giver]
    differing = [i - length for i in range(length) if clean[i:i + 1] != corrupt[i:i + 1]]
    if len(corrupt) != length or len(given) != 1 or len(giving) != 2 or differing != giving[1:]:
        raise Refused(f"the tokens of \"{pair.prompts()[0]}\" are not one for each name")
    places = {"IO": given[0], "S1": giving[0], "S1+1": giving[0] + 1, "S2": giving[1], "end": -1}
    return dict(sorted(places.items(), key=lambda item: item[1]))


def make_pairs(options, words):
    """The pairs, both orders by turns, all different."""
    templates = TEMPLATES[options.templates or ("demo" if options.model == "demo" else "gpt2")]
    combinations = Pair.combinations(words, templates)
    if options.count > 2 * combinations:
        raise Refused(f"{options.count} pairs are more than the {2 * combinations} different ones there are")
    rng = random.Random(options.seed)
    orders = [("abba", shuffled(rng, combinations)), ("baba", shuffled(rng, combinations))]
    turns = (orders[i % 2] for i in range(options.count))
    return [Pair(words, templates, next(numbers), order) for order, numbers in turns]


def dataset(options):
    """The lines, as objects for JSON."""
    words = Words(options)
    pairs = make_pairs(options, words)
    ids = tokenize(options, [prompt for pair in pairs for prompt in pair.prompts()])
    width = max(4, len(str(options.count)))
    settings = {"site": options.site} if options.site else {}
    for i, pair in enumerate(pairs):
        clean, corrupt = pair.prompts()
        yield {"id": f"ioi-{i + 1:0{width}}-{pair.order}", "clean": clean, "corrupt": corrupt,
               "tokens": [" " + pair.receiver, " " + pair.giver],
               "labels": labels(pair, words, ids[2 * i], ids[2 * i + 1]), **settings}


# ---- the command ------------------------------------------------------------------------------------------


def parse_arguments():
    """The command line."""
    parser = option_parser(__doc__, "demo")
    parser.add_argument("--templates", choices=sorted(TEMPLATES),
                        help="the sentences (default: demo for the model demo, gpt2 for all others)")
    return parser.parse_args()


if __name__ == "__main__":
    write("ioi_dataset.py", dataset(parse_arguments()))
