# check.bats: --check, the comparison with an earlier result.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() {
    make_scratch && find_tiny_models && need_patchgpt
    expect 0 patch --csv old.csv
}
teardown() { remove_scratch; }

# change ROW NUMBER: old.csv with the number added to the value of a row (the first is 1), as new.csv.
change() {
    awk -F, -v OFS=, -v row="$1" -v number="$2" \
        'NR == row + 1 { $9 = sprintf("%.9g", $9 + number) } { print }' old.csv >new.csv
    if cmp -s old.csv new.csv; then complain "nothing changed"; fi
}

@test "check: equal values are told, and nothing is written" {
    expect 0 patch --check old.csv
    assert_equal "$errors" ""
    assert_equal "$(tail -n 1 .stdout)" "check: 8 values equal old.csv"
    assert_files old.csv
    expect 0 patch --check old.csv --tolerance 1e-3
    assert_equal "$(tail -n 1 .stdout)" "check: 8 values equal old.csv within 0.001"
    expect 0 patch --check old.csv --quiet
    assert_equal "$output" ""
}

@test "check: a difference is exit code 3, and says how many and where" {
    change 3 0.5
    expect 3 patch --check new.csv
    assert_sentence
    assert_contains "$errors" "1 of 8 values differ from new.csv, most at layer 0, position 2:"
    assert_contains "$errors" "0.5 apart"
    assert_lacks "$output" "check:"
    expect 3 patch --check new.csv --quiet
    assert_sentence
    assert_equal "$output" ""
}

@test "check: without a tolerance one bit is a difference" {
    python3 - <<'END'
import csv, struct
rows = list(csv.reader(open("old.csv")))
bits = struct.unpack("I", struct.pack("f", float(rows[8][8])))[0]
rows[8][8] = "%.9g" % struct.unpack("f", struct.pack("I", bits + 1))[0]
csv.writer(open("new.csv", "w"), lineterminator="\n").writerows(rows)
END
    expect 3 patch --check new.csv
    assert_contains "$errors" "1 of 8 values differ from new.csv, most at layer 1, position 3:"
    expect 0 patch --check new.csv --tolerance 1e-5
}

@test "check: the tolerance is the largest difference that passes" {
    change 6 0.25
    expect 3 patch --check new.csv --tolerance 0.2
    assert_contains "$errors" "differ from new.csv by more than 0.2, most at layer 1, position 1:"
    expect 0 patch --check new.csv --tolerance 0.3
}

@test "check: --json has the result of the comparison" {
    change 2 0.5
    expect 3 patch --check new.csv --json
    assert_equal "$(json 'j["check"]["file"], j["check"]["differing"], round(j["check"]["largest_difference"], 4)')" "('new.csv', 1, 0.5)"
    assert_equal "$(json 'j["files"]')" "[]"
    expect 0 patch --check old.csv --json
    assert_equal "$(json 'j["check"]')" "{'file': 'old.csv', 'differing': 0, 'largest_difference': 0}"
}

@test "check: files that are named are written" {
    change 2 0.5
    expect 3 patch --check new.csv -o out
    cmp out.csv old.csv
    assert_files old.csv new.csv out.csv out.png
    expect 3 patch --check new.csv --csv -
    assert_sentence
    cmp .stdout old.csv
}

@test "check: the reference is never written over, however it is spelled" {
    change 2 0.5
    cp new.csv both.csv
    ln -s both.csv link.csv
    ln both.csv hard.csv
    mkdir folder
    ln -s .. folder/up
    for options in "--csv both.csv" "-o both" "--csv ./both.csv" "--csv link.csv" "--csv hard.csv" "--csv folder/up/both.csv"; do
        # shellcheck disable=SC2086 # the options are words
        expect 2 patch --check both.csv $options
        assert_sentence
        assert_contains "$errors" "would replace both.csv, which is read"
        cmp both.csv new.csv
    done
    expect 2 patch --check both.csv --csv "$PWD/both.csv"
    expect 2 patch --check link.csv --csv both.csv --png other.png
    assert_contains "$errors" "would replace link.csv, which is read"
    [ ! -e other.png ]
    cp both.csv folder/patchgpt.csv
    expect 2 patch --check folder/patchgpt.csv -o folder
    assert_sentence
}

@test "check: another experiment is refused" {
    local options
    for options in "--layers 1" "--positions 0-2" "--clean aZcd" "--corrupt aYcd" "--clean abc --corrupt aXc"; do
        # shellcheck disable=SC2086 # the options are words
        expect 1 patch --check old.csv $options
        assert_sentence
        assert_contains "$errors" "old.csv"
        assert_equal "$output" ""
    done
    expect 3 patch --check old.csv --noising
    assert_sentence
}

@test "check: several sites are compared site by site" {
    expect 0 patch --site resid_pre,z,z_all --csv old.csv
    expect 0 patch --site resid_pre,z,z_all --check old.csv
    assert_equal "$(tail -n 1 .stdout)" "check: 28 values equal old.csv"
    change 11 0.5
    expect 3 patch --site resid_pre,z,z_all --check new.csv
    assert_contains "$errors" "1 of 28 values differ from new.csv, most at z, layer 0, head 0, position 2:"
    change 28 0.5
    expect 3 patch --site resid_pre,z,z_all --check new.csv
    assert_contains "$errors" "most at z_all, layer 1, head 1:"
    expect 1 patch --site z,resid_pre,z_all --check old.csv
    assert_contains "$errors" 'line 2: site is "resid_pre", but this experiment has "z"'
    expect 1 patch --site resid_pre,z --check old.csv
    assert_contains "$errors" "the file goes on after the 24 rows"
}

@test "check: a file that is not a table of experiments is refused, and nothing is written" {
    local content
    for content in "" garbage "a,b,c" "$(head -n 4 old.csv)" "$(cat old.csv)x" "$(sed 's/resid_post/z/' old.csv)" \
        "$(tail -n +2 old.csv)"; do
        printf '%s' "$content" >bad.csv
        expect 1 patch --check bad.csv -o out
        assert_sentence
        assert_contains "$errors" "bad.csv"
        assert_files old.csv bad.csv
    done
    head -c 3000 /dev/urandom >bad.csv
    expect 1 patch --check bad.csv
    assert_sentence
}

@test "check: a file that cannot be read is named before any work" {
    expect 1 patch --check none.csv --model none
    assert_sentence
    assert_contains "$errors" "cannot open none.csv: No such file or directory"
    expect 1 patch --check .
    assert_sentence
}
