#!/usr/bin/env bash
# fetch_model.sh: downloads GPT-2 models from the Hugging Face hub to where patchgpt looks for them.
# Needs curl and sha256sum (or shasum). Run it again after an interruption: it goes on where it stopped.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/fetch_model.sh [--revision REVISION] NAME [NAME...]

NAME is gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2, or owner/name of any model of that kind on the
hub. It is stored in $PATCHGPT_MODELS/NAME, or ${XDG_CACHE_HOME:-~/.cache}/patchgpt/NAME where that is not set.

  --revision REVISION   a branch, tag or commit of the model's repository (default main)
  --help                this text

HF_TOKEN      token for private and gated models
HF_ENDPOINT   another hub (default https://huggingface.co)

Files that are already there are not downloaded again: remove them to fetch another revision.
END
}

die() {
    printf 'fetch_model.sh: %s\n' "$*" >&2
    exit 1
}

misused() {
    printf 'fetch_model.sh: %s\n' "$*" >&2
    exit 2
}

endpoint=${HF_ENDPOINT:-https://huggingface.co}
endpoint=${endpoint%/}
models=${PATCHGPT_MODELS:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/patchgpt}
revision=main

repository_of() {
    case $1 in
        gpt2 | gpt2-medium | gpt2-large | gpt2-xl) echo "openai-community/$1" ;;
        distilgpt2) echo "distilbert/$1" ;;
        *) echo "$1" ;;
    esac
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

bytes() {
    local count
    count=$(wc -c <"$1")
    echo $((count)) # without the spaces that some wc put before it
}

# header NAME: the value, without quotes, that came under that name with the last answer.
header() {
    tr -d '\r"' <"$headers" | awk -v name="$1:" 'tolower($1) == name { value = $2 } END { print value }'
}

# ask URL OUTPUT [CURL OPTION…]: one request. Fills $headers, http_code and curl_code. The token goes in by stdin:
# arguments are for every user to see. What is asked for over https never comes, or leads, over http.
ask() {
    local url=$1 out=$2 protocols='=https'
    shift 2
    [[ $endpoint == https://* ]] || protocols='=http,https'
    curl_code=0
    http_code=$(
        if [ -n "${blocks-}" ]; then # of 1024 bytes, that are written at most
            trap '' XFSZ
            ulimit -S -f "$blocks" 2>/dev/null || true # a lower limit of the system's own stays
        fi
        { [ -z "${HF_TOKEN-}" ] || printf 'header = "Authorization: Bearer %s"\n' "$HF_TOKEN"; } |
            curl --config - --fail --proto "$protocols" --proto-redir "$protocols" --max-redirs 10 \
                --connect-timeout 20 --speed-limit 100 --speed-time 60 \
                --dump-header "$headers" --output "$out" --write-out '%{http_code}' "$@" -- "$url"
    ) || curl_code=$?
}

# describe FILE: what the hub itself says of a file, not a host that it leads to. Fills http_code, curl_code, and
# size and sum, which are empty where it does not say.
describe() {
    local url=$endpoint/$repository/resolve/$revision/$1 origin hops location value
    origin=$(cut -d / -f 1-3 <<<"$endpoint")
    size='' sum=''
    for hops in 1 2 3 4 5; do
        ask "$url" /dev/null --head --silent
        value=$(header x-linked-size)
        [[ ! $value =~ ^[0-9]{1,15}$ ]] || size=$value
        value=$(header x-linked-etag)
        [[ ! $value =~ ^[0-9a-f]{64}$ ]] || sum=$value
        location=$(header location)
        case $http_code:$location in
            30?:/*) url=$origin$location ;;
            30?:"$endpoint"/*) url=$location ;;
            200:*)
                value=$(header content-length)
                [[ -n $size || ! $value =~ ^[0-9]{1,15}$ ]] || size=$value
                return
                ;;
            *) return ;;
        esac
    done
    die "$endpoint leads from one place to another for $1 of $repository, $hops times: try again later"
}

# Says why the hub did not give the file, and ends.
refused() {
    local file=$1
    case $http_code:$(header x-error-code) in
        40[134]:RepoNotFound | 401:*)
            if [ -n "${HF_TOKEN-}" ]; then
                die "there is no model $repository at $endpoint that HF_TOKEN may read"
            fi
            die "there is no model $repository at $endpoint, or it is private or gated: then set HF_TOKEN to a token of yours"
            ;;
        403:*) die "$endpoint does not give $repository to you: accept its conditions on its page and set HF_TOKEN to a token of yours" ;;
        404:RevisionNotFound) die "$repository has no revision $revision" ;;
        404:*) die "$repository at $endpoint has no $file" ;;
        *) die "$endpoint answered $http_code for $file of $repository: try again later" ;;
    esac
}

# Says why there was no answer, and ends.
unreachable() {
    local reason
    case $curl_code in
        1) reason="it leads to an address without https" ;;
        5 | 6) reason="its name was not found" ;;
        7) reason="no connection" ;;
        0 | 18 | 52 | 56) reason="the connection broke" ;;
        22 | 33) reason="it does not go on in the middle of a file" ;;
        28) reason="no answer in time" ;;
        35 | 51 | 58 | 60 | 77) reason="no secure connection" ;;
        *) reason="curl's error $curl_code" ;;
    esac
    die "could not reach $endpoint ($reason); a model copied by hand goes to $folder"
}

# Is the whole PART what the hub says the file is? Files of its large-file store have a SHA-256; for others the
# size is all there is.
intact() {
    [ -z "$size" ] || [ "$(bytes "$1")" = "$size" ] || return 1
    [ -z "$sum" ] || [ "$(sha256 "$1")" = "$sum" ]
}

# download FILE LIMIT: makes FILE.part whole, at most LIMIT bytes. Goes on where a connection broke, or where an
# earlier run stopped. Three tries in a row that bring less than a megabyte are the end.
download() {
    local file=$1 limit=$2 part=$folder/$1.part progress=--silent best=0 tries=0 before now
    local blocks=$((limit / 1024 + 1)) # for ask: a file is cut off there even if its size was never said
    [ ! -t 2 ] || progress=--progress-bar
    [ -n "$sum" ] || rm -f "$part" # nothing would tell whether it is of this file
    while true; do
        before=$(bytes_of_part "$part")
        if [ -n "$size" ] && [ "$before" -ge "$size" ]; then
            if [ "$before" -eq "$size" ]; then return; fi
            rm -f "$part"
        fi
        ask "$endpoint/$repository/resolve/$revision/$file" "$part" --location --continue-at - \
            --max-filesize "$limit" "$progress"
        now=$(bytes_of_part "$part")
        case $curl_code:$http_code in
            0:*) if [ -z "$size" ] || [ "$now" -ge "$size" ]; then return; fi ;;
            22:416 | 33:*) rm -f "$part" ;; # this server cannot go on in the middle, or not there
            22:*) refused "$file" ;;
            23:* | 63:*)
                [ "$curl_code" -eq 23 ] && [ "$now" -lt "$limit" ] && die "could not write $part"
                rm -f "$part"
                die "$file of $repository is larger than it may be, $limit bytes"
                ;;
        esac
        tries=$((tries + 1))
        if [ "$now" -ge $((best + 1000000)) ]; then best=$now tries=0; fi
        [ "$tries" -lt 3 ] || unreachable
        [ "$now" -le "$before" ] || echo "  $file: the connection broke, going on from byte $now" >&2
        sleep "$tries"
    done
}

bytes_of_part() {
    if [ -e "$1" ]; then bytes "$1"; else echo 0; fi
}

# fetch FILE LIMIT: a file of the model, of at most LIMIT bytes, if it is not here yet. False if the model has none.
fetch() {
    local file=$1 limit=$2
    if present "$file"; then return; fi
    describe "$file"
    case $curl_code:$http_code in
        0:*) ;;
        22:404) return 1 ;;
        22:*) refused "$file" ;;
        *) unreachable ;;
    esac
    if [ -n "$size" ] && [ "$size" -gt "$limit" ]; then
        die "$file of $repository has $size bytes, expected at most $limit"
    fi
    download "$file" "${size:-$limit}"
    keep "$file"
}

# Descriptions, vocabularies and indexes are a few megabytes at most; weights are as large as they are.
fetch_small() { fetch "$1" 67108864; }
fetch_large() { fetch "$1" 1099511627776; }

present() {
    [ ! -e "$folder/$1" ] || echo "  $1: already here"
    [ -e "$folder/$1" ]
}

# Gives a downloaded file its name, if it is what the hub has.
keep() {
    local file=$1 part=$folder/$1.part
    [ -e "$part" ] || : >"$part" # an empty file: curl makes none
    if ! intact "$part"; then
        rm -f "$part"
        die "$file of $repository arrived corrupt (its size or SHA-256 is not what $endpoint names) and was removed: run this again"
    fi
    mv "$part" "$folder/$file" || die "could not write $folder/$file"
    echo "  $file: $(bytes "$folder/$file") bytes"
}

# The vocabulary, and every file that says how texts are cut into its tokens.
fetch_tokenizer() {
    local file found=false
    if fetch_small vocab.json; then
        fetch_small merges.txt || refused merges.txt
        found=true
    fi
    for file in tokenizer.json tokenizer_config.json special_tokens_map.json added_tokens.json; do
        # The weights come last: where they are, what is not here is not at the hub either.
        if [ ! -e "$folder/model.safetensors" ]; then fetch_small "$file" || true; fi
    done
    if [ -e "$folder/tokenizer.json" ]; then found=true; fi
    $found || echo "  no tokenizer: give patchgpt token ids"
}

fetch_weights() {
    local index=model.safetensors.index.json shards shard
    if fetch_large model.safetensors; then return; fi
    fetch_small $index ||
        die "$repository has no model.safetensors: if it has pytorch_model.bin, download that and run scripts/convert_checkpoint.py"
    # The shards are the only strings in an index that end like this. A name is never a path.
    shards=$(grep -o '"[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors"' "$folder/$index" | tr -d '"' | sort -u) ||
        die "$folder/$index names no shards"
    for shard in $shards; do
        fetch_large "$shard" || refused "$shard"
    done
}

fetch_model() {
    local name=$1
    repository=$(repository_of "$name")
    [[ $repository =~ ^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$ ]] ||
        die "\"$name\" is no model's name: expected gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 or owner/name"
    folder=$models/$name
    mkdir -p "$folder" 2>/dev/null || die "could not make the folder $folder"
    echo "$repository -> $folder"
    fetch_small config.json || refused config.json
    fetch_tokenizer
    fetch_weights
}

names=()
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage && exit ;;
        --revision)
            [ $# -gt 1 ] || misused "--revision needs a branch, tag or commit"
            revision=$2
            shift
            ;;
        -*) misused "there is no option $1 (see --help)" ;;
        *) names+=("$1") ;;
    esac
    shift
done
[ ${#names[@]} -gt 0 ] || misused "which model? For example: scripts/fetch_model.sh gpt2"
[[ $revision =~ ^[A-Za-z0-9][A-Za-z0-9._/-]*$ ]] || misused "\"$revision\" is no branch, tag or commit"
[[ $endpoint =~ ^https?://[^/]+ ]] || die "HF_ENDPOINT is \"$endpoint\", expected an address that begins with https://"
[[ ${HF_TOKEN-} =~ ^[A-Za-z0-9._-]*$ ]] || die "HF_TOKEN holds something else than a token"
command -v curl >/dev/null || die "needs curl (on Debian and Ubuntu: apt install curl)"
command -v sha256sum >/dev/null || command -v shasum >/dev/null || die "needs sha256sum or shasum"

headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
for name in "${names[@]}"; do
    fetch_model "$name"
done
echo
for name in "${names[@]}"; do
    echo "now run: patchgpt --model $name --clean TEXT --corrupt TEXT --tokens A B"
done
