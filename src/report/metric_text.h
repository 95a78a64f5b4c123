/* metric_text.h: what an experiment measures, and where it patches, in words. */
#ifndef REPORT_METRIC_TEXT_H
#define REPORT_METRIC_TEXT_H

#include "patchgpt.h"

struct words {
    char text[512];
};

/* logit("A") - logit("B"), log p("A"), KL(clean || run), ...: the metric of one pair, whose tokens are
 * written a and b; b is NULL if it has one. minus: how a minus sign is written. */
struct words metric_formula(enum pg_metric metric, const char *a, const char *b, const char *minus);

/* How many tokens the metric of a result has: 2 if one of its pairs has as many. */
int metric_tokens(const struct pg_result *result);

/* What the numbers of a metric with n_tokens tokens are: "logit difference", "probability", "KL
 * divergence (nats)". */
const char *metric_quantity(enum pg_metric metric, int n_tokens);

/* What stands above a picture and beside its colour bar. */
struct picture_words {
    char title[1024], bar[128];
};

/* Of a metric with n_tokens tokens. formula: what metric_formula makes of it, NULL for experiments with
 * several; of: which mean it is, or "". */
struct picture_words picture_words(enum pg_metric metric, int n_tokens, enum pg_show show,
                                   const char *formula, const char *of);

/* The sites with commas between them: "resid_pre,attn_out". */
struct words site_names(const struct pg_result *result);

#endif
