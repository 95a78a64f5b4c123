/* kernels.c: see kernels.h. Compiled once per instruction set, with ISA defined as its name;
 * lanes.h hides what differs. */
#include "tensor/kernels.h"

#include "tensor/lanes.h"

/* ---- matrix product ---- */

/* Floats in a cache line. */
enum { LINE = 16 };

/* Prefetches one row of the next weights and copies another, if any are left. */
static inline void fetch_and_copy(struct prefetch *plan) {
    if (plan->n_fetched-- > 0) {
        const char *row = plan->weights;
        __builtin_prefetch(row, 0, 2);
        __builtin_prefetch(row + 64, 0, 2);
        __builtin_prefetch(row + NR * sizeof(float) - 1, 0, 2); /* it need not start on a line */
        plan->weights = row + plan->weight_stride;
    }
    if (plan->n_copied-- > 0) {
        lanes_store(plan->copy_to, lanes_load(plan->copy_from));
        lanes_store(plan->copy_to + LANES, lanes_load(plan->copy_from + LANES));
        plan->copy_from = (const void *)((const char *)plan->copy_from + plan->weight_stride);
        plan->copy_to += NR;
    }
}

/* The number of inputs between two calls of fetch_and_copy, so that they are spread evenly. */
static inline int inputs_between(const struct prefetch *plan, int n_in) {
    const int n = plan->n_fetched > plan->n_copied ? plan->n_fetched : plan->n_copied;
    return n == 0 ? n_in + 1 : n < n_in ? n_in / n : 1;
}

/* c = start + a b for a number of rows and of vectors that are known at compile time, so that all
 * sums are registers. Rows are addressed from two base pointers, so that all offsets fit in
 * general-purpose registers. */
static inline __attribute__((always_inline)) void
multiply_tile(const int rows, const int vectors, int n_in, const float *a, size_t lda,
              const float *b, size_t ldb, const float *start, float *c, size_t ldc,
              struct prefetch plan) {
    lanes acc[MR][NR / LANES];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++)
            acc[i][j] = lanes_load(start ? start + j * LANES : c + (size_t)i * ldc + j * LANES);

    const int middle = (rows + 1) / 2;
    const float *lower = a + (size_t)middle * lda;
    const int every = inputs_between(&plan, n_in);
    int wait = every;
    for (int from = 0, row = 0; from < n_in; from += LINE, row++) {
        if (row < rows) {
            __builtin_prefetch(plan.out + (size_t)row * plan.ldo, 1);
            __builtin_prefetch(plan.out + (size_t)row * plan.ldo + NR - 1, 1);
        }
        for (int i = 0; i < rows; i++)
            __builtin_prefetch(plan.next_rows + (size_t)i * lda + from, 0, 2);
        const int n = n_in - from < LINE ? n_in - from : LINE;
        for (int k = 0; k < n; k++, a++, lower++, b += ldb) {
            if (--wait == 0) {
                fetch_and_copy(&plan);
                wait = every;
            }
            lanes bk[NR / LANES];
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++) bk[j] = lanes_load(b + j * LANES);
#pragma GCC unroll 16
            for (int i = 0; i < rows; i++) {
                lanes aik =
                    lanes_set(i < middle ? a[(size_t)i * lda] : lower[(size_t)(i - middle) * lda]);
#pragma GCC unroll 2
                for (int j = 0; j < vectors; j++) acc[i][j] = lanes_fma(aik, bk[j], acc[i][j]);
            }
        }
    }

#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++) lanes_store(c + (size_t)i * ldc + j * LANES, acc[i][j]);
}

/* All columns of a panel, as many vectors at a time as there are registers for. */
static inline __attribute__((always_inline)) void
multiply_rows(const int rows, int n_in, const float *a, size_t lda, const float *b, size_t ldb,
              const float *start, float *c, size_t ldc, struct prefetch plan) {
    for (int j = 0; j < NR; j += PANEL_VECTORS * LANES) {
        multiply_tile(rows, PANEL_VECTORS, n_in, a, lda, b + j, ldb, start ? start + j : NULL,
                      c + j, ldc, plan);
        plan.n_fetched = plan.n_copied = 0; /* the first pass did it */
    }
}

_Static_assert(MR <= 14 && MR <= (int)MAX_MR, "micro_kernel has a case for every number of rows");

static void micro_kernel(int rows, int n_in, const float *a, size_t lda, const float *b, size_t ldb,
                         const float *start, float *c, size_t ldc,
                         const struct prefetch *prefetch) {
#define CASE(r)                                                                                    \
    case r:                                                                                        \
        if (r <= MR) multiply_rows(r, n_in, a, lda, b, ldb, start, c, ldc, *prefetch);             \
        return
    switch (rows) {
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
        CASE(13);
        CASE(14);
    default:
        __builtin_unreachable();
    }
#undef CASE
}

/* ---- stored weights to floats ---- */

static inline lanes widen_lanes(enum dtype dtype, const void *src) {
    if (dtype == DTYPE_F16) return lanes_widen_f16(src);
    if (dtype == DTYPE_BF16) return lanes_widen_bf16(src);
    return lanes_load(src);
}

static void widen(enum dtype dtype, const void *src, int n, float *out) {
    const char *from = src;
    const size_t size = dtype_size(dtype);
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        lanes_store(out + i, widen_lanes(dtype, from + (size_t)i * size));
    if (i == n) return;
    float rest[LANES] = {0};
    memcpy(rest, from + (size_t)i * size, (size_t)(n - i) * size);
    lanes_store_part(out + i, widen_lanes(dtype, rest), n - i);
}

/* n full rows of a panel, size bytes apart. */
static inline __attribute__((always_inline)) void
pack_rows(enum dtype dtype, int n, const char *from, size_t size, float *panel) {
    const size_t half = LANES * dtype_size(dtype);
    for (int k = 0; k < n; k++, from += size, panel += NR) {
        lanes_store(panel, widen_lanes(dtype, from));
        lanes_store(panel + LANES, widen_lanes(dtype, from + half));
    }
}

/* Packs from a matrix stored (in, out): rows are copied. */
static void pack_straight(const struct matrix *m, int first, int count, int from, int to,
                          float *panel) {
    const char *row = matrix_at(m, from, first);
    const size_t size = m->stride * dtype_size(m->dtype);
    const int n = to - from;
    if (count == NR && m->dtype == DTYPE_F32) {
        pack_rows(DTYPE_F32, n, row, size, panel);
    } else if (count == NR && m->dtype == DTYPE_F16) {
        pack_rows(DTYPE_F16, n, row, size, panel);
    } else if (count == NR) {
        pack_rows(DTYPE_BF16, n, row, size, panel);
    } else {
        memset(panel, 0, (size_t)n * NR * sizeof *panel);
        for (int k = 0; k < n; k++, row += size, panel += NR) widen(m->dtype, row, count, panel);
    }
}

/* Bytes that are prefetched in each row of a matrix stored (out, in): NR rows are more streams than
 * the processor detects by itself. */
enum { PREFETCH_DISTANCE = 256 };

/* Packs from a matrix stored (out, in): blocks of LANES x LANES are transposed. */
static void pack_transposed(const struct matrix *m, int first, int count, int from, int to,
                            float *panel) {
    for (int k = from; k < to; k += LANES) {
        const int n = to - k < LANES ? to - k : LANES;
        for (int j = 0; j < NR; j += LANES) {
            lanes column[LANES];
            for (int i = 0; i < LANES; i++) {
                if (n == LANES && j + i < count) {
                    const char *at = matrix_at(m, k, first + j + i);
                    __builtin_prefetch(at + PREFETCH_DISTANCE, 0, 3);
                    column[i] = widen_lanes(m->dtype, at);
                    continue;
                }
                float part[LANES] = {0};
                if (j + i < count) widen(m->dtype, matrix_at(m, k, first + j + i), n, part);
                column[i] = lanes_load(part);
            }
            lanes_transpose(column);
            for (int i = 0; i < n; i++) lanes_store(panel + (k - from + i) * NR + j, column[i]);
        }
    }
}

static void pack_panel(const struct matrix *m, int first, int count, int from, int to,
                       float *panel) {
    (m->transposed ? pack_transposed : pack_straight)(m, first, count, from, to, panel);
}

/* ---- rows ---- */

/* e^x for x in [-87, 88]; beyond that, e^-87 and e^88. x = n ln 2 + r with |r| <= ln 2 / 2; the
 * polynomial is a minimax fit of (e^r - 1 - r) / r^2 (relative error of e^r below 4e-9), and adding
 * 1.5 * 2^23 both rounds n and leaves it in the low bits of the sum, where lanes_scale finds it. */
static inline lanes exponential(lanes x) {
    const lanes low = lanes_set(-87.0f), high = lanes_set(88.0f);
    x = lanes_select_less(x, low, low, x);
    x = lanes_select_less(high, x, high, x);
    const lanes shift = lanes_set(0x1.8p23f);
    lanes shifted = lanes_fma(x, lanes_set(0x1.715476p+0f), shift);
    lanes n = lanes_sub(shifted, shift);
    lanes r = lanes_fma(n, lanes_set(-0x1.62e4p-1f), x);
    r = lanes_fma(n, lanes_set(-0x1.7f7d1cp-20f), r);
    lanes p = lanes_set(0x1.6db42ap-10f);
    p = lanes_fma(p, r, lanes_set(0x1.123b56p-7f));
    p = lanes_fma(p, r, lanes_set(0x1.55545ep-5f));
    p = lanes_fma(p, r, lanes_set(0x1.55548ep-3f));
    p = lanes_fma(p, r, lanes_set(0.5f));
    p = lanes_fma(lanes_mul(p, r), r, r);
    return lanes_scale(lanes_add(p, lanes_set(1.0f)), shifted);
}

static inline float sum(int n, const float *x) {
    lanes acc = lanes_set(0);
    int i = 0;
    for (; i + LANES <= n; i += LANES) acc = lanes_add(acc, lanes_load(x + i));
    if (i < n) acc = lanes_add(acc, lanes_load_part(x + i, n - i, 0));
    return lanes_reduce_sum(acc);
}

static inline float sum_of_squares_from(int n, const float *x, float mean) {
    const lanes m = lanes_set(mean);
    lanes acc = lanes_set(0);
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes d = lanes_sub(lanes_load(x + i), m);
        acc = lanes_fma(d, d, acc);
    }
    if (i < n) {
        lanes d = lanes_sub(lanes_load_part(x + i, n - i, mean), m);
        acc = lanes_fma(d, d, acc);
    }
    return lanes_reduce_sum(acc);
}

static inline lanes normalized(lanes x, lanes mean, lanes scale, lanes gain, lanes bias) {
    return lanes_fma(lanes_mul(lanes_sub(x, mean), scale), gain, bias);
}

static void layer_norm(int n, const float *x, const struct norm *norm, float *out) {
    const float *gain = norm->gain, *bias = norm->bias;
    const float mean = sum(n, x) / (float)n;
    const float variance = sum_of_squares_from(n, x, mean) / (float)n;
    const lanes m = lanes_set(mean), scale = lanes_set(1.0f / sqrtf(variance + norm->epsilon));
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        lanes_store(out + i, normalized(lanes_load(x + i), m, scale, lanes_load(gain + i),
                                        lanes_load(bias + i)));
    if (i == n) return;
    const int rest = n - i;
    lanes_store_part(out + i,
                     normalized(lanes_load_part(x + i, rest, 0), m, scale,
                                lanes_load_part(gain + i, rest, 0),
                                lanes_load_part(bias + i, rest, 0)),
                     rest);
}

static void softmax(int n, float *s, float scale) {
    const lanes factor = lanes_set(scale);
    const int whole = n / LANES * LANES, rest = n - whole;
    lanes maxima = lanes_set(-INFINITY), total = lanes_set(0);
    for (int i = 0; i < whole; i += LANES) {
        lanes x = lanes_mul(lanes_load(s + i), factor);
        lanes_store(s + i, x);
        maxima = lanes_max(maxima, x);
    }
    for (int i = whole; i < n; i++) s[i] *= scale;
    if (rest) maxima = lanes_max(maxima, lanes_load_part(s + whole, rest, -INFINITY));

    const lanes maximum = lanes_set(lanes_reduce_max(maxima));
    for (int i = 0; i < whole; i += LANES) {
        lanes e = exponential(lanes_sub(lanes_load(s + i), maximum));
        lanes_store(s + i, e);
        total = lanes_add(total, e);
    }
    if (rest) {
        lanes e = exponential(lanes_sub(lanes_load_part(s + whole, rest, 0), maximum));
        lanes_store_part(s + whole, e, rest);
        total = lanes_add(total, lanes_load_part(s + whole, rest, 0));
    }

    const lanes divisor = lanes_set(lanes_reduce_sum(total));
    for (int i = 0; i < whole; i += LANES)
        lanes_store(s + i, lanes_div(lanes_load(s + i), divisor));
    if (rest)
        lanes_store_part(s + whole, lanes_div(lanes_load_part(s + whole, rest, 0), divisor), rest);
}

static float max(int n, const float *x) {
    lanes found = lanes_set(-INFINITY);
    for (int i = 0; i < n; i += LANES)
        found = lanes_max(found, i + LANES <= n ? lanes_load(x + i)
                                                : lanes_load_part(x + i, n - i, -INFINITY));
    return lanes_reduce_max(found);
}

static float exp_sum(int n, const float *x, float shift) {
    const lanes s = lanes_set(shift);
    lanes total = lanes_set(0);
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        total = lanes_add(total, exponential(lanes_sub(lanes_load(x + i), s)));
    if (i < n) {
        float rest[LANES];
        lanes_store(rest, exponential(lanes_sub(lanes_load_part(x + i, n - i, 0), s)));
        total = lanes_add(total, lanes_load_part(rest, n - i, 0));
    }
    return lanes_reduce_sum(total);
}

/* ---- activations ---- */

static inline lanes gelu_tanh_lanes(lanes x) {
    const lanes minus_two_root = lanes_set(-1.5957691216f); /* -2 sqrt(2 / pi) */
    lanes cubic = lanes_fma(lanes_mul(lanes_mul(x, x), x), lanes_set(0.044715f), x);
    lanes e = exponential(lanes_mul(cubic, minus_two_root));
    return lanes_div(x, lanes_add(lanes_set(1.0f), e));
}

/* A polynomial, highest coefficient first. */
static inline lanes polynomial(lanes x, const float *coefficient, int n) {
    lanes p = lanes_set(coefficient[0]);
    for (int i = 1; i < n; i++) p = lanes_fma(p, x, lanes_set(coefficient[i]));
    return p;
}

/* erf(t): for |t| < 1 a minimax fit of erf(t) / t in t^2; from 1 to 4 erf = 1 - e^(|t| q(|t|))
 * with q a fit of log(erfc t) / t; beyond 4 it is 1 in float32. Both within 1e-7. */
static inline lanes error_function(lanes t) {
    static const float small[] = {7.889123e-05f, -0.0008020842f, 0.0051895357f, -0.026854444f,
                                  0.112836f,     -0.37612626f,   1.1283791f};
    static const float large[] = {-4.3144e-06f, 3.793215e-05f, 8.883707e-05f, -0.0030394439f,
                                  0.02285252f,  -0.105433464f, -0.63553643f,  -1.1285712f};
    const lanes zero = lanes_set(0), one = lanes_set(1), four = lanes_set(4);
    lanes size = lanes_select_less(t, zero, lanes_sub(zero, t), t);
    lanes inner = lanes_mul(t, polynomial(lanes_mul(t, t), small, 7));
    lanes clipped = lanes_select_less(size, four, size, four);
    lanes outer = lanes_sub(one, exponential(lanes_mul(clipped, polynomial(clipped, large, 8))));
    outer = lanes_select_less(t, zero, lanes_sub(zero, outer), outer);
    return lanes_select_less(size, one, inner, outer);
}

static inline lanes gelu_erf_lanes(lanes x) {
    lanes half = lanes_mul(x, lanes_set(0.5f));
    return lanes_fma(half, error_function(lanes_mul(x, lanes_set(0.70710678f))), half);
}

static inline lanes relu_lanes(lanes x) {
    return lanes_select_less(x, lanes_set(0), lanes_set(0), x);
}

static inline __attribute__((always_inline)) void map(int n, float *x, lanes (*f)(lanes)) {
    int i = 0;
    for (; i + LANES <= n; i += LANES) lanes_store(x + i, f(lanes_load(x + i)));
    if (i < n) lanes_store_part(x + i, f(lanes_load_part(x + i, n - i, 0)), n - i);
}

static void gelu_tanh(int n, float *x) {
    map(n, x, gelu_tanh_lanes);
}
static void gelu_erf(int n, float *x) {
    map(n, x, gelu_erf_lanes);
}
static void relu(int n, float *x) {
    map(n, x, relu_lanes);
}

/* ---- the table ---- */

#define JOIN2(a, b) a##b
#define JOIN(a, b)  JOIN2(a, b)
#define TEXT2(a)    #a
#define TEXT(a)     TEXT2(a)

extern const struct kernels JOIN(kernels_, ISA);
const struct kernels JOIN(kernels_, ISA) = {
    .name = TEXT(ISA),
    .mr = MR,
    .micro_kernel = micro_kernel,
    .pack_panel = pack_panel,
    .widen = widen,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .max = max,
    .exp_sum = exp_sum,
    .gelu_tanh = gelu_tanh,
    .gelu_erf = gelu_erf,
    .relu = relu,
};
