# batch_scripts.bats: the scripts around patchgpt batch: regression.sh, batch_parallel.sh and batch_slurm.sh. Slurm is
# a stand-in here that runs jobs at once; tests/system/slurm.sh has a real one.
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # $output and its like come from the helper; a test is a subshell

load helper

setup_file() {
    [ -x "$PATCHGPT" ] || return 0
    python3 "$PROJECT/scripts/ioi_dataset.py" --patchgpt "$PATCHGPT" --count 8 >"$BATS_FILE_TMPDIR/pairs.jsonl"
    sed '3aThis is no JSON.' "$BATS_FILE_TMPDIR/pairs.jsonl" >"$BATS_FILE_TMPDIR/one_fails.jsonl"
}

setup() {
    make_scratch && need_patchgpt
    cp "$BATS_FILE_TMPDIR"/*.jsonl .
    PATCHGPT=$(realpath "$PATCHGPT")
    export PATCHGPT
}
teardown() {
    if mountpoint -q "$scratch/disk"; then umount "$scratch/disk"; fi
    remove_scratch
}

regression() { "$PROJECT/scripts/regression.sh" "$@"; }
batch_parallel() { "$PROJECT/scripts/batch_parallel.sh" "$@"; }
batch_slurm() { "$PROJECT/scripts/batch_slurm.sh" "$@"; }
need_parallel() { command -v parallel >/dev/null || skip "GNU parallel is not installed"; }

# whole FILE [OPTION…]: the folder "whole", which one process wrote.
whole() {
    "$PATCHGPT" batch "$1" --model demo --output whole --quiet "${@:2}" 2>.stderr || [ $? -eq 4 ]
}

# assert_same DIR: it has the files of "whole", byte for byte.
assert_same() { diff -r -x .lock whole "$1"; }

@test "batch scripts: --help says how to use each, a wrong use is exit code 2" {
    local script
    for script in scripts/regression.sh scripts/batch_parallel.sh scripts/batch_slurm.sh tests/system/kill_resume.sh tests/system/slurm.sh; do
        expect 0 "$PROJECT/$script" --help
        assert_contains "$output" "usage: $script"
        assert_equal "$errors" ""
        expect 2 "$PROJECT/$script" --nonsense
        assert_sentence "${script##*/}"
    done
    for script in batch_parallel batch_slurm; do
        expect 2 $script
        assert_sentence $script.sh
        expect 2 $script pairs.jsonl --model demo
        assert_contains "$errors" "--output DIR is missing"
        expect 2 $script pairs.jsonl --output
        assert_contains "$errors" "--output takes a value"
        expect 2 $script pairs.jsonl --output out --shard 1/2
        assert_contains "$errors" "--shard does not go with shards"
        expect 2 $script pairs.jsonl --output out --check=whole
        assert_contains "$errors" "--check does not go with shards"
        expect 2 $script pairs.jsonl --output out --shards 0
        assert_contains "$errors" 'found "0"'
    done
    assert_equal "$(ls)" $'one_fails.jsonl\npairs.jsonl'
}

# ---- regression.sh ----

@test "regression: recorded values are equal, and no other file is written" {
    expect 0 regression record pairs.jsonl "the references" --model demo
    assert_equal "$output" "recorded: 8 tables in the references"
    assert_equal "$(find "the references" -name 'ioi-*.csv' | wc -l)" 8
    expect 0 "$PATCHGPT" batch pairs.jsonl --model demo --output whole --quiet
    cmp whole/ioi-0002-baba.csv "the references/ioi-0002-baba.csv"
    rm -r whole
    expect 0 regression check pairs.jsonl "the references" --model demo
    assert_equal "$errors" ""
    assert_equal "$output" "check: 8 tables equal those in the references"
    assert_equal "$(ls)" $'one_fails.jsonl\npairs.jsonl\nthe references'
    expect 0 regression check pairs.jsonl "the references" --model demo --quiet
    assert_equal "$output" ""
}

@test "regression: every difference is a sentence and the exit code is 3, unless it is within the tolerance" {
    local table
    expect 0 regression record pairs.jsonl references --model demo
    for table in references/ioi-0002-baba.csv references/ioi-0005-abba.csv; do
        awk -F, -v OFS=, 'NR == 9 { $9 = sprintf("%.9g", $9 + 0.25) } { print }' $table >changed
        mv changed $table
    done
    expect 3 regression check pairs.jsonl references --model demo
    assert_equal "$(wc -l <.stderr)" 2
    assert_contains "$errors" "regression.sh: line 2, ioi-0002-baba: "
    assert_contains "$errors" "regression.sh: line 5, ioi-0005-abba: "
    assert_contains "$errors" "references/ioi-0005-abba.csv"
    assert_equal "$output" ""
    expect 3 regression check pairs.jsonl references --model demo --tolerance 0.2
    expect 0 regression check pairs.jsonl references --model demo --tolerance 0.3
    expect 3 regression check pairs.jsonl references --model demo --noising
    assert_equal "$(wc -l <.stderr)" 8
}

@test "regression: the folder's name may contain a newline" {
    expect 0 regression record pairs.jsonl $'two\nlines' --model demo
    assert_contains "$output" "recorded: 8 tables"
    assert_equal "$(find . -name '*.csv' -path '*lines/*' -printf x | wc -c)" 8
    expect 0 regression check pairs.jsonl $'two\nlines' --model demo
    assert_contains "$output" "check: 8 tables"
    head -n 7 pairs.jsonl >fewer.jsonl
    expect 3 regression check fewer.jsonl $'two\nlines' --model demo
}

@test "regression: a table without an experiment is a difference, through a link too" {
    expect 0 regression record pairs.jsonl references --model demo
    ln -s references link
    head -n 3 pairs.jsonl >fewer.jsonl
    expect 3 regression check fewer.jsonl link --model demo
    assert_sentence regression.sh
    assert_contains "$errors" "is the table of no experiment in fewer.jsonl"
}

@test "regression: without room for new references the old ones stay whole" {
    mkdir disk
    mount -t tmpfs -o size=80k tmpfs disk 2>/dev/null || skip "file systems cannot be mounted here"
    head -n 3 pairs.jsonl >fewer.jsonl
    expect 0 regression record fewer.jsonl disk/references --model demo
    cp -r disk/references before
    expect 1 regression record pairs.jsonl disk/references --model demo --site block
    assert_contains "$errors" "regression.sh: could not write to disk/references, whose tables are as before"
    diff -r before disk/references
}

@test "regression: a line that fails is neither recorded nor equal" {
    expect 4 regression record one_fails.jsonl references --model demo
    assert_sentence regression.sh
    assert_contains "$errors" "line 4"
    [ ! -e references ]
    expect 0 regression record pairs.jsonl references --model demo
    expect 4 regression check one_fails.jsonl references --model demo
    assert_sentence regression.sh
    rm references/ioi-0001-abba.csv
    expect 4 regression check pairs.jsonl references --model demo
    assert_sentence regression.sh
    assert_contains "$errors" "references/ioi-0001-abba.csv"
}

@test "batch scripts: a missing command is named" {
    local script
    for script in "regression record pairs.jsonl references" "batch_parallel pairs.jsonl --output out" \
        "batch_slurm pairs.jsonl --output out"; do
        PATH=$PATH:$scratch/bin
        mkdir -p bin && printf '#!/bin/sh\n' >bin/sbatch && chmod +x bin/sbatch
        [[ $script != batch_parallel* ]] || command -v parallel >/dev/null || continue
        # shellcheck disable=SC2086 # the words of a command
        PATCHGPT=./nothing expect 1 $script
        assert_sentence "${script%% *}.sh"
        assert_contains "$errors" "there is no command ./nothing"
    done
}

@test "regression: missing files and options of other commands are refused" {
    expect 1 regression check pairs.jsonl references --model demo
    assert_sentence regression.sh
    assert_contains "$errors" "there is no folder references"
    expect 1 regression record nothing.jsonl references --model demo
    assert_sentence
    [ ! -e references ]
    expect 2 regression record pairs.jsonl references --model demo --nonsense
    expect 2 regression record pairs.jsonl
    expect 2 regression forget pairs.jsonl references
    assert_contains "$errors" 'found "forget"'
    expect 2 regression record pairs.jsonl references --shard 1/2
    assert_contains "$errors" "--shard does not go with record and check"
    local option
    for option in -oelsewhere -o --out=elsewhere --sha=1/2 --shar --res --chec; do
        expect 2 regression record pairs.jsonl references --model demo $option elsewhere
        assert_sentence regression.sh
        assert_contains "$errors" "${option%%=*} does not go with record and check"
    done
    [ ! -e elsewhere ] && [ ! -e references ]
}

# ---- batch_parallel.sh ----

@test "batch_parallel: the shards' merge is what one process writes" {
    need_parallel
    whole pairs.jsonl --png --colormap rdbu --site "z,q" --bootstrap 50 --bootstrap-seed 3
    expect 0 batch_parallel pairs.jsonl --output "out's folder/" --model demo --jobs 3 --png --colormap=rdbu --site "z,q" --bootstrap=50 --bootstrap-seed 3
    assert_equal "$errors" ""
    assert_contains "$output" "8 of 8 experiments"
    assert_same "out's folder"
    assert_equal "$(ls "out's folder.shards")" $'1-of-3\n2-of-3\n3-of-3'
}

@test "batch_parallel: a finished batch is reported as finished" {
    need_parallel
    expect 0 batch_parallel pairs.jsonl --output out --model demo --jobs 2
    cp -r out before
    expect 0 batch_parallel pairs.jsonl --output out --model demo --jobs 2
    assert_equal "$output" "$scratch/out is complete"
    assert_equal "$errors" ""
    diff -r before out
    assert_equal "$(ls out.shards)" $'1-of-2\n2-of-2'
    expect 0 batch_parallel pairs.jsonl --output out --model demo --jobs 2 --quiet
    assert_equal "$output$errors" ""
    expect 1 batch_parallel pairs.jsonl --output out --model demo --jobs 2 --noising
    assert_sentence batch_parallel.sh
    assert_contains "$errors" "$scratch/out holds other results than these, which are in $scratch/out.shards/merged"
    diff -r before out
}

@test "batch_parallel: it continues after an interruption" {
    need_parallel
    whole pairs.jsonl
    expect 0 batch_parallel pairs.jsonl --output out --model demo --shards 3 --jobs 2 --threads 1
    rm -r out
    rm out.shards/2-of-3/*.csv
    touch -d "2020-01-01" out.shards/1-of-3/*.csv
    expect 0 batch_parallel pairs.jsonl --output out --model demo --shards 3 --jobs 2 --threads 1
    assert_same out
    [ out.shards/1-of-3/ioi-0001-abba.csv -ot pairs.jsonl ] || complain "an experiment that was done was run again"
}

@test "batch_parallel: a signal stops all of its processes" {
    need_parallel
    # Instead of patchgpt, one that works for long; the shell in front of it is replaced by it.
    printf '#!/bin/sh\ncase "$*" in *--help) ;; *) echo $$ >>"%s/started" && exec sleep 99 ;; esac\n' "$scratch" >slow
    chmod +x slow
    env PATCHGPT="$scratch/slow" "$PROJECT/scripts/batch_parallel.sh" pairs.jsonl --output out --jobs 2 2>complaint 3>&- &
    touch started
    for _ in {1..100}; do
        [ "$(wc -l <started)" -lt 2 ] || break
        sleep 0.1
    done
    expect 0 kill -TERM $!
    expect 1 wait $!
    assert_contains "$(cat complaint)" "batch_parallel.sh: interrupted; run this again to go on"
    while read -r job; do expect 1 kill -0 "$job"; done <started
}

@test "batch_parallel: a line that fails is exit code 4, and the others are merged" {
    need_parallel
    whole one_fails.jsonl
    expect 4 batch_parallel one_fails.jsonl --output out --model demo --jobs 2
    assert_contains "$errors" "line 4"
    assert_same out
    expect 4 batch_parallel one_fails.jsonl --output out --model demo --jobs 2
    assert_equal "$output" "$scratch/out is complete"
}

@test "batch_parallel: more shards than lines" {
    need_parallel
    head -n 2 pairs.jsonl >two.jsonl
    whole two.jsonl
    expect 0 batch_parallel two.jsonl --output out --model demo --shards 4 --jobs 2
    assert_same out
}

@test "batch_parallel: a shard that cannot be done is named, and nothing is merged" {
    need_parallel
    mkdir out.shards
    touch out.shards/2-of-3
    expect 1 batch_parallel pairs.jsonl --output out --model demo --jobs 3
    assert_contains "$errors" "batch_parallel.sh: not finished: shard 2 of 3; run this again to go on"
    [ ! -e out ]
    rm out.shards/2-of-3
    expect 0 batch_parallel pairs.jsonl --output out --model demo --jobs 3
}

@test "batch_parallel: wrong options are told once, before anything is made" {
    need_parallel
    expect 2 batch_parallel pairs.jsonl --output out --model demo --jobs 3 --nonsense
    assert_sentence
    assert_contains "$errors" "--nonsense"
    expect 2 batch_parallel pairs.jsonl --output out --model demo --shar=1/2
    assert_contains "$errors" "batch_parallel.sh: --shar is to be written in full"
    expect 2 batch_parallel pairs.jsonl --output out --model demo --threads 5000
    assert_sentence
    expect 2 batch_parallel pairs.jsonl --output out --model demo --version
    assert_sentence batch_parallel.sh
    expect 2 batch_parallel pairs.jsonl --output out --model demo --jobs 3 --metric nonsense
    assert_sentence
    expect 2 batch_parallel pairs.jsonl --output out --model demo -oelsewhere
    assert_sentence batch_parallel.sh
    assert_contains "$errors" "--output is given twice, with \"out\" and with \"elsewhere\""
    expect 2 batch_parallel pairs.jsonl --output out --jobs 3 --jobs=4
    assert_contains "$errors" "--jobs is given twice"
    expect 2 batch_parallel pairs.jsonl --output out --model demo --colormap magma --colormap greys
    assert_sentence
    assert_contains "$errors" "--colormap is given twice"
    expect 1 batch_parallel nothing.jsonl --output out --model demo
    assert_contains "$errors" "there is no file nothing.jsonl"
    expect 2 batch_parallel - --output out --model demo <pairs.jsonl
    assert_contains "$errors" "several processes"
    expect 1 batch_parallel pairs.jsonl --output none/out --model demo
    assert_contains "$errors" "could not make the folder"
    mkdir mine
    touch mine/a.csv
    expect 1 batch_parallel pairs.jsonl --output mine --model demo
    assert_sentence batch_parallel.sh
    assert_contains "$errors" "mine holds a.csv already: choose another folder"
    assert_equal "$(ls)" $'mine\none_fails.jsonl\npairs.jsonl'
}

@test "batch_parallel: on other machines" {
    need_parallel
    # A stand-in for ssh: says which machine was asked for, and runs the command here, elsewhere. As in every login
    # SHELL is set; without it parallel runs nothing there and counts that as done.
    cat >ssh <<END
#!/bin/bash
while [[ \$1 == -* ]]; do shift; done
echo "\$1" >>'$scratch/asked'
cd /
unset PATCHGPT PATCHGPT_MODELS
export SHELL=/bin/sh
shift
[ "\$1" != -- ] || shift
exec sh -c "\$*"
END
    chmod +x ssh
    mkdir models
    python3 "$PROJECT/tests/cli/tiny_model.py" models/tiny
    echo '{"clean": "abcd", "corrupt": "aXcd", "tokens": ["y", "n"]}' >tiny.jsonl
    expect 0 env PATCHGPT_MODELS="$scratch/models" PARALLEL_SSH="'$scratch/ssh'" "$PROJECT/scripts/batch_parallel.sh" tiny.jsonl \
        --output out --model tiny --jobs 1 --sshlogin 1/one,1/two
    assert_equal "$(ls out.shards)" $'1-of-2\n2-of-2'
    assert_equal "$(sort -u asked)" $'one\ntwo'
    [ -s out/summary.csv ]
}

@test "batch_parallel: without GNU parallel it says what to install" {
    mkdir bin
    printf '#!/bin/sh\necho "parallel from moreutils"\nexit 1\n' >bin/parallel
    chmod +x bin/parallel
    expect 1 env PATH="$scratch/bin:$PATH" "$PROJECT/scripts/batch_parallel.sh" pairs.jsonl --output out --model demo
    assert_sentence batch_parallel.sh
    assert_contains "$errors" "needs GNU parallel (on Debian and Ubuntu: apt install parallel)"
}

# ---- batch_slurm.sh ----

# A Slurm of which jobs run as they are submitted. What sbatch was asked for is in the file "asked".
stand_in_for_slurm() {
    mkdir bin
    cat >bin/sbatch <<'END'
#!/bin/bash
here=$(dirname "$(dirname "$0")")
cat >"$here/job"
log=/dev/null wait=false
echo "$*" >>"$here/asked"
for option in "$@"; do
    case $option in
        --array=1-*) count=${option#--array=1-} count=${count%\%*} ;;
        --output=*) log=${option#--output=} ;;
        --wait) wait=true ;;
    esac
done
if [ -n "${count-}" ]; then
    echo "7;cluster"
    for ((i = 1; i <= count; i++)); do
        task_log=$(sed "s/%%/%-/g; s/%a/$i/; s/%-/%/g" <<<"$log")
        SLURM_ARRAY_TASK_ID=$i SLURM_CPUS_ON_NODE=2 bash "$here/job" >"$task_log" 2>&1 || touch "$here/cancelled"
    done
    exit 0
fi
echo "8;cluster"
[ ! -e "$here/cancelled" ] || exit 0
bash "$here/job" >"${log//%%/%}" 2>&1 || status=$?
! $wait || exit "${status-0}"
END
    cat >bin/scontrol <<'END'
#!/bin/bash
if [ -e "$(dirname "$(dirname "$0")")/cancelled" ]; then state=CANCELLED; else state=COMPLETED; fi
echo "JobId=$4 JobName=patchgpt JobState=$state Reason=None"
END
    chmod +x bin/*
    PATH=$scratch/bin:$PATH
}

@test "batch_slurm: an array of shards and the merge after it" {
    stand_in_for_slurm
    whole pairs.jsonl --png --colormap rdbu --site "z,q"
    expect 0 batch_slurm pairs.jsonl --output "out's 100%a" --model demo --shards 3%2 --png --colormap=rdbu --site "z,q" \
        --sbatch '--time=5 --comment="two words"'
    assert_equal "$output" $'array job: 7\nmerge job: 8'
    assert_equal "$errors" ""
    assert_same "out's 100%a"
    assert_contains "$(head -n 1 asked)" "--time=5 --comment=two words --array=1-3%2"
    assert_contains "$(tail -n 1 asked)" "--time=5 --comment=two words --dependency=afterok:7 --kill-on-invalid-dep=yes"
    assert_equal "$(ls "out's 100%a.shards")" $'1-of-3\n1.log\n2-of-3\n2.log\n3-of-3\n3.log\nmerge.log'
    expect 1 batch_slurm pairs.jsonl --output "out's 100%a" --model demo --shards 3
    assert_sentence batch_slurm.sh
    assert_contains "$errors" "holds results already"
}

@test "batch_slurm: --wait says how it ended: all done, a line failed, a task failed" {
    stand_in_for_slurm
    expect 0 batch_slurm pairs.jsonl --output out --model demo --shards 2 --wait
    assert_contains "$output" "8 of 8 experiments"
    whole one_fails.jsonl
    expect 4 batch_slurm one_fails.jsonl --output out4 --model demo --shards 2 --wait
    assert_same out4
    mkdir out1.shards
    touch out1.shards/2-of-2
    expect 1 batch_slurm pairs.jsonl --output out1 --model demo --shards 2 --wait
    assert_sentence batch_slurm.sh
    assert_contains "$errors" "not finished: shard 2 of 2 (see $scratch/out1.shards/2.log); run this again to go on"
    [ ! -e out1 ]
}

@test "batch_slurm: wrong options and refusals of sbatch are reported at once" {
    stand_in_for_slurm
    expect 2 batch_slurm pairs.jsonl --output out --model demo --nonsense
    assert_sentence
    expect 2 batch_slurm pairs.jsonl --output out --shards 4 --shards 5
    assert_sentence batch_slurm.sh
    assert_contains "$errors" "--shards is given twice, with \"4\" and with \"5\""
    expect 2 batch_slurm pairs.jsonl --output out --model demo --sbatch 'a "b'
    assert_sentence batch_slurm.sh
    printf '#!/bin/sh\necho "sbatch: error: invalid partition" >&2\nexit 1\n' >bin/sbatch
    expect 1 batch_slurm pairs.jsonl --output out --model demo
    assert_contains "$errors" "invalid partition"
    assert_contains "$errors" "batch_slurm.sh: sbatch did not take the array job"
    [ ! -e asked ]
}
