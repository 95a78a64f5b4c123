# import.bats: scripts/import_dataset.py, data sets of other projects as lines for a batch (EAP's years: dataset.bats).
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper

setup() { make_scratch && need_patchgpt; }
teardown() { remove_scratch; }

DATASETS=$PROJECT/tests/fixtures/datasets

import() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$PROJECT/scripts/import_dataset.py" --patchgpt "$PATCHGPT" --model demo "$@"
}

# check <<PYTHON: Python with the lines of the file "lines" as objects in the list "lines".
check() {
    python3 -c 'import json, sys; lines = [json.loads(line) for line in open("lines")]; exec(sys.stdin.read())'
}

# said LINE…: these are the lines on stderr.
said() { assert_equal "$errors" "$(printf 'import_dataset.py: %s\n' "$@")"; }

# runs N [OPTION…]: a batch of the file "lines" runs, N experiments, and all that they need is there.
runs() {
    local n=$1
    shift
    expect 0 "$PATCHGPT" batch lines --model demo --output out "$@"
    assert_contains "$output" "$n of $n experiments are done"
    [ -s out/mean.csv ] || complain "there is no mean.csv"
}

@test "import: EAP's indirect objects, with BOS, token ids and labels" {
    expect 0 import "$DATASETS/ioi.csv" --output lines
    said "eap-ioi: 3 of 6 rows are written" \
        "dropped 1: the texts have different numbers of tokens: row 3 (14 and 18)" \
        "dropped 1: token_ids has an id that is not in the vocabulary of demo: row 4 (31000)" \
        "dropped 1: the texts are equal: row 6" \
        "warning: correct_idx is not a token of the clean text in row 5 (1 such rows): are the ids those of another model than demo?"
    check <<'END'
assert [line["id"] for line in lines] == ["eap-ioi-0001", "eap-ioi-0002", "eap-ioi-0005"]
assert [line["token_ids"] for line in lines] == [[1276, 699], [1276, 699], [0, 699]]
assert all(line["prepend_bos"] is True for line in lines)
assert lines[1]["clean"] == "When John and Mary went to the store, John gave a drink to"
assert lines[1]["corrupt"] == "When John and Mary went to the store, Anna gave a drink to"
assert lines[1]["labels"] == {"S1": -13, "S1+1": -12, "IO": -11, "S2": -5, "end": -1}
assert "labels" not in lines[2]
END
    runs 3 --site z_all,resid_post
    grep -q '^logit_diff,0,resid_post,3,,,,S2,2,' out/mean.csv
    # the table is that of the same texts from the command line
    expect 0 "$PATCHGPT" --model demo --prepend-bos --tokens " Mary" " John" --site z_all,resid_post --csv - \
        --clean "When Mary and John went to the store, John gave a drink to" \
        --corrupt "When Mary and John went to the store, Anna gave a drink to"
    cmp .stdout out/eap-ioi-0001.csv
}

@test "import: another column as the corrupted text, a number of lines, without BOS, --site, standard input and output" {
    expect 0 import - --counterfactual corrupted_hard --count 1 --no-prepend-bos --site z <"$DATASETS/ioi.csv"
    cp .stdout lines
    check <<'END'
assert len(lines) == 1 and "prepend_bos" not in lines[0] and lines[0]["site"] == "z"
assert lines[0]["corrupt"] == "When Mary and John went to the store, Mary gave a drink to"
END
}

@test "import: auto-circuit's JSON, whose word_idxs become labels" {
    expect 0 import "$DATASETS/circuit.json" --output lines
    said "auto-circuit: 2 of 5 rows are written" \
        "dropped 1: answers is missing, empty or of another type: row 5" \
        "dropped 1: the texts have different numbers of tokens: row 3 (5 and 12)" \
        'dropped 1: an answer is not one token of demo: row 4 (" Mississippi")'
    check <<'END'
assert lines[0] == {"id": "auto-circuit-0001", "clean": "The capital of Egypt is", "corrupt": "The capital of Poland is",
                    "answers": [" Cairo"], "wrong_answers": [" Warsaw", " Stockholm"], "prepend_bos": True,
                    "labels": {"country": -2, "verb": -1}}
END
    runs 2
    grep -q ',country,2,' out/mean.csv
}

@test "import: auto-circuit's token ids, texts of several lines, and positions of words that are of no one length" {
    cat >circuit.json <<'END'
{"word_idxs": {"first": 0}, "prompts": [
 {"clean": [267, 699, 461], "corrupt": [267, 1276, 461], "answers": [280], "wrong_answers": [1, 2]},
 {"clean": "to\nMary and John", "corrupt": "to\nMary and Anna", "answers": [" Mary"], "wrong_answers": [" John"]},
 {"clean": [267, 699, 461], "corrupt": "to\nMary", "answers": [280], "wrong_answers": [1, 2]}]}
END
    expect 0 import circuit.json --output lines
    said "auto-circuit: 2 of 3 rows are written" \
        "dropped 1: one of clean and corrupt is a text, the other token ids: row 3" \
        "the texts have different lengths, so the positions of word_idxs are left out"
    check <<'END'
assert lines[0] == {"id": "auto-circuit-0001", "clean_ids": [267, 699, 461], "corrupt_ids": [267, 1276, 461],
                    "answer_ids": [280], "wrong_answer_ids": [1, 2]}
assert "labels" not in lines[1] and lines[1]["clean"] == "to\nMary and John"
END
    runs 2
    expect 0 import circuit.json --prepend-bos
    assert_contains "$errors" "dropped 1: token ids have no text that --prepend-bos could stand in front of: row 1"
}

@test "import: MIB's rows, with the counterfactual that is asked for" {
    expect 0 import "$DATASETS/mib.jsonl" --output lines
    said "mib-ioi: 2 of 3 rows are written" "dropped 1: the texts have different numbers of tokens: row 2 (22 and 18)"
    check <<'END'
assert lines[0] == {"id": "mib-ioi-0001", "clean": "When Mary and John went to the store, John gave a drink to",
                    "corrupt": "When Mary and John went to the store, Mary gave a drink to", "tokens": [" Mary", " John"],
                    "template": "When {name_A} and {name_B} went", "prepend_bos": True,
                    "labels": {"IO": -13, "S1": -11, "S1+1": -10, "S2": -5, "end": -1}}
assert lines[1]["tokens"] == [" John", " Anna"]
END
    runs 2
    expect 0 import "$DATASETS/mib.jsonl" --counterfactual abc_counterfactual
    said "mib-ioi: 1 of 3 rows are written" \
        "dropped 1: abc_counterfactual.prompt is missing, empty or of another type: row 3" \
        "dropped 1: the texts have different numbers of tokens: row 2 (22 and 14)"
    assert_contains "$output" "When Anna and Paul went to the store, Robert gave a drink to"
}

@test "import: Parquet is read if pyarrow is installed, and else refused with what to do" {
    if python3 -c 'import pyarrow' 2>/dev/null; then
        python3 - "$DATASETS/mib.jsonl" <<'END'
import json, sys, pyarrow, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.Table.from_pylist([json.loads(line) for line in open(sys.argv[1])]), "mib.parquet")
END
        expect 0 import mib.parquet
        cp .stdout first
        expect 0 import "$DATASETS/mib.jsonl"
        cmp .stdout first
        return
    fi
    printf 'PAR1....PAR1' >mib.parquet
    expect 1 import mib.parquet --output lines
    assert_sentence import_dataset.py
    assert_contains "$errors" "read if pyarrow is installed: pip install pyarrow, or export the rows as JSON lines"
    [ ! -e lines ]
}

@test "import: ROME's known facts are causal tracing with ROME's metric and the places of its figures" {
    expect 0 import "$DATASETS/known.json" --output lines
    said "known-1000: 2 of 3 rows are written" 'dropped 1: the subject is not in the prompt: row 2 ("Poland")' \
        "the lines have noise: run them with patchgpt batch --sigma 3s"
    check <<'END'
assert lines == [
    {"id": "known-3", "clean": "The capital of Egypt is", "corrupt_noise_text": "Egypt",
     "labels": {"subject_first": -2, "subject_last": -2, "after": -1, "end": -1}},
    {"id": "known-9", "clean": "Everyone knows that the Egyptian Museum is in the city of",
     "corrupt_noise_text": "the Egyptian Museum",
     "labels": {"subject_first": -10, "subject_last": -6, "after": -5, "end": -1}}]
END
    expect 0 "$PATCHGPT" tokenize --model demo --json "Everyone knows that the Egyptian Museum is in the city of"
    python3 - <<'END'
import json
tokens = [token["text"] for token in json.load(open(".stdout"))["tokens"]]
assert "".join(tokens[-10:-5]) == " the Egyptian Museum", tokens
END
    runs 2 --sigma 3s
    grep -q '^prob,0,text,1,1,,resid_post,0,,,,subject_last,2,' out/mean.csv
}

@test "import: CounterFact sets target_true against target_new" {
    expect 0 import "$DATASETS/counterfact.json" --output lines
    said "counterfact: 1 of 3 rows are written" \
        "dropped 1: the prompt has no place {} for the subject: row 3 (The capital of that country is)" \
        'dropped 1: an answer is not one token of demo: row 2 (" Mississippi")' \
        "the lines have noise: run them with patchgpt batch --sigma 3s"
    check <<'END'
assert lines == [{"id": "counterfact-0", "clean": "The capital of Egypt is", "tokens": [" Cairo", " Warsaw"],
                  "corrupt_noise_text": "Egypt",
                  "labels": {"subject_first": -2, "subject_last": -2, "after": -1, "end": -1}}]
END
    runs 1 --sigma 3s
}

@test "import: ids that a data set has twice are made of the row; of many dropped rows ten are named" {
    python3 - <<'END'
import json
row = {"known_id": 5, "subject": "Egypt", "prompt": "The capital of Egypt is"}
json.dump([row] * 2 + [{**row, "subject": "Peru"}] * 12 + [{**row, "prompt": "Egypt " * 200}], open("known.json", "w"))
END
    expect 0 import known.json --output lines
    assert_contains "$errors" 'dropped 12: the subject is not in the prompt: row 3 ("Peru"), 4 ("Peru"), 5'
    assert_contains "$errors" '12 ("Peru") and 2 more'
    assert_contains "$errors" 'dropped 1: the text is longer than the 128 positions of demo: row 15 ('
    check <<'END'
assert [line["id"] for line in lines] == ["known-5", "known-1000-0002"]
END
}

@test "import: what cannot be a data set is refused in one sentence, and the file of an earlier run stays" {
    echo before >lines
    printf 'a,b\n1,2\n' >other.csv
    expect 1 import other.csv --output lines
    assert_sentence import_dataset.py
    assert_contains "$errors" "the file has none of the formats eap-ioi, eap-greater-than, auto-circuit, mib-ioi, known-1000, counterfact: the fields of its first row are a, b"
    printf '{"prompts": [' >broken.json
    expect 1 import broken.json --output lines
    assert_sentence import_dataset.py
    assert_contains "$errors" "the file is not JSON"
    : >empty
    expect 1 import empty --output lines
    assert_contains "$errors" "the file has no rows"
    printf 'caf\xe9' >latin
    expect 1 import latin --output lines
    assert_contains "$errors" "the file is not UTF-8: byte 3 is 0xe9"
    expect 1 import nothing --output lines
    assert_contains "$errors" "nothing: No such file or directory"
    expect 1 import "$DATASETS/ioi.csv" --format known-1000 --output lines
    assert_contains "$errors" "dropped 6: prompt is missing, empty or of another type: row 1, 2, 3, 4, 5, 6"
    assert_contains "$errors" "ioi.csv can be used (known-1000, 6 rows)"
    expect 1 import "$DATASETS/ioi.csv" --output nowhere/lines
    assert_sentence import_dataset.py
    assert_contains "$errors" "cannot write nowhere/lines"
    expect 2 import "$DATASETS/ioi.csv" --format npz
    expect 1 import "$DATASETS/ioi.csv" --model nothing
    assert_sentence import_dataset.py
    assert_equal "$(cat lines)" before
    assert_equal "$(find . -name '.dataset-*')" ""
}
