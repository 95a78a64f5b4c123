# dataset.bats: scripts/ioi_dataset.py and greater_than_dataset.py, the pairs of prompts for a batch; import_dataset.py
# for numbers of two digits (the rest of it: import.bats).
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper

setup() { make_scratch && need_patchgpt; }
teardown() { remove_scratch; }

dataset() { PYTHONDONTWRITEBYTECODE=1 python3 "$PROJECT/scripts/ioi_dataset.py" --patchgpt "$PATCHGPT" "$@"; }
greater_than() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$PROJECT/scripts/greater_than_dataset.py" --patchgpt "$PATCHGPT" --model ./words "$@"
}

# check FILE <<PYTHON: Python with the file's objects in the list "lines".
check() {
    python3 -c 'import json, sys; lines = [json.loads(line) for line in open(sys.argv[1])]; exec(sys.stdin.read())' "$1"
}

# word_model WORD…: a model of random weights, "words", whose tokens are these words after a space, and no others;
# =32 is "32" without a space, and 17+89 " 1789", made of " 17" and "89".
word_model() {
    PYTHONPATH=$PROJECT/tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - "$@" <<'END'
import json, sys, tiny_model
words = sys.argv[1:]
pieces = dict.fromkeys([*tiny_model.byte_alphabet(), "<|endoftext|>"])
merges = {}
for word in words:
    piece = "" if word[0] == "=" else "\u0120"
    if "+" in word:
        a, b = word.split("+")
        merges[f"{piece}{a} {b}"] = pieces[piece + a + b] = None
        continue
    if word[0] == "=":
        piece, word = word[1], word[2:]
    for letter in word:
        merges[f"{piece} {letter}"] = None
        piece += letter
        pieces[piece] = None
sys.argv[1:] = ["words"]
tiny_model.VOCABULARY, tiny_model.POSITIONS = len(pieces), 64
tiny_model.main()
json.dump({piece: i for i, piece in enumerate(pieces)}, open("words/vocab.json", "w"))
open("words/merges.txt", "w").write("#version: 0.2\n" + "".join(f"{merge}\n" for merge in merges))
END
}

@test "dataset: as many pairs as asked for, all different, both orders by turns" {
    expect 0 dataset --count 301
    assert_equal "$errors" ""
    check .stdout <<'END'
assert len(lines) == 301
assert len({line["clean"] for line in lines}) == 301
assert [line["id"] for line in lines] == [f"ioi-{i:04}-{'abba' if i % 2 else 'baba'}" for i in range(1, 302)]
assert len({line["id"] for line in lines}) == 301
END
}

@test "dataset: the same options give the same bytes, another seed other bytes" {
    expect 0 dataset --count 50
    cp .stdout first
    expect 0 dataset --count 50 --seed 1
    cmp .stdout first
    expect 0 dataset --count 60
    head -n 50 .stdout | cmp - first
    expect 0 dataset --count 50 --seed 2
    if cmp -s .stdout first; then complain "seed 2 gives what seed 1 does"; fi
    expect 2 dataset --count 50 --seed -1 # of which Python would make 1
    expect 0 dataset --count 2
    assert_equal "$output" '{"id": "ioi-0001-abba", "clean": "While Lisa and Lucy were waiting at the cafe, Lucy handed a pencil to", "corrupt": "While Lisa and Lucy were waiting at the cafe, Lisa handed a pencil to", "tokens": [" Lisa", " Lucy"], "labels": {"IO": -17, "S1": -15, "S1+1": -14, "S2": -5, "end": -1}}
{"id": "ioi-0002-baba", "clean": "As soon as Martha and Amanda got to the harbor, Martha lent a coat to", "corrupt": "As soon as Martha and Amanda got to the harbor, Amanda lent a coat to", "tokens": [" Amanda", " Martha"], "labels": {"S1": -13, "S1+1": -12, "IO": -11, "S2": -5, "end": -1}}'
}

@test "dataset: the labels are where the tokens are, and the corrupted text differs at S2 alone" {
    expect 0 dataset --count 60
    cp .stdout pairs.jsonl
    check pairs.jsonl >texts <<'END'
for line in lines:
    print(line["clean"], line["corrupt"], *line["tokens"], sep="\n")
END
    expect 0 "$PATCHGPT" tokenize --model demo --json - <texts
    check pairs.jsonl <<'END'
texts = [[token["text"] for token in json.loads(line)["tokens"]] for line in open(".stdout")]
for i, line in enumerate(lines):
    clean, corrupt, receiver, giver = texts[4 * i:4 * i + 4]
    assert [receiver, giver] == [[token] for token in line["tokens"]]
    receiver, giver, labels = receiver[0], giver[0], line["labels"]
    assert list(labels.values()) == sorted(labels.values())
    assert clean[labels["IO"]] == receiver and clean.count(receiver) == 1
    assert clean[labels["S1"]] == clean[labels["S2"]] == giver and clean.count(giver) == 2
    assert labels["S1+1"] == labels["S1"] + 1 and labels["S1"] < labels["S2"] and labels["end"] == -1
    assert (labels["IO"] < labels["S1"]) == line["id"].endswith("-abba")
    expected = list(clean)
    expected[labels["S2"]] = receiver
    assert corrupt == expected
END
}

@test "dataset: the demo model knows the answers" {
    local right=0 clean token
    expect 0 dataset --count 12 --seed 7
    cp .stdout pairs.jsonl
    check pairs.jsonl >prompts <<'END'
for line in lines:
    print(line["clean"], line["tokens"][0], sep="\t")
    print(line["corrupt"], line["tokens"][1], sep="\t")
END
    while IFS=$'\t' read -r clean token; do
        expect 0 "$PATCHGPT" predict --model demo --top 1 "$clean"
        [[ $output != *"\"$token\" "* ]] || right=$((right + 1))
    done <prompts
    [ "$right" -ge 23 ] || complain "right in $right of 24"
}

@test "dataset: of another model, only words that are one token, with the sentences for gpt2" {
    word_model Mary John Anna school park ring
    expect 0 dataset --model ./words --count 50
    check .stdout <<'END'
for line in lines:
    assert set(line["tokens"]) < {" Mary", " John", " Anna"}
    assert ("school" in line["clean"]) != ("park" in line["clean"])
    assert " a ring" in line["clean"] and "apple" not in line["clean"]
openings = {line["clean"].split()[0] for line in lines}
assert {"When", "Because", "Since"} < openings and len(openings) >= 8, openings
END
}

@test "dataset: every combination can be had once, and no more" {
    word_model Mary John park ring
    expect 0 dataset --model ./words --templates demo --count 40
    check .stdout <<'END'
assert len({line["clean"] for line in lines}) == 40
END
    expect 1 dataset --model ./words --templates demo --count 41
    assert_sentence ioi_dataset.py
    assert_contains "$errors" "41 pairs are more than the 40 different ones there are"
    assert_equal "$output" ""
}

@test "dataset: a model that lacks the words, or does not exist, is refused" {
    word_model Mary park ring
    expect 1 dataset --model ./words
    assert_sentence ioi_dataset.py
    assert_contains "$errors" "of the names here only 1 are one token of ./words"
    expect 1 dataset --model nothing
    assert_sentence ioi_dataset.py
    assert_contains "$errors" "there is no model nothing"
    expect 1 python3 "$PROJECT/scripts/ioi_dataset.py" --patchgpt ./nothing
    assert_sentence ioi_dataset.py
    assert_contains "$errors" "cannot run ./nothing"
}

@test "dataset: --site goes into every line, --help tells, wrong numbers are refused" {
    expect 0 dataset --count 3 --site z,q
    check .stdout <<'END'
assert [line["site"] for line in lines] == ["z,q"] * 3
END
    expect 0 dataset --help
    assert_contains "$output" "--templates"
    expect 2 dataset --count 0
    expect 2 dataset --templates gpt3
}

@test "dataset: the README's 200 pairs have the README's means and picture" {
    dataset --count 200 >ioi.jsonl
    [ "$(head -n 1 ioi.jsonl)" = "$(grep -F '{"id": "ioi-0001-abba"' "$PROJECT/README.md")" ]
    expect 0 "$PATCHGPT" batch ioi.jsonl --model demo --output ioi
    cmp ioi/mean.csv "$PROJECT/tests/fixtures/golden/ioi.csv"
    [ "$(pixels ioi/mean_recovered.png)" = "$(pixels "$PROJECT/tests/fixtures/golden/ioi.png")" ]
    # in layer 0 the second subject decides, in layer 3 the last position
    awk -F, '$5 == "" && $8 == "S2" && $4 == 0 { a = $15 } $8 == "end" && $4 == 3 { b = $15 } END { exit !(a > 0.99 && b > 0.99) }' \
        ioi/mean.csv
}

# ---- greater-than ----

# number_model [WORD…]: a word_model that knows the numbers of two digits, some nouns, and the words around them.
number_model() {
    local numbers
    mapfile -t numbers < <(seq -f '=%02g' 0 99)
    word_model 11 12 13 14 15 16 17 war siege truce lasted from the year to began in and ended know that went on \
        until was over books date when it started The We From Most When which there "${numbers[@]}" "$@"
}

@test "dataset: greater-than has years of two tokens, answers above and wrong answers up to them" {
    number_model
    expect 0 greater_than --count 150
    assert_equal "$errors" ""
    check .stdout <<'END'
assert [line["id"] for line in lines] == [f"greater-than-{i:04}" for i in range(1, 151)]
assert len({line["clean"] for line in lines}) == 150
numbers = [f"{number:02}" for number in range(100)]
import re
for line in lines:
    century, last, again = re.search(r"year (\d\d)(\d\d)\b.* year (\d\d)$", line["clean"]).groups()
    assert century == again and "11" <= century <= "17" and "02" <= last <= "98", line
    assert line["corrupt"] == line["clean"].replace(century + last, century + "01")
    assert line["answers"] == numbers[int(last) + 1:] and line["wrong_answers"] == numbers[:int(last) + 1]
    assert line["metric"] == "prob" and "site" not in line
    assert re.search(" (war|siege|truce)\\b", line["clean"])
assert len({line["clean"].split()[0] for line in lines}) >= 4
END
}

@test "dataset: greater-than's labels are where the tokens are" {
    number_model
    expect 0 greater_than --count 40
    cp .stdout pairs.jsonl
    check pairs.jsonl >texts <<'END'
for line in lines:
    print(line["clean"], line["corrupt"], sep="\n")
END
    expect 0 "$PATCHGPT" tokenize --model ./words --json - <texts
    check pairs.jsonl <<'END'
texts = [[token["text"] for token in json.loads(line)["tokens"]] for line in open(".stdout")]
for line, clean, corrupt in zip(lines, texts[::2], texts[1::2]):
    labels = line["labels"]
    assert list(labels.values()) == sorted(labels.values()) and labels["end"] == -1
    assert clean[labels["noun"]] in (" war", " siege", " truce")
    assert clean[labels["XX"]] == clean[-1] and labels["YY"] == labels["XX"] + 1
    assert clean[labels["YY"]] == line["wrong_answers"][-1] and corrupt[labels["YY"]] == "01"
    assert [i for i, (a, b) in enumerate(zip(clean, corrupt)) if a != b] == [len(clean) + labels["YY"]]
END
}

@test "dataset: greater-than leaves out years that are other tokens" {
    number_model 17+89 16+01 # 1601 would be the corrupted year of every 16YY
    expect 0 greater_than --count 1000
    check .stdout <<'END'
years = {line["clean"].rpartition(" year ")[0].partition(" year ")[2][:4] for line in lines}
assert "1789" not in years and "1788" in years and not any(year.startswith("16") for year in years), years
END
}

@test "dataset: greater-than runs to a batch's means" {
    number_model
    expect 0 greater_than --count 6 --seed 3 --site resid_post,z_all
    cp .stdout pairs.jsonl
    expect 0 "$PATCHGPT" batch pairs.jsonl --model ./words --output out
    assert_contains "$output" "6 of 6 experiments are done"
    grep -q '^prob_sets,0,resid_post,1,,,,YY,6,' out/mean.csv
    grep -q '^prob_sets,0,z_all,1,1,,,,6,' out/mean.csv
    [ -s out/mean.png ]
}

@test "dataset: greater-than: the same options give the same bytes, and what cannot be is refused" {
    number_model
    expect 0 greater_than --count 20
    cp .stdout first
    expect 0 greater_than --count 30
    head -n 20 .stdout | cmp - first
    expect 0 greater_than --count 20 --seed 2
    if cmp -s .stdout first; then complain "seed 2 gives what seed 1 does"; fi
    expect 0 greater_than --help
    assert_contains "$output" "arXiv:2305.00586"
    expect 2 greater_than --templates gpt2
    expect 1 greater_than --count 20000
    assert_sentence greater_than_dataset.py
    assert_contains "$errors" "20000 pairs are more than the 12222 different ones there are"
    expect 1 greater_than --model demo
    assert_sentence greater_than_dataset.py
    assert_contains "$errors" "00 is not one token of demo, and all numbers of two digits have to be"
    assert_equal "$output" ""
    rm -r words
    word_model 11 war
    expect 1 greater_than
    assert_contains "$errors" "00 is not one token of ./words"
}

@test "import: EAP's greater-than has the numbers above the label as answers" {
    number_model
    expect 0 env PYTHONDONTWRITEBYTECODE=1 python3 "$PROJECT/scripts/import_dataset.py" --patchgpt "$PATCHGPT" \
        --model ./words "$PROJECT/tests/fixtures/datasets/years.csv" --output years.jsonl
    assert_equal "$errors" "import_dataset.py: eap-greater-than: 2 of 4 rows are written
import_dataset.py: dropped 1: no number of two digits is above the label: row 3 (99)
import_dataset.py: dropped 1: label is not a whole number: row 4 (late)"
    check years.jsonl <<'END'
numbers = [f"{number:02}" for number in range(100)]
assert [line["answers"] for line in lines] == [numbers[33:], numbers[3:]]
assert [line["wrong_answers"] for line in lines] == [numbers[:33], numbers[:3]]
assert all(line["metric"] == "prob" and line["prepend_bos"] for line in lines)
assert lines[0]["labels"] == {"XX": -6, "YY": -5, "end": -1}, lines[0]["labels"]
END
    expect 0 "$PATCHGPT" batch years.jsonl --model ./words --output out
    assert_contains "$output" "2 of 2 experiments are done"
    grep -q '^prob_sets,0,resid_post,1,,,,YY,2,' out/mean.csv
}

@test "dataset: over the README's 200 pairs the heads of layers 2 and 3 write the answer, and the picture shows it" {
    dataset --count 200 >ioi.jsonl
    expect 0 "$PATCHGPT" batch ioi.jsonl --model demo --what direct --output ioi-direct
    assert_contains "$output" "200 of 200 lines are done"
    [ "$(pixels ioi-direct/mean_direct.png)" = "$(pixels "$PROJECT/tests/fixtures/golden/ioi-direct.png")" ]
    awk -F, '$2 ~ /^L[23]H/ { heads += $4 } $2 !~ /^L[23]H/ && $4 > most { most = $4 }
        END { exit !(heads > 8.4 && heads < 8.5 && most < 0.23) }' <(tail -n +2 ioi-direct/mean_direct.csv)
}
