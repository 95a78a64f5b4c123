#!/usr/bin/env bats
# demo.bats: what the README shows, with the demo model that is built in; and the same bits from every instruction
# set, number of threads and direction of looking.

# shellcheck disable=SC2154 # $scratch comes from the helper
load helper

setup() {
    make_scratch
    experiment=(--model demo --clean "Michelle Jones was a top-notch student. Michelle"
        --corrupt "Michelle Smith was a top-notch student. Michelle" --tokens " Smith" " Jones")
}
teardown() { remove_scratch; }

# first_token TEXT…: what the demo model says next.
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
        for threads in 1 3; do
            expect 0 env PATCHGPT_ISA=$isa "$PATCHGPT" "${experiment[@]}" --threads $threads --csv found.csv
            cmp expected.csv found.csv
        done
    done
}

@test "demo: the stored table of the README's experiment is a check" {
    expect 0 "$PATCHGPT" "${experiment[@]}" --check "$PROJECT/tests/fixtures/golden/michelle.csv"
    assert_contains "$output" "check: 52 values equal"
}
