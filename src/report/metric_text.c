/* metric_text.c: see metric_text.h. */
#include "report/metric_text.h"

#include "model/shown_token.h"

#include <stdio.h>
#include <string.h>

/* The metric of tokens or sets written a and b, with f the function of one of them. */
static struct formula formula_of(enum pg_metric metric, const char *f, const char *a, const char *b,
                                 const char *minus) {
    struct formula w;
    if (metric == PG_KL)
        snprintf(w.text, sizeof w.text, "KL(clean || run)");
    else if (metric == PG_LOSS)
        snprintf(w.text, sizeof w.text, "%s%s(%s)", minus, f, a);
    else if (b)
        snprintf(w.text, sizeof w.text, "%s(%s) %s %s(%s)", f, a, minus, f, b);
    else
        snprintf(w.text, sizeof w.text, "%s(%s)", f, a);
    return w;
}

struct formula metric_formula(enum pg_metric metric, const char *a, const char *b,
                              const char *minus) {
    static const char *const functions[PG_N_METRICS] = {
        [PG_LOGIT_DIFF] = "logit", [PG_LOGIT] = "logit", [PG_LOGPROB] = "log p",
        [PG_PROB] = "p",           [PG_LOSS] = "log p",
    };
    return formula_of(metric, functions[metric], a, b, minus);
}

struct formula pair_formula(const struct pg_model *model, enum pg_metric metric,
                            const struct pg_pair *pair, const char *minus) {
    const struct shown_token a = show_token(model, pair->a, TOKEN_QUOTED);
    if (pair->b < 0) return metric_formula(metric, a.text, NULL, minus);
    return metric_formula(metric, a.text, show_token(model, pair->b, TOKEN_QUOTED).text, minus);
}

/* "A"; "A", "B", "C"; of more tokens the first and the last: "A", ..., "Z": 67 tokens. */
static struct words set_words(const struct pg_model *model, const struct pg_tokens *set) {
    struct words w = {""};
    size_t used = 0;
    const bool all = set->count <= 3;
    for (size_t i = 0; i < (all ? set->count : 1); i++)
        used += (size_t)snprintf(w.text + used, sizeof w.text - used, "%s%s", i ? ", " : "",
                                 show_token(model, set->ids[i], TOKEN_QUOTED).text);
    if (!all)
        snprintf(w.text + used, sizeof w.text - used, ", \u2026, %s: %zu tokens",
                 show_token(model, set->ids[set->count - 1], TOKEN_QUOTED).text, set->count);
    return w;
}

static struct formula sets_formula(const struct pg_model *model, const struct question *q,
                                   const char *minus) {
    const struct words a = set_words(model, &q->answers), b = set_words(model, &q->wrong_answers);
    const char *wrong = q->wrong_answers.count ? b.text : NULL;
    const bool logit = q->metric == PG_LOGIT || q->metric == PG_LOGIT_DIFF;
    const bool several = q->answers.count > 1 || q->wrong_answers.count > 1;
    return logit && several ? formula_of(q->metric, "mean logit", a.text, wrong, minus)
                            : metric_formula(q->metric, a.text, wrong, minus);
}

struct formula question_formula(const struct pg_model *model, const struct question *q,
                                const char *minus) {
    if (question_has_sets(q)) return sets_formula(model, q, minus);
    if (q->n_pairs) return pair_formula(model, q->metric, q->pairs, minus);
    return metric_formula(q->metric, NULL, NULL, minus);
}

int metric_tokens(const struct question *q) {
    return question_is_difference(q) ? 2 : question_has_tokens(q);
}

const char *metric_quantity(enum pg_metric metric, int n_tokens) {
    static const char *const names[PG_N_METRICS][2] = {
        [PG_LOGIT_DIFF] = {"logit difference", "logit difference"},
        [PG_LOGIT] = {"logit", "logit difference"},
        [PG_LOGPROB] = {"log probability", "log probability difference"},
        [PG_PROB] = {"probability", "probability difference"},
        [PG_KL] = {"KL divergence (nats)", "KL divergence (nats)"},
        [PG_LOSS] = {"loss (nats)", "loss (nats)"},
    };
    return names[metric][n_tokens == 2];
}

struct words site_names(const struct pg_result *result) {
    struct words w = {0};
    for (size_t i = 0; i < result->n_sites; i++) {
        if (i > 0) strcat(w.text, ",");
        strcat(w.text, pg_site_name(result->sites[i]));
    }
    return w;
}
