/* measure.c: see measure.h. */
#include "measure.h"

#include "patchgpt.h"
#include "peak.h"

#include <malloc.h>
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- timing ---- */

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct timing summarize(double *seconds, int n) {
    qsort(seconds, (size_t)n, sizeof *seconds, by_value);
    const double median = (seconds[(n - 1) / 2] + seconds[n / 2]) / 2;
    const double spread = (seconds[3 * (n - 1) / 4] - seconds[(n - 1) / 4]) / median;
    return (struct timing){.median = median, .best = seconds[0], .spread = spread, .n = n};
}

static void pause_for(double seconds) {
    const time_t whole = (time_t)seconds;
    const struct timespec t = {whole, (long)(1e9 * (seconds - (double)whole))};
    nanosleep(&t, NULL);
}

static void time_round(const struct plan *plan, const struct subject *subject, double *seconds) {
    if (plan->pause > 0) pause_for(plan->pause);
    for (int i = 0; i < plan->unmeasured; i++) subject->run(subject->context);
    for (int i = 0; i < plan->calls; i++) {
        const double start = now();
        subject->run(subject->context);
        seconds[i] = now() - start;
    }
}

void time_alternately(const struct plan *plan, struct subject *subjects, int n) {
    double seconds[MAX_SUBJECTS][MAX_CALLS];
    for (int round = 0; round < plan->rounds; round++)
        for (int i = 0; i < n; i++)
            time_round(plan, &subjects[i], seconds[i] + round * plan->calls);
    for (int i = 0; i < n; i++)
        subjects[i].timing = summarize(seconds[i], plan->rounds * plan->calls);
}

/* ---- the machine ---- */

#ifdef HAVE_ISA_avx512
extern const struct peak_loops peak_avx512;
#endif
#ifdef HAVE_ISA_avx2
extern const struct peak_loops peak_avx2;
#endif
#ifdef HAVE_ISA_neon
extern const struct peak_loops peak_neon;
#endif
extern const struct peak_loops peak_portable;

const struct peak_loops *peak_loops(void) {
    static const struct peak_loops *const compiled[] = {
#ifdef HAVE_ISA_avx512
        &peak_avx512,
#endif
#ifdef HAVE_ISA_avx2
        &peak_avx2,
#endif
#ifdef HAVE_ISA_neon
        &peak_neon,
#endif
        &peak_portable,
    };
    const struct peak_loops *const *loops = compiled;
    while (strcmp((*loops)->isa, pg_isa()) != 0) loops++;
    return *loops;
}

/* Seconds that all threads take for so many rounds each. */
static double time_multiplying(const struct peak_loops *loops, int threads, long rounds) {
    float total = 0;
    const double start = now();
#pragma omp parallel num_threads(threads) reduction(+ : total)
    total += loops->multiply(rounds, 0.5f);
    const double seconds = now() - start;
    volatile float keep = total;
    (void)keep;
    return seconds;
}

/* Rounds of each thread that are so many operations together. */
static long rounds_for(const struct multiplying *m) {
    return (long)ceil(m->flop / (peak_loops()->flop_per_round * m->threads));
}

void multiply_in_registers(void *multiplying) {
    const struct multiplying *m = multiplying;
    time_multiplying(peak_loops(), m->threads, rounds_for(m));
}

double peak_of(const struct subject *subject) {
    const struct multiplying *m = subject->context;
    return peak_loops()->flop_per_round * (double)(rounds_for(m) * m->threads) /
           subject->timing.best;
}

/* The best of several such runs. */
static double best_multiplying(const struct peak_loops *loops, int threads, long rounds, int runs) {
    double best = INFINITY;
    while (runs--) best = fmin(best, time_multiplying(loops, threads, rounds));
    return best;
}

double measure_multiplying(int threads) {
    const struct peak_loops *loops = peak_loops();
    const double long_enough = 0.04; /* beside what starting the threads may take */
    long rounds = 1000;
    while (best_multiplying(loops, 1, rounds, 3) < long_enough) rounds *= 2;
    return loops->flop_per_round * (double)rounds * threads /
           best_multiplying(loops, threads, rounds, 20);
}

/* Seconds that all threads take to read a part of part_size floats each. */
static double time_reading(const struct peak_loops *loops, int threads, const float *x,
                           size_t part_size) {
    float total = 0;
    const double start = now();
#pragma omp parallel num_threads(threads) reduction(+ : total)
    total += loops->read(x + (size_t)omp_get_thread_num() * part_size, part_size);
    const double seconds = now() - start;
    volatile float keep = total;
    (void)keep;
    return seconds;
}

double measure_reading(int threads, const float *x, size_t n) {
    const size_t part_size = n / (size_t)threads / READ_FLOATS * READ_FLOATS;
    double best = INFINITY;
    for (int i = 0; i < 6; i++)
        best = fmin(best, time_reading(peak_loops(), threads, x, part_size));
    return (double)(part_size * (size_t)threads * sizeof *x) / best;
}

/* Two threads take turns: the number goes up by one each time. */
double measure_round_trip(void) {
    enum { PASSES = 20, TURNS = 2000 };
    double best = INFINITY;
    for (int pass = 0; pass < PASSES; pass++) {
        _Alignas(64) atomic_int turn = 0;
        const double start = now();
#pragma omp parallel num_threads(2)
        for (int i = omp_get_thread_num(); i < TURNS; i += 2) {
            while (atomic_load(&turn) != i) {
            }
            atomic_store(&turn, i + 1);
        }
        best = fmin(best, 2 * (now() - start) / TURNS);
    }
    return best;
}

/* ---- memory ---- */

/* A line "name:  123 kB" of a file in /proc, in bytes. */
static double proc_bytes(const char *path, const char *name) {
    char line[256];
    double kilobytes = NAN;
    FILE *f = fopen(path, "r");
    while (f && isnan(kilobytes) && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0) kilobytes = atof(line + strlen(name) + 1);
    if (f) fclose(f);
    return 1024 * kilobytes;
}

double available_memory(void) {
    return proc_bytes("/proc/meminfo", "MemAvailable");
}

double resident_memory(void) {
    return proc_bytes("/proc/self/status", "VmRSS");
}

double peak_memory(void) {
    return proc_bytes("/proc/self/status", "VmHWM");
}

void reset_peak_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (!f) return;
    fputs("5\n", f); /* Linux: the peak becomes what is resident now */
    fclose(f);
}
