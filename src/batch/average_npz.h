/* average_npz.h: averages as arrays of a .npz file. Which averages, and of what, is mean_npz.h's
 * and mean_reading_npz.h's. */
#ifndef BATCH_AVERAGE_NPZ_H
#define BATCH_AVERAGE_NPZ_H

#include "batch/average.h"
#include "report/npz.h"

/* An average, and its index in an array. */
struct placed_average {
    const struct average *average;
    size_t place;
};

/* Adds arrays of n averages: the means under the name, the standard errors and the ends of
 * intervals with _se, _low and _high after it, NaN where an average does not have them or there is
 * none, and the numbers of experiments with _count, 0 there. An array that has no number is left
 * out. */
bool averages_npz(struct npz *npz, const char *name, struct npz_shape shape,
                  const struct placed_average *items, size_t n, struct pg_error *err);

#endif
