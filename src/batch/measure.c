/* measure.c: see measure.h. */
#include "batch/measure.h"

#include <string.h>

static const char *const of_two[PG_N_METRICS] = {
    [PG_LOGPROB] = "logprob_diff",
    [PG_PROB] = "prob_diff",
};

struct measure measure_of(const struct pg_request *request) {
    const bool two = request->n_pairs && request->pairs[0].b >= 0;
    if (two && request->metric == PG_LOGIT) return (struct measure){PG_LOGIT_DIFF, false};
    return (struct measure){request->metric, two && of_two[request->metric]};
}

const char *measure_name(struct measure measure) {
    return measure.of_two ? of_two[measure.metric] : pg_metric_name(measure.metric);
}

bool measure_parse(const char *name, struct measure *out) {
    for (int i = 0; i < 2 * PG_N_METRICS; i++) {
        *out = (struct measure){(enum pg_metric)(i / 2), i % 2};
        const char *found = measure_name(*out);
        if (found && !strcmp(found, name)) return true;
    }
    return false;
}

bool measure_same(struct measure a, struct measure b) {
    return a.metric == b.metric && a.of_two == b.of_two;
}
