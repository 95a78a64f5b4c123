/* spec_metric.c: the tokens of a spec's metric: whether they go together, and with it. See
 * spec.h. */
#include "spec/spec.h"

/* The name of the first field of sets that is given, or NULL. */
static const char *name_of_sets(const struct spec *s) {
    return s->answers.count          ? spec_name(s, SPEC_ANSWERS)
           : s->answer_ids.ids       ? spec_name(s, SPEC_ANSWER_IDS)
           : s->wrong_answers.count  ? spec_name(s, SPEC_WRONG_ANSWERS)
           : s->wrong_answer_ids.ids ? spec_name(s, SPEC_WRONG_ANSWER_IDS)
                                     : NULL;
}

/* The name of the field of pairs that is given, or NULL. */
static const char *name_of_pairs(const struct spec *s) {
    return s->tokens.count      ? spec_name(s, SPEC_TOKENS)
           : s->token_ids.count ? spec_name(s, SPEC_TOKEN_IDS)
                                : NULL;
}

bool spec_has_sets(const struct spec *s) {
    return name_of_sets(s);
}

bool spec_has_tokens(const struct spec *s) {
    return name_of_pairs(s) || name_of_sets(s);
}

bool spec_has_token_texts(const struct spec *s) {
    return s->tokens.count || s->answers.count || s->wrong_answers.count;
}

/* ---- pairs ---- */

/* Whether all pairs have one token, or all have two: the mean over both kinds has no meaning. */
static bool check_equally_many(const struct spec *s, struct pg_error *err) {
    const size_t n = s->tokens.count + s->token_ids.count;
    size_t two = 0;
    for (size_t i = 0; i < s->tokens.count; i++) two += s->tokens.items[i].b != NULL;
    for (size_t i = 0; i < s->token_ids.count; i++) two += s->token_ids.items[i].b >= 0;
    if (!two || two == n) return true;
    return fail(err,
                "%s has pairs of one token and of two, and the mean of %s %s over both has no "
                "meaning",
                spec_name(s, s->tokens.count ? SPEC_TOKENS : SPEC_TOKEN_IDS),
                spec_name(s, SPEC_METRIC), pg_metric_name(s->metric));
}

/* Whether all pairs have two tokens. */
static bool check_two(const struct spec *s, struct pg_error *err) {
    const char *metric = pg_metric_name(s->metric);
    for (size_t i = 0; i < s->tokens.count; i++)
        if (!s->tokens.items[i].b)
            return fail(err, "%s %s takes two tokens, but %s has one, \"%s\"",
                        spec_name(s, SPEC_METRIC), metric, spec_name(s, SPEC_TOKENS),
                        s->tokens.items[i].a);
    for (size_t i = 0; i < s->token_ids.count; i++)
        if (s->token_ids.items[i].b < 0)
            return fail(err, "%s %s takes two tokens, but %s has one, %d",
                        spec_name(s, SPEC_METRIC), metric, spec_name(s, SPEC_TOKEN_IDS),
                        s->token_ids.items[i].a);
    return true;
}

static bool check_pairs(const struct spec *s, struct pg_error *err) {
    if (!spec_check_input(s, SPEC_TOKENS, s->tokens.count, SPEC_TOKEN_IDS, s->token_ids.count, err))
        return false;
    if (pg_metric_max_tokens(s->metric) < 2) return true;
    return pg_metric_min_tokens(s->metric) < 2 ? check_equally_many(s, err) : check_two(s, err);
}

/* ---- sets ---- */

/* Whether a set is given as texts or as ids, not as both. */
static bool check_once(const struct spec *s, enum spec_field text, bool has_text,
                       enum spec_field ids, bool has_ids, struct pg_error *err) {
    return !has_text || !has_ids ||
           fail(err, "%s and %s cannot both be given", spec_name(s, text), spec_name(s, ids));
}

/* Whether the metric takes sets of tokens, and both where it needs both. */
static bool check_metric_of_sets(const struct spec *s, struct pg_error *err) {
    const char *name = spec_name(s, SPEC_METRIC), *metric = pg_metric_name(s->metric);
    if (pg_metric_max_tokens(s->metric) < 2)
        return fail(err, "%s %s is of one token, so %s does not go with it; %s logprob takes sets",
                    name, metric, name_of_sets(s), name);
    if (pg_metric_min_tokens(s->metric) < 2 || s->wrong_answers.count || s->wrong_answer_ids.ids)
        return true;
    return fail(err, "%s %s needs %s too; logit, logprob and prob take %s alone", name, metric,
                spec_name(s, s->answers.count ? SPEC_WRONG_ANSWERS : SPEC_WRONG_ANSWER_IDS),
                name_of_sets(s));
}

static bool check_sets(const struct spec *s, struct pg_error *err) {
    const bool right = s->answers.count || s->answer_ids.ids;
    if (name_of_pairs(s))
        return fail(err, "%s is of pairs of tokens and %s of sets of them; give one of the two",
                    name_of_pairs(s), name_of_sets(s));
    if (!check_once(s, SPEC_ANSWERS, s->answers.count, SPEC_ANSWER_IDS, s->answer_ids.ids, err) ||
        !check_once(s, SPEC_WRONG_ANSWERS, s->wrong_answers.count, SPEC_WRONG_ANSWER_IDS,
                    s->wrong_answer_ids.ids, err))
        return false;
    if (!right)
        return fail(err, "%s is missing: %s is subtracted from it",
                    spec_name(s, s->wrong_answers.count ? SPEC_ANSWERS : SPEC_ANSWER_IDS),
                    name_of_sets(s));
    return check_metric_of_sets(s, err);
}

bool spec_check_metric(const struct spec *s, struct pg_error *err) {
    const bool given = spec_has_tokens(s);
    const int max = pg_metric_max_tokens(s->metric);
    if (!max && given)
        return fail(err, "%s %s compares whole distributions, so %s does not go with it",
                    spec_name(s, SPEC_METRIC), pg_metric_name(s->metric),
                    name_of_pairs(s) ? name_of_pairs(s) : name_of_sets(s));
    if (!max || (spec_has_noise(s) && !given)) return true;
    return spec_has_sets(s) ? check_sets(s, err) : check_pairs(s, err);
}
