#!/usr/bin/env python3
"""Read a data set of another project and write it as lines for patchgpt batch, one JSON object a line.

    eap-ioi            CSV of EAP and EAP-IG: clean, corrupted, correct_idx, incorrect_idx
    eap-greater-than   CSV of EAP and EAP-IG: clean, corrupted, label; with the numbers above the label as answers
    auto-circuit       JSON of auto-circuit: prompts with answers and wrong answers; word_idxs become labels
    mib-ioi            MIB's IOI as JSON lines, or as Parquet if pyarrow is installed
    known-1000         ROME's known_1000.json: noise on the subject, probability of the most probable token
    counterfact        ROME's counterfact.json: noise on the subject, target_true against target_new

The format is told by the file's fields, or given with --format. Lines of the first four have prepend_bos, as those
projects run them; lines with noise need a batch with --sigma 3s.

A row that patchgpt could not run as it is meant is dropped: texts with different numbers of tokens, answers that are
not one token of the model, subjects that are not in their prompt. What was dropped, and why, is on standard error.

What it is not: a source of data. It downloads nothing, and the data sets have their own licences.

Needs Python 3.9 or later and patchgpt.
"""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from dataset_formats import FORMATS, Dropped, format_of, read_rows, subject_parts
from prompt_dataset import Refused, ask, model_parser, number, tokenize, write_file

TEXTS, SETS = ("clean", "corrupt"), ("tokens", "answers", "wrong_answers")
ID_LISTS = ("clean_ids", "corrupt_ids", "token_ids", "answer_ids", "wrong_answer_ids")
MAX_NAMED = 10  # rows that are named for each reason; the others are counted

# ---- the reasons ------------------------------------------------------------------------------------------


class Drops:
    """The rows that are dropped, by reason in the order in which the reasons came up."""

    def __init__(self):
        self.rows = {}

    def add(self, row, dropped):
        self.rows.setdefault(dropped.reason, []).append(f"{row} ({dropped.detail})" if dropped.detail else f"{row}")

    def lines(self):
        for reason, rows in self.rows.items():
            more = f" and {len(rows) - MAX_NAMED} more" if len(rows) > MAX_NAMED else ""
            yield f"dropped {len(rows)}: {reason}: row {', '.join(rows[:MAX_NAMED])}{more}"


# ---- checks -----------------------------------------------------------------------------------------------


class Model:
    """What the model says of the texts: their tokens, and how many tokens and positions it has."""

    def __init__(self, options, texts):
        facts = json.loads(ask(options, ["info", "--model", options.model, "--json"]))
        self.name, self.vocabulary, self.positions = options.model, facts["n_vocab"], facts["n_positions"]
        texts = sorted(set(texts))
        self.ids = dict(zip(texts, tokenize(options, texts))) if texts else {}

    def tokens(self, line, name):
        """The tokens of clean or corrupt, from text or ids."""
        return line.get(f"{name}_ids") or self.ids[line[name]]

    def answer(self, text):
        """The token of an answer."""
        if len(self.ids[text]) != 1:
            raise Dropped(f"an answer is not one token of {self.name}", f'"{text}"')
        return self.ids[text][0]

    def check(self, line):
        """Drops a line that cannot be run; the tokens of both texts and of the answers."""
        for name in ID_LISTS:
            for token in line.get(name, []):
                if token >= self.vocabulary:
                    raise Dropped(f"{name} has an id that is not in the vocabulary of {self.name}", str(token))
        clean = self.tokens(line, "clean")
        corrupt = self.tokens(line, "corrupt") if "corrupt_noise_text" not in line else clean
        if len(clean) != len(corrupt):
            raise Dropped("the texts have different numbers of tokens", f"{len(clean)} and {len(corrupt)}")
        if clean == corrupt and "corrupt_noise_text" not in line:
            raise Dropped("the texts are equal")
        if "corrupt_noise_text" in line and line["corrupt_noise_text"] not in line["clean"]:
            raise Dropped("the subject is not in the prompt", f'"{line["corrupt_noise_text"]}"')
        if len(clean) + line.get("prepend_bos", False) > self.positions:
            raise Dropped(f"the text is longer than the {self.positions} positions of {self.name}", str(len(clean)))
        answers = line.get("token_ids") or [self.answer(text) for name in SETS for text in line.get(name, [])]
        if "tokens" in line and answers[0] == answers[1]:
            raise Dropped("both answers are the same token", f'"{line["tokens"][0]}"')
        return clean, corrupt, answers


def texts_of(line):
    """All texts of a line that patchgpt tokenizes; they have to be what its command line takes."""
    texts = [line[name] for name in TEXTS if name in line] + [text for name in SETS for text in line.get(name, [])]
    texts += [text for text in subject_parts(line) if text] if "corrupt_noise_text" in line else []
    for text in texts:
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise Dropped("a text is not valid Unicode, or has a zero byte")
    return texts


# ---- the data set -----------------------------------------------------------------------------------------


def bos_of(line, kind, options):
    """Whether a line has prepend_bos. Token ids are used as they are: they may begin with it."""
    if ("clean" in line) != ("corrupt" in line or "corrupt_noise_text" in line):
        raise Dropped("one of clean and corrupt is a text, the other token ids")
    if "clean" not in line and options.prepend_bos:
        raise Dropped("token ids have no text that --prepend-bos could stand in front of")
    return "clean" in line and (kind.bos if options.prepend_bos is None else options.prepend_bos)


def read_lines(rows, kind, options, drops):
    """The lines that the rows say, by the number of the row, from 1."""
    lines = {}
    for row, fields in enumerate(rows, 1):
        try:
            line = kind.read(fields if isinstance(fields, dict) else {}, options)
            if bos_of(line, kind, options):
                line["prepend_bos"] = True
            texts_of(line)
            lines[row] = line
        except Dropped as dropped:
            drops.add(row, dropped)
    return lines


def check_lines(lines, model, options, drops):
    """By the number of the row, the line and the tokens of its texts and answers, of the lines that can be run."""
    found = {}
    for row, line in lines.items():
        try:
            found[row] = line, *model.check(line)
        except Dropped as dropped:
            drops.add(row, dropped)
    return dict(list(found.items())[:options.count])


def labels_of(found, kind, words, model):
    """The labels by the number of the row: the format's own, and auto-circuit's words if all texts have one length."""
    is_one_length = len({len(clean) for _, clean, _, _ in found.values()}) == 1
    for row, (line, clean, corrupt, answers) in found.items():
        labels = kind.labels(line, clean, corrupt, answers, model.ids)
        if is_one_length and all(0 <= at < len(clean) for at in words.values()):
            labels = {**labels, **{name: at - len(clean) for name, at in words.items()}}
        yield row, dict(sorted(labels.items(), key=lambda item: item[1]))


def line_text(row, line, labels, seen, options):
    """The line with id and labels as JSON. An id that the data set has twice, or has not, is made of the row."""
    name = line.pop("id", None)
    if name is None or name in seen:
        name = f"{options.format}-{row:0{options.width}}"
    seen.add(name)
    settings = {"site": options.site} if options.site else {}
    return json.dumps({"id": name, **line, **({"labels": labels} if labels else {}), **settings}) + "\n"


def notes(found, words, options):
    """What else there is to know about the lines."""
    if words and len({len(clean) for _, clean, _, _ in found.values()}) > 1:
        yield "the texts have different lengths, so the positions of word_idxs are left out"
    strange = [row for row, (line, clean, _, answers) in found.items()
               if options.format == "eap-ioi" and answers[0] not in clean]
    if strange:
        yield (f"warning: correct_idx is not a token of the clean text in row {strange[0]} ({len(strange)} such rows): "
               f"are the ids those of another model than {options.model}?")
    if any("corrupt_noise_text" in line for line, *_ in found.values()):
        yield "the lines have noise: run them with patchgpt batch --sigma 3s"


def dataset(options):
    """The lines as text, and what is said about them."""
    data = sys.stdin.buffer.read() if options.file == "-" else pathlib.Path(options.file).read_bytes()
    rows, words = read_rows(data)
    options.format = options.format or format_of(rows)
    options.width = max(4, len(str(len(rows))))
    kind, drops = FORMATS[options.format], Drops()
    lines = read_lines(rows, kind, options, drops)
    model = Model(options, [text for line in lines.values() for text in texts_of(line)])
    found = check_lines(lines, model, options, drops)
    if not found:
        raise Refused("\n".join([*drops.lines(), f"no row of {options.file} can be used ({options.format}, "
                                                 f"{len(rows)} rows)"]))
    said = [f"{options.format}: {len(found)} of {len(rows)} rows are written", *drops.lines(),
            *notes(found, words, options)]
    seen = set()
    return "".join(line_text(row, found[row][0], labels, seen, options)
                   for row, labels in labels_of(found, kind, words, model)), said


# ---- the command ------------------------------------------------------------------------------------------


def parse_arguments():
    """The command line."""
    parser = model_parser(__doc__, "gpt2")
    parser.add_argument("file", metavar="FILE", help="the data set; - is standard input")
    parser.add_argument("-o", "--output", metavar="FILE", default="-", help="where the lines go (default: -, stdout)")
    parser.add_argument("--format", choices=list(FORMATS), help="the format (default: told by the file's fields)")
    parser.add_argument("--count", metavar="N", type=number, help="at most N lines, the first (default: all)")
    parser.add_argument("--counterfactual", metavar="FIELD",
                        help="field of the corrupted text (default: corrupted; mib-ioi: s2_io_flip_counterfactual)")
    parser.add_argument("--prepend-bos", action=argparse.BooleanOptionalAction,
                        help="<|endoftext|> in front of the texts (default: as the project's own code has it)")
    return parser.parse_args()


def main():
    options = parse_arguments()
    try:
        text, said = dataset(options)
        write_file(options.output, text)
        print("\n".join(f"import_dataset.py: {line}" for line in said), file=sys.stderr)
    except Refused as refused:
        sys.exit("\n".join(f"import_dataset.py: {line}" for line in str(refused).split("\n")))
    except OSError as error:
        sys.exit(f"import_dataset.py: {options.file}: {error.strerror}")


if __name__ == "__main__":
    main()
