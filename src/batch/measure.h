/* measure.h: what an experiment measures, so that only numbers of one measure are averaged: the
 * metric, and, where that takes one or two tokens, whether it has two. The name of a measure of two
 * tokens ends in "_diff"; logit of two tokens is logit_diff. That of answers and wrong answers, or
 * of answers alone, ends in "_sets" or "_set". patch/metric.h computes the numbers. */
#ifndef BATCH_MEASURE_H
#define BATCH_MEASURE_H

#include "patchgpt.h"

struct measure {
    enum pg_metric metric;
    bool of_two; /* of two tokens or sets, where the metric also takes one */
    bool of_sets;
};

/* The measure of a request, whose pairs all have one token or all have two; or of its sets. */
struct measure measure_of(const struct pg_request *request);

/* "logit_diff", "prob", "prob_diff", "prob_sets", ...; NULL if the measure does not exist. Static
 * memory. */
const char *measure_name(struct measure measure);

/* Reads a name. False if no measure has it. */
bool measure_parse(const char *name, struct measure *out);

bool measure_same(struct measure a, struct measure b);

#endif
