# fetch_model.bats: scripts/fetch_model.sh against a stand-in for the hub on the loopback interface.
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # $output and its like come from the helper; a test is a subshell of its own

load helper

setup() {
    make_scratch
    hub_pid=
    export no_proxy=127.0.0.1,localhost
}

teardown() {
    [ -z "$hub_pid" ] || kill "$hub_pid"
    remove_scratch
}

fetch() { "$PROJECT/scripts/fetch_model.sh" "$@"; }

# start_hub [OPTION…]: a hub with the model some/tiny, that HF_ENDPOINT names.
start_hub() {
    [ -d hub/some/tiny ] || python3 "$PROJECT/tests/cli/tiny_model.py" hub/some/tiny
    mkfifo ready
    python3 "$PROJECT/tests/cli/hub_server.py" hub requests "$@" >ready 3>&- &
    hub_pid=$!
    read -r port <ready
    rm ready
    export HF_ENDPOINT=http://127.0.0.1:$port
}

stop_hub() {
    kill "$hub_pid"
    wait "$hub_pid" || true
    hub_pid=
}

# assert_fetched FILE…: they are in the model's folder, as the hub has them, and nothing else is.
assert_fetched() {
    local file
    for file in "$@"; do
        cmp "hub/some/tiny/$file" ".cache/patchgpt/some/tiny/$file"
    done
    assert_equal "$(find .cache/patchgpt/some/tiny -type f | wc -l)" $#
}

@test "fetch_model: --help needs no network and names every option" {
    expect 0 fetch --help
    assert_contains "$output" "--revision"
    assert_contains "$output" "HF_TOKEN"
    assert_equal "$errors" ""
}

@test "fetch_model: a command line that is wrong ends with exit code 2" {
    expect 2 fetch
    assert_sentence fetch_model.sh
    expect 2 fetch --frobnicate gpt2
    assert_sentence fetch_model.sh
    expect 2 fetch gpt2 --revision
    assert_sentence fetch_model.sh
}

@test "fetch_model: a name that cannot be one is refused before any request" {
    local name
    export HF_ENDPOINT=http://127.0.0.1:1
    for name in gpt3 ../evil/x some/../x a/b/c "some/ti ny" some/; do
        expect 1 fetch "$name"
        assert_sentence fetch_model.sh
        assert_contains "$errors" "expected gpt2"
    done
    [ ! -e .cache ]
}

@test "fetch_model: a model arrives whole, and says how to run it" {
    start_hub
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
    assert_contains "$output" "now run: patchgpt --model some/tiny"
    assert_equal "$errors" ""
}

@test "fetch_model: patchgpt finds and opens what was fetched" {
    need_patchgpt
    start_hub
    expect 0 fetch some/tiny
    expect 0 "$PATCHGPT" predict --model some/tiny "abc"
    expect 0 "$PATCHGPT" info --model some/tiny
}

@test "fetch_model: gpt2 and the other sizes are fetched from their owners, into folders with short names" {
    python3 "$PROJECT/tests/cli/tiny_model.py" hub/openai-community/gpt2
    python3 "$PROJECT/tests/cli/tiny_model.py" hub/distilbert/distilgpt2
    start_hub
    expect 0 fetch gpt2 distilgpt2
    cmp hub/openai-community/gpt2/model.safetensors .cache/patchgpt/gpt2/model.safetensors
    cmp hub/distilbert/distilgpt2/model.safetensors .cache/patchgpt/distilgpt2/model.safetensors
    assert_contains "$output" "now run: patchgpt --model gpt2"
    assert_contains "$output" "now run: patchgpt --model distilgpt2"
}

@test "fetch_model: PATCHGPT_MODELS, then XDG_CACHE_HOME, say where" {
    start_hub
    XDG_CACHE_HOME="$scratch/x" expect 0 fetch some/tiny
    cmp hub/some/tiny/config.json x/patchgpt/some/tiny/config.json
    XDG_CACHE_HOME="$scratch/y" PATCHGPT_MODELS="$scratch/my models" expect 0 fetch some/tiny
    cmp hub/some/tiny/config.json "my models/some/tiny/config.json"
    [ ! -e y ]
}

@test "fetch_model: existing files are not fetched again" {
    start_hub
    expect 0 fetch some/tiny
    rm requests
    expect 0 fetch some/tiny
    assert_contains "$output" "model.safetensors: already here"
    [ ! -e requests ]
}

@test "fetch_model: shards are fetched as their index names them" {
    python3 "$PROJECT/tests/cli/tiny_model.py" --shards hub/some/tiny
    start_hub
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors.index.json \
        model-00001-of-00002.safetensors model-00002-of-00002.safetensors
    if [ -x "$PATCHGPT" ]; then expect 0 "$PATCHGPT" info --model some/tiny; fi
}

@test "fetch_model: an index cannot name a file elsewhere" {
    python3 "$PROJECT/tests/cli/tiny_model.py" --shards hub/some/tiny
    echo '{"weight_map": {"wte.weight": "../../evil.safetensors", "x": "/evil.safetensors"}}' \
        >hub/some/tiny/model.safetensors.index.json
    start_hub
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "names no shards"
    assert_lacks "$(cat requests)" evil
}

@test "fetch_model: without vocab.json it takes tokenizer.json, without either it says so" {
    start_hub
    mv hub/some/tiny/vocab.json hub/some/tiny/tokenizer.json
    rm hub/some/tiny/merges.txt
    expect 0 fetch some/tiny
    assert_fetched config.json tokenizer.json model.safetensors
    rm -r .cache hub/some/tiny/tokenizer.json
    expect 0 fetch some/tiny
    assert_contains "$output" "no tokenizer"
    assert_fetched config.json model.safetensors
}

@test "fetch_model: the files that describe the tokenizer are fetched too" {
    start_hub
    local file
    for file in tokenizer.json tokenizer_config.json special_tokens_map.json added_tokens.json; do
        echo '{}' >"hub/some/tiny/$file"
    done
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors tokenizer.json tokenizer_config.json \
        special_tokens_map.json added_tokens.json
}

@test "fetch_model: a connection that breaks is taken up where it broke" {
    start_hub --fault truncate
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
    local half=$(($(wc -c <hub/some/tiny/model.safetensors) / 2))
    assert_contains "$errors" "going on from byte $half"
    assert_contains "$(cat requests)" "/cdn/some/tiny/model.safetensors range=bytes=$half-"
}

@test "fetch_model: a part left by an earlier run is taken up" {
    start_hub
    mkdir -p .cache/patchgpt/some/tiny
    head -c 1000 hub/some/tiny/model.safetensors >.cache/patchgpt/some/tiny/model.safetensors.part
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
    assert_contains "$(cat requests)" "/cdn/some/tiny/model.safetensors range=bytes=1000-"
}

@test "fetch_model: a part that was whole already is taken as it is" {
    start_hub
    mkdir -p .cache/patchgpt/some/tiny
    cp hub/some/tiny/model.safetensors .cache/patchgpt/some/tiny/model.safetensors.part
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
}

@test "fetch_model: a part is started again where the server cannot go on in the middle" {
    start_hub --fault no-range
    mkdir -p .cache/patchgpt/some/tiny
    head -c 1000 /dev/zero >.cache/patchgpt/some/tiny/model.safetensors.part
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
}

@test "fetch_model: a part of unknown origin is not believed" {
    start_hub --fault unlinked
    mkdir -p .cache/patchgpt/some/tiny
    head -c 100000 /dev/zero >.cache/patchgpt/some/tiny/model.safetensors.part
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
}

@test "fetch_model: a corrupt part is removed, and the next run makes it good" {
    start_hub
    mkdir -p .cache/patchgpt/some/tiny
    head -c 1000 /dev/zero >.cache/patchgpt/some/tiny/model.safetensors.part
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "corrupt"
    [ ! -e .cache/patchgpt/some/tiny/model.safetensors.part ]
    expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
}

@test "fetch_model: a wrong checksum leaves nothing that looks like a model" {
    start_hub --fault checksum
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "SHA-256"
    assert_fetched config.json vocab.json merges.txt
}

@test "fetch_model: a connection that brings nothing ends with a sentence, not a loop" {
    start_hub --fault stop
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "the connection broke"
    [ ! -e .cache/patchgpt/some/tiny/model.safetensors ]
}

# assert_gives_up PART: the last command ended with PART in its last line and left no model.safetensors.
assert_gives_up() {
    assert_contains "$(tail -n 1 <<<"$errors")" "fetch_model.sh: could not reach"
    assert_contains "$errors" "$1"
    [ ! -e .cache/patchgpt/some/tiny/model.safetensors ]
    [ "$(grep -c /cdn/ requests)" -le 8 ] || complain "$(grep -c /cdn/ requests) requests"
}

@test "fetch_model: a connection that brings a byte at a time is given up" {
    start_hub --fault drip
    expect 1 timeout 60 "$PROJECT/scripts/fetch_model.sh" some/tiny
    assert_gives_up "the connection broke"
}

@test "fetch_model: a server that breaks half way and cannot go on from there is given up" {
    start_hub --fault halves
    expect 1 timeout 60 "$PROJECT/scripts/fetch_model.sh" some/tiny
    assert_gives_up "going on from byte"
}

@test "fetch_model: a server that breaks half way and refuses to go on is given up" {
    start_hub --fault refuse-range
    expect 1 timeout 60 "$PROJECT/scripts/fetch_model.sh" some/tiny
    assert_gives_up "going on from byte"
}

@test "fetch_model: a small file that does not end is cut off, and nothing of it stays" {
    start_hub --fault endless
    expect 1 timeout 60 "$PROJECT/scripts/fetch_model.sh" some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "config.json of some/tiny is larger than it may be"
    assert_equal "$(find .cache -type f)" ""
}

@test "fetch_model: redirects without end are given up" {
    start_hub --fault circle
    expect 1 timeout 60 "$PROJECT/scripts/fetch_model.sh" some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "from one place to another"
}

@test "fetch_model: size and checksum are the hub's, not those of the host that it leads to" {
    start_hub --fault damaged
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "SHA-256"
    assert_fetched config.json vocab.json merges.txt
}

@test "fetch_model: a request over https is not redirected to http" {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "subjectAltName=DNS:localhost" \
        -keyout key.pem -out certificate.pem 2>/dev/null || skip "there is no openssl"
    cat certificate.pem key.pem >both.pem
    start_hub --tls both.pem --fault http
    export HF_ENDPOINT=https://localhost:$port CURL_CA_BUNDLE=$scratch/certificate.pem
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "without https"
}

@test "fetch_model: an endpoint that is not an address is refused" {
    local endpoint
    for endpoint in huggingface.co ftp://127.0.0.1 file:///etc; do
        HF_ENDPOINT=$endpoint expect 1 fetch some/tiny
        assert_sentence fetch_model.sh
        assert_contains "$errors" "HF_ENDPOINT is"
    done
}

@test "fetch_model: a model, file or revision that does not exist is named" {
    start_hub
    expect 1 fetch some/other
    assert_sentence fetch_model.sh
    assert_contains "$errors" "no model some/other"
    expect 1 fetch --revision v2 some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "no revision v2"
    rm hub/some/tiny/model.safetensors
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "convert_checkpoint.py"
    rm hub/some/tiny/config.json
    rm -r .cache
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "has no config.json"
}

@test "fetch_model: --revision is asked for" {
    start_hub
    expect 0 fetch --revision v1 some/tiny
    assert_contains "$(cat requests)" "/some/tiny/resolve/v1/model.safetensors"
    assert_lacks "$(cat requests)" "/resolve/main/"
}

@test "fetch_model: a model that needs a token says so, and takes one" {
    start_hub --token hf_secret
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "HF_TOKEN"
    HF_TOKEN=hf_wrong expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "HF_TOKEN"
    HF_TOKEN=hf_secret expect 0 fetch some/tiny
    assert_fetched config.json vocab.json merges.txt model.safetensors
}

@test "fetch_model: the token goes only to the hub, and not through a command line" {
    start_hub --token hf_secret
    mkdir bin
    printf '#!/usr/bin/env bash\nprintf "%%s\\n" "$*" >>"%s/arguments"\nexec "%s" "$@"\n' \
        "$scratch" "$(command -v curl)" >bin/curl
    chmod +x bin/curl
    PATH=$scratch/bin:$PATH HF_TOKEN=hf_secret expect 0 fetch some/tiny
    assert_contains "$(cat arguments)" "/some/tiny/resolve/main/model.safetensors"
    assert_lacks "$(cat arguments)" hf_secret
    assert_contains "$(grep resolve/ requests)" "authorization=Bearer hf_secret"
    assert_contains "$(grep /cdn/ requests)" "authorization=-"
    assert_lacks "$(grep /cdn/ requests)" hf_secret
}

@test "fetch_model: a malformed token is refused, not passed on" {
    export HF_ENDPOINT=http://127.0.0.1:1
    HF_TOKEN=$'x"\nurl = "http://127.0.0.1:1/evil' expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_lacks "$errors" evil
}

@test "fetch_model: a hub that cannot be reached is named, with the folder for a copy by hand" {
    start_hub
    stop_hub
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "could not reach http://127.0.0.1:$port"
    assert_contains "$errors" "a model copied by hand goes to $scratch/.cache/patchgpt/some/tiny"
}

@test "fetch_model: a hub that is busy is named" {
    start_hub --fault busy
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "answered 503"
}

@test "fetch_model: a folder that cannot be made is named" {
    start_hub
    echo >.cache
    expect 1 fetch some/tiny
    assert_sentence fetch_model.sh
    assert_contains "$errors" "$scratch/.cache/patchgpt/some/tiny"
}
