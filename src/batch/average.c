/* average.c: see average.h. */
#include "batch/average.h"

#include <math.h>
#include <stdio.h>

void average_add(struct average *a, double x) {
    const double before = x - a->mean;
    a->count++;
    a->mean += before / (double)a->count;
    a->squares += before * (x - a->mean);
}

double average_error(const struct average *a) {
    if (a->count < 2) return (double)NAN;
    return sqrt(a->squares / (double)(a->count - 1) / (double)a->count);
}

struct average_texts average_texts(const struct average *a) {
    struct average_texts t = {0};
    snprintf(t.of[AVERAGE_COUNT], NUMBER_SIZE, "%zu", a->count);
    if (a->count > 0) number_format((float)a->mean, t.of[AVERAGE_MEAN]);
    if (a->count > 1) number_format((float)average_error(a), t.of[AVERAGE_ERROR]);
    if (!a->interval.known) return t;
    number_format(a->interval.low, t.of[AVERAGE_LOW]);
    number_format(a->interval.high, t.of[AVERAGE_HIGH]);
    return t;
}
