# sites.bats: which patches are made (--site, --layers, --heads, --positions) and what is measured (--metric,
# several --tokens, --read-position). The numbers are tested by the unit tests.
# shellcheck shell=bash disable=SC2154 # $output and its like come from the helper

load helper
load tiny

setup_file() { make_tiny_models; }
setup() { make_scratch && find_tiny_models && need_patchgpt; }
teardown() { remove_scratch; }

# measure [OPTION…]: the experiment of patch, without tokens.
measure() { "$PATCHGPT" --model tiny --clean abcd --corrupt aXcd "$@"; }

# rows TABLE SITE: the number of rows of the site in the table.
rows() { grep -c "^$2," "$1"; }

# tables NAME…: the tables one after the other, under one header.
tables() { cat "$1.csv" && shift && { [ $# -eq 0 ] || tail -qn +2 "${@/%/.csv}"; }; }

# ---- sites ----

@test "sites: every site has its rows" {
    local site
    for site in resid_pre resid_mid resid_post attn_out mlp_out; do
        expect 0 patch --site "$site" --csv "$site.csv"
        assert_equal "$(rows "$site.csv" "$site"),$(grep -c "^$site,1,,3,100,100,d,d," "$site.csv")" 8,1
    done
    for site in z q k v pattern; do
        expect 0 patch --site "$site" --csv "$site.csv"
        assert_equal "$(rows "$site.csv" "$site"),$(grep -c "^$site,1,1,3,100,100,d,d," "$site.csv")" 16,1
        expect 0 patch --site "${site}_all" --csv "${site}_all.csv"
        assert_equal "$(rows "${site}_all.csv" "${site}_all"),$(grep -c "^${site}_all,1,1,,,," "${site}_all.csv")" 4,1
    done
    [ "$(cat ./*.csv | cut -d, -f9 | sort -u | wc -l)" -gt 40 ] || complain "the values are the same"
}

@test "sites: the rows of several sites follow one another, in both directions" {
    local site direction
    for direction in "" --noising; do
        for site in z_all q_all k_all v_all pattern_all resid_pre attn_out mlp_out z; do
            expect 0 patch --site $site --csv $site.csv $direction
        done
        expect 0 patch --site heads -o all $direction
        assert_contains "$output" "20 patches of z_all,q_all,k_all,v_all,pattern_all, "
        tables z_all q_all k_all v_all pattern_all | cmp - all.csv
        expect 0 patch --site z,block,q_all --csv all.csv $direction
        tables z resid_pre attn_out mlp_out q_all | cmp - all.csv
    done
    expect 0 patch --site z,block --csv out.csv --json
    assert_equal "$(json 'j["site"], j["patches"]')" "('z,resid_pre,attn_out,mlp_out', 40)"
}

@test "sites: the lists are rows of the whole table" {
    local options
    expect 0 patch --csv all.csv
    for options in "--layers 0-1 --positions 0-3" "--layers -2--1 --positions 3,0-2,1" "--layers 0--1"; do
        # shellcheck disable=SC2086 # the options are words
        expect 0 patch --csv part.csv $options
        cmp all.csv part.csv
    done
    expect 0 patch --csv part.csv --positions diff,-1 --layers -1
    assert_contains "$output" "2 patches of"
    { head -n 1 all.csv && grep -E '^resid_post,1,,[13],' all.csv; } | cmp - part.csv
    expect 0 patch --site z,resid_mid,v_all --csv all.csv
    expect 0 patch --site z,resid_mid,v_all --heads -1 --positions 0,2 -o part
    { head -n 1 all.csv && grep -E '^z,.,1,[02],|^resid_mid,.,,[02],|^v_all,.,1,' all.csv; } | cmp - part.csv
}

@test "sites: lists beyond the model or the texts are refused, with the range" {
    refused 1 "--layers 1-2: there is no layer 2, expected 0 to 1, or -1 to -2" patch --layers 1-2
    refused 1 "--heads -3: there is no head -3, expected 0 to 1, or -1 to -2" patch --heads -3 --site z
    refused 1 "--positions 4: there is no position 4, expected 0 to 3, or -1 to -4" patch --positions 4
    refused 1 "--positions -1-2: the range from 3 to 2 is empty" patch --positions -1-2
    refused 1 "--positions diff selects nothing: the texts do not differ" patch --positions diff --corrupt abcd
}

@test "sites: malformed lists of sites or numbers are refused" {
    refused 2 "--site z,q,z has z twice" patch --site z,q,z
    refused 2 "--site block,resid_pre has resid_pre twice" patch --site block,resid_pre
    refused 2 "--site heads,heads has z_all twice" patch --site heads,heads
    refused 2 "--site takes names with commas between them, but found \"z,\"" patch --site z,
    refused 2 "--site takes names with commas between them, but found \"\"" patch --site ""
    refused 2 "did you mean pattern_all?" patch --site z,patern_all
    refused 2 "--layers 5-2: the range from 5 to 2 is empty" patch --layers 5-2
    refused 2 "--positions 0,-1--3: the range from -1 to -3 is empty" patch --positions 0,-1--3
}

@test "sites: heads and positions need a site that has them" {
    refused 2 "--heads is for sites that have heads" patch --heads 0
    refused 2 "--heads is for sites that have heads" patch --heads 0 --site block
    refused 2 "--positions is for sites that are patched one position at a time" patch --positions 0 --site heads
}

# ---- metrics ----

@test "metrics: the metrics agree with each other" {
    local metric
    for metric in logit logprob prob loss; do
        expect 0 measure --metric $metric --tokens y --csv $metric.csv
    done
    expect 0 measure --metric logit --tokens n --csv n.csv
    expect 0 patch --csv diff.csv
    expect 0 patch --metric logit --csv logit2.csv
    expect 0 patch --metric prob --csv prob2.csv
    expect 0 patch --metric loss --csv loss2.csv
    assert_equal "$errors" 'patchgpt: warning: --metric loss uses only the first token, not "n"'
    expect 0 measure --metric kl --csv kl.csv --json
    cmp diff.csv logit2.csv
    cmp loss.csv loss2.csv
    python3 - .stdout <<'END'
import csv, json, math, sys
read = lambda name: [float(row["value"]) for row in csv.DictReader(open(name + ".csv"))]
near = lambda a, b: all(abs(x - y) < 1e-5 for x, y in zip(a, b, strict=True))
logit, logprob, prob, loss, n, diff = map(read, ("logit", "logprob", "prob", "loss", "n", "diff"))
assert near(diff, [a - b for a, b in zip(logit, n)])
assert near(prob, [math.exp(x) for x in logprob])
assert near(loss, [-x for x in logprob])
assert near(read("prob2"), [p - p * math.exp(b - a) for p, a, b in zip(prob, logit, n)])
report = json.load(open(sys.argv[1]))
assert report["pairs"] == [] and report["metric"] == "kl"
assert abs(report["clean"]["metric"]) < 1e-6 < report["corrupt"]["metric"] and min(read("kl")) > -1e-6
END
}

@test "metrics: the report describes the metric in words" {
    local case
    for case in 'logit|logit("y") - logit("n")' 'logprob|log p("y") - log p("n")' 'prob|p("y") - p("n")' 'loss|-log p("y")'; do
        expect 0 patch --metric "${case%%|*}" --csv out.csv
        assert_equal "$(grep -c "^ *${case#*|}  most probable$" .stdout)" 1
        assert_equal "$(grep -cE '^(clean|corrupted) +-?[0-9]+\.[0-9]{4}  ".+" \(0\.[0-9]{4}\)$' .stdout)" 2
    done
    expect 0 measure --csv out.csv --metric logit --tokens y
    assert_contains "$output" '  logit("y")  most probable'
    expect 0 measure --csv out.csv --metric kl
    assert_contains "$output" "KL(clean || run)  most probable"
}

@test "metrics: several pairs of tokens are a mean" {
    expect 0 patch --csv one.csv
    expect 0 measure --csv two.csv --tokens 1 -
    expect 0 patch --tokens 1 - -o mean
    assert_contains "$output" 'mean over 2 pairs
           logit("y") - logit("n")
           logit("1") - logit("-")'
    python3 - <<'END'
import csv
one, two, mean = ([float(r["value"]) for r in csv.DictReader(open(n))] for n in ("one.csv", "two.csv", "mean.csv"))
assert all(abs((a + b) / 2 - m) < 1e-5 for a, b, m in zip(one, two, mean, strict=True))
END
    expect 0 "$PATCHGPT" --model ids --clean-ids 97,98,99,100 --corrupt-ids 97,88,99,100 --token-ids 121,110 \
        --token-ids 49,45 --csv ids.csv --json
    assert_equal "$(json '[[t["id"] for t in p] for p in j["pairs"]]')" "[[121, 110], [49, 45]]"
    cut -d, -f9 mean.csv | cmp - <(cut -d, -f9 ids.csv)
}

@test "metrics: the tokens are those that the metric takes" {
    refused 2 "--metric logit_diff takes two tokens, but --tokens has one, \"y\"" measure --tokens y
    refused 2 "--tokens has one, \"e\"" patch --tokens e --json
    refused 2 "--token-ids has one, 7" measure --token-ids 1,2 --token-ids 7
    refused 2 "--metric kl compares whole distributions, so --tokens does not go with it" patch --metric kl
    refused 2 "so --token-ids does not go with it" measure --token-ids 1 --metric kl
    refused 2 "--tokens is missing" measure --metric loss
    refused 1 "twice the token \"y\" (121)" patch --tokens y y
}

@test "metrics: after a token a word like an option is an option, others are tokens" {
    refused 1 "found 2 tokens, -|-, in \"--\"" patch --tokens - --
    refused 1 "found 6 tokens, -|-|j|s|o|n, in \"--json\"" patch --tokens=--json y
    expect 0 measure --metric prob --tokens y -o out
    assert_contains "$output" '  p("y")  '
    expect 0 measure --tokens - = --csv out.csv
    assert_contains "$output" 'logit("-") - logit("=")'
}

@test "metrics: a metric can be read after another position, and later patches do nothing" {
    expect 0 patch --read-position 2 --csv out.csv --json
    assert_equal "$(json 'j["read_position"]')" 2
    cp .stdout two
    expect 0 patch --read-position -2 --csv out.csv
    assert_contains "$output" "most probable after position 2 of the clean text"
    expect 0 "$PATCHGPT" --model tiny --clean abc --corrupt aXc --tokens y n --csv short.csv --json
    assert_equal "$(json 'j["clean"]["metric"], j["corrupt"]["top"]')" \
        "$(python3 -c 'import json; j = json.load(open("two")); print((j["clean"]["metric"], j["corrupt"]["top"]))')"
    grep -v ',3,100,100,d,d,' out.csv | cmp - short.csv
    assert_equal "$(grep ',3,100,100,d,d,' out.csv | cut -d, -f10 | sort -u)" 0
}

@test "metrics: a read position beyond the texts is refused" {
    refused 1 "--read-position 4: there is no such position, expected 0 to 3, or -1 to -4" patch --read-position 4
    refused 1 "--read-position -5: there is no such position" patch --read-position -5
}
