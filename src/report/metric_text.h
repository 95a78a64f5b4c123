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

/* What the numbers are: "logit difference", "probability", "KL divergence (nats)". */
const char *metric_quantity(const struct pg_result *result);

/* The sites with commas between them: "resid_pre,attn_out". */
struct words site_names(const struct pg_result *result);

#endif
