/* peak.h: the two loops that show the most that the machine can do: fused multiply-adds in
 * registers, and reading memory. peak.c is compiled once per instruction set, with the vectors and
 * the flags of src/tensor/kernels.c. Not here: threads and clocks (measure.c). */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include <stddef.h>

struct peak_loops {
    const char *isa;
    double flop_per_round;

    /* `rounds` rounds of independent multiply-adds. The result only keeps the compiler honest. */
    float (*multiply)(long rounds, float x);

    /* Reads x[0..n-1] once, in order; n is a multiple of READ_FLOATS. Returns their sum. */
    float (*read)(const float *x, size_t n);
};

enum { READ_FLOATS = 64 };

/* The loops for the instruction set that the kernels run on (pg_isa()). */
const struct peak_loops *peak_loops(void);

#endif
