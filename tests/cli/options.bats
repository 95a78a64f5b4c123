# options.bats: the command line: help, and errors that are found before a model is opened.
# shellcheck shell=bash disable=SC2154,SC1110,SC1111 # $output and its like come from the helper; the quotes are meant

load helper
load tiny

setup() { make_scratch && need_patchgpt; }
teardown() { remove_scratch; }

# An experiment that is complete, so that only the added options can be wrong.
whole() { "$PATCHGPT" --clean a --corrupt b --tokens c d "$@"; }

@test "options: an empty command line prints a short usage" {
    expect 2 "$PATCHGPT"
    assert_equal "$output" ""
    assert_contains "$errors" "usage: patchgpt --clean TEXT"
    assert_contains "$errors" "patchgpt --help"
    [ "$(wc -l <.stderr)" -lt 12 ]
}

@test "options: --help is on stdout, at most 100 columns wide, and names every option" {
    local option
    for option in --help -h; do
        expect 0 "$PATCHGPT" "$option"
        assert_equal "$errors" ""
    done
    for option in clean corrupt tokens clean-ids corrupt-ids token-ids model output csv png site metric noising layers \
        heads positions read-position prepend-bos colormap vmin vmax center terminal check tolerance top threads json quiet help version; do
        [[ $output =~ " --$option"[\ ,] ]] || complain "not found: --$option"
    done
    assert_equal "$(awk 'length > 100' .stdout)" ""
}

@test "options: --help names every site, metric and colour map" {
    local name
    expect 0 "$PATCHGPT" --help
    for name in resid_pre resid_mid resid_post attn_out mlp_out z q k v pattern z_all q_all k_all v_all pattern_all \
        block heads logit_diff logit logprob prob kl loss diff viridis rdbu magma greys; do
        [[ $output =~ [^a-z_]"$name"[^a-z_] ]] || complain "not found: $name"
    done
}

@test "options: every command has a help of its own" {
    local command
    for command in predict tokenize info; do
        expect 0 "$PATCHGPT" "$command" --help
        assert_contains "$output" "usage: patchgpt $command"
        assert_contains "$output" "--model"
        assert_lacks "$output" "--corrupt"
        assert_equal "$(awk 'length > 100' .stdout)" ""
        expect 0 "$PATCHGPT" --help "$command"
        assert_contains "$output" "usage: patchgpt $command"
    done
}

@test "options: --version" {
    expect 0 "$PATCHGPT" --version
    assert_equal "${output% *}" "patchgpt"
    [[ ${output#* } =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "options: help and version are commands too" {
    local word
    expect 0 "$PATCHGPT" --help
    cp .stdout help
    expect 0 "$PATCHGPT" help
    cmp .stdout help
    expect 0 "$PATCHGPT" tokenize --help
    cp .stdout help
    expect 0 "$PATCHGPT" help tokenize
    cmp .stdout help
    expect 0 "$PATCHGPT" --version
    cp .stdout version
    for word in version -V; do
        expect 0 "$PATCHGPT" "$word"
        cmp .stdout version
    done
    rm help version
    refused 2 "no command \"tokenise\"; did you mean tokenize?" "$PATCHGPT" help tokenise
    refused 2 "no command \"versions\"; did you mean version?" "$PATCHGPT" versions
}

@test "options: an option given twice with different values is refused" {
    refused 2 "--clean is given twice, with \"a\" and with \"x\"" whole --clean x
    refused 2 "--model is given twice, with \"demo\" and with \"gpt2\"" "$PATCHGPT" info -m demo --model=gpt2
    refused 2 "--site is given twice" whole --site z --site z,q
    refused 2 "--top is given twice" "$PATCHGPT" predict a --top 3 --top 4
    refused 2 "--output is given twice" "$PATCHGPT" batch a -oa --output b
    refused 2 "--ids is given twice" "$PATCHGPT" predict --ids 1 --ids 2
    refused 2 "--png is given twice" whole --png a.png --png b.png
    refused 2 "--vmin is given twice, with \"1\" and with \"2\"" whole --vmin 1 --vmin=2
    expect 0 "$PATCHGPT" tokenize --model demo --ids a --ids --model demo --prepend-bos --prepend-bos
    expect 0 "$PATCHGPT" predict --model demo --ids 1 --ids 1 --top 2 --top=2
}

@test "options: a third token is refused as one" {
    refused 2 "--tokens takes one or two tokens, but found \" White\" after two" "$PATCHGPT" --tokens " Smith" " Jones" " White"
    refused 2 "but found \"e\" after two" whole --json --tokens a d e f
    refused 2 "--tokens does not go with info" "$PATCHGPT" --tokens a b info
    refused 2 "there is no command \"e\"" "$PATCHGPT" --tokens a b --json e
}

@test "options: typographic quotes are refused as such" {
    local a
    refused 2 "“Michelle has typographic quotes" "$PATCHGPT" --clean “Michelle Jones was” --corrupt b --tokens c d
    refused 2 "‘Mary has typographic quotes" "$PATCHGPT" predict ‘Mary went’
    refused 2 "„Mary has typographic quotes" "$PATCHGPT" predict „Mary went“
    refused 2 "«Mary has typographic quotes" "$PATCHGPT" tokenize «Mary went»
    refused 2 "“Michelle” has typographic quotes" "$PATCHGPT" --clean “Michelle” --corrupt b --tokens c d
    refused 2 "”Smith” has typographic quotes" "$PATCHGPT" --clean a --corrupt b --tokens ”Smith” ”Jones”
    refused 2 "‘d’ has typographic quotes" "$PATCHGPT" --clean a --corrupt b --tokens c ‘d’
    refused 2 "“ has typographic quotes" "$PATCHGPT" predict “ Mary went ”
    for a in "“Mary went”" "“" "dogs’" "’tis" "“Mary" "“”"; do
        expect 0 "$PATCHGPT" tokenize --model demo --ids "$a"
    done
    expect 0 "$PATCHGPT" tokenize --model demo --ids -- “Mary”
}

@test "options: a dash in place of hyphens is refused as one" {
    refused 2 "–-model begins with a dash, not a hyphen: type --model instead" whole –-model demo
    refused 2 "—model=demo begins with a dash, not a hyphen: type --model=demo instead" whole —model=demo
    refused 2 "type --json instead" "$PATCHGPT" info −−json
    refused 2 "type -m instead" "$PATCHGPT" info –m demo
    refused 2 "–-json begins with a dash" "$PATCHGPT" --clean a --corrupt b --tokens c –-json
    refused 2 "—corrupt begins with a dash" "$PATCHGPT" --clean —corrupt b
    refused 2 "—frobnicate begins with a dash, and options begin with hyphens" "$PATCHGPT" —frobnicate
    expect 0 "$PATCHGPT" tokenize --model demo --ids "– no"
    expect 0 "$PATCHGPT" tokenize --model demo --ids —
}

@test "options: one hyphen in place of two is refused as such" {
    refused 2 "-model has one hyphen, and options of several letters have two: type --model instead" whole -model demo
    refused 2 "type --tokens instead" "$PATCHGPT" -tokens a b
    refused 2 "type --output=x instead" whole -output=x
    refused 2 "type --help instead" "$PATCHGPT" -help
    refused 2 "type --version instead" "$PATCHGPT" -version
    expect 0 "$PATCHGPT" tokenize -mdemo --ids -- -model
}

@test "options: an unknown option is refused, with the nearest one" {
    refused 2 "no option --nosing; did you mean --noising?" whole --nosing
    refused 2 "did you mean --tokens?" "$PATCHGPT" --toknes=a
    refused 2 "no option --frobnicate (see patchgpt --help)" whole --frobnicate
    refused 2 "no option -x" whole -x
    refused 2 "no option -q" whole -hq
    refused 2 "--tok could be --tokens or --token-ids" "$PATCHGPT" --tok a b
    refused 2 "--json takes no value" whole --json=yes
}

@test "options: an unknown command is refused, with the nearest one" {
    refused 2 "no command \"predcit\"; did you mean predict?" "$PATCHGPT" predcit text
    refused 2 "expected predict, tokenize, info" "$PATCHGPT" frobnicate
    refused 2 "a text with spaces needs quotes" "$PATCHGPT" --clean Michelle Jones
}

@test "options: a command takes one text, info takes no text" {
    refused 2 "predict takes one text" "$PATCHGPT" predict Michelle Jones
    refused 2 "tokenize takes one text" "$PATCHGPT" tokenize Michelle Jones
    refused 2 "info takes no text" "$PATCHGPT" info demo
    refused 2 "predict needs a text" "$PATCHGPT" predict
    refused 2 "tokenize needs a text" "$PATCHGPT" tokenize
    refused 2 "a text or --ids, not both" "$PATCHGPT" predict a --ids 1
}

@test "options: an option that does not go with the command is refused" {
    refused 2 "--clean does not go with predict" "$PATCHGPT" predict text --clean a
    refused 2 "--site does not go with predict" "$PATCHGPT" --site resid_post predict text
    refused 2 "--top does not go with tokenize" "$PATCHGPT" tokenize text --top 3
    refused 2 "--threads does not go with tokenize" "$PATCHGPT" tokenize text --threads 3
    refused 2 "--output does not go with info" "$PATCHGPT" info -o x
    refused 2 "--prepend-bos does not go with info" "$PATCHGPT" info --prepend-bos
    refused 2 "--ids does not go with an experiment" whole --ids 1
}

@test "options: an experiment without its texts or tokens is refused" {
    refused 2 "--clean is missing" "$PATCHGPT" --model demo
    refused 2 "--corrupt is missing" "$PATCHGPT" --clean a --tokens c d
    refused 2 "--tokens is missing" "$PATCHGPT" --clean a --corrupt b
    refused 2 "--tokens is missing" "$PATCHGPT" --clean-ids 1 --corrupt b
}

@test "options: a value that is missing is noticed, also when another option follows" {
    refused 2 "--corrupt takes a value, but nothing follows" "$PATCHGPT" --clean a --corrupt
    refused 2 "--model takes a value, but nothing follows" "$PATCHGPT" info -m
    refused 2 "--clean takes a value, but --corrupt follows" "$PATCHGPT" --clean --corrupt b --tokens c d
    refused 2 "--tokens takes a value, but nothing follows" "$PATCHGPT" --clean a --corrupt b --tokens
    refused 2 "--tokens takes a value, but --json follows" "$PATCHGPT" --clean a --corrupt b --tokens --json
    refused 2 "--ids takes token ids, but nothing follows" "$PATCHGPT" predict --ids
    refused 2 "--csv takes a name, but found an empty one" whole --csv ""
    refused 2 "--model takes a name" "$PATCHGPT" info --model=
}

@test "options: an input given as text and as ids is refused" {
    refused 2 "--clean and --clean-ids cannot both be given" whole --clean-ids 1
    refused 2 "--corrupt and --corrupt-ids cannot both be given" whole --corrupt-ids 1
    refused 2 "--tokens and --token-ids cannot both be given" whole --token-ids 1,2
}

@test "options: malformed ids are refused" {
    local ids
    for ids in "" "," "1," ",1" "1,,2" 1,x -1 1.5 0x10 99999999999 "1 2" 1e3; do
        refused 2 "--clean-ids takes token ids" "$PATCHGPT" --clean-ids="$ids" --corrupt-ids 1 --token-ids 1,2
        refused 2 "--ids takes token ids" "$PATCHGPT" predict --ids "$ids"
    done
    refused 2 "--token-ids takes one or two token ids, but found 3" "$PATCHGPT" --clean a --corrupt b --token-ids 1,2,3
    refused 2 "--ids of tokenize takes no value" "$PATCHGPT" tokenize a --ids=1
}

@test "options: numbers and ranges are read whole or refused" {
    local value
    for value in "" 0 -1 1.5 x 1x "1 " 99999999999; do
        refused 2 "--top takes a whole number" whole --top="$value"
        refused 2 "--threads takes a whole number from 1 to" whole --threads="$value"
    done
    for value in "" x 1- 1-x 1-2-3 "1," ,1 1,,2 "1 2" 1.5 --1 99999999999 1-99999999999; do
        refused 2 "--layers takes numbers and ranges" whole --layers="$value"
        # 1.5 is head 5 of layer 1
        [ "$value" = 1.5 ] || refused 2 "--heads takes numbers and ranges" whole --site z --heads="$value"
        refused 2 "--positions takes numbers and ranges" whole --positions="$value"
    done
    refused 2 "--layers takes numbers and ranges" whole --layers diff
    for value in "" x 1- 1,2 1-2 diff 99999999999; do
        refused 2 "--read-position takes a position" whole --read-position="$value"
    done
    for value in "" x -1 -0 nan inf 1e999 0x1 1,5 "1 "; do
        refused 2 "--tolerance takes a number of 0 or more" whole --check x.csv --tolerance="$value"
    done
    for value in "" x nan inf 1e999 0x1 1,5 "1 "; do
        refused 2 "--vmin takes a number" whole --vmin="$value"
        refused 2 "--vmax takes a number" whole --vmax="$value"
        refused 2 "--center takes a number" whole --center="$value"
    done
}

@test "options: names that are unknown are refused, with those that are known" {
    refused 2 "expected resid_pre, resid_mid, resid_post," whole --site frobnicate
    refused 2 "expected logit_diff, logit, logprob, prob, kl or loss" whole --metric frobnicate
    refused 2 "expected viridis, rdbu, magma or greys" whole --colormap frobnicate
}

@test "options: the beginning of a name is accepted if it is unique, else the names are listed" {
    refused 2 "did you mean attn_out?" whole --site attn
    refused 2 "did you mean resid_pre?" whole --site hook_resid_pre
    refused 2 "--site: unknown name \"all\", expected resid_pre, resid_mid, resid_post," whole --site all
    refused 2 "there is no option --title (see patchgpt --help)" whole --title x
}

@test "options: standard output takes one thing" {
    refused 2 "--csv - and --png - cannot both" whole --csv - --png -
    refused 2 "--json and --csv - cannot both" whole --csv - --json
    refused 2 "--json and --png - cannot both" whole --png - --json
    refused 2 "--output names two files" whole --output -
    refused 2 "--quiet and --json contradict" whole --quiet --json
    refused 2 "--ids and --json contradict" "$PATCHGPT" tokenize a --ids --json
}

@test "options: options without effect are refused" {
    refused 2 "--tolerance is for --check FILE" whole --tolerance 1
    refused 2 "--colormap is for the picture" whole --csv x.csv --colormap rdbu
    refused 2 "--colormap is for the picture" whole --check x.csv --colormap rdbu
    refused 2 "--prepend-bos goes with texts" "$PATCHGPT" --clean-ids 1 --corrupt b --tokens c d --prepend-bos
    refused 2 "--prepend-bos goes with a text" "$PATCHGPT" predict --ids 1 --prepend-bos
    refused 2 "--top is for the report, and --quiet prints none" whole --quiet --top 3
    refused 2 "--top is for the report, and --csv - prints none" whole --csv - --top 3
}
