/* metric.h: the number that is read off a run's last position. */
#ifndef PATCH_METRIC_H
#define PATCH_METRIC_H

#include "base/error.h"

/* The metric's value from the logits of its tokens, in the order of pg_request.tokens. */
float metric_value(enum pg_metric metric, const float *logits);

#endif
