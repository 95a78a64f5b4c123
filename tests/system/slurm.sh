#!/usr/bin/env bash
# slurm.sh: does scripts/batch_slurm.sh work with a real Slurm? Starts one of a single node on this machine, with a
# configuration of its own and without systemd, gives it batches, and stops it again. Not part of scripts/test.sh: it
# installs Slurm and takes two minutes.
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/system/slurm.sh

Installs Slurm and munge if they are missing (Debian and Ubuntu), starts munged, slurmctld and slurmd with all their
files in a temporary folder, and compares batches on the demo model that ran as jobs with ones that did not. Stops what
it started and removes all it made; the packages stay.

PATCHGPT names the command (default: build/patchgpt).
END
}

die() {
    printf 'slurm.sh: %s\n' "$*" >&2
    exit 1
}

case ${1-} in
    '') ;;
    --help | -h) usage && exit ;;
    *) printf 'slurm.sh: there is no option %s (see --help)\n' "$1" >&2 && exit 2 ;;
esac
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PATCHGPT=${PATCHGPT:-$project/build/patchgpt}
[ -x "$PATCHGPT" ] || die "there is no patchgpt at $PATCHGPT: build it, or set PATCHGPT"
PATCHGPT=$(realpath "$PATCHGPT")
passed=0 failed=0
PATH=$PATH:/usr/sbin:/sbin # where the daemons are

# ---- Slurm ----

# The least that Slurm needs: no accounting, no cgroups, and ports that no other Slurm here has.
configure() {
    local port=$((20000 + $$ % 10000))
    mkdir "$slurm/state" "$slurm/spool"
    (umask 077 && head -c 128 /dev/urandom >"$slurm/munge.key")
    cat >"$SLURM_CONF" <<END
ClusterName=patchgpt
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}

daemons=()

# start NAME OPTION…: a daemon in the background, which writes to NAME.log.
start() {
    local name=$1
    "$@" >"$slurm/$name.log" 2>&1 &
    daemons+=($!)
    sleep 1
    kill -0 $! 2>/dev/null || cannot_start "$name"
}

# What stopped NAME is at the end of what it wrote.
cannot_start() {
    sed 's/^/    /' "$slurm/$1.log" | tail -n 15 >&2
    die "$1 does not start here; the last that it wrote is above"
}

start_slurm() {
    start munged --foreground --key-file="$slurm/munge.key" --socket="$slurm/munge.socket" \
        --pid-file="$slurm/munged.pid" --log-file="$slurm/munged.file" --seed-file="$slurm/munged.seed"
    start slurmctld -D
    start slurmd -D
    for _ in {1..30}; do
        [ "$(sinfo --noheader --format=%T 2>/dev/null)" != idle ] || return 0
        sleep 1
    done
    sinfo >&2 || true
    cannot_start slurmd
}

stop_slurm() {
    local i
    if [ ${#daemons[@]} -eq 3 ]; then scancel --user="$(id -un)" 2>/dev/null || true; fi
    for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
        kill "${daemons[i]}" 2>/dev/null || true
        wait "${daemons[i]}" 2>/dev/null || true
    done
    rm -rf "$slurm" "$work"
}

# ---- the batches ----

# expect WHAT CODE COMMAND…: the command must exit with the code.
expect() {
    local what=$1 code=$2 status=0
    shift 2
    "$@" >"$slurm/output" 2>&1 || status=$?
    if [ "$status" -eq "$code" ]; then
        echo "ok       $what"
        passed=$((passed + 1))
    else
        echo "FAILED   $what (exit code $status)"
        sed 's/^/         /' "$slurm/output"
        failed=$((failed + 1))
    fi
}

same() { diff -r -x .lock "$1" "$2"; }
said() { grep -qF -- "$1" "$slurm/output.before" || { cat "$slurm/output.before" && false; }; }
remember() { cp "$slurm/output" "$slurm/output.before"; }

batch_slurm() {
    "$project/scripts/batch_slurm.sh" "$@" --model demo
}

wait_for() {
    for _ in {1..120}; do
        [ ! -e "$1" ] || return 0
        sleep 1
    done
    return 1
}

"$project/scripts/dev/install_packages.sh" slurm
slurm=$(mktemp -d "${TMPDIR:-/tmp}/patchgpt-slurm.XXXXXX")
work=$(mktemp -d "${TMPDIR:-/tmp}/patchgpt's slurm 100%d.XXXXXX") # names as users have them
chmod 711 "$slurm"                                              # munge wants all to reach its socket
trap stop_slurm EXIT
export SLURM_CONF=$slurm/slurm.conf
configure
start_slurm
sinfo --version
cd "$work"

"$project/scripts/ioi_dataset.py" --patchgpt "$PATCHGPT" --count 30 >pairs.jsonl
"$PATCHGPT" batch pairs.jsonl --model demo --output whole --png --colormap rdbu --quiet
expect "three shards and their merge end with 0" 0 batch_slurm pairs.jsonl --output shards --shards 3%2 --wait \
    --sbatch '--cpus-per-task=1 --comment="three shards"' --png --colormap rdbu
remember
expect "the merged folder is that of one process" 0 same whole shards
expect "the ids of both jobs are printed" 0 said "merge job: "
expect "every task has a log" 0 ls shards.shards/{1,2,3}.log
expect "a complete folder is refused" 1 batch_slurm pairs.jsonl --output shards --shards 3

sed -e '7aThis is no JSON.' pairs.jsonl >one_fails.jsonl
"$PATCHGPT" batch one_fails.jsonl --model demo --output whole_fails --quiet 2>/dev/null || [ $? -eq 4 ]
expect "a line that fails: 4, and all the others are merged" 4 batch_slurm one_fails.jsonl --output fails --shards 3 --wait
expect "the merged folder is that of one process, with the failed row" 0 same whole_fails fails

mkdir again.shards
touch again.shards/2-of-3 # where a folder should be
expect "a task that fails: 1" 1 batch_slurm pairs.jsonl --output again --shards 3 --png --colormap rdbu --wait
remember
expect "it is named, and its log" 0 said "not finished: shard 2 of 3 (see $work/again.shards/2.log)"
expect "nothing was merged" 0 test ! -e again
rm again.shards/2-of-3
expect "submitted again, without waiting" 0 batch_slurm pairs.jsonl --output again --shards 3 --png --colormap rdbu
expect "it goes on to the end" 0 wait_for again/summary.csv
expect "the merged folder is that of one process, again" 0 same whole again

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
