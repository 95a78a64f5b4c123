# shards.sh: what batch_parallel.sh and batch_slurm.sh have in common: the options that both take, and finding
# patchgpt. They source it; what they set is named at each function.
# shellcheck shell=bash disable=SC2034

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

misused() {
    printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2
    exit 2
}

# need_value OPTION…: the option's value follows it.
need_value() { [ $# -gt 1 ] || misused "$1 takes a value, but nothing follows"; }

# need_number OPTION VALUE…: it is a whole number of 1 or more.
need_number() {
    need_value "$@"
    [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || misused "$1 takes a whole number of 1 or more, but found \"$2\""
}

# once OPTION VALUE: as in patchgpt, an option that is given again says the same again.
declare -A given=()
once() {
    [ "${given[$1]-$2}" = "$2" ] || misused "$1 is given twice, with \"${given[$1]}\" and with \"$2\""
    given[$1]=$2
}

# take_file ARGUMENT…: the first is the file of experiments. Sets file; shows the help if that is asked for.
take_file() {
    case ${1-} in
        --help | -h) usage && exit ;;
        -) misused "the experiments must be in a file: several processes read them" ;;
        '' | -*) misused "the first argument is the file of experiments, then --output DIR" ;;
    esac
    file=$1
}

# take_option OPTION…: an option that the caller does not know. Sets output or threads, or adds to look what merge takes
# as well, or to options what goes to patchgpt batch; taken: how many words it was.
output='' look=() options=()
take_option() {
    taken=1
    case $1 in
        --help | -h) usage && exit ;;
        -o?*) once --output "${1#-o}" && output=${1#-o} ;;
        --output | -o) need_value "$@" && once --output "$2" && output=$2 taken=2 ;;
        --threads) need_number "$@" && once "$1" "$2" && threads=$2 taken=2 ;;
        --colormap | --vmin | --vmax | --center | --bootstrap | --bootstrap-seed)
            need_value "$@" && look+=("$1" "$2") taken=2
            ;;
        --quiet | --grey-uncertain) look+=("$1") ;;
        --resume) ;; # always
        --shard | --shard=* | --check | --check=* | --tolerance | --tolerance=*)
            misused "${1%%=*} does not go with shards"
            ;;
        --version) misused "--version is no option of a batch" ;;
        --?*) refuse_short "${1%%=*}" && options+=("$1") ;;
        *) options+=("$1") ;;
    esac
}

# refuse_short OPTION: what patchgpt would take for one of ours cut short, since we would not see it.
refuse_short() {
    local name
    for name in output shard check tolerance resume quiet threads colormap vmin vmax center bootstrap bootstrap-seed grey-uncertain \
        help version; do
        [[ --$name != "$1"?* ]] || misused "$1 is to be written in full"
    done
}

# split_option NAMES OPTION…: --name=value becomes two words, for the caller's names, separated by "|", and ours. Sets
# words.
split_option() {
    local names="output|threads|colormap|vmin|vmax|center|bootstrap|bootstrap-seed|$1"
    shift
    words=("$@")
    if [[ ${1-} =~ ^(--($names))=(.*)$ ]]; then words=("${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}" "${@:2}"); fi
}

check_file() {
    [ -n "$output" ] || misused "--output DIR is missing"
    [ -e "$file" ] || die "there is no file $file"
    [ -f "$file" ] || die "$file is no regular file, but several processes read it"
}

# Sets patchgpt to the command's absolute path, and tells what is wrong with the options now, before every shard does.
find_patchgpt() {
    patchgpt=${PATCHGPT:-$(dirname "${BASH_SOURCE[0]}")/../../build/patchgpt}
    [ -x "$patchgpt" ] || patchgpt=${PATCHGPT:-patchgpt}
    command -v "$patchgpt" >/dev/null ||
        die "there is no command $patchgpt: build it, or say where it is with PATCHGPT=PATH"
    patchgpt=$(realpath "$(command -v "$patchgpt")")
    local number=()
    [[ ! ${threads-} =~ ^[0-9]+$ ]] || number=(--threads "$threads")
    "$patchgpt" batch "$file" --output "$output" "${options[@]}" "${look[@]}" "${number[@]}" --help >/dev/null || exit
}

# Sets folder, beside the output folder, for the shards; both get absolute paths. A folder of tables that no batch has
# written is refused now, as merge would after the work.
make_folder() {
    output=$(realpath -m "$output")
    local table
    for table in "$output"/*.csv "$output"/*.png; do
        [ -e "$output/.lock" ] || [ ! -e "$table" ] || die "$output holds ${table##*/} already: choose another folder"
    done
    folder=$output.shards
    [ -d "$folder" ] || mkdir "$folder" 2>/dev/null || die "could not make the folder $folder"
}

# quote WORD…: the words as a shell reads them.
quote() {
    local word
    for word in "$@"; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
}
