#!/usr/bin/env bats
# demo.bats: examples of the README with the built-in demo model; and the same bits from every instruction
# set and number of threads.

# shellcheck disable=SC2154 # $scratch comes from the helper
load helper

setup() {
    make_scratch
    experiment=(--model demo --clean "Michelle Jones was a top-notch student. Michelle"
        --corrupt "Michelle Smith was a top-notch student. Michelle" --tokens " Smith" " Jones")
}
teardown() { remove_scratch; }

# first_token TEXT…: the most probable next token of the demo model.
first_token() {
    expect 0 "$PATCHGPT" predict --model demo --top 1 --json "$1"
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["top"][0]["token"])' "$scratch/.stdout"
}

@test "demo: a surname is recalled, but not another person's" {
    assert_equal "$(first_token "Michelle Jones was a top-notch student. Michelle")" " Jones"
    assert_equal "$(first_token "Michelle Smith was a top-notch student. Michelle")" " Smith"
    [ "$(first_token "Jessica Jones was a top-notch student. Michelle")" != " Jones" ]
}

@test "demo: the indirect object is the one who is not giving" {
    assert_equal "$(first_token "When Mary and John went to the store, John gave a drink to")" " Mary"
    assert_equal "$(first_token "When Mary and John went to the store, Mary gave a drink to")" " John"
    assert_equal "$(first_token "When John and Mary went to the store, John gave a drink to")" " Mary"
}

@test "demo: facts and pronouns" {
    assert_equal "$(first_token "The Eiffel Tower is in the city of")" " Paris"
    assert_equal "$(first_token "The capital of France is")" " Paris"
    assert_equal "$(first_token "Mary went to the store because")" " she"
    assert_equal "$(first_token "John went to the store because")" " he"
}

@test "demo: every instruction set and any number of threads give the same bytes" {
    expect 0 "$PATCHGPT" "${experiment[@]}" --csv expected.csv
    for isa in avx512 avx2 neon portable; do
        runs_here $isa || continue
        for threads in 1 3; do
            expect 0 env PATCHGPT_ISA=$isa "$PATCHGPT" "${experiment[@]}" --threads $threads --csv found.csv
            cmp expected.csv found.csv
        done
    done
}

# runs_here ISA: whether the refusal of an unknown instruction set lists this one.
runs_here() {
    PATCHGPT_ISA=abacus "$PATCHGPT" info --model demo 2>&1 | grep -qE "(expected|,|or) $1(,| or|$)"
}

@test "demo: an instruction set that is unknown, or that this processor does not have, is refused with those that run here" {
    for isa in abacus AVX2 avx512 avx2 neon portable; do
        if runs_here $isa; then
            expect 0 env PATCHGPT_ISA=$isa "$PATCHGPT" info --model demo
            assert_contains "$output" "$isa kernels"
            continue
        fi
        expect 2 env PATCHGPT_ISA=$isa "$PATCHGPT" "${experiment[@]}"
        assert_sentence
        assert_contains "$errors" "PATCHGPT_ISA is \"$isa\", which does not run here, expected "
        assert_contains "$errors" portable
        [ ! -e patchgpt.csv ]
    done
    expect 2 env PATCHGPT_ISA=abacus "$PATCHGPT" tokenize --model demo a
    expect 0 env PATCHGPT_ISA=abacus "$PATCHGPT" --help
    expect 0 env PATCHGPT_ISA= "$PATCHGPT" info --model demo
}

@test "demo: the stored table of the README's experiment passes --check" {
    expect 0 "$PATCHGPT" "${experiment[@]}" --check "$PROJECT/tests/fixtures/golden/michelle.csv"
    assert_contains "$output" "check: 52 values equal"
}

# The README's indirect objects.
giving=(--model demo --tokens " Mary" " John")
text="When Mary and John went to the store, John gave a drink to"

same_picture() { [ "$(pixels "$1")" = "$(pixels "$PROJECT/tests/fixtures/golden/$1")" ]; }

@test "demo: the README's lens, direct parts and ablation" {
    expect 0 "$PATCHGPT" lens "$text" "${giving[@]}" --png lens.png
    same_picture lens.png
    awk '$1 == "L1.post" && $3 != " Mary" { a = 1 } $1 == "L2.mid" { b = /" Mary"/ } END { exit !(a && b) }' .stdout
    expect 0 "$PATCHGPT" direct "$text" "${giving[@]}" --by-source --top 6
    grep -q '^L2H3 *3.6739  1, " Mary"' .stdout
    sed -n '/^component     adds  attending to/,/^sum of/p' "$PROJECT/README.md" | cmp - <(sed -n '/^component/,/^sum of/p' .stdout)
    printf '%s\n' "$text" "When Mary and John went to the store, Mary gave a drink to" \
        "When John and Mary went to the store, John gave a drink to" \
        "When John and Mary went to the store, Mary gave a drink to" >names.txt
    expect 0 "$PATCHGPT" --clean "$text" "${giving[@]}" --with mean --over names.txt --site z_all -o ablation
    same_picture ablation.png
}

@test "demo: the README's edges, their picture and the graph that Python reads" {
    expect 0 "$PATCHGPT" "${giving[@]}" --clean "$text" --corrupt "When Mary and John went to the store, Mary gave a drink to" \
        --site edges -o edges --graph edges.json
    same_picture edges.png
    sed -n '/^embed->L0H2.q/,/^L0H2->L2H2.k/p' "$PROJECT/README.md" | cmp - <(sed -n '/^embed->L0H2.q/,/^L0H2->L2H2.k/p' .stdout)
    { echo "import json"; sed -n '/^edges = /,/^print/p' "$PROJECT/README.md"; } >read.py
    python3 read.py >found
    grep -qxF "$(cat found)" "$PROJECT/README.md"
}
