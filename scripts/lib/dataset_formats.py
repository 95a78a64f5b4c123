"""dataset_formats.py: the files of other projects that import_dataset.py reads, and what a row of each says as a line
for patchgpt batch. Field names are those that the projects' own code reads:

    eap-ioi            CSV: clean, corrupted, correct_idx, incorrect_idx (EAP, EAP-IG)
    eap-greater-than   CSV: clean, corrupted, label, the last two digits of the year (EAP, EAP-IG)
    auto-circuit       JSON: prompts with clean, corrupt, answers, wrong_answers; word_idxs
    mib-ioi            rows of MIB's IOI: prompt, metadata, s2_io_flip_counterfactual, ...
    known-1000         ROME's facts: prompt, subject, known_id
    counterfact        ROME's CounterFact: requested_rewrite with prompt, subject, target_true, target_new

What it is not: a check of texts and tokens by a model; import_dataset.py asks patchgpt.
"""
import csv
import io
import json
import re

from prompt_dataset import Refused

NUMBERS = [f"{number:02}" for number in range(100)]


class Dropped(Exception):
    """Why a row cannot be used: a reason to count by, and what is particular to this row."""

    def __init__(self, reason, detail=""):
        super().__init__(reason)
        self.reason, self.detail = reason, detail


# ---- fields -----------------------------------------------------------------------------------------------


def field(row, name, kinds=str):
    """A field of a row, of this type; a.b is the field b of a."""
    for part in name.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    if not isinstance(row, kinds) or isinstance(row, bool) or row in ("", [], {}):
        raise Dropped(f"{name} is missing, empty or of another type")
    return row


def whole(row, name):
    """A field that is a whole number from 0, or its digits."""
    text = str(field(row, name, (str, int))).strip()
    if not re.fullmatch(r"\d{1,9}(\.0)?", text, re.ASCII):
        raise Dropped(f"{name} is not a whole number", text)
    return int(text.partition(".")[0])


def own_id(prefix, row, name):
    """An id from the data set's own number, if it has one."""
    number = row.get(name)
    return f"{prefix}-{number}" if isinstance(number, int) and number >= 0 else None


# ---- labels: names for positions, from the end, so that they hold after --prepend-bos --------------------


def ioi_labels(line, clean, corrupt, answers, ids_of):
    """Where the indirect object and the subject's two mentions are, if they are there so often."""
    giving = [i - len(clean) for i, token in enumerate(clean) if token == answers[1]]
    given = [i - len(clean) for i, token in enumerate(clean) if token == answers[0]]
    if len(given) != 1 or len(giving) != 2:
        return {}
    return {"IO": given[0], "S1": giving[0], "S1+1": giving[0] + 1, "S2": giving[1], "end": -1}


def year_labels(line, clean, corrupt, answers, ids_of):
    """Where the year is, if the texts differ in its last digits alone."""
    differing = [i - len(clean) for i in range(len(clean)) if clean[i] != corrupt[i]]
    if len(differing) != 1 or -differing[0] == len(clean):
        return {}
    return {"XX": differing[0] - 1, "YY": differing[0], "end": -1}


def subject_parts(line):
    """The prompt up to its subject, and through it."""
    before, subject, _ = line["clean"].partition(line["corrupt_noise_text"])
    return before.rstrip(), before + subject


def subject_labels(line, clean, corrupt, answers, ids_of):
    """The places of ROME's figures, if the subject begins and ends where tokens do."""
    before, through = [ids_of.get(text, []) for text in subject_parts(line)]
    if clean[:len(before)] != before or clean[:len(through)] != through or not len(before) < len(through) < len(clean):
        return {}
    first, last = len(before) - len(clean), len(through) - 1 - len(clean)
    return {"subject_first": first, "subject_last": last, "after": last + 1, "end": -1}


def no_labels(line, clean, corrupt, answers, ids_of):
    return {}


# ---- a row of each format: the fields of its line ---------------------------------------------------------


def eap_ioi(row, options):
    return {"clean": field(row, "clean"), "corrupt": field(row, options.counterfactual or "corrupted"),
            "token_ids": [whole(row, "correct_idx"), whole(row, "incorrect_idx")]}


def eap_greater_than(row, options):
    last = whole(row, "label")
    if last > 98:
        raise Dropped("no number of two digits is above the label", str(last))
    return {"clean": field(row, "clean"), "corrupt": field(row, options.counterfactual or "corrupted"),
            "answers": NUMBERS[last + 1:], "wrong_answers": NUMBERS[:last + 1], "metric": "prob"}


def text_or_ids(row, name, ids_name, is_text):
    """A text, or a list of texts, under its name; or a list of token ids under its own."""
    value = field(row, name, (str, list))
    if isinstance(value, list) and all(type(item) is int and item >= 0 for item in value):
        return {ids_name: value}
    is_list = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    if isinstance(value, str) if is_text else is_list:
        return {name: value}
    raise Dropped(f"{name} is missing, empty or of another type")


def auto_circuit(row, options):
    return {**text_or_ids(row, "clean", "clean_ids", True), **text_or_ids(row, "corrupt", "corrupt_ids", True),
            **text_or_ids(row, "answers", "answer_ids", False),
            **text_or_ids(row, "wrong_answers", "wrong_answer_ids", False)}


def mib_ioi(row, options):
    names = [field(row, f"metadata.{name}") for name in ("indirect_object", "subject")]
    other = options.counterfactual or "s2_io_flip_counterfactual"
    line = {"clean": field(row, "prompt"), "corrupt": field(row, f"{other}.prompt"),
            "tokens": [" " + name for name in names]}
    return {**line, "template": row["template"]} if isinstance(row.get("template"), str) else line


def known_1000(row, options):
    return {"id": own_id("known", row, "known_id"), "clean": field(row, "prompt"),
            "corrupt_noise_text": field(row, "subject")}


def counterfact(row, options):
    request = field(row, "requested_rewrite", dict)
    prompt, subject = field(request, "prompt"), field(request, "subject")
    if prompt.count("{}") != 1:
        raise Dropped("the prompt has no place {} for the subject", prompt)
    targets = [field(request, name).strip() for name in ("target_true.str", "target_new.str")]
    return {"id": own_id("counterfact", row, "case_id"), "clean": prompt.replace("{}", subject),
            "tokens": [" " + target for target in targets], "corrupt_noise_text": subject}


class Format:
    """What is known of a format: how a row is read, whether the projects' own code runs it with BOS, the fields that
    it is told by, and its labels."""

    def __init__(self, read, bos, marks, labels):
        self.read, self.bos, self.marks, self.labels = read, bos, marks, labels


FORMATS = {
    "eap-ioi": Format(eap_ioi, True, {"clean", "corrupted", "correct_idx", "incorrect_idx"}, ioi_labels),
    "eap-greater-than": Format(eap_greater_than, True, {"clean", "corrupted", "label"}, year_labels),
    "auto-circuit": Format(auto_circuit, True, {"clean", "corrupt", "answers", "wrong_answers"}, no_labels),
    "mib-ioi": Format(mib_ioi, True, {"prompt", "metadata"}, ioi_labels),
    "known-1000": Format(known_1000, False, {"prompt", "subject", "known_id"}, subject_labels),
    "counterfact": Format(counterfact, False, {"requested_rewrite"}, subject_labels),
}

# ---- files ------------------------------------------------------------------------------------------------


def parquet_rows(data):
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise Refused("the file is Parquet, which is read if pyarrow is installed: pip install pyarrow, or export the "
                      "rows as JSON lines") from None
    try:
        return pyarrow.parquet.read_table(pyarrow.BufferReader(data)).to_pylist()
    except pyarrow.ArrowException as error:
        raise Refused(f"the file is not readable as Parquet: {error}") from None


def json_values(text):
    """The value of a JSON file, or the list of those of JSON lines."""
    try:
        return json.loads(text)
    except ValueError as error:
        if not str(error).startswith("Extra data"):
            raise Refused(f"the file is not JSON: {error}") from None
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            rows += [json.loads(line)] if line.strip() else []
        except ValueError as error:
            raise Refused(f"line {number} is not JSON: {error}") from None
    return rows


def csv_rows(text):
    csv.field_size_limit(2 ** 31 - 1)
    try:
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Refused(f"the file is not readable as CSV: {error}") from None


def read_rows(data):
    """The rows of a file, and auto-circuit's positions of words, which are of all its rows."""
    if data[:4] == b"PAR1":
        return parquet_rows(data), {}
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"the file is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}") from None
    if text.lstrip()[:1] not in ("{", "["):
        return csv_rows(text), {}
    try:
        value = json_values(text)
    except RecursionError:
        raise Refused("the file is nested too deeply to be a data set") from None
    if isinstance(value, dict) and isinstance(value.get("prompts"), list):
        words = value.get("word_idxs") or {}
        if not isinstance(words, dict) or not all(type(at) is int for at in words.values()):
            raise Refused("word_idxs is not an object of positions by name")
        return value["prompts"], words
    return value if isinstance(value, list) else [value], {}


def format_of(rows):
    """The format whose fields the first row has."""
    if not rows:
        raise Refused("the file has no rows")
    fields = {name for name in rows[0] if isinstance(name, str)} if isinstance(rows[0], dict) else set()
    for name, kind in FORMATS.items():
        if kind.marks <= fields:
            return name
    raise Refused(f"the file has none of the formats {', '.join(FORMATS)}: the fields of its first row are "
                  f"{', '.join(sorted(fields)) or 'missing'}")
