/* measure.h: what an experiment measures, as far as its numbers may be averaged with those of
 * others: its metric, and, where that can be of one token, whether it is of two. The name of the
 * latter ends in "_diff"; logit of two tokens is logit_diff. How a number is computed is
 * patch/metric.h's. */
#ifndef BATCH_MEASURE_H
#define BATCH_MEASURE_H

#include "patchgpt.h"

struct measure {
    enum pg_metric metric;
    bool of_two; /* false where the metric is always of two */
};

/* What a request measures. Its pairs have equally many tokens. */
struct measure measure_of(const struct pg_request *request);

/* "logit_diff", "prob", "prob_diff", ...; NULL if there is no such measure. */
const char *measure_name(struct measure measure);

/* Reads a name. False if there is no such measure. */
bool measure_parse(const char *name, struct measure *out);

bool measure_same(struct measure a, struct measure b);

#endif
