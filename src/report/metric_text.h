/* metric_text.h: what an experiment measures, and where it patches, in words. */
#ifndef REPORT_METRIC_TEXT_H
#define REPORT_METRIC_TEXT_H

#include "patch/question.h"

struct words {
    char text[512];
};

/* A metric in words, with its tokens. */
struct formula {
    char text[1024];
};

/* The metric of one pair or of sets that are written a and b (NULL for a metric of one token or
 * set): logit("A") - logit("B"), log p("A"), KL(clean || run), ... minus is the minus sign. */
struct formula metric_formula(enum pg_metric metric, const char *a, const char *b,
                              const char *minus);

/* The same of a pair of the model's tokens. */
struct formula pair_formula(const struct pg_model *model, enum pg_metric metric,
                            const struct pg_pair *pair, const char *minus);

/* The same of what is asked: its first pair, or its sets, p("A", ..., "Z": 67 tokens). The metric
 * of more than one logit is "mean logit". */
struct formula question_formula(const struct pg_model *model, const struct question *question,
                                const char *minus);

/* The number of tokens or sets that the metric compares: 0, 1 or 2. */
int metric_tokens(const struct question *question);

/* The name of the quantity that a metric of n_tokens tokens or sets is: "logit difference",
 * "probability", "KL divergence (nats)", ... */
const char *metric_quantity(enum pg_metric metric, int n_tokens);

/* The sites with commas between them: "resid_pre,attn_out". */
struct words site_names(const struct pg_result *result);

#endif
