/* measure.c: see measure.h. */
#include "batch/measure.h"

#include "patch/question.h"

#include <string.h>

static const char
    *const of_two[PG_N_METRICS] = {[PG_LOGPROB] = "logprob_diff", [PG_PROB] = "prob_diff"},
           *const of_set[PG_N_METRICS] =
               {[PG_LOGIT] = "logit_set", [PG_LOGPROB] = "logprob_set", [PG_PROB] = "prob_set"},
           *const of_sets[PG_N_METRICS] = {
               [PG_LOGIT] = "logit_sets", [PG_LOGPROB] = "logprob_sets", [PG_PROB] = "prob_sets"};

struct measure measure_of(const struct pg_request *request) {
    const struct question q = question_of(request);
    const bool two = question_is_difference(&q);
    const enum pg_metric metric = q.metric;
    if (question_has_sets(&q))
        return (struct measure){metric == PG_LOGIT_DIFF ? PG_LOGIT : metric, two, true};
    if (two && metric == PG_LOGIT) return (struct measure){PG_LOGIT_DIFF, false, false};
    return (struct measure){metric, two && of_two[metric], false};
}

const char *measure_name(struct measure m) {
    if (m.of_sets) return m.of_two ? of_sets[m.metric] : of_set[m.metric];
    return m.of_two ? of_two[m.metric] : pg_metric_name(m.metric);
}

bool measure_parse(const char *name, struct measure *out) {
    for (int i = 0; i < 4 * PG_N_METRICS; i++) {
        *out = (struct measure){(enum pg_metric)(i / 4), i % 2, i / 2 % 2};
        const char *found = measure_name(*out);
        if (found && !strcmp(found, name)) return true;
    }
    return false;
}

bool measure_same(struct measure a, struct measure b) {
    return a.metric == b.metric && a.of_two == b.of_two && a.of_sets == b.of_sets;
}
