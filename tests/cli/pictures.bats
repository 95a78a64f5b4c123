# pictures.bats: options of pictures: colour maps and limits, and --terminal. Their contents are tested by the
# unit tests.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

@test "pictures: colour maps and limits make different pictures of the same table" {
    local options n=0
    expect 0 patch -o default
    expect 0 patch -o viridis --colormap viridis
    cmp default.png viridis.png
    for options in "" "--colormap rdbu" "--colormap magma" "--colormap greys" "--vmin -9" "--vmax 9" "--center 0" \
        "--colormap rdbu --center 9" "--vmin -9 --vmax 9"; do
        # shellcheck disable=SC2086 # the options are words
        expect 0 patch -o "picture$((++n))" $options
        cmp "picture$n.csv" default.csv
    done
    assert_equal "$(md5sum picture*.png | cut -c 1-32 | sort -u | wc -l)" "$n"
}

@test "pictures: rdbu is centred on the run that is patched" {
    expect 0 patch --png a.png --colormap rdbu --json
    expect 0 patch --png b.png --colormap rdbu --center "$(json 'j["corrupt"]["metric"]')"
    cmp a.png b.png
    expect 0 patch --noising --png a.png --colormap rdbu --json
    expect 0 patch --noising --png b.png --colormap rdbu --center "$(json 'j["clean"]["metric"]')"
    cmp a.png b.png
}

# shown_is EXPRESSION OPTION…: the scale of --terminal ends at the minimum and maximum of the values that the Python
# expression has for each cell's value v, with clean and corrupt, the metric of both runs.
shown_is() {
    expect 0 patch --csv out.csv --png x.png --json "${@:2}"
    python3 - out.csv .stdout "$1" >ends <<'END'
import csv, json, sys
run = json.load(open(sys.argv[2]))
names = {name: run[name]["metric"] for name in ("clean", "corrupt")}
shown = [eval(sys.argv[3], names, {"v": float(cell["value"])}) for cell in csv.DictReader(open(sys.argv[1]))]
print(f": 0 is {min(shown):.3g}, 9 is {max(shown):.3g}")
END
    expect 0 patch --csv out.csv --terminal --colormap viridis "${@:2}"
    assert_equal "$(tail -n 2 .stdout | sed -n '1s/−/-/g; 1s/^[^:]*//p')" "$(cat ends)"
}

@test "pictures: --show value, change and gap are the metric, less the unpatched run's, less the clean run's" {
    shown_is v
    shown_is v --show value
    shown_is "v - corrupt" --show change
    shown_is "v - clean" --show gap
    shown_is "v - clean" --show change --noising
    shown_is "v - clean" --show gap --noising
    shown_is "v - clean" --show gap --metric logit
    expect 0 patch --csv out.csv --terminal --show gap --metric logprob
    grep -q "^log probability difference less the clean run's: 0 is " .stdout
    expect 0 patch --csv out.csv --terminal --show change
    grep -q "^change of the logit difference: 0 is " .stdout
}

@test "pictures: --show recovered goes from 0 to 1 in rdbu unless it is told otherwise" {
    expect 0 patch --csv out.csv --terminal --show recovered
    grep -qx "recovered: 0 is 0, 9 is 1" .stdout
    expect 0 patch --csv out.csv --terminal --show recovered --vmax 2
    grep -qx "recovered: 0 is −1, 9 is 2" .stdout
    expect 0 patch --png a.png --show recovered
    expect 0 patch --png b.png --show recovered --colormap rdbu --vmin 0 --vmax 1
    cmp a.png b.png
    expect 0 patch --png b.png --show recovered --colormap viridis
    [ "$(md5sum <a.png)" != "$(md5sum <b.png)" ]
    expect 0 patch --png a.png --show change
    expect 0 patch --png b.png --show change --colormap rdbu --center 0
    cmp a.png b.png
}

@test "pictures: nothing is recovered between runs of one metric, and nothing is written" {
    refused 1 "have the same metric" "$PATCHGPT" --model tiny --clean abcd --corrupt abcd --tokens y n --show recovered -o x
    refused 2 '--show: unknown name "recoverd"; did you mean recovered?' patch --show recoverd
    refused 2 "--show is for the picture" patch --csv x.csv --show gap
}

@test "pictures: --show is for a batch's pictures of experiments, not for its means" {
    printf '{"id": "one", "clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"]}\n' >in
    expect 0 "$PATCHGPT" batch in --model tiny -o plain --png
    expect 0 "$PATCHGPT" batch in --model tiny -o shown --png --show recovered --vmax 2
    cmp plain/mean.png shown/mean.png
    cmp plain/mean_recovered.png shown/mean_recovered.png
    expect 0 patch --png one.png --show recovered --vmax 2
    cmp shown/one.png one.png
    rm -r plain shown one.png in
    refused 2 "add --png" "$PATCHGPT" batch in --model tiny -o out --show gap
    printf '{"id": "same", "clean": "abcd", "corrupt": "abcd", "tokens": ["y", "n"]}\n' >in
    expect 4 "$PATCHGPT" batch in --model tiny -o out --png --show recovered
    assert_contains "$errors" "have the same metric"
    [ ! -e out/same.csv ] && [ ! -e out/same.png ]
}

@test "pictures: colours without room between their ends are refused" {
    refused 2 "--vmin 3 is not below --vmax 3" patch --vmin 3 --vmax 3
    refused 2 "--vmin 3 is not below --vmax -3" patch --vmin 3 --vmax -3
    refused 2 "--vmin 3 is not below --center 2" patch --vmin 3 --center 2
    refused 2 "--center 2 is not below --vmax 1" patch --vmax 1 --center 2
    refused 2 "are one too many" patch --vmin 0 --vmax 4 --center 1
}

@test "pictures: options of a picture that is not made are refused" {
    refused 2 "--vmin is for the picture" patch --csv x.csv --vmin 0
    refused 2 "--vmax is for the picture" patch --csv x.csv --vmax 0
    refused 2 "--center is for the picture" patch --check x.csv --center 0
    refused 2 "--terminal draws below the report, and --quiet prints none" patch --terminal --quiet
    refused 2 "and --json prints none" patch --terminal --json
    refused 2 "and --csv - prints none" patch --terminal --csv -
    expect 0 patch --csv x.csv --terminal --vmin 0 --colormap magma
}

@test "pictures: --terminal draws below the report, in digits where there is no terminal" {
    expect 0 patch --terminal --csv out.csv --site resid_post,z_all
    assert_lacks "$output" $'\033'
    sed '1,/^written: out.csv/d' .stdout | sed -E '/^ +[0-9]  [0-9]/ s/ [0-9]/ #/g' | head -n 11 >drawn
    cat >expected <<'END'

resid_post
layer  0 1 2 3  position
    #  # # # #
    #  # # # #
        ^^

z_all
layer  0 1  head
    #  # #
    #  # #
END
    cmp drawn expected
    assert_equal "$(tail -n 1 .stdout)" "0 a  1 b → X  2 c  3 d"
    grep -qE '^logit difference: 0 is .+, 9 is .+$' .stdout
    expect 0 patch --terminal --vmin -9 --vmax 9.5
    grep -qxF 'logit difference: 0 is −9, 9 is 9.5' .stdout
}

# drawn VARIABLE…: the codes of the cells that --terminal draws in a terminal with these variables, counted.
drawn() {
    env -u NO_COLOR -u COLORTERM "$@" script -qec \
        "'$PATCHGPT' --model tiny --clean abcd --corrupt aXcd --tokens y n --terminal --csv out.csv" /dev/null |
        grep -oE '\[48;[25];' | sort | uniq -c | tr -d ' \n'
}

@test "pictures: --terminal has the colours that the terminal has" {
    command -v script >/dev/null || skip "there is no script"
    assert_equal "$(drawn TERM=xterm-256color COLORTERM=truecolor)" "24[48;2;"
    assert_equal "$(drawn TERM=xterm COLORTERM=24bit)" "24[48;2;"
    assert_equal "$(drawn TERM=xterm-256color)" "24[48;5;"
    assert_equal "$(drawn TERM=xterm)" ""
    assert_equal "$(drawn TERM=dumb COLORTERM=truecolor)" ""
    assert_equal "$(drawn TERM=xterm-256color COLORTERM=truecolor NO_COLOR=1)" ""
    assert_equal "$(drawn TERM=xterm-256color COLORTERM=truecolor NO_COLOR=)" "24[48;2;"
}

# notes PNG: the notes that a picture carries, a line each.
notes() {
    python3 - "$1" <<'END'
import struct, sys, zlib
data, at = open(sys.argv[1], "rb").read(), 8
while at < len(data):
    (n,) = struct.unpack(">I", data[at:at + 4])
    kind, content = data[at + 4:at + 8], data[at + 8:at + 8 + n]
    assert zlib.crc32(kind + content) == struct.unpack(">I", data[at + 8 + n:at + 12 + n])[0]
    if kind in (b"tEXt", b"iTXt"):
        name, text = content.split(b"\0", 1)
        text = text.removeprefix(b"\0\0\0\0")
        assert (kind == b"tEXt") == text.isascii()
        print(f"{name.decode()}={text.decode()}")
    at += n + 12
END
}

@test "pictures: a picture carries notes of what it shows" {
    expect 0 "$PATCHGPT" --model demo --clean "Mary went to the cafe because" --corrupt "John went to the cafe because" \
        --tokens " she" " he" --tokens " Mary" " John" --site z,q_all --noising --prepend-bos --quiet -o out
    local found line
    found=$(notes out.png)
    for line in "Software=patchgpt" "version=0.1.0" "model=demo" "metric=logit_diff" "site=z,q_all" \
        "clean=<|endoftext|>Mary went to the cafe because" "corrupt=<|endoftext|>John went to the cafe because" \
        "tokens= she| he| Mary| John" "direction=corrupted into clean" "bos=yes" "read_position=" "clean_ids=" "show=value"; do
        assert_contains "$found" "$line"
    done
    expect 0 "$PATCHGPT" --model demo --clean "Café one" --corrupt "Cafè one" --tokens " she" " he" --quiet --png other.png
    assert_contains "$(notes other.png)" "clean=Café one"
    assert_contains "$(notes other.png)" "bos=no"
}

@test "pictures: pictures of means carry notes of their batch" {
    printf '{"clean": "Mary went to", "corrupt": "John went to", "tokens": [" she", " he"]}\n%.0s' 1 2 >two.jsonl
    expect 0 "$PATCHGPT" batch two.jsonl --model demo --output out --png --site z --quiet
    local found
    found=$(notes out/mean.png)
    assert_contains "$found" "batch=$(sed 's/.* //' out/.lock)"
    assert_contains "$found" "experiments=2"
    assert_contains "$found" "site=z"
    assert_contains "$(notes out/line-1.png)" "clean=Mary went to"
}

@test "pictures: cells of means whose interval holds 0 can be grey, in a batch and in a merge" {
    printf '{"clean": "%s to the", "corrupt": "%s to the", "tokens": [" she", " he"]}\n' \
        "Mary went" "John went" "John said" "Mary said" "Mary came" "John came" "John gave" "Mary gave" >pairs.jsonl
    expect 0 "$PATCHGPT" batch pairs.jsonl --model demo --output plain --site z --quiet
    expect 0 "$PATCHGPT" batch pairs.jsonl --model demo --output grey --site z --quiet --grey-uncertain
    expect 0 "$PATCHGPT" merge plain --output merged --quiet --grey-uncertain
    diff -r -x .lock grey merged
    cmp plain/mean.csv grey/mean.csv
    [ "$(pixels plain/mean.png)" != "$(pixels grey/mean.png)" ]
    [ "$(pixels plain/mean_recovered.png)" != "$(pixels grey/mean_recovered.png)" ]
    assert_contains "$(notes grey/mean.png)" "intervals=95 %, 1000 replicates, seed 1"
    assert_lacks "$(notes plain/mean.png)" "intervals="
    expect 0 "$PATCHGPT" batch pairs.jsonl --model demo --output grey --site z --quiet --resume
    diff -r -x .lock grey plain
    expect 2 "$PATCHGPT" batch pairs.jsonl --model demo --output other --grey-uncertain --bootstrap 0
    assert_contains "$errors" "--grey-uncertain is for intervals, and --bootstrap 0 makes none"
    expect 2 "$PATCHGPT" batch pairs.jsonl --model demo --output other --grey-uncertain --joint
    assert_contains "$errors" "--joint gives one value, which is not a picture: leave out --grey-uncertain"
}

# height FILE.png: in pixels.
height() { python3 -c 'import struct, sys; print(*struct.unpack(">I", open(sys.argv[1], "rb").read()[20:24]))' "$1"; }

@test "pictures: means of neurons, single weights of patterns and single heads are drawn" {
    local pair='{"clean": "Mary went to the", "corrupt": "John went to the", "tokens": [" she", " he"]}' site
    for site in "neuron --positions 0,-1" "pattern_dest_src --positions 0,-1" "z --heads 1.2,3.0" "z_all --heads 1.2,3.0"; do
        rm -rf one two
        # shellcheck disable=SC2086 # words
        expect 0 "$PATCHGPT" batch - --model demo --output one --quiet --png --site $site <<<"$pair"
        # shellcheck disable=SC2086 # words
        expect 0 "$PATCHGPT" batch - --model demo --output two --quiet --site $site <<<"$pair"$'\n'"$pair"
        [ -s two/mean.png ] && [ -s two/mean_recovered.png ] || complain "no pictures of $site"
        # the same panels, rows and columns as one experiment has
        assert_equal "$(height one/mean.png)" "$(height one/line-1.png)"
        [ "$(pixels one/mean.png)" != "$(pixels two/mean.png)" ] || complain "the titles are alike"
    done
}
