/* peak.c: see peak.h. Compiled once per instruction set, with ISA defined as its name. */
#include "peak.h"

#include "tensor/lanes.h"

/* Independent sums in flight: more than latency x throughput of the multiply-adder (4 x 2 registers
 * on current processors), few enough to stay in registers together with the two factors. */
enum { SUMS = MR > 6 ? 24 : 6 };

static float multiply(long rounds, float x) {
    const lanes factor = lanes_set(x), step = lanes_set(1 - x);
    float start[SUMS * LANES]; /* all different, so that no two sums can be computed as one */
    for (int i = 0; i < SUMS * LANES; i++) start[i] = x * (float)i;
    lanes sum[SUMS];
#pragma GCC unroll 24
    for (int i = 0; i < SUMS; i++) sum[i] = lanes_load(start + i * LANES);
    for (long r = 0; r < rounds; r++)
#pragma GCC unroll 24
        for (int i = 0; i < SUMS; i++) sum[i] = lanes_fma(sum[i], factor, step);
    for (int i = 1; i < SUMS; i++) sum[0] = lanes_add(sum[0], sum[i]);
    return lanes_reduce_sum(sum[0]);
}

static float read(const float *x, size_t n) {
    lanes sum[READ_FLOATS / LANES];
#pragma GCC unroll 4
    for (int i = 0; i < READ_FLOATS / LANES; i++) sum[i] = lanes_set(0);
    for (size_t at = 0; at < n; at += READ_FLOATS)
#pragma GCC unroll 4
        for (int i = 0; i < READ_FLOATS / LANES; i++)
            sum[i] = lanes_add(sum[i], lanes_load(x + at + i * LANES));
    for (int i = 1; i < READ_FLOATS / LANES; i++) sum[0] = lanes_add(sum[0], sum[i]);
    return lanes_reduce_sum(sum[0]);
}

#define JOIN2(a, b) a##b
#define JOIN(a, b)  JOIN2(a, b)
#define TEXT2(a)    #a
#define TEXT(a)     TEXT2(a)

extern const struct peak_loops JOIN(peak_, ISA);
const struct peak_loops JOIN(peak_, ISA) = {
    .isa = TEXT(ISA),
    .flop_per_round = 2.0 * SUMS * LANES,
    .multiply = multiply,
    .read = read,
};
