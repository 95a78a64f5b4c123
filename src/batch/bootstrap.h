/* bootstrap.h: 95 % intervals of means over experiments, by the Poisson bootstrap: in a replicate
 * an experiment counts w times, w from Poisson(1), and the replicate's mean is sum w x / sum w; the
 * interval ends at the 2.5th and the 97.5th percentile of the replicates' means. The weights depend
 * on the seed, the experiment's id and the number of the replicate alone, and the sums on the order
 * of the experiments: so shards that are merged, and a run that is resumed, give the same bits as
 * one run. Knows numbers and ids, not what they are of. */
#ifndef BATCH_BOOTSTRAP_H
#define BATCH_BOOTSTRAP_H

#include "base/error.h"
#include "batch/average.h"

#include <stdint.h>

/* How intervals are made. */
struct bootstrap {
    int replicates; /* 0: no intervals; BOOTSTRAP_DEFAULT: as many as suit the number of averages */
    uint32_t seed;
    size_t memory; /* budget in bytes for the sums, 0: 256 MB; those of one average always fit */
};
enum { BOOTSTRAP_DEFAULT = -1, BOOTSTRAP_MAX = 100000 };

/* 1000, or as many as need 64 MB for this number of averages, but not below 200. */
int bootstrap_default(size_t n_averages);

/* The weights of an experiment in n replicates. Replicate r's is the number of k >= 0 for which
 * u >= 2^64 P(X <= k), X from Poisson(1), and u is the r-th number, from 0, of SplitMix64 (Steele,
 * Lea and Flood 2014) from the state mix(FNV-1a(id) ^ mix(seed)), mix its output function. */
void bootstrap_weights(uint32_t seed, const char *id, int n, uint32_t *out);

/* The percentiles of n numbers that are 2.5 % and 97.5 % of the way from the smallest to the
 * largest, with linear interpolation, as numpy.percentile's. Not known if n is 0 or a number is not
 * finite. Sorts the numbers. */
struct interval bootstrap_percentiles(double *numbers, int n);

/* ---- averages whose numbers come one by one ---- */

/* The sums of replicates of some averages: those from first to end - 1; others are ignored. */
struct resampling {
    size_t first, end;
    int n; /* replicates */
    uint32_t seed;
    uint32_t *counts;             /* of numbers; one for each average */
    double *sums;                 /* n for each average: of w x */
    uint32_t *totals;             /* n for each average: of w */
    uint32_t *weights;            /* n, of the experiment whose numbers are added */
    double *real_weights, *means; /* n each */
};

/* Begins with the averages of these numbers. False and err when memory is out. Free with
 * resampling_close, also after failure. */
bool resampling_open(struct resampling *out, size_t first, size_t end, int n, uint32_t seed,
                     struct pg_error *err);
void resampling_close(struct resampling *resampling);

/* Begins the numbers of an experiment. All experiments come in one order: that of their lines. */
void resampling_begin(struct resampling *resampling, const char *id);

/* Adds the experiment's number to an average. It is a float32, so that w x is exact. */
void resampling_add(struct resampling *resampling, size_t average, double x);

/* The interval of an average; not known of fewer than two numbers. */
struct interval resampling_interval(struct resampling *resampling, size_t average);

/* ---- any number of averages, in bounded memory ---- */

/* Passes over all experiments: resampling_begin and resampling_add for the numbers of each. */
typedef bool resampling_pass(void *context, struct resampling *resampling, struct pg_error *err);

/* Makes the intervals of averages 0 to n_averages - 1, in as many passes as the memory asks for;
 * no pass where there are to be no replicates, and all intervals unknown. False and err if
 * a pass fails or memory is out. */
bool bootstrap_intervals(const struct bootstrap *bootstrap, size_t n_averages,
                         resampling_pass *pass, void *context, struct interval *out,
                         struct pg_error *err);

#endif
