/* metric_text.h: what an experiment measures, and where it patches, in words. */
#ifndef REPORT_METRIC_TEXT_H
#define REPORT_METRIC_TEXT_H

#include "patchgpt.h"

struct words {
    char text[512];
};

/* The metric of one pair, whose tokens are written a and b (NULL for a metric of one token):
 * logit("A") - logit("B"), log p("A"), KL(clean || run), ... minus is the minus sign. */
struct words metric_formula(enum pg_metric metric, const char *a, const char *b, const char *minus);

/* The number of tokens in the pairs of a result's metric: 0, 1 or 2. */
int metric_tokens(const struct pg_result *result);

/* The name of the quantity that a metric of n_tokens tokens is: "logit difference", "probability",
 * "KL divergence (nats)", ... */
const char *metric_quantity(enum pg_metric metric, int n_tokens);

/* The sites with commas between them: "resid_pre,attn_out". */
struct words site_names(const struct pg_result *result);

#endif
