/* bootstrap.c: see bootstrap.h. */
#include "batch/bootstrap.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum {
    MAX_DEFAULT = 1000,
    MIN_DEFAULT = 200,
    BYTES = sizeof(double) + sizeof(uint32_t), /* of an average's sums in one replicate */
};
static const size_t default_memory = (size_t)64 << 20, pass_memory = (size_t)256 << 20;

int bootstrap_default(size_t n_averages) {
    const size_t n = default_memory / BYTES / (n_averages ? n_averages : 1);
    if (n > MAX_DEFAULT) return MAX_DEFAULT;
    return n < MIN_DEFAULT ? MIN_DEFAULT : (int)n;
}

/* ---- weights ---- */

/* The output function of SplitMix64. */
static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* FNV-1a of 64 bits. */
static uint64_t hash_of(const char *id) {
    uint64_t hash = 0xcbf29ce484222325;
    for (; *id; id++) hash = (hash ^ (uint8_t)*id) * 0x100000001b3;
    return hash;
}

/* Poisson(1) by inversion: how many of 2^64 P(X <= k), rounded down, are not above u. */
static uint32_t poisson(uint64_t u) {
    static const uint64_t limits[] = {
        0x5e2d58d8b3bcdf1a, 0xbc5ab1b16779be35, 0xeb715e1dc1582dc2, 0xfb23979734a252f1,
        0xff1025f59174dc3d, 0xffd90f3ba4055e19, 0xfffa8b71fc72c913, 0xffff540c0914b3c9,
        0xffffed1f4aa8f120, 0xfffffe216e641462, 0xffffffd4d85d3183, 0xfffffffc6da262b4,
        0xffffffffba12d178, 0xfffffffffb07c64c, 0xffffffffffab8ea5, 0xfffffffffffabe22,
        0xffffffffffffb11a, 0xfffffffffffffba1, 0xffffffffffffffc5, 0xfffffffffffffffd,
    };
    uint32_t k = 0;
    while (k < sizeof limits / sizeof *limits && u >= limits[k]) k++;
    return k;
}

void bootstrap_weights(uint32_t seed, const char *id, int n, uint32_t *out) {
    uint64_t state = mix(hash_of(id) ^ mix(seed));
    for (int r = 0; r < n; r++) {
        state += 0x9e3779b97f4a7c15;
        out[r] = poisson(mix(state));
    }
}

/* ---- percentiles ---- */

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The number that is a part of the way from the first to the last of n in ascending order. */
static double percentile(const double *numbers, int n, double part) {
    const double place = part * (n - 1);
    const int below = (int)place, above = below + 1 < n ? below + 1 : below;
    return numbers[below] + (place - below) * (numbers[above] - numbers[below]);
}

struct interval bootstrap_percentiles(double *numbers, int n) {
    for (int i = 0; i < n; i++)
        if (!isfinite(numbers[i])) n = 0;
    if (!n) return (struct interval){0};
    qsort(numbers, (size_t)n, sizeof *numbers, compare);
    return (struct interval){true, (float)percentile(numbers, n, 0.025),
                             (float)percentile(numbers, n, 0.975)};
}

/* ---- averages whose numbers come one by one ---- */

bool resampling_open(struct resampling *out, size_t first, size_t end, int n, uint32_t seed,
                     struct pg_error *err) {
    const size_t replicates = (size_t)n, averages = end - first;
    *out = (struct resampling){.first = first, .end = end, .n = n, .seed = seed};
    return (out->counts = allocate(averages, sizeof *out->counts, err)) &&
           (out->sums = allocate(averages, replicates * sizeof *out->sums, err)) &&
           (out->totals = allocate(averages, replicates * sizeof *out->totals, err)) &&
           (out->weights = allocate(replicates, sizeof *out->weights, err)) &&
           (out->real_weights = allocate(replicates, sizeof *out->real_weights, err)) &&
           (out->means = allocate(replicates, sizeof *out->means, err));
}

void resampling_close(struct resampling *r) {
    free(r->counts);
    free(r->sums);
    free(r->totals);
    free(r->weights);
    free(r->real_weights);
    free(r->means);
    *r = (struct resampling){0};
}

void resampling_begin(struct resampling *r, const char *id) {
    bootstrap_weights(r->seed, id, r->n, r->weights);
    for (int i = 0; i < r->n; i++) r->real_weights[i] = r->weights[i];
}

void resampling_add(struct resampling *r, size_t average, double x) {
    if (average < r->first || average >= r->end) return;
    const size_t at = average - r->first, n = (size_t)r->n;
    double *restrict sums = r->sums + at * n;
    uint32_t *restrict totals = r->totals + at * n;
    r->counts[at]++;
    for (size_t i = 0; i < n; i++) {
        sums[i] += r->real_weights[i] * x;
        totals[i] += r->weights[i];
    }
}

struct interval resampling_interval(struct resampling *r, size_t average) {
    const size_t at = average - r->first, first = at * (size_t)r->n;
    int n = 0;
    if (r->counts[at] < 2) return (struct interval){0};
    for (size_t i = first; i < first + (size_t)r->n; i++)
        if (r->totals[i]) r->means[n++] = r->sums[i] / r->totals[i];
    return bootstrap_percentiles(r->means, n);
}

/* ---- any number of averages, in bounded memory ---- */

/* Makes the intervals of some averages in one pass. */
static bool make_some(size_t first, size_t end, int n, uint32_t seed, resampling_pass *pass,
                      void *context, struct interval *out, struct pg_error *err) {
    struct resampling r;
    const bool done = resampling_open(&r, first, end, n, seed, err) && pass(context, &r, err);
    for (size_t i = first; done && i < end; i++) out[i] = resampling_interval(&r, i);
    resampling_close(&r);
    return done;
}

bool bootstrap_intervals(const struct bootstrap *b, size_t n_averages, resampling_pass *pass,
                         void *context, struct interval *out, struct pg_error *err) {
    const int n =
        b->replicates == BOOTSTRAP_DEFAULT ? bootstrap_default(n_averages) : b->replicates;
    const size_t memory = b->memory ? b->memory : pass_memory,
                 room = n ? memory / BYTES / (size_t)n : n_averages, at_once = room ? room : 1;
    for (size_t i = 0; i < n_averages; i++) out[i] = (struct interval){0};
    for (size_t first = 0; n && first < n_averages; first += at_once) {
        const size_t end = first + at_once < n_averages ? first + at_once : n_averages;
        if (!make_some(first, end, n, b->seed, pass, context, out, err)) return false;
    }
    return true;
}
