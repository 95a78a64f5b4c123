/* metric.c: see metric.h. */
#include "patch/metric.h"

const char *pg_metric_name(enum pg_metric metric) {
    static const char *const names[PG_N_METRICS] = {[PG_LOGIT_DIFF] = "logit_diff"};
    return names[metric];
}

float metric_value(enum pg_metric metric, const float *logits) {
    switch (metric) {
    case PG_LOGIT_DIFF:
        return logits[0] - logits[1];
    case PG_N_METRICS:
        break;
    }
    return 0;
}
