#!/usr/bin/env bats
# batch.bats: many experiments from a file.
# shellcheck disable=SC2154 # $scratch and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() {
    mountpoint -q "$scratch/disk" && umount "$scratch/disk"
    remove_scratch
}

# lines LINE…: writes the lines to lines.jsonl.
lines() { printf '%s\n' "$@" >lines.jsonl; }

# line CORRUPT [FIELDS]: a line that differs from "abcd", with more fields.
line() { printf '{"clean":"abcd","corrupt":"%s","tokens":["y","n"]%s}' "$1" "${2:+,$2}"; }

# many N: N good lines, with the ids e1, e2, … .
many() {
    local i
    for ((i = 1; i <= $1; i++)); do
        printf '{"id":"e%d","clean":"abcd","corrupt":"a%dcd","tokens":["y","n"]}\n' "$i" $((i % 10))
    done >lines.jsonl
}

# batch [OPTION…]: runs lines.jsonl into out.
batch() { with_defaults "--model tiny" "--output out" -- batch lines.jsonl "$@"; }

# column NAME [FOLDER]: a column of the summary, with spaces between rows.
column() {
    python3 - "${2-out}/summary.csv" "$1" <<'END'
import csv, sys
print(*[row[sys.argv[2]] for row in csv.DictReader(open(sys.argv[1], newline=""))])
END
}

# error_of N: the error of the N-th row of the summary.
error_of() {
    python3 - "$1" <<'END'
import csv, sys
print(list(csv.DictReader(open("out/summary.csv", newline="")))[int(sys.argv[1]) - 1]["error"])
END
}

# fails LINE PART: a batch of this line and a good one reports the first with PART, on stderr and in the summary, and
# runs the second.
fails() {
    rm -rf out
    printf '%s\n' "$1" "$(line aXcd '"id":"good"')" >lines.jsonl
    expect 4 batch --quiet
    assert_equal "$(wc -l <.stderr)" 2
    assert_contains "$errors" "patchgpt: line 1: "
    assert_contains "$errors" "$2"
    assert_contains "$errors" "patchgpt: 1 of 2 experiments failed; out/summary.csv says why"
    assert_contains "$(sed '2s/""/"/g; 2q' out/summary.csv)" "$2"
    assert_contains "$(sed 2q out/summary.csv)" "1,line-1,,,,,,,,,,,,,,,"
    [[ $(tail -n 1 out/summary.csv) == 2,good,*, ]]
    [ -s out/good.csv ] && [ "$(ls out)" = "$(printf '%s\n' good.csv mean.csv mean.png mean_recovered.png summary.csv)" ]
}

# same_folders A B: the files of both are the same.
same_folders() { diff -r "$1" "$2" >differences || complain "$(head -c 1000 differences)"; }

# ---- the files of a batch ----

@test "batch: each table is what a single run writes, byte for byte" {
    lines "$(line aXcd '"id":"plain"')" \
        "$(line aXcY '"site":"z,mlp_out","layers":[1],"positions":"diff,-1","read_position":-1,"metric":"logprob"')" \
        '{"clean_ids":[97,98],"corrupt_ids":[97,99],"token_ids":[[1,2],[3,4]],"noising":true,"id":"ids"}' \
        '{"clean":"abc","corrupt":"aXc","metric":"kl","site":"heads","heads":[0],"id":"kl","prepend_bos":true}' \
        '{"clean":"abc","corrupt":"aXc","metric":"loss","tokens":["y"],"read_position":1,"id":"loss"}'
    expect 0 batch --png
    assert_equal "$errors" ""
    assert_equal "$(column id)" "plain line-2 ids kl loss"
    one() {
        expect 0 "$PATCHGPT" --model tiny --csv one.csv --png one.png --quiet "${@:2}"
        cmp one.csv "out/$1.csv"
        cmp one.png "out/$1.png"
    }
    one plain --clean abcd --corrupt aXcd --tokens y n
    one line-2 --clean abcd --corrupt aXcY --tokens y n --site z,mlp_out --layers 1 --positions diff,-1 \
        --read-position=-1 --metric logprob
    one ids --clean-ids 97,98 --corrupt-ids 97,99 --token-ids 1,2 --token-ids 3,4 --noising
    one kl --clean abc --corrupt aXc --metric kl --site heads --heads 0 --prepend-bos
    one loss --clean abc --corrupt aXc --metric loss --tokens y --read-position 1
}

@test "batch: the summary has a row for each line, and the folder these files" {
    lines "$(line aXcd)" "" "$(line abXd '"id":"b","labels":{"end":-1,"x":2,"first":0}')" "nonsense"
    expect 4 batch
    assert_equal "$(head -n 1 out/summary.csv)" "line,id,fingerprint,metric,noising,n_tokens,labels,csv_crc32,clean_metric,corrupt_metric,site,layer,head,position,value,recovered,error"
    assert_equal "$(column line)" "1 3 4"
    assert_equal "$(column id)" "line-1 b line-4"
    assert_equal "$(column labels)" " first:0;x:2;end:3 "
    assert_equal "$(column n_tokens)" "4 4 "
    assert_equal "$(cd out && find . -type f | sort | tr '\n' ' ')" \
        "./.lock ./b.csv ./line-1.csv ./mean.csv ./mean.png ./mean_recovered.png ./summary.csv "
    assert_contains "$output" "2 of 3 experiments are done; 1 failed"
    assert_contains "$output" "written to out: summary.csv, mean.csv"
    python3 - <<'END'
import csv, zlib
for row in csv.DictReader(open("out/summary.csv", newline="")):
    if not row["error"]:
        assert "%08x" % zlib.crc32(open("out/%s.csv" % row["id"], "rb").read()) == row["csv_crc32"]
        cells = list(csv.DictReader(open("out/%s.csv" % row["id"], newline="")))
        largest = max(cells, key=lambda cell: abs(float(cell["value"]) - float(row["corrupt_metric"])))
        for name in ("site", "layer", "head", "position", "value", "recovered"):
            assert largest[name] == row[name], (name, largest, row)
END
}

@test "batch: options apply to the lines without that field" {
    lines "$(line aXcd '"id":"a"')" "$(line aXcd '"id":"b","site":"mlp_out","noising":false,"metric":"prob"')" \
        "$(line aXcd '"id":"c","layers":"1","positions":[0,1],"prepend_bos":false,"read_position":null')"
    expect 0 batch --site resid_pre --noising --metric logit --layers 0 --positions 1-2 --read-position 2 --prepend-bos
    assert_equal "$(column metric)" "logit_diff prob_diff logit_diff"
    assert_equal "$(column noising)" "1 0 1"
    assert_equal "$(column n_tokens)" "5 5 4"
    one() {
        expect 0 "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd --tokens y n --read-position 2 --csv one.csv "${@:2}"
        cmp one.csv "out/$1.csv"
    }
    one a --site resid_pre --noising --metric logit --layers 0 --positions 1-2 --prepend-bos
    one b --site mlp_out --metric prob --layers 0 --positions 1-2 --prepend-bos
    one c --site resid_pre --noising --metric logit --layers 1 --positions 0-1
}

@test "batch: lines from standard input, with CRLF, blank lines and no newline at the end" {
    printf '\xef\xbb\xbf%s\r\n\r\n \t\n%s' "$(line aXcd)" "$(line abXd)" >crlf.jsonl
    expect 0 "$PATCHGPT" batch - --model tiny --output out <crlf.jsonl
    assert_equal "$(column id)" "line-1 line-4"
    expect 0 "$PATCHGPT" batch crlf.jsonl --model tiny --output file --quiet
    assert_equal "$output$errors" ""
    same_folders out file
}

@test "batch: threads and order of options do not matter" {
    many 70
    expect 0 batch --threads 1
    mv out one
    expect 0 "$PATCHGPT" --threads 3 --png batch --output two --model tiny lines.jsonl
    rm two/e*.png
    same_folders one two
}

@test "batch: a colour map is for all pictures" {
    many 2
    expect 0 batch --png
    mv out viridis
    expect 0 batch --png --colormap rdbu --center 0
    cmp viridis/summary.csv out/summary.csv
    local picture
    for picture in e1 mean; do
        if cmp -s "viridis/$picture.png" "out/$picture.png"; then complain "$picture.png is the same"; fi
    done
}

@test "batch: a metric of one token and of two are different measures" {
    lines "$(line aXcd '"metric":"prob"')" '{"clean":"abcd","corrupt":"aXcd","tokens":["y"],"metric":"prob"}' \
        '{"clean":"abcd","corrupt":"abXd","tokens":["y"],"metric":"prob"}' \
        "$(line aXcd '"metric":"logit"')" "$(line abXd)" '{"clean":"abcd","corrupt":"aXcd","tokens":["y"],"metric":"logit"}'
    expect 0 batch
    assert_equal "$(column metric)" "prob_diff prob prob logit_diff logit_diff logit"
    # each row of mean.csv is the mean over the lines of one measure
    python3 - <<'END'
import csv, statistics
rows = list(csv.DictReader(open("out/mean.csv", newline="")))
lines = {"prob_diff": [1], "prob": [2, 3], "logit_diff": [4, 5], "logit": [6]}
assert {row["metric"] for row in rows} == set(lines), rows
for row in rows:
    values = [float(cell["value"]) for i in lines[row["metric"]] for cell in csv.DictReader(open(f"out/line-{i}.csv", newline=""))
              if cell["layer"] == row["layer"] and cell["position"] == row["position"]]
    assert int(row["count"]) == len(values), row
    assert abs(statistics.mean(values) - float(row["value"])) < 1e-5, row
END
    assert_equal "$(cd out && echo mean*.png)" \
        "mean.png mean_logit.png mean_logit_diff.png mean_logit_diff_recovered.png mean_logit_recovered.png mean_prob.png mean_prob_recovered.png mean_recovered.png"
    mv out whole
    local i
    for i in 1 2; do expect 0 batch --output "part$i" --shard "$i/2"; done
    expect 0 "$PATCHGPT" merge part1 part2 --output out
    same_folders whole out
    expect 0 batch --resume
    same_folders whole out
    fails '{"clean":"abcd","corrupt":"aXcd","tokens":[["y"],["n","m"]],"metric":"prob"}' \
        "tokens has pairs of one token and of two, and the mean of metric prob over both has no meaning"
    expect 2 "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd --metric logit --token-ids 1,2 --token-ids 3
    assert_contains "$errors" "--token-ids has pairs of one token and of two"
}

@test "batch: a folder of version 0.1.0 is refused, and nothing in it is changed" {
    many 2
    expect 0 batch
    mkdir old
    sed '1s/n_tokens/tokens/' out/summary.csv >old/summary.csv
    cp out/e1.csv old
    touch old/.patchgpt-0123456789abcdef
    cp -r old before
    # old_folder NAME COMMAND…: the command refuses the folder by its NAME, and changes nothing.
    old_folder() {
        expect 1 "${@:2}"
        assert_sentence
        assert_contains "$errors" "old/$1 was written by patchgpt 0.1.0, whose tables have other columns: run the batch again, into a new folder"
        same_folders before old
        [ ! -e merged ]
    }
    old_folder summary.csv batch --output old --resume
    old_folder summary.csv "$PATCHGPT" merge old --output merged
    mv old/summary.csv old/summary_partial.csv
    rm -r before
    cp -r old before
    old_folder summary_partial.csv batch --output old --resume
}

@test "batch: symbolic links in the place of its files are refused, and their targets unchanged" {
    many 2
    expect 0 batch --output whole
    local name target
    for name in summary.csv mean.csv mean.png mean_recovered.png mean_kl.png e1.csv e2.png; do
        cp -r whole out
        rm -f "out/$name"
        printf 'mine\n' >target
        for target in target none; do
            ln -sf "$PWD/$target" "out/$name"
            expect 2 batch --resume --png
            assert_sentence
            assert_contains "$errors" "out/$name is a link, and what it leads to is not the batch's: remove it, or choose another folder"
            assert_equal "$(cat target)" mine
            [ ! -e none ]
        done
        rm -r out
    done
    mkdir out
    ln -s "$PWD/target" out/mean.csv
    expect 2 "$PATCHGPT" merge whole --output out
    assert_contains "$errors" "out/mean.csv is a link"
    assert_equal "$(cat target)" mine
    ln -s "$PWD/whole" linked
    expect 0 batch --output linked --resume
}

# ---- lines that are wrong ----

@test "batch: a line that is not a JSON object fails" {
    fails 'nonsense' "the line is not valid JSON"
    fails '{"clean":"abcd"' "the line is not valid JSON"
    fails "$(line aXcd) x" "the line is not valid JSON"
    fails '[1, 2]' "expected a JSON object"
    fails '{"clean":"a\u0000b"}' "a zero character"
    fails "$(printf '{"clean":"\xff\xfe"}')" "the line is not valid UTF-8 at byte 10"
    fails '{"clean":"\ud800"}' "the line is not valid JSON"
    fails '{"clean":"\ud800"}' "half a surrogate pair (an escape"
    fails "{\"clean\":$(printf '[%.0s' {1..2000})$(printf ']%.0s' {1..2000})}" "brackets nested too deep"
    fails '{"clean":NaN}' "the line is not valid JSON"
}

@test "batch: a line with a zero byte fails" {
    printf '{"clean":"a\0b"}\n\0\n%s\n' "$(line aXcd '"id":"good"')" >lines.jsonl
    expect 4 batch
    assert_contains "$(error_of 1)" "a zero character"
    assert_contains "$(error_of 2)" "a zero character"
    assert_equal "$(column id)" "line-1 line-2 good"
}

@test "batch: a line of 50 MB takes no memory" {
    {
        printf '{"clean":"'
        head -c 50000000 /dev/zero | tr '\0' a
        printf '"}\n%s\n' "$(line aXcd '"id":"good"')"
    } >lines.jsonl
    expect 4 batch
    assert_contains "$errors" "line 1: the line has 50000012 bytes, expected at most 1048576"
    assert_equal "$(column id)" "line-1 good"
    if [ "$(ldd "$PATCHGPT" | grep -c asan)" -eq 0 ]; then
        (ulimit -v 400000 && batch --resume --quiet --threads 1 2>/dev/null) || [ $? -eq 4 ]
    fi
}

@test "batch: a field that is unknown, repeated or of the wrong type fails" {
    fails "$(line aXcd '"layer":"1"')" 'there is no field "layer"; did you mean layers?'
    fails "$(line aXcd '"frobnicate":1')" 'there is no field "frobnicate" (see patchgpt batch --help)'
    fails "$(line aXcd '"clean":"x"')" "the field clean is there twice"
    fails '{"clean":5,"corrupt":"b","tokens":["y","n"]}' "clean: found 5, expected a text"
    fails '{"clean":["a"],"corrupt":"b","tokens":["y","n"]}' "clean: found an array, expected a text"
    fails "$(line aXcd '"site":5')" "site: found 5, expected a text"
    fails "$(line aXcd '"noising":"yes"')" 'noising: found "yes", expected true or false'
    fails "$(line aXcd '"prepend_bos":1')" "prepend_bos: found 1, expected true or false"
    fails "$(line aXcd '"layers":5')" "layers: found 5, expected an array of whole numbers"
    fails "$(line aXcd '"layers":[0.5]')" "layers: found 0.5, expected an array of whole numbers"
    fails "$(line aXcd '"layers":[1e10]')" "layers: found 10000000000, expected an array of whole numbers"
    fails "$(line aXcd '"positions":[]')" "positions: found an empty array, expected an array of whole numbers"
    fails "$(line aXcd '"read_position":"1"')" 'read_position: found "1", expected a position'
    fails '{"clean":"abcd","corrupt":"aXcd","tokens":["--noising","n"]}' 'in "--noising"'
    fails "$(line aXcd '"id":5')" "id: found 5, expected a text"
    fails '{"clean_ids":"1","corrupt_ids":[1],"token_ids":[1,2]}' 'clean_ids: found "1", expected an array of token ids'
    fails '{"clean_ids":[-1],"corrupt_ids":[1],"token_ids":[1,2]}' 'clean_ids: found -1, expected an array of token ids'
    fails '{"clean_ids":[],"corrupt_ids":[1],"token_ids":[1,2]}' 'clean_ids: found an empty array, expected an array of token ids'
}

@test "batch: texts and ids that are not tokens fail" {
    local tokens
    for tokens in '"y"' '[]' '[["y","n"],[]]' '["y","n","m"]' '["y",1]' '[["y","n"],"y"]' '["y",["n"]]' '{"a":1}' '[[["y"]]]'; do
        fails "{\"clean\":\"a\",\"corrupt\":\"b\",\"tokens\":$tokens}" "expected an array of one or two texts"
    done
    for tokens in '5' '[]' '[1,2,3]' '["y"]' '[1,-1]' '[[1,2],[3.5]]'; do
        fails "{\"clean\":\"a\",\"corrupt\":\"b\",\"token_ids\":$tokens}" "expected an array of one or two token ids"
    done
    fails '{"clean":"a","corrupt":"b","tokens":["yy","n"]}' "tokens takes texts of one token each"
    fails '{"clean":"a","corrupt":"b","tokens":["y"]}' "metric logit_diff takes two tokens, but tokens has one"
    fails '{"clean":"a","corrupt":"b","tokens":["y","y"]}' "tokens is twice the token"
    fails '{"clean":"a","corrupt":"b","token_ids":[1,300]}' "ids 0 to 256"
}

@test "batch: fields that are missing or contradict each other fail" {
    fails '{}' "clean is missing: an experiment needs clean, corrupt and tokens, or as token ids clean_ids,"
    fails '{"clean":"a","tokens":["y","n"]}' "corrupt is missing"
    fails '{"clean":"a","corrupt":"b"}' "tokens is missing"
    fails '{"clean":null,"corrupt":"b","tokens":["y","n"]}' "clean is missing"
    fails "$(line aXcd '"clean_ids":[1]')" "clean and clean_ids cannot both be given"
    fails "$(line aXcd '"metric":"kl"')" "metric kl compares whole distributions, so tokens does not go with it"
    fails "$(line aXcd '"heads":[0]')" "heads is for sites that have heads, such as z or z_all, and none is in site"
    fails "$(line aXcd '"metric":"los"')" 'metric: unknown name "los"; did you mean loss?'
    fails "$(line aXcd '"site":"y"')" 'site: unknown name "y"; did you mean z?'
    fails "$(line aXcd '"layers":"x"')" 'layers takes numbers and ranges'
    fails '{"clean_ids":[1],"corrupt_ids":[2],"token_ids":[1,2],"prepend_bos":true}' "prepend_bos goes with texts"
}

@test "batch: lines that do not fit the model fail" {
    fails '{"clean":"abc","corrupt":"ab","tokens":["y","n"]}' "the clean text has 3 tokens, a|b|c, and the corrupted text 2"
    fails '{"clean":"","corrupt":"","tokens":["y","n"]}' "the clean text is empty"
    fails "$(line aXcd '"read_position":4')" "read_position 4: there is no such position, expected 0 to 3"
    fails "$(line aXcd '"layers":[2]')" "layers [2]: there is no layer 2, expected 0 to 1"
    fails '{"clean":"aaaaaaaaaaaaaaaaa","corrupt":"aaaaaaaaaaaaaaaab","tokens":["y","n"]}' "has 17 tokens; model tiny has room for 16"
    fails '{"clean_ids":[257],"corrupt_ids":[1],"token_ids":[1,2]}' "ids 0 to 256"
    lines "$(line aXcd)"
    expect 4 "$PATCHGPT" batch lines.jsonl --model ids --output other
    assert_contains "$errors" "give token ids with clean_ids, corrupt_ids and token_ids"
}

@test "batch: labels that are not names and positions fail" {
    fails "$(line aXcd '"labels":["a"]')" "labels: found an array, expected an object of positions"
    fails "$(line aXcd '"labels":{"a":4}')" 'labels: "a" is position 4, which is not there, expected 0 to 3, or -1 to -4'
    fails "$(line aXcd '"labels":{"a":-5}')" 'labels: "a" is position -5'
    fails "$(line aXcd '"labels":{"a":"1"}')" 'labels: a is "1", expected an integer'
    fails "$(line aXcd '"labels":{"a":1.5}')" 'labels: a is 1.5, expected an integer'
    fails "$(line aXcd '"labels":{"a":1,"a":2}')" 'labels: "a" is there twice'
    local name
    for name in "" ";" "a:b" 'a\nb' "$(printf 'x%.0s' {1..41})"; do
        fails "$(line aXcd "\"labels\":{\"$name\":1}")" "cannot be a name, expected 1 to 40 bytes"
    done
    lines "$(line aXcd "\"labels\":{\"$(printf 'x%.0s' {1..40})\":1,\"b c\":-3,\"none\":null}")"
    rm -r out
    expect 0 batch
    assert_equal "$(column labels)" "$(printf 'x%.0s' {1..40}):1;b c:1"
}

@test "batch: ids that cannot name a file fail" {
    local id
    for id in "" "." ".." ".a" "a/b" "../a" "/tmp/a" "a b" "é" "a\\\\b" "mean" "summary" "mean_x" "summary_partial" \
        "$(printf 'x%.0s' {1..201})"; do
        fails "$(line aXcd "\"id\":\"$id\"")" "cannot name a file, expected 1 to 200 letters, digits"
    done
    assert_equal "$(find . ! -path './out*' ! -name '.std*' -type f)" "./lines.jsonl"
    lines "$(line aXcd "\"id\":\"$(printf 'x%.0s' {1..200})\"")" "$(line aXcd '"id":"A-b_c.d"')" "$(line aXcd '"id":"meaning"')"
    rm -r out
    expect 0 batch
}

@test "batch: the first line with an id keeps it, even in another shard" {
    lines "$(line aXcd '"id":"x"')" "$(line abXd '"id":"x"')" "$(line abcX)" "$(line abXX '"id":"line-3"')"
    expect 4 batch
    assert_equal "$(column id)" "x line-2 line-3 line-4"
    assert_equal "$(error_of 2)" "the id x is that of line 1 already"
    assert_equal "$(error_of 4)" "the id line-3 is that of line 3 already"
    expect 4 "$PATCHGPT" batch lines.jsonl --model tiny --output part --shard 2/2
    assert_equal "$(column error part)" "the id x is that of line 1 already the id line-3 is that of line 3 already"
}

@test "batch: ids that differ only in case are one id, since some file systems ignore case" {
    lines "$(line aXcd '"id":"Anna"')" "$(line abXd '"id":"anna"')" "$(line abcX '"id":"ANNA"')" "$(line abXX)" \
        "$(line aXXd '"id":"LINE-4"')" "$(line aXcX '"id":"anna"')"
    expect 4 batch
    assert_equal "$(column id)" "Anna line-2 line-3 line-4 line-5 line-6"
    assert_equal "$(error_of 2)" "the id anna is that of line 1, Anna, but for case, which some file systems do not tell apart"
    assert_equal "$(error_of 3)" "the id ANNA is that of line 1, Anna, but for case, which some file systems do not tell apart"
    assert_equal "$(error_of 5)" "the id LINE-4 is that of line 4, line-4, but for case, which some file systems do not tell apart"
    assert_contains "$(error_of 6)" "the id anna is that of line 1"
    assert_equal "$(cd out && echo [!m]*.csv)" "Anna.csv line-4.csv summary.csv"
    mv out whole
    expect 4 batch --resume --output whole
    expect 4 batch
    same_folders whole out
    local i
    for i in 1 2; do expect 4 batch --output "part$i" --shard "$i/2"; done
    rm -r out
    expect 4 "$PATCHGPT" merge part1 part2 --output out
    same_folders whole out
}

@test "batch: the names of the batch's own files are not ids, in any case" {
    local id
    for id in MEAN Mean SUMMARY Summary Mean_Recovered sUmmary_partial MEAN_; do
        fails "$(line aXcd "\"id\":\"$id\"")" "id is \"$id\", which cannot name a file"
    done
}

@test "batch: fields of the data set are not read" {
    local own='"comment":{"a":[1,null]},"metadata":5,"template":"x","_x":1,"_":2,"_x":3'
    lines "$(line aXcd "$own")"
    expect 0 batch
    mv out own
    lines "$(line aXcd)"
    expect 0 batch
    # Pictures of means carry the checksum of their batch, and so does .lock.
    rm {own,out}/{.lock,mean*.png}
    same_folders own out
    fails "$(line aXcd '"source":"web"')" 'there is no field "source" (see patchgpt batch --help); if it is the data set'"'"'s own: --ignore source'
    fails "$(line aXcd '"layer":1')" 'there is no field "layer"; did you mean layers? If it is the data set'"'"'s own: --ignore layer'
    rm -r out
    lines "$(line aXcd '"source":"web","split":{"a":1},"id":7')"
    expect 0 batch --ignore source,split,id
    rm out/{.lock,mean*.png}
    same_folders own out
    expect 4 batch --output part --ignore source,split
    assert_contains "$errors" "id: found 7, expected a text"
    for names in "" "," "a," ",a" "a,,b" "a, b"; do
        expect 2 batch --ignore "$names"
        assert_sentence
        assert_contains "$errors" "--ignore takes names of fields, such as source,split, but found \"$names\""
    done
    expect 2 batch --ignore a --ignore b
    expect 2 "$PATCHGPT" predict x --ignore a
}

@test "batch: numbers that are out of range or not whole fail" {
    fails "$(line aXcd '"read_position":1e300')" "read_position: found 1.0000000000000001e+300, expected a position"
    fails "$(line aXcd '"read_position":1.5')" "read_position: found 1.5, expected a position"
    fails '{"clean_ids":[1,1e300],"corrupt_ids":[1,2],"token_ids":[1,2]}' "clean_ids: found 1.0000000000000001e+300, expected an array of token ids"
    fails '{"clean_ids":[1,2],"corrupt_ids":[1,1.5],"token_ids":[1,2]}' "corrupt_ids: found 1.5, expected an array of token ids"
    fails '{"clean_ids":[1,2],"corrupt_ids":[1,3],"token_ids":[-1,2]}' "token_ids: found -1, expected an array of one or two token ids"
    fails "$(line aXcd '"labels":{"a":1e300}')" "labels: a is 1.0000000000000001e+300, expected an integer"
    fails "$(line aXcd '"id":"a","id":"b"')" "the field id is there twice"
}

@test "batch: all lines wrong" {
    lines x y z
    expect 4 batch
    assert_contains "$output" "0 of 3 experiments are done; 3 failed"
    assert_equal "$(column line)" "1 2 3"
    assert_equal "$(wc -l <out/mean.csv)" 1
    assert_equal "$(cd out && find . -type f | sort | tr '\n' ' ')" "./.lock ./mean.csv ./summary.csv "
}

@test "batch: at most ten sentences about failed lines are printed" {
    seq 13 >lines.jsonl
    expect 4 batch --quiet
    assert_equal "$(grep -c '^patchgpt: line ' .stderr)" 10
    assert_equal "$(tail -n 2 .stderr | head -n 1)" "patchgpt: and 3 more"
    assert_equal "$(tail -n 1 .stderr)" "patchgpt: 13 of 13 experiments failed; out/summary.csv says why"
    assert_equal "$output" ""
}

# ---- files and folders that are refused as a whole ----

@test "batch: a file that is one array, has an object over several lines, or is UTF-16 is refused whole" {
    local good form
    good=$(line aXcd)
    # whole PART: the file "in" is refused with PART, by its name and from standard input.
    whole() {
        local name
        for name in in -; do
            expect 1 "$PATCHGPT" batch "$name" --model tiny --output out <in
            assert_sentence
            assert_contains "$errors" "$1"
            assert_equal "$output" ""
            [ ! -e out ]
        done
    }
    for form in "[\n%s,\n%s\n]" "[%s,\n%s]\n" "\n  [\n%s,\n%s\n" "\xef\xbb\xbf[\r\n%s,\r\n%s]\r\n" "[[\n],\n%s,\n%s\n]" \
        "[\"]\",\n%s,\n%s\n]"; do
        # shellcheck disable=SC2059 # it is a form
        printf "$form" "$good" "$good" >in
        whole "is one JSON array over several lines, expected one JSON object a line"
    done
    printf '[%s,%s]\n\n' "$good" "$good" >in
    whole "is one JSON array, expected one JSON object a line"
    for form in '{\n%s' '{ "labels": {\n"a": 1},\n%s' '{"site":\n"z",%s' '{"data": [\n{%s,' '{"data":\n[{%s,{}]}'; do
        # shellcheck disable=SC2059
        printf "$form\n%s\n" "${good#\{}" "$good" >in
        whole "has a JSON object over several lines, expected one JSON object a line"
    done
    printf '%s\n%s\n' "$good" "$good" | iconv -f UTF-8 -t UTF-16 >in
    whole "is UTF-16, expected UTF-8"
    printf '%s\n%s\n' "$good" "$good" | iconv -f UTF-8 -t UTF-16BE >in
    whole "is UTF-16, expected UTF-8"
}

@test "batch: an array in one of several lines is an error of that line" {
    fails '[1, 2]' "the line holds an array, expected a JSON object"
    lines "$(line aXcd)" "[" "$(line abXd)" "]"
    rm -r out
    expect 4 batch
    assert_equal "$(column error | wc -w)" "$(printf '%s ' "$(error_of 2)" "$(error_of 4)" | wc -w)"
}

@test "batch: a file that is empty, missing or a folder is refused" {
    : >lines.jsonl
    refused_here() {
        expect 1 "$PATCHGPT" batch "$1" --model tiny --output out
        assert_sentence
        assert_contains "$errors" "$2"
        assert_equal "$output" ""
        [ ! -e out ]
    }
    refused_here lines.jsonl "lines.jsonl has no experiments: it is empty"
    printf '\n \r\n\n' >lines.jsonl
    refused_here lines.jsonl "lines.jsonl has no experiments"
    refused_here none.jsonl "cannot open none.jsonl: No such file"
    refused_here . "cannot read .: Is a directory"
    lines "$(line aXcd)"
    expect 1 "$PATCHGPT" batch lines.jsonl --model none --output out
    assert_sentence
    [ ! -e out ]
}

@test "batch: an output that cannot be a folder is refused" {
    lines "$(line aXcd)"
    : >file
    expect 1 batch --output file
    assert_sentence
    assert_contains "$errors" "cannot make the folder file: a file is there"
    expect 1 batch --output file/out
    assert_sentence
    assert_contains "$errors" "cannot make the folder file/out: Not a directory"
    expect 1 batch --output none/out
    assert_contains "$errors" "cannot make the folder none/out: No such file"
    [ ! -e none ]
    expect 0 batch --output "a folder/"
    [ -s "a folder/summary.csv" ]
}

@test "batch: a folder that holds a batch needs --resume" {
    many 2
    expect 0 batch
    expect 1 batch
    assert_sentence
    assert_contains "$errors" "out holds a finished batch already: go on with batch --resume"
    mv out/summary.csv out/summary_partial.csv
    expect 1 batch
    assert_contains "$errors" "out holds a batch that was interrupted already: go on with batch --resume"
    expect 0 batch --resume
}

# hold_lock SECONDS: holds the lock of the folder out in the background; returns when it is held.
hold_lock() {
    rm -f locked
    python3 -c 'import fcntl, sys, time
lock = open("out/.lock", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
open("locked", "w")
time.sleep(float(sys.argv[1]))' "$1" 3>&- &
    until [ -e locked ]; do sleep 0.05; done
}

@test "batch: a folder that another process writes to is refused" {
    many 3
    mkdir out
    hold_lock 60
    local holder=$!
    expect 1 batch --resume
    assert_sentence
    assert_contains "$errors" "out: another patchgpt (process $holder) is at work there"
    kill "$holder"
    wait "$holder" || true
    hold_lock 0.2
    expect 0 batch --resume
    many 200
    rm -r out
    local first=0 second=0
    batch >/dev/null 2>&1 3>&- &
    batch >/dev/null 2>&1 || second=$?
    wait $! || first=$?
    assert_equal $((first + second)) 1
    assert_equal "$(column line | wc -w)" 200
}

@test "batch: after a full disk, --resume continues once there is room" {
    mkdir disk
    mount -t tmpfs -o size=48k tmpfs disk 2>/dev/null || skip "file systems cannot be mounted here"
    many 60
    expect 0 batch --output whole
    expect 1 batch --output disk/out
    assert_sentence
    assert_contains "$errors" "No space left on device; "
    assert_contains "$errors" " of 60 experiments are done, and --resume goes on from there"
    [ ! -e disk/out/summary.csv ]
    mount -o remount,size=10m disk
    expect 0 batch --output disk/out --resume
    same_folders whole disk/out
}

@test "batch: a folder that cannot be written is refused" {
    mkdir disk
    mount -t tmpfs -o size=1m tmpfs disk 2>/dev/null || skip "file systems cannot be mounted here"
    mkdir disk/out
    mount -o remount,ro disk
    many 2
    expect 1 batch --output disk/out
    assert_sentence
    assert_contains "$errors" "cannot write disk/out/.lock: Read-only file system"
    expect 1 batch --output disk/new
    assert_contains "$errors" "cannot make the folder disk/new: Read-only file system"
}

@test "batch: a limit on file size is an error, not a signal" {
    many 30
    expect 0 batch --output whole
    limited() { (ulimit -f 1 && batch "$@"); }
    expect 1 limited
    assert_sentence
    assert_contains "$errors" "cannot write summary_partial.csv in the folder out: File too large; "
    assert_contains "$errors" "--resume goes on from there"
    expect 0 batch --resume
    assert_contains "$output" "since an earlier run"
    same_folders whole out
}

# ---- --resume ----

# interrupt: makes out, the folder that an interrupted run leaves, from the folder "whole".
interrupt() {
    cp -r whole out
    mv out/summary.csv out/summary_partial.csv
    rm out/mean*
}

@test "batch: --resume continues, and the folder is that of an uninterrupted run" {
    many 9
    printf 'nonsense\n' >>lines.jsonl
    expect 4 batch --output whole
    interrupt
    sed -i '6,$d' out/summary_partial.csv
    expect 4 batch --resume
    assert_contains "$output" "9 of 10 experiments are done, 4 of them since an earlier run; 1 failed"
    same_folders whole out
    expect 4 batch --resume
    assert_contains "$output" "9 of them since an earlier run"
    same_folders whole out
}

@test "batch: --resume without an earlier run runs everything" {
    many 2
    expect 0 batch --resume
    assert_lacks "$output" "earlier"
    mv out whole
    mkdir out
    expect 0 batch --resume
    same_folders whole out
}

@test "batch: --resume repeats experiments whose files are missing or damaged" {
    many 6
    expect 0 batch --output whole --png
    # again N COMMAND…: after the command has changed out, N experiments are kept
    again() {
        rm -rf out
        interrupt
        (cd out && eval "$2")
        expect 0 batch --resume --png
        [ "$1" = 0 ] || assert_contains "$output" "$1 of them since an earlier run"
        [ "$1" != 0 ] || assert_lacks "$output" "earlier"
        same_folders whole out
    }
    again 6 :
    again 5 "rm e3.csv"
    again 5 "rm e3.png"
    again 5 "echo >>e3.csv"
    again 5 ": >e3.csv"
    again 5 "truncate -s -1 summary_partial.csv"
    again 5 "truncate -s -40 summary_partial.csv"
    again 0 "truncate -s 20 summary_partial.csv"
    again 0 ": >summary_partial.csv"
    again 0 "rm summary_partial.csv"
    again 6 "touch .patchgpt-0123456789abcdef .patchgpt-ffffffffffffffff"
    again 6 "cp summary_partial.csv summary.csv; head -n 3 summary.csv >summary_partial.csv"
    again 6 "tail -n +2 summary_partial.csv | head -n 2 >more; cat more >>summary_partial.csv; rm more"
    rm -rf out
    interrupt
    rm out/e?.png
    expect 0 batch --resume
    assert_contains "$output" "6 of them"
}

@test "batch: --resume leaves other files alone" {
    many 2
    mkdir out
    touch out/.patchgpt-notes out/.patchgpt-0123456789abcdeg out/notes.txt out/e9.csv
    expect 0 batch --resume
    [ -e out/.patchgpt-notes ] && [ -e out/.patchgpt-0123456789abcdeg ] && [ -e out/notes.txt ] && [ -e out/e9.csv ]
}

@test "batch: --resume repeats lines that have changed" {
    local i=0 changed
    for changed in "$(line aYcd '"id":"e2"')" "$(line a2cd '"id":"e2","noising":true')" "$(line a2cd '"id":"e2","site":"z"')" \
        "$(line a2cd '"id":"e2","metric":"prob"')" "$(line a2cd '"id":"e2","layers":[1]')" "$(line a2cd '"id":"e2","positions":[1]')" \
        "$(line a2cd '"id":"e2","read_position":2')" "$(line a2cd '"id":"e2","labels":{"a":1}')" "$(line a2cd '"id":"new"')" \
        '{"clean":"abcd","corrupt":"a2cd","tokens":["n","y"],"id":"e2"}' "$(line a2cd '"id":"e2","prepend_bos":true')" \
        "$(line a2cd '"id":"e2","site":"z","heads":[1]')"; do
        many 3
        rm -rf out whole
        expect 0 batch
        lines "$(sed -n 1p lines.jsonl)" "$changed" "$(sed -n 3p lines.jsonl)"
        expect 0 batch --resume
        assert_contains "$output" "3 of 3 experiments are done, 2 of them since an earlier run"
        expect 0 batch --output whole
        i=$((i + 1))
        [ "$changed" != "$(line a2cd '"id":"new"')" ] || rm out/e2.csv
        same_folders whole out
    done
    [ "$i" -eq 12 ]
}

@test "batch: --resume keeps lines that have moved" {
    many 3
    expect 0 batch
    { printf '\n%s\n' "$(line aYcd '"id":"first"')" && tac lines.jsonl; } >moved && mv moved lines.jsonl
    expect 0 batch --resume
    assert_contains "$output" "3 of them since an earlier run"
    expect 0 batch --output whole
    same_folders whole out
}

@test "batch: --resume removes the files of a line that fails now" {
    many 3
    expect 0 batch --png
    sed -i 's/"corrupt":"a2cd"/"corrupt":"a2c"/; s/"corrupt":"a3cd"/"corrupt":"aXcd"/' lines.jsonl
    expect 4 batch --resume
    [ ! -e out/e2.csv ] && [ ! -e out/e2.png ] && [ -e out/e3.csv ] && [ ! -e out/e3.png ] && [ -e out/e1.png ]
}

@test "batch: --resume repeats lines whose tokens have other bytes now" {
    echo '{"clean_ids":[97,98],"corrupt_ids":[97,99],"token_ids":[1,2]}' >lines.jsonl
    expect 0 "$PATCHGPT" batch lines.jsonl --model ids --output out
    assert_contains "$(cat out/line-1.csv)" ",97,97,"
    expect 0 batch --resume
    assert_contains "$(cat out/line-1.csv)" ",a,a,"
}

@test "batch: --resume removes the files of a line that now has the id of another" {
    printf '%s\n' "$(line a1cd '"id":"a"')" "$(line a2cd)" "$(line a3cd)" >lines.jsonl
    expect 0 batch
    printf '%s\n' "$(line a1cd '"id":"a"')" "$(line a2cd '"id":"a"')" "$(line a3cd '"id":"a"')" "$(line a4cd '"id":"line-3"')" >lines.jsonl
    expect 4 batch --resume
    mv out resumed
    expect 4 batch
    same_folders out resumed
    [ ! -e out/line-2.csv ] && [ -e out/line-3.csv ]
}

@test "batch: --resume with another model repeats everything" {
    many 2
    expect 0 batch
    mv out whole
    cp -r whole out
    python3 - "$PATCHGPT_MODELS/tiny/model.safetensors" <<'END'
import os, pathlib, struct, sys
source = pathlib.Path(sys.argv[1])
os.makedirs("models/other")
for file in source.parent.iterdir():
    pathlib.Path("models/other", file.name).write_bytes(file.read_bytes())
data = bytearray(source.read_bytes())
import json
size = struct.unpack("<Q", data[:8])[0]
at = 8 + size + json.loads(data[8:8 + size])["ln_f.bias"]["data_offsets"][0]
data[at:at + 4] = struct.pack("<f", 3)
pathlib.Path("models/other/model.safetensors").write_bytes(data)
END
    PATCHGPT_MODELS=models expect 0 batch --resume --model other
    assert_lacks "$output" "earlier"
    if cmp -s whole/e1.csv out/e1.csv; then complain "the models say the same"; fi
}

@test "batch: --resume refuses a file that is not a summary" {
    many 2
    mkdir out
    printf 'a,b\n1,2\n' >out/summary_partial.csv
    expect 1 batch --resume
    assert_sentence
    assert_contains "$errors" "summary_partial.csv: line 1"
    rm out/summary_partial.csv
    printf 'a,b\n1,2\n' >out/summary.csv
    expect 1 batch --resume
    assert_sentence
}

@test "batch: killed at any moment, it continues to the same folder" {
    many 150
    expect 0 batch --output whole
    local pause
    for pause in 0.02 0.05 0.1 0.2; do
        rm -rf out
        "$PATCHGPT" batch lines.jsonl --model tiny --output out >/dev/null 2>&1 3>&- &
        sleep "$pause"
        kill -KILL $! || true
        wait $! || true
        expect 0 batch --resume
        same_folders whole out
    done
}

@test "batch: --resume and --check read tables with CRLF and a byte order mark, and refuse UTF-16" {
    many 3
    expect 0 batch --output whole
    # dress FILE: a byte order mark and CR LF.
    dress() { { printf '\xef\xbb\xbf' && sed 's/$/\r/' "$1"; } >dressed && mv dressed "$1"; }
    interrupt
    dress out/summary_partial.csv
    expect 0 batch --resume
    assert_contains "$output" "3 of them since an earlier run"
    same_folders whole out
    cp -r whole old
    dress old/e1.csv
    dress old/e2.csv
    expect 0 batch --output again --check old
    iconv -f UTF-8 -t UTF-16 whole/e1.csv >old/e1.csv
    expect 4 batch --output more --check old --quiet
    assert_contains "$errors" "old/e1.csv is UTF-16, expected UTF-8"
    iconv -f UTF-8 -t UTF-16 whole/summary.csv >out/summary.csv
    expect 1 batch --resume
    assert_sentence
    assert_contains "$errors" "out/summary.csv is UTF-16, expected UTF-8"
}

# ---- shards ----

@test "batch: merged shards are the folder of the whole batch" {
    many 11
    { printf '\nnonsense\n\n%s\n' "$(line aYcY '"metric":"logprob","site":"heads"')"; } >>lines.jsonl
    expect 4 batch --output whole --png
    local i
    for i in 1 2 3; do expect "$((i == 3 ? 4 : 0))" batch --output "part $i" --shard $i/3 --png; done
    assert_equal "$(column line "part 2")" "2 5 8 11"
    expect 4 "$PATCHGPT" merge "part 3" "part 1" "part 2" --output out
    same_folders whole out
}

@test "batch: a shard that has no lines" {
    many 2
    local i
    for i in 1 2 3; do expect 0 batch --output "p$i" --shard $i/3; done
    assert_contains "$output" "0 of 0 experiments are done"
    assert_equal "$(wc -l <p3/summary.csv)" 1
    expect 0 batch --output whole
    expect 0 "$PATCHGPT" merge p1 p2 p3 --output out
    same_folders whole out
}

# ---- comparing ----

@test "batch: --check names the experiments that differ" {
    many 3
    expect 0 batch --output old
    expect 0 batch --check old
    assert_equal "$(tail -n 1 .stdout)" "check: all values equal those in old"
    same_folders old out
    rm -r out
    awk -F, -v OFS=, 'NR == 4 { $9 = sprintf("%.9g", $9 + 0.5) } { print }' old/e2.csv >new && mv new old/e2.csv
    expect 3 batch --check old
    assert_contains "$errors" "patchgpt: line 2: 1 of 8 values differ from old/e2.csv, most at layer 0, position 2:"
    assert_equal "$(tail -n 1 .stderr)" "patchgpt: 1 of 3 experiments differ from those in old"
    assert_contains "$(error_of 2)" "1 of 8 values differ from old/e2.csv"
    assert_equal "$(wc -l <out/e2.csv)" 9
    rm -r out
    expect 0 batch --check old --tolerance 0.6
    assert_equal "$(tail -n 1 .stdout)" "check: all values equal those in old within 0.6"
}

@test "batch: a reference that is missing or of another experiment is refused" {
    many 3
    expect 0 batch --output old
    rm old/e1.csv
    sed -i 's/resid_post/resid_pre/' old/e3.csv
    expect 4 batch --check old
    assert_contains "$(error_of 1)" "cannot open old/e1.csv: No such file"
    assert_contains "$(error_of 3)" 'old/e3.csv: line 2: site is "resid_pre"'
    rm -r out
    refused_before() {
        expect 1 "$PATCHGPT" batch lines.jsonl --model none "${@:2}"
        assert_sentence
        assert_contains "$errors" "$1"
    }
    refused_before "cannot open the folder none: No such file" --output out --check none
    refused_before "--check lines.jsonl is not a folder" --output out --check lines.jsonl
    refused_before "--check and --output are the same folder" --output old --check "$PWD/old/"
    [ ! -e out ]
}

@test "batch: warnings about its lines are counted in one line" {
    lines '{"clean":"Mary went ","corrupt":"John went ","tokens":["she"," he"]}' \
        '{"clean":"Mary went","corrupt":"Mary went","tokens":[" she"," he"]}' \
        '{"clean":"Michelle Jones was a top-notch student. Michelle","corrupt":"Michelle Smith was a top-notch student. Michelle","tokens":["Smith","Jones"]}'
    sed -i 's/"she"/" she"/' lines.jsonl
    expect 0 batch --model demo
    assert_equal "$errors" "patchgpt: warnings: 2 of a text that ends in a space, 2 of a token without its space, or with one, 1 of patches that change nothing"
    expect 0 batch --model demo --output quiet --quiet
    assert_equal "$errors" ""
}

@test "batch: the README's recipes read labels that look like missing values or numbers" {
    lines "$(line aXcd '"labels":{"NA":0,"null":1,"nan":2,"1":3}')" "$(line abXd '"labels":{"NA":0,"null":1,"nan":2,"1":3}')"
    expect 0 batch --output ioi
    local recipe
    recipe=$(sed -n '/^In pandas and in R/,/^### /p' "$PROJECT/README.md")
    if python3 -c 'import pandas' 2>/dev/null; then
        { sed -n 's/^>>> //p' <<<"$recipe" && echo 'print(*d["label"].unique(), *d["label"].map(type).unique())'; } >recipe.py
        expect 0 python3 recipe.py
        assert_equal "$output" "NA null nan 1 <class 'str'>"
    fi
    if command -v Rscript >/dev/null; then
        # shellcheck disable=SC2016 # it is R's
        { sed -n 's/^> //p' <<<"$recipe" && echo 'cat(levels(d$label), sum(is.na(d$label)))'; } >recipe.R
        expect 0 Rscript recipe.R
        assert_equal "$(tail -n 1 .stdout)" "NA null nan 1 0"
    fi
}

@test "batch: a text \"-\" is that text" {
    lines '{"clean":"-","corrupt":"+","tokens":["y","n"]}'
    expect 0 batch </dev/null
    assert_contains "$(cat out/line-1.csv)" "resid_post,0,,0,45,43,-,+,"
}

@test "batch: a line whose patches cannot change anything fails" {
    fails "$(line aXcd '"positions":[0]')" 'positions [0]: no patch there changes anything'
    fails "$(line aXcd '"read_position":0')" 'read_position 0: the texts differ from position 1 on'
}

@test "batch: a file of experiments that the batch would replace is refused" {
    mkdir out
    many 3
    cp lines.jsonl out/e2.csv
    ln -s "$PWD/lines.jsonl" out/e1.png
    for file in out/e2.csv ./out/../out/e2.csv lines.jsonl; do
        expect 2 "$PATCHGPT" batch "$file" --model tiny --output out --resume
        assert_sentence
        assert_contains "$errors" "would replace $file, which is read"
    done
    expect 2 "$PATCHGPT" batch - --model tiny --output out/ --resume <out/e2.csv
    assert_contains "$errors" "would replace the file on standard input"
    cmp lines.jsonl out/e2.csv
    rm out/e1.png out/e2.csv
    cp lines.jsonl out/lines.jsonl
    expect 0 "$PATCHGPT" batch out/lines.jsonl --model tiny --output out
    cmp lines.jsonl out/lines.jsonl
}

# ---- the command line ----

@test "batch: the command line" {
    refused 2 "batch needs a file" "$PATCHGPT" batch --output out
    refused 2 "--output is missing: batch needs a folder" "$PATCHGPT" batch file
    refused 2 "--output of batch is a folder" "$PATCHGPT" batch file --output -
    refused 2 "batch takes one file, but found \"b\"" "$PATCHGPT" batch a b --output out
    refused 2 "--png of batch takes no value" "$PATCHGPT" batch a --output out --png=x.png
    refused 2 "batch takes one file, but found \"x.png\"" "$PATCHGPT" batch a --output out --png x.png
    refused 2 "--resume and --check contradict" "$PATCHGPT" batch a --output out --resume --check old
    refused 2 "--tolerance is for --check DIR" "$PATCHGPT" batch a --output out --tolerance 1
    refused 2 "--clean does not go with batch" "$PATCHGPT" batch a --output out --clean x
    refused 2 "--json does not go with batch" "$PATCHGPT" batch a --output out --json
    refused 2 "--resume does not go with an experiment" "$PATCHGPT" --clean a --corrupt b --tokens c d --resume
    refused 2 "--vmin 2 is not below --vmax 1" "$PATCHGPT" batch a --output out --vmin 2 --vmax 1
    refused 2 "no command \"bach\"; did you mean batch?" "$PATCHGPT" bach a
    local shard
    for shard in "" 0/2 3/2 1 1/ /2 1/2/3 -1/2 1/-2 a/b 1.0/2 "1 /2" 1/99999999999; do
        refused 2 "--shard takes a number and how many there are" "$PATCHGPT" batch a --output out "--shard=$shard"
    done
}

@test "batch: --help names every option and field" {
    local word
    expect 0 "$PATCHGPT" batch --help
    for word in --output --png --resume --shard --check --tolerance --model --threads --quiet --site --metric --noising --layers \
        --heads --positions --read-position --prepend-bos --colormap --vmin --vmax --center clean corrupt clean_ids corrupt_ids \
        tokens token_ids id site metric noising layers heads positions read_position prepend_bos labels; do
        [[ ${output//$'\n'/ } =~ [\ ,]"$word"[\ ,\;:] ]] || complain "not found: $word"
    done
    assert_equal "$(awk 'length > 100' .stdout)" ""
    expect 0 "$PATCHGPT" merge --help
    assert_equal "$(awk 'length > 100' .stdout)" ""
}

@test "batch: existing files are not replaced" {
    many 2
    mkdir out
    echo precious >out/other.csv
    expect 1 batch
    assert_sentence
    assert_contains "$errors" "out holds other.csv already: choose another folder"
    [ "$(ls out)" = other.csv ]
    rm -r out
    mkdir out
    ln -s ../outside out/.lock
    expect 1 batch
    assert_sentence
    [ ! -e outside ]
}

@test "batch: a full disk stops it, and does not count as an error of the line" {
    many 2
    mkdir disk
    mount -t tmpfs -o size=32k tmpfs disk 2>/dev/null || skip "file systems cannot be mounted here"
    expect 1 "$PATCHGPT" batch lines.jsonl --model tiny --output disk/out --png
    assert_sentence
    assert_contains "$errors" "No space left on device; 0 of 2 experiments are done"
    [ ! -e disk/out/summary.csv ]
    mount -o remount,size=10m disk
    expect 0 "$PATCHGPT" batch lines.jsonl --model tiny --output disk/out --png --resume
    expect 0 batch --png
    same_folders out disk/out
}

@test "batch: more than 1024 labels are refused at once" {
    python3 -c 'print("{\"clean\": \"abcd\", \"corrupt\": \"aXcd\", \"tokens\": [\"y\", \"n\"], \"labels\": {"
        + ", ".join(f"\"l{i}\": 1" for i in range(60000)) + "}}")' >lines.jsonl
    expect 4 batch --quiet
    assert_contains "$errors" "labels: found 60000 names, expected at most 1024"
}
