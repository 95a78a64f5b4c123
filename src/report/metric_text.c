/* metric_text.c: see metric_text.h. */
#include "report/metric_text.h"

#include <stdio.h>
#include <string.h>

struct words metric_formula(enum pg_metric metric, const char *a, const char *b,
                            const char *minus) {
    static const char *const functions[PG_N_METRICS] = {
        [PG_LOGIT_DIFF] = "logit", [PG_LOGIT] = "logit", [PG_LOGPROB] = "log p",
        [PG_PROB] = "p",           [PG_LOSS] = "log p",
    };
    const char *f = functions[metric];
    struct words w;
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

int metric_tokens(const struct pg_result *result) {
    for (size_t i = 0; i < result->n_pairs; i++)
        if (result->pairs[i].b >= 0) return 2;
    return result->n_pairs > 0;
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
