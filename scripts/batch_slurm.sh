#!/usr/bin/env bash
# batch_slurm.sh: patchgpt batch as jobs of Slurm: an array of shards, and the merge after it.
# Run it again after an interruption or a failure: it goes on where it stopped.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/batch_slurm.sh FILE.jsonl --output DIR [options] [options of patchgpt batch]

Submits a job array in which every task runs every N-th experiment of FILE.jsonl into a folder of its own in DIR.shards,
and a job that merges these into DIR when all have ended well; then DIR is byte for byte what one process would have
written. Prints the ids of both jobs. What they say goes to DIR.shards/N.log and DIR.shards/merge.log. What is there of
an earlier call with as many shards is kept, so a task may also be stopped and requeued. DIR.shards can be removed when
DIR is complete. FILE.jsonl, DIR, patchgpt and the models are on a file system that all nodes see.

  --shards N          number of tasks (default 8); N%K: at most K of them at a time
  --sbatch "OPTIONS"  options of sbatch for both jobs, such as "--partition=long --time=2:00:00 --cpus-per-task=8"
  --threads N         threads of each task (default: the CPUs that Slurm gives it)
  --wait              wait for the end, and exit as told below
  --help              this text

All other options go to patchgpt batch. PATCHGPT names the command (default: build/patchgpt, else the one in the PATH).

Exit: 0 submitted, or with --wait all done; 1 it failed, 2 the command line is wrong, 4 some experiments failed. These
do not keep the others from being merged.
END
}

# shellcheck source=scripts/lib/shards.sh
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib/shards.sh"

# ---- the command line ----

take_file "$@"
shift
shards=8 at_once='' wait=false sbatch=()
# shellcheck disable=SC2016 # for the shell of the task
threads='"${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}"'
while [ $# -gt 0 ]; do
    split_option 'shards|sbatch' "$@"
    set -- "${words[@]}"
    taken=2
    case $1 in
        --shards)
            need_value "$@"
            once "$1" "$2"
            [[ $2 =~ ^([1-9][0-9]{0,5})(%[1-9][0-9]{0,5})?$ ]] || misused "--shards takes a number such as 8 or 100%8, but found \"$2\""
            shards=${BASH_REMATCH[1]} at_once=${BASH_REMATCH[2]}
            ;;
        --sbatch) # words as a shell splits them, without its other doings
            need_value "$@"
            list=$(xargs -n 1 printf '%s\n' <<<"$2" 2>/dev/null) || misused "--sbatch takes options of sbatch, but found \"$2\""
            [ -z "$list" ] || mapfile -t -O ${#sbatch[@]} sbatch <<<"$list"
            ;;
        --wait) wait=true taken=1 ;;
        *) take_option "$@" ;;
    esac
    shift "$taken"
done
check_file
command -v sbatch >/dev/null || die "needs Slurm: there is no sbatch here"

find_patchgpt

file=$(realpath "$file")
[ ! -e "$output/summary.csv" ] ||
    die "$(realpath "$output") holds results already: remove it first, or give another --output"
make_folder

# ---- the jobs ----

# submit LOG OPTION…: the script on stdin as a job; prints its id. "%" is Slurm's own in the name of a log.
submit() {
    local log=$1
    shift
    sbatch --parsable --job-name=patchgpt --output="${folder//%/%%}/$log" "${sbatch[@]}" "$@"
}

# Failed experiments (4) are in the summary and no reason not to merge: then the task has ended well.
array_script() {
    cat <<END
#!/bin/bash
shard=\$SLURM_ARRAY_TASK_ID
folder=$(quote "$folder")
$(quote "$patchgpt" batch "$file" --resume "${options[@]}" "${look[@]}") \\
    --output "\$folder/\$shard-of-$shards" --shard "\$shard/$shards" --threads $threads
status=\$?
[ \$status -ne 4 ] || status=0
exit \$status
END
}

merge_script() {
    local folders=() i
    for ((i = 1; i <= shards; i++)); do folders+=("$folder/$i-of-$shards"); done
    cat <<END
#!/bin/bash
$(quote "$patchgpt" merge "${folders[@]}" --output "$output" "${look[@]}")
END
}

# Says which shards are to blame if the merge job did not run, and ends.
unfinished() {
    local missing=() i
    for ((i = 1; i <= shards; i++)); do
        [ -e "$folder/$i-of-$shards/summary.csv" ] || missing+=("$i")
    done
    [ ${#missing[@]} -gt 0 ] || die "the merge job was cancelled; run this again to merge"
    die "not finished: shard ${missing[*]} of $shards (see $folder/${missing[0]}.log); run this again to go on"
}

array=$(array_script | submit %a.log --array="1-$shards$at_once") || die "sbatch did not take the array job"
array=${array%%;*} # the name of the cluster may follow
echo "array job: $array"

# The merge ends as the batch does: sbatch --wait has the exit code of the job, but 0 if it was cancelled.
waiting=()
! $wait || waiting=(--wait)
status=0 merge=''
shopt -s lastpipe
merge_script | submit merge.log --dependency="afterok:$array" --kill-on-invalid-dep=yes "${waiting[@]}" |
    { IFS=';' read -r merge _ && echo "merge job: $merge"; } || status=$?
if [ -z "$merge" ]; then
    scancel "$array" || true
    die "sbatch did not take the merge job, and the array job was cancelled"
fi
$wait || exit 0

case $(scontrol --oneliner show job "$merge") in
    *" JobState=CANCELLED "*) unfinished ;;
esac
cat "$folder/merge.log"
exit "$status"
