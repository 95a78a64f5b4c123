# lens.bats: the command lens.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

# lens [OPTION…]: reads a text of three tokens of the tiny model.
lens() { "$PATCHGPT" lens abc --model tiny "$@"; }

@test "lens: prints a row for each place, and writes nothing" {
    expect 0 lens --tokens y n
    assert_equal "$errors" ""
    assert_contains "$output" 'read after position 2, "c"'
    assert_equal "$(sed -n 5p .stdout | tr -s ' ')" 'place logit("y") - logit("n") rank of "y" most probable probability'
    assert_equal "$(tail -n +6 .stdout | awk '{ print $1 }' | tr '\n' ' ')" "embed L0.mid L0.post L1.mid L1.post "
    assert_files
}

@test "lens: without tokens there are only the most probable ones" {
    expect 0 lens --csv -
    assert_equal "$(head -n 1 .stdout)" "place,position,token_id,token,value,rank,top_id,top_token,top_probability"
    assert_equal "$(sed -n '2,$p' .stdout | cut -d, -f5,6 | sort -u)" ","
    expect 0 lens
    assert_equal "$(sed -n 5p .stdout | tr -s ' ')" "place most probable probability"
}

@test "lens: the last place is what predict says, bit for bit" {
    expect 0 "$PATCHGPT" predict abc --model tiny --json --top 257
    cp .stdout predicted
    expect 0 lens --tokens y n --json
    python3 - predicted .stdout <<'END_OF_PYTHON'
import json, struct, sys
p, l = (json.load(open(path)) for path in sys.argv[1:])
last = l["readings"][-1]
assert (last["place"], last["position"]) == ("L1.post", 2), last
assert last["top_id"] == p["top"][0]["token_id"] and last["top_probability"] == p["top"][0]["probability"]
by_id = {t["token_id"]: t for t in p["top"]}
assert last["rank"] == by_id[ord("y")]["rank"]
f32 = lambda x: struct.unpack("f", struct.pack("f", x))[0]
assert f32(last["value"]) == f32(f32(by_id[ord("y")]["logit"]) - f32(by_id[ord("n")]["logit"])), last
END_OF_PYTHON
}

@test "lens: the CSV has all places and positions, and JSON the same numbers" {
    expect 0 lens --tokens y n --csv out.csv --json
    assert_files out.csv
    python3 - .stdout out.csv <<'END_OF_PYTHON'
import csv, json, sys
j = json.load(open(sys.argv[1]))
rows = list(csv.DictReader(open(sys.argv[2])))
assert j["files"] == ["out.csv"] and len(rows) == len(j["readings"]) == 15
assert [(r["place"], r["position"]) for r in rows] == [(r["place"], str(r["position"])) for r in j["readings"]]
for row, reading in zip(rows, j["readings"]):
    assert float(row["value"]) == reading["value"] and int(row["rank"]) == reading["rank"]
    assert int(row["top_id"]) == reading["top_id"] and float(row["top_probability"]) == reading["top_probability"]
    assert row["token"] == "abc"[int(row["position"])] and int(row["token_id"]) == ord(row["token"])
END_OF_PYTHON
}

@test "lens: --metric, --read-position, --token-ids, --ids and --prepend-bos" {
    expect 0 lens --token-ids 121,110 --metric prob --read-position 1
    assert_contains "$output" 'p("y") - p("n")'
    assert_contains "$output" 'read after position 1, "b"'
    expect 0 lens --token-ids 121 --metric logit
    cp .stdout text
    expect 0 "$PATCHGPT" lens --ids 97,98,99 --model ids --token-ids 121 --metric logit
    assert_equal "$(grep -c post .stdout)" 2
    cmp <(tail -n +6 .stdout | awk '{ print $2, $3 }') <(tail -n +6 text | awk '{ print $2, $3 }')
    expect 0 lens --prepend-bos --json
    assert_equal "$(json 'len(j["tokens"])')" 4
    expect 0 lens --tokens y n --tokens a b --metric logprob
    assert_contains "$output" "mean over 2 pairs"
    expect 0 lens --tokens y --metric loss --markdown
    assert_contains "$output" "| L0.mid |"
}

@test "lens: the text may come from standard input, and threads change nothing" {
    expect 0 lens --csv -
    cp .stdout text
    printf 'abc\n' >in
    expect 0 "$PATCHGPT" lens - --model tiny --csv - --threads 3 <in
    cmp .stdout text
}

@test "lens: a picture has notes, and is written where it is asked for" {
    expect 0 lens --tokens y n --png out.png --colormap rdbu
    assert_files out.png
    assert_equal "$(tail -n 1 .stdout)" "written: out.png"
    strings out.png | grep -A1 -q logit_diff
    expect 0 lens --png out.png --quiet --vmin 0
    assert_equal "$output" ""
}

@test "lens: --check compares values and probabilities with an earlier table" {
    expect 0 lens --tokens y n --csv old.csv
    expect 0 lens --tokens y n --check old.csv
    assert_equal "$(tail -n 1 .stdout)" "check: 30 values equal old.csv"
    expect 0 lens --tokens y n --check old.csv --markdown --csv out.csv
    assert_equal "$(tail -n 4 .stdout)" $'\nwritten: out.csv\n\ncheck: 30 values equal old.csv'
    awk -F, -v OFS=, 'NR == 6 { $5 = $5 + 0.5 } { print }' old.csv >new.csv
    expect 3 lens --tokens y n --check new.csv --quiet
    assert_sentence
    assert_contains "$errors" "1 of 30 values differ from new.csv, most at place L0.mid, position 1:"
    expect 0 lens --tokens y n --check new.csv --tolerance 0.6
    expect 3 lens --tokens y n --check new.csv --json
    assert_equal "$(json 'j["check"]["differing"]')" 1
    expect 1 lens --check old.csv
    assert_sentence
    expect 1 "$PATCHGPT" lens abd --model tiny --tokens y n --check old.csv
    assert_contains "$errors" 'old.csv: line 4: token_id is "99", but now it is "100"'
    head -n 5 old.csv >short.csv
    expect 1 lens --tokens y n --check short.csv
    assert_contains "$errors" "the file ends after 4 rows"
    expect 2 lens --tokens y n --check old.csv --csv old.csv
    assert_contains "$errors" "would replace old.csv, which is read"
}

@test "lens: what does not go together is refused, and nothing is written" {
    refused 2 "--metric kl compares two runs, and lens reads one" lens --metric kl --csv out.csv
    refused 2 "--metric prob is of tokens, which are missing" lens --metric prob
    refused 2 "takes two tokens, but --tokens has one" lens --tokens y
    refused 2 "--tokens and --token-ids cannot both be given" lens --tokens y n --token-ids 1,2
    refused 2 "--top does not go with lens" lens --top 3
    refused 2 "--by-source does not go with lens" lens --by-source
    refused 2 "--site does not go with lens" lens --site z
    refused 2 "there is no option --token-id" lens --token-idd 3
    refused 2 "--colormap is for the picture, which is not made: add --png FILE" lens --colormap greys
    refused 2 "--quiet leaves nothing to do" lens --quiet
    refused 2 "lens needs a text, or token ids with --ids" "$PATCHGPT" lens --model tiny
    refused 2 "lens takes a text or --ids, not both" lens --ids 1,2
    refused 2 "--tolerance is for --check FILE" lens --tolerance 1
    refused 2 "--json and --csv - cannot both" lens --json --csv -
    refused 2 "has the ending of another: .png" lens --csv out.png
    refused 1 "the text is empty" "$PATCHGPT" lens "" --model tiny
    refused 1 "--read-position 3: there is no such position" lens --read-position 3
    refused 1 "--tokens takes texts of one token each" lens --tokens yes n
    refused 1 "give token ids with --ids and --token-ids" "$PATCHGPT" lens --ids 1 --model ids --tokens y n
    refused 1 "the metric has token id 300" lens --token-ids 300,2
    refused 1 "cannot write missing/out.csv" lens --csv missing/out.csv
}

@test "lens: help" {
    expect 0 "$PATCHGPT" lens --help
    assert_contains "$output" "usage: patchgpt lens TEXT [options]"
    expect 0 "$PATCHGPT" help
    assert_contains "$output" "patchgpt lens TEXT"
}
