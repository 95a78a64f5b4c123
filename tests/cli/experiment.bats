# experiment.bats: an experiment: its report, its files, its refusals, and standard streams that fail.
# shellcheck shell=bash disable=SC2154,SC2031 # $output and its like come from the helper; a test is a subshell of its own

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

@test "experiment: the report, and patchgpt.csv and patchgpt.png" {
    expect 0 patch
    assert_equal "$errors" ""
    assert_files patchgpt.csv patchgpt.png
    head -n 6 .stdout >found
    cat >expected <<'END'
tiny: 2 layers, 2 heads, width 8, 3,944 parameters, F32

           0  1  2  3
clean      a  b  c  d
corrupted  a  X  c  d
              ^
END
    cmp found expected
    assert_contains "$output" "most probable after the clean text"
    assert_equal "$(grep -cE '^ +[0-9]+ +[0-9]+  "?.+"? +0\.[0-9]{4}$' .stdout)" 20
    assert_contains "$output" "logit(\"y\") - logit(\"n\")"
    assert_equal "$(grep -cE '^(clean|corrupted) +-?[0-9]+\.[0-9]{4}  ".+" \(0\.[0-9]{4}\)$' .stdout)" 2
    assert_contains "$output" "8 patches of resid_post, clean activations into the corrupted run, in "
    assert_contains "$output" "written: patchgpt.csv, patchgpt.png"
}

@test "experiment: the table has a row for every layer and position, and the picture is a PNG" {
    expect 0 patch
    assert_equal "$(head -n 1 patchgpt.csv)" "site,layer,head,position,clean_id,corrupt_id,clean_token,corrupt_token,value,recovered"
    assert_equal "$(tail -n +2 patchgpt.csv | cut -d, -f1-4,7,8 | tr '\n' ' ')" \
        "$(for layer in 0 1; do printf 'resid_post,%s ' $layer,,0,a,a $layer,,1,b,X $layer,,2,c,c $layer,,3,d,d; done)"
    assert_equal "$(head -c 8 patchgpt.png | od -An -tx1)" " 89 50 4e 47 0d 0a 1a 0a"
}

# ids FOLDER NAME: a list of ids of the reference.
ids() {
    python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))[sys.argv[2]], sep=",")' "$1/expected.json" "$2"
}

@test "experiment: the numbers are the reference's" {
    local folder noising
    for folder in "$PROJECT"/tests/fixtures/models/{hf-f16,hf-odd,mingpt,bf16-shards}; do
        for noising in "" --noising; do
            expect 0 "$PATCHGPT" --model "$folder" --csv out.csv --json $noising --clean-ids "$(ids "$folder" clean_ids)" \
                --corrupt-ids "$(ids "$folder" corrupt_ids)" --token-ids "$(ids "$folder" token_ids)"
            python3 - .stdout out.csv "$folder/expected.json" "resid_post${noising:+/noising}" <<'END'
import csv, json, sys
report, expected = json.load(open(sys.argv[1])), json.load(open(sys.argv[3]))
matrix = expected["logit_difference"][sys.argv[4]]
for run in "clean", "corrupt":
    assert abs(report[run]["metric"] - expected["baseline"][run]) < 1e-4
    assert [p["token_id"] for p in report[run]["top"]] == [p["token_id"] for p in expected[run + "_top20"]]
rows = list(csv.DictReader(open(sys.argv[2])))
assert len(rows) == len(matrix) * len(matrix[0]) == report["patches"]
for row in rows:
    assert abs(float(row["value"]) - matrix[int(row["layer"])][int(row["position"])]) < 1e-4, row
END
        done
    done
}

@test "experiment: --json in place of the report" {
    expect 0 patch --json --top 2 -o out
    assert_equal "$errors" ""
    assert_equal "$(json 'list(j)')" \
        "['model', 'clean', 'corrupt', 'metric', 'pairs', 'read_position', 'site', 'noising', 'patches', 'seconds', 'files', 'cells']"
    assert_equal "$(json '[[c["layer"], c["head"], c["position"]] for c in j["cells"]][2:5]')" "[[0, None, 2], [0, None, 3], [1, None, 0]]"
    assert_equal "$(json '"\n".join("%r" % c["value"] for c in j["cells"])')" "$(tail -n +2 out.csv | cut -d, -f9)"
    assert_equal "$(json '"\n".join("%r" % c["recovered"] for c in j["cells"])')" "$(tail -n +2 out.csv | cut -d, -f10)"
    assert_equal "$(json '[t["text"] for t in j["clean"]["tokens"]], [t["text"] for t in j["corrupt"]["tokens"]]')" \
        "(['a', 'b', 'c', 'd'], ['a', 'X', 'c', 'd'])"
    assert_equal "$(json 'len(j["clean"]["top"]), len(j["corrupt"]["top"]), j["site"], j["metric"], j["patches"]')" \
        "(2, 2, 'resid_post', 'logit_diff', 8)"
    assert_equal "$(json '[[t["id"] for t in p] for p in j["pairs"]], j["read_position"], j["files"]')" \
        "([[121, 110]], 3, ['out.csv', 'out.png'])"
    expect 0 "$PATCHGPT" predict --model tiny --top 2 --json abcd
    assert_equal "$(json 'j["top"]')" "$(patch --json --top 2 >again && python3 -c 'import json; print(json.load(open("again"))["clean"]["top"])')"
}

@test "experiment: the files are those that are named" {
    expect 0 patch --output out
    assert_files out.csv out.png
    rm out.*
    expect 0 patch --csv a.csv
    assert_files a.csv
    assert_contains "$output" "written: a.csv"
    rm a.csv
    expect 0 patch --png a.png --colormap rdbu
    assert_files a.png
    rm a.png
    expect 0 patch -o out --csv b.csv
    assert_files b.csv out.png
    mkdir folder
    rm ./*.*
    expect 0 patch -ofolder/
    assert_files folder/patchgpt.csv folder/patchgpt.png
}

@test "experiment: an output that is a folder is where the files are put, through a link too" {
    mkdir folder
    ln -s folder link
    for folder in folder ./folder/ link; do
        expect 0 patch -o "$folder"
        assert_files folder/patchgpt.csv folder/patchgpt.png
        assert_contains "$output" "written: ${folder%/}/patchgpt.csv, ${folder%/}/patchgpt.png"
        rm folder/*
    done
    expect 0 patch -o folder --csv a.csv
    assert_files a.csv folder/patchgpt.png
    rm a.csv folder/*
    mkdir folder.png
    expect 0 patch -o folder.png
    assert_files folder.png/patchgpt.csv folder.png/patchgpt.png
    cd folder
    expect 0 patch -o .
    assert_files patchgpt.csv patchgpt.png
    expect 0 patch -o ../folder/..
    cd "$scratch"
    assert_files patchgpt.csv patchgpt.png folder/patchgpt.csv folder/patchgpt.png folder.png/patchgpt.csv folder.png/patchgpt.png
}

@test "experiment: a name with the ending of another format is refused" {
    for name in x.pdf x.svg x.JPG x.jpeg x.gif x.csv x.json x.html x.npz x.txt folder.d/x.tiff x.png.gz; do
        refused 2 "--png writes a file in the format png, but $name has the ending of another: .${name##*.}" patch --png "$name"
    done
    for name in x.png x.json x.xlsx x.tsv x.npz x.html x.csv.gz; do
        refused 2 "--csv writes a file in the format csv, but $name has the ending of another" patch --csv "$name"
    done
    for name in heatmap.png table.csv x.PDF a/b.html; do
        refused 2 "--output $name is a prefix, to which .csv and .png are added" patch -o "$name"
    done
    refused 2 "--output /dev/null is neither a folder nor a file" patch -o /dev/null
    refused 2 "--output x has no effect" patch -o x --csv a.csv --png a.png
    expect 0 patch --csv a.txt --png b.PNG
    expect 0 patch --csv .csv --png b
    expect 0 patch -o v1.5
    assert_files a.txt b.PNG .csv b v1.5.csv v1.5.png
}

@test "experiment: one file for two outputs is refused, however it is spelled" {
    mkdir folder
    ln -s folder link
    ln -s x here
    ln -s ../x folder/there
    for pair in "x x" "x ./x" "folder/x link/x" "x folder/../x" "x here" "here folder/there" "X x"; do
        refused 2 "are one file" patch --csv "${pair% *}" --png "${pair#* }"
    done
    refused 2 "are one file" patch --csv x --png "$PWD/x"
    ln -s x.png picture
    refused 2 "picture and x.png are one file" patch -o x --csv picture
    refused 2 "--csv - and --png - cannot both" patch --csv - --png /dev/stdout
    expect 2 bash -c '"$@" >both' - "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd --tokens y n --csv - --png both
    assert_contains "$errors" "are one file"
    rm both
    echo old >old
    ln old second
    expect 2 patch --csv old --png second
    assert_contains "$errors" "old and second are one file"
    assert_equal "$(cat old)" old
    expect 0 patch --csv /dev/null --png /dev/null
}

@test "experiment: an output that would replace an input is refused before anything is written" {
    cp -r "$BATS_FILE_TMPDIR/tiny" model
    cp -r model before
    ln -s model link
    ln -s model/vocab.json link.csv
    ln model/merges.txt hard
    for name in model/model.safetensors ./model/config.json link/vocab.json link.csv hard; do
        expect 2 "$PATCHGPT" --model model --clean abcd --corrupt aXcd --tokens y n --png other.png --csv "$name" --quiet
        assert_contains "$errors" "$name"
        [ ! -e other.png ]
        diff -r model before
    done
    expect 2 "$PATCHGPT" --model link/model.safetensors --clean abcd --corrupt aXcd --tokens y n --csv model/config.json
    diff -r model before
    cp -r "$PROJECT/tests/fixtures/models/bf16-shards" shards
    for name in shards/model-00002-of-00002.safetensors shards/model.safetensors.index.json; do
        expect 2 "$PATCHGPT" --model shards --clean-ids 1,2 --corrupt-ids 1,3 --token-ids 4,5 --csv "$name"
        assert_sentence
    done
    diff -r "$PROJECT/tests/fixtures/models/bf16-shards" shards
    expect 0 "$PATCHGPT" --model model --clean abcd --corrupt aXcd --tokens y n -o model
    expect 0 "$PATCHGPT" --model model --clean abcd --corrupt aXcd --tokens y n -o model
    [ -s model/patchgpt.csv ]
}

@test "experiment: with - standard output is the file and nothing else" {
    expect 0 patch --csv a.csv --png a.png
    rm .stdout
    expect 0 patch --csv -
    cmp .stdout a.csv
    assert_equal "$errors" ""
    expect 0 patch --png -
    cmp .stdout a.png
    assert_files a.csv a.png
    expect 0 patch --csv - --png b.png
    cmp .stdout a.csv
    cmp a.png b.png
}

@test "experiment: --quiet prints nothing, warnings neither" {
    expect 0 patch --quiet
    assert_equal "$output$errors" ""
    assert_files patchgpt.csv patchgpt.png
    expect 0 patch --quiet --corrupt abcd
    assert_equal "$output$errors" ""
}

@test "experiment: an old file is replaced, through a link too" {
    echo old >old.csv
    ln -s old.csv link.csv
    expect 0 patch --csv link.csv
    [ -L link.csv ]
    assert_equal "$(wc -l <old.csv)" 9
}

@test "experiment: the threads and the order of the options do not change a byte" {
    expect 0 patch --threads 1 -o one
    expect 0 patch --threads 4 -o four
    cmp one.csv four.csv
    cmp one.png four.png
    expect 0 "$PATCHGPT" --png five.png --tokens y n --csv five.csv --corrupt=aXcd --clean=abcd -mtiny
    cmp one.csv five.csv
    cmp one.png five.png
}

@test "experiment: ids in place of texts" {
    expect 0 patch -o text
    expect 0 "$PATCHGPT" --model tiny --clean-ids 97,98,99,100 --corrupt-ids 97,88,99,100 --token-ids 121,110 -o ids
    cmp text.csv ids.csv
    cmp text.png ids.png
    expect 0 "$PATCHGPT" --model tiny --clean abcd --corrupt-ids 97,88,99,100 --tokens y n --csv mixed.csv
    cmp text.csv mixed.csv
}

@test "experiment: a model without a tokenizer" {
    refused 1 "give token ids with --clean-ids, --corrupt-ids and --token-ids" patch --model ids
    refused 1 "give token ids with" \
        "$PATCHGPT" --model ids --clean-ids 1,2 --corrupt-ids 1,3 --tokens y n
    expect 0 "$PATCHGPT" --model ids --clean-ids 97,98 --corrupt-ids 97,88 --token-ids 121,110 -o out
    assert_contains "$output" "logit(121) - logit(110)"
    assert_contains "$output" "clean      97  98"
    assert_contains "$(cat out.csv)" "resid_post,0,,1,98,88,"
}

@test "experiment: ranges are rows of the whole table" {
    expect 0 patch --csv all.csv
    expect 0 patch --csv part.csv --layers 1 --positions 1-2
    { head -n 1 all.csv && grep -E '^resid_post,1,,[12],' all.csv; } | cmp - part.csv
    assert_contains "$output" "2 patches of"
    expect 0 patch --csv part.csv --layers 0-1 --positions 0-3
    cmp all.csv part.csv
    expect 0 patch --csv part.csv --positions 3
    { head -n 1 all.csv && grep -E ',,3,' all.csv; } | cmp - part.csv
}

@test "experiment: --noising patches the other way round" {
    expect 0 patch --noising --csv noising.csv
    assert_contains "$output" "corrupted activations into the clean run"
    expect 0 "$PATCHGPT" --model tiny --clean aXcd --corrupt abcd --tokens y n --csv swapped.csv
    cut -d, -f1-4,9 noising.csv | cmp - <(cut -d, -f1-4,9 swapped.csv)
}

@test "experiment: --prepend-bos shifts the positions by one" {
    expect 0 patch --prepend-bos --csv out.csv
    assert_contains "$output" "<|endoftext|>"
    assert_equal "$(wc -l <out.csv)" 11
    assert_contains "$(cat out.csv)" "resid_post,0,,2,98,88,b,X,"
}

@test "experiment: both texts' most probable tokens stand side by side where there is room" {
    expect 0 patch --csv out.csv --top 3
    grep -qE '^most probable after the clean text  +most probable after the corrupted text$' .stdout
    grep -qE '^rank  token index  token +probability    rank  token index  token +probability$' .stdout
    assert_equal "$(grep -cE '^ +[123] +[0-9]+  "[^ ]+" +0\.[0-9]{4}  +[123] +[0-9]+  "[^ ]+" +0\.[0-9]{4}$' .stdout)" 3
}

@test "experiment: the metric's tokens have logit, probability and rank in both runs" {
    local metric
    for metric in logit_diff logit logprob prob; do
        expect 0 patch --csv out.csv --metric "$metric" --json
        cp .stdout run.json
        for run in clean:abcd corrupt:aXcd; do
            expect 0 "$PATCHGPT" predict --model tiny --top 257 --json "${run#*:}"
            python3 - run.json .stdout "${run%:*}" <<'END'
import json, sys
run, all = (json.load(open(path)) for path in sys.argv[1:3])
named = run[sys.argv[3]]["named"]
assert [t["token"] for t in named] == ["y", "n"], named
assert named == [t for token in "yn" for t in all["top"] if t["token"] == token], named
END
        done
    done
    expect 0 patch --csv out.csv
    assert_contains "$output" "tokens of the metric"
    grep -qE '^"y" +121  clean +[0-9]+ +-?[0-9]+\.[0-9]{4} +0\.[0-9]{4}$' .stdout
    grep -qE '^"n" +110  corrupted +[0-9]+ +-?[0-9]+\.[0-9]{4} +0\.[0-9]{4}$' .stdout
}

@test "experiment: --markdown is the report as tables to paste" {
    expect 0 "$PATCHGPT" --model tiny --clean 'ab|d' --corrupt 'aX|d' --tokens '`' '|' --csv o_1.csv --top 3 --markdown
    assert_equal "$(grep -c '^|' .stdout)" $((6 + 5 + 5 + 6 + 4))
    # every row of a table has as many unescaped bars as the line below its headings
    awk '/^[|]/ { bare = $0; gsub(/\\[|]/, "", bare); n = gsub(/[|]/, "", bare); if (!in_table) want = n; in_table = 1; if (n != want) exit 1; next }
        { in_table = 0 }' .stdout
    assert_contains "$output" '| 2 | 124 | "\|" | 124 | "\|" |  |'
    assert_contains "$output" '| 1 | 98 | "b" | 88 | "X" | yes |'
    assert_contains "$output" '|  | logit("\`") - logit("\|") | most probable |'
    assert_contains "$output" '| "\`" | 96 | clean | '
    assert_contains "$output" 'written: o\_1.csv'
    rm o_1.csv
    local with
    for with in "--json" "--terminal" "--quiet" "--csv -"; do
        # shellcheck disable=SC2086 # the option and its value are words
        refused 2 "--markdown" patch --markdown $with
    done
}

@test "experiment: long texts are wrapped at 100 columns" {
    expect 0 patch --clean "    yyyyyyyyyyyy" --corrupt "    yyyyyyyyyyyz"
    assert_equal "$(awk 'length > 100' .stdout)" ""
    expect 0 "$PATCHGPT" --model ids --clean-ids "$(seq -s, 101 116)" --corrupt-ids "$(seq -s, 102 117)" --token-ids 1,2
    assert_equal "$(grep -c '^corrupted  ' .stdout)" 2
    expect 0 patch --clean "$(printf '\001%.0s' {1..16})" --corrupt "$(printf '\002%.0s' {1..16})"
    assert_equal "$(grep -c '^clean  ' .stdout)" 3
    assert_equal "$(awk 'length > 100' .stdout)" ""
}

@test "experiment: texts with different token counts are refused, both shown" {
    refused 1 "the clean text has 4 tokens, a|b|c|d, and the corrupted text 5, a|·|X|c|d;" patch --corrupt "a Xcd"
    refused 1 "the clean text has 15 tokens, …|k|l|m|n|o, and the corrupted text 16, …|k|l|X|Y|Z|!;" \
        patch --clean abcdefghijklmno --corrupt 'abcdefghijklXYZ!'
    refused 1 "the clean text has 1 token, a, and the corrupted text 2, a|X;" patch --clean a --corrupt aX
}

@test "experiment: pieces are listed up to any length, and a bar in one is told from those between them" {
    local n text
    refused 1 'found 3 tokens, a|\||b, in "a|b"' patch --tokens y 'a|b'
    for n in $(seq 60 130) 252 253 254 255 256 257 400; do
        text=$(printf 'é%.0s' $(seq "$n"))$(printf 'a%.0s' $(seq "$((n % 7))"))
        refused 1 "tokens, " patch --tokens y "$text"
        assert_contains "$errors" "…, in"
    done
}

@test "experiment: tokens that are not one token are refused, their pieces shown" {
    refused 1 "found 2 tokens, n|o, in \"no\"" patch --tokens y no
    refused 1 "one is empty" patch --tokens y ""
    refused 1 "twice the token \"y\" (121)" "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd --tokens y y
}

@test "experiment: tokens may begin with a dash" {
    expect 0 patch --tokens - =
    assert_contains "$output" 'logit("-") - logit("=")'
    expect 0 patch --tokens=+ -
    assert_contains "$output" 'logit("+") - logit("-")'
}

@test "experiment: the form with a space is suggested where that is one token" {
    refused 1 "found 2 tokens, s|he, in \"she\"; did you mean \" she\", with a space in front?" \
        "$PATCHGPT" --model demo --clean "Mary went because" --corrupt "John went because" --tokens she " he"
}

@test "experiment: requests that do not fit the model are refused" {
    refused 1 "the clean text is empty" patch --clean "" --corrupt ""
    refused 1 "has 17 tokens; model tiny has room for 16" patch --clean 12345678901234567 --corrupt 12345678901234568
    refused 1 "token id 257; model tiny has ids 0 to 256" \
        "$PATCHGPT" --model tiny --clean-ids 1,257 --corrupt-ids 1,2 --tokens y n
    refused 1 "token id 999; model tiny has ids 0 to 256" \
        "$PATCHGPT" --model tiny --clean ab --corrupt ac --token-ids 1,999
    refused 1 "--top 258 is more than" patch --top 258
}

@test "experiment: identical texts are warned about" {
    expect 0 patch --corrupt abcd
    assert_equal "$(wc -l <.stderr)" 1
    assert_contains "$errors" "patchgpt: warning: the clean and the corrupted text are the same"
    assert_lacks "$output" "^"
    assert_equal "$(tail -n +2 patchgpt.csv | cut -d, -f9 | sort -u | wc -l)" 1
    assert_equal "$(tail -n +2 patchgpt.csv | cut -d, -f10 | sort -u)" ""
    expect 0 patch --corrupt abcd --json
    assert_equal "$(json 'j["clean"] == j["corrupt"]')" True
}

demo() {
    "$PATCHGPT" --model demo --clean "${1}Jones was a top-notch student. Michelle$2" \
        --corrupt "${1}Smith was a top-notch student. Michelle$2" "${@:3}"
}

@test "experiment: a token whose other form, with or without its space, is far more probable is warned about" {
    expect 0 demo "Michelle " "" --tokens Smith Jones
    assert_equal "$(wc -l <.stderr)" 1
    assert_contains "$errors" 'patchgpt: warning: the token "Smith" has no space in front, but " Smith", with one, is far more probable after the corrupted text (0.9996, not '
    expect 0 demo "Michelle " "" --tokens " Smith" Jones
    assert_contains "$errors" 'the token "Jones" has no space in front, but " Jones", with one, is far more probable after the clean text'
    expect 0 demo "Michelle " "" --tokens Smith Jones --quiet
    assert_equal "$errors" ""
    expect 0 demo "Michelle " "" --metric logprob --tokens Jones
    assert_contains "$errors" 'but " Jones", with one, is far more probable'
    expect 0 demo "Michelle " "" --tokens " Smith" " Jones"
    assert_equal "$errors" ""
    expect 0 demo "Michelle " "" --tokens Smith " Smith"
    assert_equal "$errors" ""
    expect 0 "$PATCHGPT" --model demo --clean "Michelle Jones was a to" --corrupt "Michelle Smith was a to" --tokens " p" " n"
    assert_contains "$errors" 'the token " p" has a space in front, but "p", without one, is far more probable'
}

@test "experiment: a text that ends in a space is warned about" {
    expect 0 demo "Michelle " " " --tokens " Smith" " Jones"
    assert_equal "$(grep -c "a text ends in a space" .stderr)" 1
    expect 0 patch --clean "abc " --corrupt "aXc "
    assert_contains "$errors" "patchgpt: warning: a text ends in a space"
    expect 0 patch --clean "abc " --corrupt "aXc " --quiet
    assert_equal "$errors" ""
    expect 0 patch --clean "a cd" --corrupt " bcd"
    assert_equal "$errors" ""
}

@test "experiment: patches that cannot change anything are refused, and patches that do not are warned about" {
    refused 2 "--positions 0: no patch there changes anything, since the texts differ from position 1 on and position 3 is read" \
        patch --positions 0
    refused 2 "--positions 2-3: no patch there" patch --positions 2-3 --read-position 1
    refused 2 "--positions 0,3: no patch there" patch --positions 0,3 --read-position 1 --site z,resid_pre
    refused 2 "--read-position 0: the texts differ from position 1 on" patch --read-position 0
    expect 0 patch --positions 0,1 --csv a.csv
    assert_equal "$errors" ""
    expect 0 patch --positions 0 --site z,z_all --csv a.csv
    assert_equal "$errors" ""
    expect 0 patch --layers -1 --positions 1 --csv a.csv
    assert_equal "$errors" "patchgpt: warning: no patch changes anything: every value is that of the run without patches"
    expect 0 patch --layers -1 --positions 1 --csv a.csv --noising
    assert_contains "$errors" "no patch changes anything"
}

@test "experiment: a text from standard input" {
    expect 0 patch --csv text.csv
    printf 'abcd\n' | expect 0 patch --clean - --csv clean.csv
    cmp text.csv clean.csv
    printf 'aXcd' | expect 0 patch --corrupt - --csv corrupt.csv
    cmp text.csv corrupt.csv
    expect 2 patch --clean - --corrupt -
    assert_contains "$errors" "--clean - and --corrupt - cannot both be read from standard input"
    cp text.csv in
    # shellcheck disable=SC2094 # that is what is refused
    expect 2 patch --clean - --csv in <in
    assert_contains "$errors" "writing in would replace the file on standard input, which is read"
    cmp text.csv in
}

@test "experiment: an output that cannot be written is named before any work" {
    mkdir folder.csv
    refused 1 "cannot write none/out.csv: No such file or directory" patch -o none/out --model none
    refused 1 "cannot write folder.csv: it is a folder" patch -o folder
    refused 1 "cannot write ./.stdout/out.png" patch --png ./.stdout/out.png
}

@test "experiment: an output that fails leaves the old file and nothing else" {
    expect 1 patch --csv /dev/full
    assert_sentence
    assert_contains "$errors" "cannot write /dev/full: No space left on device"
    assert_files
    echo old >out.csv
    expect 1 bash -c 'ulimit -f 0 && exec "$@" 2>/dev/null' - "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd --tokens y n \
        --csv out.csv --quiet
    assert_equal "$(cat out.csv)" old
    assert_files out.csv
}

# to STREAM COMMAND...: runs the command, stdout going to STREAM, a file or "closed", and leaves its exit code in $code.
to() {
    local stream=$1
    shift
    code=0
    if [ "$stream" = closed ]; then
        "$@" >&- 2>.stderr || code=$?
    else
        "$@" >"$stream" 2>.stderr || code=$?
    fi
    output="" errors=$(cat .stderr)
}

@test "streams: standard output that is full or closed is an error, in one sentence" {
    local options
    for options in "--top 1" "--json" "--csv -" "--png -"; do
        # shellcheck disable=SC2086 # the options are words
        to /dev/full patch $options
        assert_equal "$code" 1
        assert_sentence
        assert_contains "$errors" "cannot write standard output: No space left on device"
        # shellcheck disable=SC2086
        to closed patch $options
        assert_equal "$code" 1
        assert_sentence
        assert_contains "$errors" "cannot write standard output"
    done
    to /dev/full "$PATCHGPT" --help
    assert_equal "$code" 1
    assert_sentence
}

@test "streams: a reader that goes away ends the program in silence, and the files are written all the same" {
    yes abc | head -n 100000 >in
    mkfifo pipe
    head -n 1 pipe >/dev/null 3>&- &
    to pipe "$PATCHGPT" tokenize --model tiny - <in
    assert_equal "$code$errors" 0
    for options in "" --json "--csv -" "--png -" "--csv /dev/stdout"; do
        # shellcheck disable=SC2086 # the options are words
        unread patch $options
        assert_equal "$code$errors" 0
    done
    unread "$PATCHGPT" --help
    assert_equal "$code$errors" 0
    expect 0 patch --csv a.csv --png a.png
    unread patch --csv - --png b.png
    assert_equal "$code$errors" 0
    cmp a.png b.png
}

# unread COMMAND…: runs the command with a pipe without a reader as stdout, and leaves its exit code in $code.
unread() {
    exec 7> >(:)
    wait $!
    code=0
    "$@" >&7 7>&- 2>.stderr || code=$?
    exec 7>&-
    output="" errors=$(cat .stderr)
}

@test "streams: nothing else passes in silence when the reader has gone" {
    unread patch --model none
    assert_equal "$code" 1
    assert_sentence
    expect 0 patch --csv old.csv
    sed 's/^\(resid_post,0,,2,99,99,c,c,\)[^,]*/\11/' old.csv >other.csv
    unread patch --check other.csv --csv -
    assert_equal "$code" 3
    assert_contains "$errors" "1 of 8 values differ"
    mkfifo gone
    head -c 1 gone >/dev/null 3>&- &
    text="one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    expect 1 "$PATCHGPT" --model demo --clean "$text Mary" --corrupt "$text John" --tokens " a" " b" \
        --site z,q,k,v,pattern,block --csv gone
    assert_sentence
    assert_contains "$errors" "cannot write gone: Broken pipe"
}

@test "streams: with all of them closed no file receives their output" {
    code=0
    "$PATCHGPT" --frobnicate <&- >&- 2>&- || code=$?
    assert_equal "$code" 2
    code=0
    patch --csv out.csv <&- >&- 2>&- || code=$?
    assert_equal "$code" 1
    assert_equal "$(wc -l <out.csv)" 9
    assert_equal "$(grep -c resid_post out.csv)" 8
    to /dev/null "$PATCHGPT" predict --model tiny - <&-
    assert_equal "$code" 1
    assert_sentence
    assert_contains "$errors" "cannot read standard input"
}
