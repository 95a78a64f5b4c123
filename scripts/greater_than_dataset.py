#!/usr/bin/env python3
"""Write a dataset of greater-than: pairs of prompts for patchgpt batch, one JSON object a line, to stdout.

    clean    The war lasted from the year 1732 to the year 17   ->  33 to 99
    corrupt  The war lasted from the year 1701 to the year 17   ->  02 to 99

The task of Hanna et al. 2023 (arXiv:2305.00586): a year ends later than it begins. The answers are the numbers of
two digits above the clean year's last two, the wrong answers those at and below, and the metric is prob: the sum of
the answers' probabilities less that of the wrong ones. The labels say where in the prompt the noun, the year's first
two digits (XX) and last two (YY) and the last token (end) are.

Years are only those that the model has as two tokens of two digits, as patchgpt tokenize says, and nouns those that
are one token. The same options give the same bytes, whatever the version of Python.

What it is not: a measure of how well a model knows the answers; the metrics in the batch's summary are.

Needs Python 3.9 or later and patchgpt.
"""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from prompt_dataset import Refused, option_parser, shuffled, tokenize, write

# ---- words ------------------------------------------------------------------------------------------------

NOUNS = """war siege voyage journey drought famine plague dispute trial debate alliance truce treaty revolt rebellion
crusade campaign occupation exile reign dynasty expedition project construction partnership friendship marriage
rivalry conflict crisis strike festival tournament investigation search experiment
tour career boom decline expansion renovation""".split()

# Every noun and every year stands after a space: at the beginning of a text it would be another token.
TEMPLATES = [
    "The {noun} lasted from the year {year} to the year {century}",
    "The {noun} began in the year {year} and ended in the year {century}",
    "We know that the {noun} went on from the year {year} until the year {century}",
    "From the year {year} on there was the {noun}, which was over in the year {century}",
    "Most books date the {noun} from the year {year} to the year {century}",
    "When the {noun} started it was the year {year}, and when it ended it was the year {century}",
]

CENTURIES = range(11, 18)
NUMBERS = [f"{number:02}" for number in range(100)]
LOW = "01"  # the corrupted year's last digits: every other answer but 00 and 01 is above

# ---- the dataset ------------------------------------------------------------------------------------------


class Words:
    """The nouns and years that have the tokens that they need, and the tokens of nouns, centuries and numbers."""

    def __init__(self, options):
        centuries = [str(century) for century in CENTURIES]
        years = [(century, last) for century in centuries for last in NUMBERS]
        nouns = sorted(set(NOUNS))
        texts = [*NUMBERS, *(" " + word for word in [*nouns, *centuries]), *(f" {a}{b}" for a, b in years)]
        ids = dict(zip(texts, tokenize(options, texts)))
        for last in NUMBERS:
            if len(ids[last]) != 1:
                raise Refused(f"{last} is not one token of {options.model}, and all numbers of two digits have to be")
        self.token = {text.strip(): tokens[0] for text, tokens in ids.items() if len(tokens) == 1}
        is_split = {(a, b): ids[f" {a}{b}"] == ids[" " + a] + ids[b] and len(ids[" " + a]) == 1 for a, b in years}
        self.nouns = [noun for noun in nouns if len(ids[" " + noun]) == 1]
        self.years = [(a, b) for a, b in years if LOW < b < "99" and is_split[a, b] and is_split[a, LOW]]
        self.number = {last: ids[last][0] for last in NUMBERS}
        self.century = {century: ids[" " + century][0] for century in centuries}
        for kind, found in ((("nouns", "one token"), self.nouns), (("years", "two tokens of two digits"), self.years)):
            if not found:
                raise Refused(f"of the {kind[0]} here none is {kind[1]} of {options.model}")


class Pair:
    """One pair of prompts: a combination of words, by its number."""

    def __init__(self, words, number):
        number, template = divmod(number, len(TEMPLATES))
        noun, year = divmod(number, len(words.years))
        self.template = TEMPLATES[template]
        self.noun = words.nouns[noun]
        self.century, self.last = words.years[year]

    @staticmethod
    def combinations(words):
        """How many numbers there are."""
        return len(TEMPLATES) * len(words.nouns) * len(words.years)

    def prompt(self, last):
        """The text with these last two digits of the year."""
        return self.template.format(noun=self.noun, year=self.century + last, century=self.century)

    def prompts(self):
        """The clean and the corrupted text."""
        return self.prompt(self.last), self.prompt(LOW)


def labels(pair, words, clean, corrupt):
    """Where the noun and the year are, from the tokens of both prompts. Positions count from the end, as they then
    also hold after the token that --prepend-bos puts in front."""
    length = len(clean)
    nouns = [i - length for i in range(length) if clean[i] == words.token[pair.noun]]
    centuries = [i - length for i in range(length) if clean[i] == words.century[pair.century]]
    differing = [i - length for i in range(length) if clean[i:i + 1] != corrupt[i:i + 1]]
    if (len(corrupt) != length or len(nouns) != 1 or len(centuries) != 2 or centuries[1] != -1 or
            differing != [centuries[0] + 1] or clean[differing[0]] != words.number[pair.last] or
            corrupt[differing[0]] != words.number[LOW]):
        raise Refused(f"the tokens of \"{pair.prompts()[0]}\" are not one for the noun and two for the year")
    places = {"noun": nouns[0], "XX": centuries[0], "YY": differing[0], "end": -1}
    return dict(sorted(places.items(), key=lambda item: item[1]))


def make_pairs(options, words):
    """The pairs, all different."""
    combinations = Pair.combinations(words)
    if options.count > combinations:
        raise Refused(f"{options.count} pairs are more than the {combinations} different ones there are")
    numbers = shuffled(random.Random(options.seed), combinations)
    return [Pair(words, next(numbers)) for _ in range(options.count)]


def dataset(options):
    """The lines, as objects for JSON."""
    words = Words(options)
    pairs = make_pairs(options, words)
    ids = tokenize(options, [prompt for pair in pairs for prompt in pair.prompts()])
    width = max(4, len(str(options.count)))
    settings = {"site": options.site} if options.site else {}
    for i, pair in enumerate(pairs):
        clean, corrupt = pair.prompts()
        yield {"id": f"greater-than-{i + 1:0{width}}", "clean": clean, "corrupt": corrupt,
               "answers": [last for last in NUMBERS if last > pair.last],
               "wrong_answers": [last for last in NUMBERS if last <= pair.last], "metric": "prob",
               "labels": labels(pair, words, ids[2 * i], ids[2 * i + 1]), **settings}


# ---- the command ------------------------------------------------------------------------------------------

if __name__ == "__main__":
    write("greater_than_dataset.py", dataset(option_parser(__doc__, "gpt2").parse_args()))
