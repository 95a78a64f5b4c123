# merge.bats: merge, which makes of the shards of a batch the folder of a run without shards.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

bats_require_minimum_version 1.5.0
load helper
load tiny
setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt && write_lines; }
teardown() { remove_scratch; }

# Lines of several lengths, sites, metrics and directions; with labels and without; blank ones.
write_lines() {
    cat >lines.jsonl <<'END'
{"clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"]}
{"clean": "abcd", "corrupt": "abXd", "tokens": ["y", "n"], "labels": {"X": 2, "end": -1}}

{"clean": "abcde", "corrupt": "aXcde", "tokens": ["y", "n"], "labels": {"end": -1, "X": 1}, "id": "five"}
{"clean": "abcd", "corrupt": "aXcd", "metric": "kl", "site": "z,z_all", "noising": true}
{"clean": "efgh", "corrupt": "eXgh", "tokens": ["y", "n"]}
{"clean": "abcdef", "corrupt": "abXdef", "tokens": ["y", "n"], "site": "block", "labels": {"X": 2}}
{"clean": "ijkl", "corrupt": "iXkl", "tokens": ["y", "n"]}
END
}

# batch NAME [OPTION…]: runs the lines into the folder NAME.
batch() {
    local name=$1
    shift
    "$PATCHGPT" batch lines.jsonl --model tiny --output "$name" "$@"
}

make_shards() {
    local i
    for i in 1 2 3; do batch "part $i" --shard "$i/3" "$@"; done
}

merge() { "$PATCHGPT" merge "$@"; }

# same_folders A B: the same files with the same bytes, except for .lock.
same_folders() {
    diff -r -x .lock "$1" "$2" || complain "$1 and $2 differ"
}

@test "merge: shards become the folder of the whole batch, byte for byte" {
    expect 0 batch whole
    expect 0 make_shards
    expect 0 merge "part 2" "part 3" "part 1" --output merged
    assert_contains "$output" "7 of 7 experiments are done"
    assert_contains "$output" "merged into merged"
    assert_equal "$errors" ""
    same_folders whole merged
    cmp whole/.lock merged/.lock
    [ -s merged/mean.png ] && [ -s merged/mean_kl_noising.png ]
    expect 0 merge whole --output "merged again" --quiet
    assert_equal "$output$errors" ""
    same_folders whole "merged again"
}

@test "merge: pictures of experiments come along, and the colours are chosen again" {
    expect 0 batch whole --png --colormap magma
    expect 0 make_shards --png --colormap magma
    expect 0 merge "part 1" "part 2" "part 3" -o merged --colormap magma
    same_folders whole merged
    [ -s merged/five.png ]
    expect 0 merge "part 1" "part 2" "part 3" -o other --colormap greys
    expect 1 cmp other/mean.png whole/mean.png
    cmp other/five.png whole/five.png
}

@test "merge: experiments that failed stay failed" {
    sed -i '5s/abcd/abc/; 7s/"y", "n"/"y", "no"/; 8s/{/{"id": "five", /' lines.jsonl
    expect 4 batch whole
    expect 4 batch "part 1" --shard 1/2
    expect 4 batch "part 2" --shard 2/2
    expect 4 merge "part 1" "part 2" --output merged --quiet
    assert_sentence
    assert_equal "$errors" "patchgpt: 3 of 7 experiments failed; merged/summary.csv says why"
    assert_equal "$output" ""
    same_folders whole merged
}

@test "merge: all have failed" {
    printf '{"clean": "a"}\n{}\n' >lines.jsonl
    expect 4 batch whole
    expect 4 merge whole --output merged
    same_folders whole merged
    assert_equal "$(wc -l <merged/mean.csv)" 1
    [ ! -e merged/mean.png ]
}

@test "merge: a shard that differs from --check keeps its tables" {
    expect 0 batch old
    sed -i '3s/,[^,]*,\([^,]*\)$/,7,\1/' old/line-1.csv old/five.csv
    expect 3 batch whole --check old
    for i in 1 2; do "$PATCHGPT" batch lines.jsonl --model tiny -o "part $i" --shard "$i/2" --check old || true; done
    expect 4 merge "part 1" "part 2" --output merged
    same_folders whole merged
    [ -s merged/five.csv ]
}

@test "merge: a shard may have no lines" {
    for i in {1..9}; do batch "part $i" --shard "$i/9"; done
    expect 0 batch whole
    expect 0 merge "part "{1..9} --output merged
    same_folders whole merged
}

@test "merge: folders that are unfinished or missing are refused" {
    expect 0 make_shards
    expect 1 merge "part 1" "part 4" --output merged
    assert_sentence
    assert_contains "$errors" "there is no folder part 4 to merge"
    rm "part 2/summary.csv"
    expect 1 merge "part 1" "part 2" --output merged
    assert_sentence
    assert_contains "$errors" "part 2 has no summary.csv: finish that batch with --resume first"
    expect 0 batch "part 2" --shard 2/3 --resume
    cp "part 2/summary.csv" "part 2/summary_partial.csv"
    expect 1 merge "part 1" "part 2" --output merged
    assert_sentence
    assert_contains "$errors" "part 2 has a summary_partial.csv"
    [ ! -e merged ]
}

@test "merge: a shard that is run again is not accepted as finished" {
    sed -i '3,$d' lines.jsonl
    for i in 1 2; do expect 0 batch "part $i" --shard "$i/2"; done
    sed -i 's/aXcd/aYcd/' lines.jsonl
    expect 0 batch "part 2" --shard 2/2 --resume
    # stopped before its first experiment is done: there is no place for the table
    rm "part 1/line-1.csv"
    mkdir "part 1/line-1.csv"
    expect 1 batch "part 1" --shard 1/2 --resume
    rmdir "part 1/line-1.csv"
    [ -e "part 1/summary.csv" ]
    expect 1 merge "part 1" "part 2" --output merged
    assert_sentence
    assert_contains "$errors" "part 1 has a summary_partial.csv: finish that batch with --resume first"
    expect 0 batch "part 1" --shard 1/2 --resume
    expect 0 merge "part 1" "part 2" --output merged
    expect 0 batch whole
    same_folders whole merged
}

@test "merge: lines and ids must be in one folder each" {
    expect 0 make_shards
    expect 1 merge "part 1" "part 2" "part 1" --output merged
    assert_sentence
    assert_contains "$errors" "part 1 and part 1 both hold shard 1/3"
    cp -r "part 1" copy
    rm copy/.lock
    expect 1 merge "part 1" copy --output merged
    assert_sentence
    assert_contains "$errors" "line 1 is in two folders, part 1 and copy"
    sed -i '1d' lines.jsonl
    expect 0 batch other --shard 2/7
    expect 1 merge "part 1" "part 3" other --output merged
    assert_sentence
    assert_contains "$errors" "part 1 holds shard 1/3 and other shard 2/7: they are of different batches"
    rm other/.lock
    expect 1 merge "part 1" "part 3" other --output merged
    assert_sentence
    assert_contains "$errors" "the id \"five\" is that of line 3 in other and of line 4 in part 3"
    [ ! -e merged ]
}

@test "merge: ids that differ only in case are one id" {
    expect 0 make_shards
    sed -i '1d; s/"five"/"FIVE"/' lines.jsonl
    expect 0 batch other --shard 2/7
    rm other/.lock
    expect 1 merge "part 1" "part 3" other --output merged
    assert_sentence
    assert_contains "$errors" "the id \"FIVE\" of line 3 in other and \"five\" of line 4 in part 3 differ in case alone, which some file systems do not tell apart"
    [ ! -e merged ]
}

@test "merge: the folders must be all the shards of one batch" {
    expect 0 make_shards
    expect 1 merge "part 3" "part 1" --output merged --quiet
    assert_sentence
    assert_contains "$errors" "shard 2/3 is in none of the folders"
    cp -r "part 2" other
    expect 1 batch other --shard 3/3 --resume
    assert_sentence
    assert_contains "$errors" "other holds shard 2/3 of a batch, and this is shard 3/3: choose another folder"
    expect 0 batch changed --shard 2/3 --prepend-bos
    expect 1 merge "part 1" changed "part 3" --output merged
    assert_sentence
    assert_contains "$errors" "part 1 and changed are shards of different batches"
    [ ! -e merged ]
    # without their hidden files only the lines tell whether a shard is missing
    rm "part 1/.lock"
    expect 1 merge "part 1" changed "part 3" --output merged
    assert_sentence
    assert_contains "$errors" "changed and part 3 are shards of different batches"
    expect 0 merge "part 1" "part 2" "part 3" --output merged --quiet
    assert_contains "$errors" "no folder has line 3: if that is not a blank line, a shard is missing"
}

@test "merge: a table that was changed is refused, and put right it is taken" {
    expect 0 make_shards
    cp "part 3/five.csv" kept.csv
    echo >>"part 3/five.csv"
    expect 1 merge "part 1" "part 2" "part 3" --output merged
    assert_sentence
    assert_contains "$errors" "part 3/five.csv has the CRC-32 "
    [ ! -e merged/summary.csv ]
    rm "part 3/five.csv"
    expect 1 merge "part 1" "part 2" "part 3" --output merged
    assert_sentence
    assert_contains "$errors" "cannot open part 3/five.csv"
    mv kept.csv "part 3/five.csv"
    expect 0 merge "part 1" "part 2" "part 3" --output merged
    expect 0 batch whole
    same_folders whole merged
}

@test "merge: an output that has results, or is one of the inputs, is refused" {
    expect 0 make_shards
    expect 1 merge "part 1" "part 2" --output "./part 2/"
    assert_sentence
    assert_contains "$errors" "the output ./part 2/ is one of the folders to merge"
    expect 0 batch whole
    expect 1 merge "part 1" "part 2" "part 3" --output whole
    assert_sentence
    assert_contains "$errors" "whole holds a finished batch already: choose another folder"
    mkdir mine
    echo precious >mine/five.csv
    expect 1 merge "part 1" "part 2" "part 3" --output mine
    assert_sentence
    assert_contains "$errors" "mine holds five.csv already: choose another folder"
    assert_equal "$(cat mine/five.csv)" precious
    expect 1 merge "part 1" "part 2" "part 3" --output none/merged
    assert_sentence
    expect 2 merge "part 1"
    assert_sentence
    expect 2 merge --output merged
    assert_sentence
}

@test "merge: an invalid summary is refused by line and column" {
    expect 0 make_shards
    sed -i '2s/logit_diff/logit_dif/' "part 1/summary.csv"
    expect 1 merge "part 1" --output merged
    assert_sentence
    assert_contains "$errors" "part 1/summary.csv: line 2: metric is \"logit_dif\""
    [ ! -e merged ]
}

# ---- intervals ----

# intervals FILE: the columns of mean.csv whose names end in _low and _high.
intervals() { cut -d, -f 12-13,17-18 "$1"; }

@test "merge: intervals are those of the whole batch, however it is cut into shards, resumed or threaded" {
    local options=(--bootstrap 300 --bootstrap-seed 5)
    expect 0 batch whole "${options[@]}" --threads 3
    assert_equal "$(intervals whole/mean.csv | head -n 1)" value_low,value_high,recovered_low,recovered_high
    [ "$(intervals whole/mean.csv | grep -c '[0-9],')" -gt 10 ]
    expect 0 make_shards --bootstrap 0
    expect 0 merge "part 2" "part 3" "part 1" --output merged "${options[@]}"
    same_folders whole merged
    expect 0 batch resumed --shard 1/1 --bootstrap 0
    intervals resumed/mean.csv | tail -n +2 | (! grep '[^,]')
    rm resumed/line-1.csv
    expect 0 batch resumed --resume "${options[@]}"
    same_folders whole resumed
}

@test "merge: the seed and the number of replicates change intervals and nothing else" {
    local options
    expect 0 batch whole
    expect 0 merge whole --output same --bootstrap 1000 --bootstrap-seed 1
    same_folders whole same
    for options in "--bootstrap 7" "--bootstrap 7 --bootstrap-seed 2" "--bootstrap 0"; do
        # shellcheck disable=SC2086 # words
        expect 0 merge whole --output "with $options" $options
        run ! cmp -s <(intervals whole/mean.csv) <(intervals "with $options/mean.csv")
        cmp <(cut -d, -f 1-11,14-16 whole/mean.csv) <(cut -d, -f 1-11,14-16 "with $options/mean.csv")
        cp "with $options/mean.csv" same
        same_folders same "with $options"
    done
    run ! cmp -s "with --bootstrap 7/mean.csv" "with --bootstrap 7 --bootstrap-seed 2/mean.csv"
}

@test "merge: options of intervals that are wrong are refused" {
    expect 0 batch whole
    refused() {
        expect 2 "$@"
        assert_sentence
    }
    refused merge whole --output merged --bootstrap -1
    assert_contains "$errors" "--bootstrap takes a whole number from 0 to 100000, but found \"-1\""
    refused merge whole --output merged --bootstrap 100001
    refused merge whole --output merged --bootstrap-seed x
    refused merge whole --output merged --bootstrap 0 --bootstrap-seed 2
    assert_contains "$errors" "--bootstrap-seed is for intervals, and --bootstrap 0 makes none"
    refused batch out --bootstrap 0 --bootstrap-seed 2
    refused "$PATCHGPT" --clean ab --corrupt ac --tokens y n --model tiny --bootstrap 10
    assert_contains "$errors" "--bootstrap does not go with"
    [ ! -e merged ] && [ ! -e out ]
}
