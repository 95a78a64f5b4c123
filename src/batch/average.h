/* average.h: one number over the experiments of a batch: how many have it, its mean, the standard
 * error of the mean, and the mean's 95 % interval, which bootstrap.h makes. */
#ifndef BATCH_AVERAGE_H
#define BATCH_AVERAGE_H

#include "base/number.h"

/* Zeroed: not known. */
struct interval {
    bool known;
    float low, high;
};

/* Mean and sum of squared deviations of the numbers so far, by Welford's method. Begins zeroed. */
struct average {
    size_t count;
    double mean, squares;
    struct interval interval;
};

void average_add(struct average *average, double x);

/* The standard error of the mean; NaN of fewer than two numbers. */
double average_error(const struct average *average);

/* The fields of a table that an average has, in this order. */
enum average_field {
    AVERAGE_COUNT,
    AVERAGE_MEAN,
    AVERAGE_ERROR,
    AVERAGE_LOW,
    AVERAGE_HIGH,
    N_AVERAGE_FIELDS
};

/* Their texts; empty where there are too few numbers, or the interval is not known. */
struct average_texts {
    char of[N_AVERAGE_FIELDS][NUMBER_SIZE];
};
struct average_texts average_texts(const struct average *average);

#endif
