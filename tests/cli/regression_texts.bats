# regression_texts.bats: scripts/regression.sh with texts and their reference logits; batch_scripts.bats has it with
# experiments. And scripts/reference_logits.py.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper

setup() {
    make_scratch && need_patchgpt
    PATCHGPT=$(realpath "$PATCHGPT")
    export PATCHGPT
    cat >lines.jsonl <<'END'
{"text": "Mary went to the", "logits": "mary.npy", "id": "mary", "comment": "passed over", "_source": 1}
{"clean": "Mary went to the store because", "corrupt": "John went to the store because", "tokens": [" she", " he"], "id": "pronoun"}

{"ids": [971, 1245, 335], "logits": "ids/three.csv", "all_positions": true}
{"text": "-", "logits": "dash.npy", "prepend_bos": true}
END
    grep '"logits"' lines.jsonl >texts.jsonl
}
teardown() { remove_scratch; }

regression() { "$PROJECT/scripts/regression.sh" "$@"; }

# change FILE N: the N-th number of a .npy file, from its end, is made larger by 0.01.
change() {
    python3 - "$@" <<'END'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at = len(data) - 4 * int(sys.argv[2])
data[at:at + 4] = struct.pack("f", struct.unpack("f", data[at:at + 4])[0] + 0.01)
open(sys.argv[1], "wb").write(data)
END
}

@test "regression: texts and experiments are recorded and checked together" {
    expect 0 regression record lines.jsonl references --model demo
    assert_equal "$output" "recorded: 1 table and 3 files of logits in references"
    assert_equal "$(cd references && find . -type f | sort | tr '\n' ' ')" "./dash.npy ./ids/three.csv ./mary.npy ./pronoun.csv "
    expect 0 "$PATCHGPT" predict --model demo "Mary went to the" --check references/mary.npy --tolerance 0 --quiet
    expect 0 "$PATCHGPT" predict --model demo --prepend-bos - --check references/dash.npy --tolerance 0 --quiet <<<-
    assert_equal "$(wc -l <references/ids/three.csv)" 5101
    expect 0 regression check lines.jsonl references --model demo
    assert_equal "$output" "check: 1 table and 3 files of logits equal those in references"
    assert_equal "$errors" ""
    expect 0 regression check - references -m demo --threads 1 --quiet <lines.jsonl
    assert_equal "$output$errors" ""
    assert_equal "$(ls)" $'lines.jsonl\nreferences\ntexts.jsonl'
}

@test "regression: texts alone, and no option is ignored" {
    expect 0 regression record texts.jsonl references --model=demo
    assert_equal "$output" "recorded: 3 files of logits in references"
    expect 0 regression check texts.jsonl references --model=demo
    assert_equal "$output" "check: 3 files of logits equal those in references"
    expect 2 regression check texts.jsonl references --model demo --nonsense
    assert_contains "$errors" "--nonsense"
    expect 2 regression record texts.jsonl references --model demo --tolerance 1
    assert_sentence regression.sh
    expect 4 regression check texts.jsonl references --model demo --prepend-bos
    assert_contains "$errors" "line 2, line-2: --prepend-bos goes with a text"
}

@test "regression: differences are counted and named, and the exit code is 3" {
    expect 0 regression record lines.jsonl references --model demo
    change references/mary.npy 100
    awk -F, -v OFS=, 'NR == 3 { $(NF - 1) = $(NF - 1) + 0.25 } { print }' references/pronoun.csv >changed
    mv changed references/pronoun.csv
    expect 3 regression check lines.jsonl references --model demo
    assert_equal "$output" ""
    assert_equal "$(wc -l <.stderr)" 3
    assert_contains "$errors" "regression.sh: line 2, pronoun: "
    assert_contains "$errors" "regression.sh: line 1, mary: 1 of 1700 logits differ from references/mary.npy by more than 0.0001, most after position 3 at token 1600"
    assert_contains "$(tail -n 1 .stderr)" "regression.sh: 2 of 4 differ or failed: pronoun mary"
    expect 0 regression check lines.jsonl references --model demo --tolerance 0.3
    sed -i 's/"id": "mary"/"id": "mary", "tolerance": 0.02/' lines.jsonl
    expect 3 regression check lines.jsonl references --model demo
    assert_contains "$(tail -n 1 .stderr)" "regression.sh: 1 of 4 differ or failed: pronoun"
}

@test "regression: existing references stay when others are recorded" {
    mkdir references
    expect 0 "$PATCHGPT" predict --model demo "Mary went to the" --logits references/mary.npy --quiet
    change references/mary.npy 1
    cp references/mary.npy before.npy
    expect 0 regression record lines.jsonl references --model demo
    assert_contains "$output" "recorded: 1 table and 2 files of logits in references"
    assert_contains "$output" "kept: 1 of the files of logits, which were there"
    cmp references/mary.npy before.npy
    expect 3 regression check lines.jsonl references --model demo
}

@test "regression: logits that are missing, or without a line, are differences" {
    expect 0 regression record lines.jsonl references --model demo
    cp references/mary.npy references/extra.npy
    expect 3 regression check lines.jsonl references --model demo
    assert_sentence regression.sh
    assert_contains "$errors" "references/extra.npy is the logits of no text in lines.jsonl"
    rm references/extra.npy references/dash.npy
    expect 4 regression check lines.jsonl references --model demo
    assert_contains "$errors" "line 5, line-5: cannot open references/dash.npy: No such file or directory"
    assert_contains "$(tail -n 1 .stderr)" "1 of 4 differ or failed: line-5"
    sed 1d lines.jsonl >fewer.jsonl
    expect 4 regression check fewer.jsonl references --model demo
}

@test "regression: a wrong line is named, and nothing is recorded" {
    local line part
    while IFS='|' read -r line part; do
        printf '%s\n' '{"text": "Mary", "logits": "m.npy"}' "$line" >bad.jsonl
        expect 4 regression record bad.jsonl references --model demo
        assert_contains "$errors" "regression.sh: line 2: $part"
        [ ! -e references ]
    done <<'END'
{"text": "a", "ids": [1], "logits": "a.npy"}|logits are those of a text or of ids: give one of them
{"logits": "a.npy"}|logits are those of a text or of ids: give one of them
{"text": 1, "logits": "a.npy"}|text is no string of characters
{"text": "a\u0000b", "logits": "a.npy"}|text is no string of characters
{"text": "a\ud800", "logits": "a.npy"}|text is no string of characters
{"ids": [], "logits": "a.npy"}|ids is no array of token ids
{"ids": [-1], "logits": "a.npy"}|ids is no array of token ids
{"text": "a", "logits": "a.png"}|logits is no name of a .npy or .csv file
{"text": "a", "logits": "../a.npy"}|logits is "../a.npy", which is outside of the references
{"text": "a", "logits": "/tmp/a.npy"}|logits is "/tmp/a.npy", which is outside of the references
{"text": "a", "logits": "a.npy", "tokens": [1]}|a text with logits has no field "tokens"
{"text": "a", "logits": "a.npy", "id": "a b"}|id is no name
{"text": "a", "logits": "a.npy", "all_positions": 1}|all_positions is neither true nor false
{"text": "a", "logits": "a.npy", "tolerance": -1}|tolerance is no number of 0 or more
END
    printf '%s\n' '{"text": "Mary", "logits": "m.npy", "mine": 1}' >good.jsonl
    expect 0 regression record good.jsonl references --model demo --ignore mine
    expect 0 regression check good.jsonl references --model demo --ignore=mine
    printf '%s\n' '{"ids": [99999], "logits": "a.npy"}' >bad.jsonl
    expect 4 regression record bad.jsonl others --model demo
    assert_contains "$errors" "line 1, line-1: the text has token id 99999; model demo has ids 0 to 1699"
    [ ! -e others ]
}

@test "regression: folders may have any name, newlines and all" {
    local folder=$'a\nb "c" \'d'
    expect 0 regression record lines.jsonl "$folder" --model demo
    assert_equal "$(find "$folder" -type f | tr -dc '\n' | wc -c)" 8
    expect 0 regression check lines.jsonl "$folder" --model demo
    grep -v '"logits"' lines.jsonl >experiments.jsonl
    expect 0 regression record experiments.jsonl $'x\ny' --model demo
    expect 0 regression check experiments.jsonl $'x\ny' --model demo
    assert_equal "$(find . -maxdepth 1 -type d | tr -dc '\n' | wc -c)" 5
    expect 0 regression record experiments.jsonl -dash --model demo
    expect 0 regression check experiments.jsonl -dash --model demo
}

# ---- reference_logits.py ----

reference_logits() { "${PYTHON_WITH_TORCH:-python3}" "$PROJECT/scripts/reference_logits.py" "$@"; }

@test "reference_logits: a wrong use is one sentence and exit code 2" {
    expect 0 reference_logits --help
    assert_contains "$output" "usage: scripts/reference_logits.py MODEL TEXT OUT.npy"
    local part
    while IFS='|' read -r arguments part; do
        # shellcheck disable=SC2086 # words
        expect 2 reference_logits $arguments
        assert_sentence reference_logits.py
        assert_contains "$errors" "$part"
    done <<'END'
|expected MODEL, TEXT and OUT.npy, found 0 arguments
demo a|expected MODEL, TEXT and OUT.npy, found 2 arguments
demo a b x.npy|found 4 arguments
demo a x.npy --ids 1,2|expected MODEL and OUT.npy, found 3 arguments
demo a x.csv|ends in .npy, but found "x.csv"
demo x.npy --ids 1,b|it takes token ids, such as 464,412,733, but found "1,b"
END
}

@test "reference_logits: a missing package is named, with how to install it" {
    expect 1 python3 -S -I "$PROJECT/scripts/reference_logits.py" demo a x.npy
    assert_sentence reference_logits.py
    assert_contains "$errors" "neither transformers nor minGPT is installed: pip install torch transformers"
    expect 1 python3 -S -I "$PROJECT/scripts/reference_logits.py" demo a x.npy --with mingpt
    assert_contains "$errors" "mingpt is not installed: pip install"
}

@test "reference_logits: transformers and patchgpt agree on every layout of a checkpoint" {
    "${PYTHON_WITH_TORCH:-python3}" -c 'import torch, transformers' 2>/dev/null || skip "transformers is not installed"
    local name folder ids
    for name in hf-f16 hf-odd mingpt bf16-shards; do
        folder=$PROJECT/tests/fixtures/models/$name
        ids=$(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["clean_ids"], sep=",")' "$folder/expected.json")
        expect 0 reference_logits "$folder" all.npy --ids "$ids" --all-positions
        expect 0 "$PATCHGPT" predict --model "$folder" --ids "$ids" --check all.npy --all-positions --quiet
        expect 0 reference_logits "$folder" last.npy --ids "$ids" --dtype float64
        expect 0 "$PATCHGPT" predict --model "$folder" --ids "$ids" --check last.npy --quiet
        expect 3 "$PATCHGPT" predict --model "$folder" --ids "$ids" --check last.npy --tolerance 1e-9 --quiet
        if [ "$name" = hf-odd ] || ! "${PYTHON_WITH_TORCH:-python3}" -c 'import mingpt' 2>/dev/null; then continue; fi
        expect 0 reference_logits "$folder" all.npy --ids "$ids" --all-positions --with mingpt
        expect 0 "$PATCHGPT" predict --model "$folder" --ids "$ids" --check all.npy --all-positions --quiet
    done
    expect 0 reference_logits demo "Mary went to the" mary.npy
    expect 0 "$PATCHGPT" predict --model demo "Mary went to the" --check mary.npy --quiet
    change mary.npy 5
    expect 3 "$PATCHGPT" predict --model demo "Mary went to the" --check mary.npy --quiet
    assert_contains "$errors" "1 of 1700 logits differ from mary.npy by more than 0.0001, most after position 3 at token 1695"
    expect 1 reference_logits "$PROJECT/tests/fixtures/models/mingpt" "a text" x.npy
    assert_sentence reference_logits.py
    assert_contains "$errors" "give token ids with --ids"
    expect 1 reference_logits demo x.npy --ids 1700
    assert_contains "$errors" "token id 1700 is not one of 0 to 1699"
    [ ! -e x.npy ]
}

@test "regression: the lines of README and its workflow work in a repository that is not ours" {
    mkdir mine models
    ln -s "$PROJECT" patchgpt
    ln -s "$PROJECT/src/model/demo" models/gpt2
    export PATCHGPT_MODELS=$scratch/models
    cd mine
    sed -n '/^{"text": "Michelle/,/^```/p' ../patchgpt/README.md | sed '$d' >lines.jsonl
    assert_equal "$(wc -l <lines.jsonl)" 3
    sed -n 's/^      - run: //p' ../patchgpt/README.md >steps
    assert_equal "$(sed 's/ .*//' steps | tr '\n' ' ')" \
        "git ../patchgpt/scripts/quickstart.sh ../patchgpt/scripts/fetch_model.sh ../patchgpt/scripts/regression.sh "
    cut -d ' ' -f 1 steps | sed 1d | while read -r script; do [ -x "$script" ] || complain "there is no $script"; done
    sed -n 's/ check / record /p' steps >record
    expect 0 bash -e record
    assert_equal "$output" "recorded: 1 table and 2 files of logits in reference"
    tail -n 1 steps >check
    expect 0 bash -e check
    assert_equal "$output" "check: 1 table and 2 files of logits equal those in reference"
}
