/* mean_npz.h: the means over the experiments of a batch as arrays for NumPy: mean.npz. */
#ifndef BATCH_MEAN_NPZ_H
#define BATCH_MEAN_NPZ_H

#include "batch/mean.h"

/* Writes into a folder mean.npz, after mean_order. For each panel of the mean, in the shape of its
 * site (report/result_npz.h), the mean under the name of the site, and with these endings more:
 * _count, experiments, int64; _se; _low and _high, where there are intervals; and all of it once
 * more with _recovered before them, where something is recovered. Names have before them, for kinds
 * after the first, kind2_, kind3_, ...; and after the site _by_label, whose dimension is that of
 * the array labels, or, where texts of several lengths have arrays of a site, their number of
 * tokens (_13_tokens). Layers, heads, neurons and source positions are as many as the cells need.
 * A joint patch is one number, or a list in the order of mean.csv. meta says what kinds and arrays
 * are of, and the checksum of the batch unless it is 0. False and err if it cannot be
 * written. */
bool mean_npz_write(const struct mean *mean, uint32_t batch, const char *folder,
                    struct pg_error *err);

#endif
