#!/usr/bin/env bash
# batch_parallel.sh: patchgpt batch by several processes at once, on this machine or on others, with GNU parallel.
# Run it again after an interruption: it goes on where it stopped.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/batch_parallel.sh FILE.jsonl --output DIR [options] [options of patchgpt batch]

Runs every N-th experiment of FILE.jsonl in each of N processes, every one into a folder of its own in DIR.shards, then
merges these into DIR, which is byte for byte what one process would have written. What is there of an earlier call with
as many shards is kept. DIR.shards can be removed when DIR is complete.

  --jobs N          number of processes on each machine (default: one a core); each has a model in memory
  --shards N        number of shards (default: as many as run at a time)
  --sshlogin LIST   the machines, as parallel's --sshlogin takes them, separated by commas (":" is this one); they see
                    the same files under the same names, patchgpt and the models too
  --threads N       threads of each process (default: the cores of its machine, divided by --jobs)
  --help            this text

All other options go to patchgpt batch. PATCHGPT names the command (default: build/patchgpt, else the one in the PATH).

Exit: 0 all done, 1 it failed, 2 the command line is wrong, 4 some experiments failed.
END
}

# shellcheck source=scripts/lib/shards.sh
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib/shards.sh"

# ---- the command line ----

take_file "$@"
shift
jobs='' shards='' threads='' machines=0 logins=()
while [ $# -gt 0 ]; do
    split_option 'jobs|shards|sshlogin' "$@"
    set -- "${words[@]}"
    taken=2
    case $1 in
        --jobs | -j) need_number "$@" && once --jobs "$2" && jobs=$2 ;;
        --shards) need_number "$@" && once "$1" "$2" && shards=$2 ;;
        --sshlogin | -S)
            need_value "$@"
            logins+=(--sshlogin "$2")
            machines=$((machines + $(tr -cd , <<<"$2" | wc -c) + 1))
            ;;
        *) take_option "$@" ;;
    esac
    shift "$taken"
done
check_file

version=$(parallel --version 2>/dev/null) || true
[[ $version == "GNU parallel"* ]] || die "needs GNU parallel (on Debian and Ubuntu: apt install parallel)"

find_patchgpt

# ---- the shards ----

jobs=${jobs:-$(nproc)}
shards=${shards:-$((jobs * (machines > 0 ? machines : 1)))}
((jobs <= shards)) || jobs=$shards
make_folder

# shard I: the command of one shard, for a shell on any of the machines. The models are where they are here.
shard() {
    local name environment=()
    for name in PATCHGPT_MODELS XDG_CACHE_HOME HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE; do
        [ -z "${!name-}" ] || environment+=("$name=${!name}")
    done
    quote cd "$PWD"
    printf '&& '
    quote env "${environment[@]}" "$patchgpt" batch "$(realpath "$file")" --output "$folder/$1-of-$shards" \
        --shard "$1/$shards" --resume "${options[@]}" "${look[@]}" --quiet
    if [ -n "$threads" ]; then
        quote --threads "$threads"
    else
        # shellcheck disable=SC2016 # for the shell there
        printf -- '--threads $(($(nproc) / %d + ($(nproc) < %d)))' "$jobs" "$jobs"
    fi
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for ((i = 1; i <= shards; i++)); do
    shard "$i"
    printf '\0'
done | parallel --null --jobs "$jobs" "${logins[@]}" --line-buffer --joblog "$log" &
trap 'kill -TERM $! 2>/dev/null && wait $! || die "interrupted; run this again to go on"' HUP INT TERM
wait $! || true
trap - HUP INT TERM

# The columns of the log: 1 the number of the job, 7 its exit code, 8 its signal.
unfinished=$(awk -F '\t' -v shards="$shards" '
    NR > 1 && ($7 == 0 || $7 == 4) && $8 == 0 { done[$1] = 1 }
    END { for (i = 1; i <= shards; i++) if (!done[i]) printf "%s%d", n++ ? ", " : "", i }' "$log")
[ -z "$unfinished" ] || die "not finished: shard $unfinished of $shards; run this again to go on"

# ---- the merged folder ----

folders=()
for ((i = 1; i <= shards; i++)); do folders+=("$folder/$i-of-$shards"); done
merge() {
    "$patchgpt" merge "${folders[@]}" --output "$@" "${look[@]}"
}

if [ ! -e "$output/summary.csv" ]; then
    merge "$output"
    exit
fi

# A folder that is there is never written over; it may be the same.
rm -rf "$folder/merged"
status=0
merge "$folder/merged" >/dev/null || status=$?
case $status in 0 | 4) ;; *) exit $status ;; esac
diff -r -x .lock "$folder/merged" "$output" >/dev/null ||
    die "$output holds other results than these, which are in $folder/merged: remove one of them"
rm -rf "$folder/merged"
[[ " ${look[*]} " == *" --quiet "* ]] || echo "$output is complete"
exit $status
