/* measure.h: the clock, and what the machine itself can do. Not here: anything about patchgpt. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

/* Seconds since some fixed moment. */
double now(void);

struct timing {
    double median, best; /* seconds of one call */
    double spread;       /* (third quartile - first quartile) / median */
    int n;
};

/* Something to be timed. */
struct subject {
    void (*run)(void *context);
    void *context;
    struct timing timing; /* filled by time_alternately */
};

/* In every round each subject pauses, runs `unmeasured` calls to get warm, then `calls` that count.
 * All subjects see the same weather on a noisy machine. */
struct plan {
    int rounds, unmeasured, calls;
    double pause; /* seconds */
};

enum { MAX_SUBJECTS = 4, MAX_CALLS = 500 }; /* of one subject in all rounds together */

void time_alternately(const struct plan *plan, struct subject *subjects, int n);

/* A subject, multiply_in_registers, that shows what the machine can do at most at the time: so many
 * operations, or a few more, in registers, on so many threads at once. */
struct multiplying {
    double flop;
    int threads;
};
void multiply_in_registers(void *multiplying);

/* FLOP/s of such a subject, which has been timed: the best of its calls. */
double peak_of(const struct subject *subject);

/* Multiply-adds in registers on so many threads at once: FLOP/s, the best of several runs. */
double measure_multiplying(int threads);

/* All threads reading their parts of x: bytes per second, the best of several passes. */
double measure_reading(int threads, const float *x, size_t n);

/* Seconds that a line takes from one core to another and back, both looking for it: the best of
 * several passes. Some tens of nanoseconds where the cores share a cache, hundreds where they do
 * not. */
double measure_round_trip(void);

/* Memory in bytes, NaN where the system does not tell: what is free for a new process; what this
 * process occupies; the most that it occupied since reset_peak_memory, which also returns to the
 * system what was freed. */
double available_memory(void);
double resident_memory(void);
double peak_memory(void);
void reset_peak_memory(void);

#endif
