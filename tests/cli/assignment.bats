# assignment.bats: the README follows an assignment command by command: each command there prints what stands below it.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup() { make_scratch && need_patchgpt; }
teardown() { remove_scratch; }

# The commands of the README's section and what they print, run one after the other.
follow() {
    python3 - "$PROJECT/README.md" "$PATCHGPT" <<'END'
import re, subprocess, sys

text = open(sys.argv[1]).read()
section = re.search(r"^## The assignment, command by command\n(.*?)^## ", text, re.M | re.S).group(1)
blocks = re.findall(r"^```\n(.*?)^```$", section, re.M | re.S)
sessions = [s for block in blocks for s in re.split(r"^\$ ", block, flags=re.M)[1:]]
untimed = lambda s: re.sub(r" in [0-9.]+ s$", "", s, flags=re.M)
for session in sessions:
    command, printed = re.match(r"((?:[^\n]*\\\n)*[^\n]*\n)(.*)", session, re.S).groups()
    command = command.replace("build/patchgpt", f"'{sys.argv[2]}'", 1)
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert found.returncode == 0, (command, found.stderr)
    assert untimed(found.stdout) == untimed(printed), f"{command}\nprints\n{found.stdout}\nnot\n{printed}"
print(len(sessions))
END
}

@test "assignment: every command of the README's section prints what the README shows" {
    expect 0 follow
    assert_equal "$output" 11
    assert_files {michelle,gap,jessica,teacher}.{csv,png}
}

@test "assignment: the README's statements about its pictures hold in the tables" {
    expect 0 follow
    # jessica: the last position of every layer, and no other, has the clean run's difference
    python3 - jessica.csv teacher.csv gap.csv <<'END'
import csv, sys
jessica, teacher, gap = ([(int(c["layer"]), int(c["position"]), float(c["value"])) for c in csv.DictReader(open(p))] for p in sys.argv[1:])
assert all((value < -14) == (position == 12) for _, position, value in jessica)
assert all(-14.3 < value < -14.2 for _, _, value in teacher)
assert {(l, p) for l, p, value in gap if abs(value - 15.9369) < 0.01} == {(0, 1), (3, 12)}
END
}
