/* kernels.h: the arithmetic of the forward pass, one table of functions per instruction set.
 *
 * kernels.c is compiled once for each; all give the same bits, because every output is one fixed
 * sequence of exactly rounded operations that depends on its own row only:
 *   product:  acc = start; for k = 0, 1, 2, ...: acc = fma(a[k], b[k][j], acc)
 *   row sum:  lane l adds elements l, l+16, l+32, ... in order; then the lanes are added by halves
 * Not here: threads and packing (matmul.c), which positions attend to which (attention.c). */
#ifndef TENSOR_KERNELS_H
#define TENSOR_KERNELS_H

#include "tensor/matrix.h"

/* Columns of a panel, the unit in which columns of a product are computed: two vectors of 16
 * (NR). */
enum { NR = 32 };

/* No micro-kernel takes more rows (MR). */
enum { MAX_MR = 16 };

/* What a micro-kernel does on the side for what comes after it, interleaved with its arithmetic. It
 * prefetches the lines of out in which its products will be stored; the next tile's rows, the same
 * columns as its own; and n_fetched rows of the next slice of weights. And it copies n_copied rows
 * of weights, prefetched earlier, to a packed panel. Prefetched addresses need not be valid. */
struct prefetch {
    const float *out;
    size_t ldo;
    const float *next_rows;
    const void *weights;
    size_t weight_stride; /* bytes, of weights and copy_from */
    const float *copy_from;
    float *copy_to;
    int n_fetched, n_copied; /* n_copied at most n_in */
};

/* A layer norm: (x - mean) / sqrt(variance + epsilon) * gain + bias. */
struct norm {
    const float *gain, *bias; /* one for each number of a row */
    float epsilon;
};

struct kernels {
    const char *name;
    int mr; /* the most rows that micro_kernel() takes */

    /* c (rows x NR, row stride ldc) = start + a b, or c + a b where start is NULL. a is rows x n_in
     * with row stride lda; b is n_in x NR with row stride ldb; start is NR numbers, the same for
     * every row. */
    void (*micro_kernel)(int rows, int n_in, const float *a, size_t lda, const float *b, size_t ldb,
                         const float *start, float *c, size_t ldc, const struct prefetch *prefetch);

    /* Packs the weights from inputs from..to-1 to outputs first..first+count-1 (count <= NR): panel
     * is (to - from) x NR floats, its columns from count on are zero. */
    void (*pack_panel)(const struct matrix *m, int first, int count, int from, int to,
                       float *panel);

    /* out[i] = the number that src[i] stores, exactly, for n numbers. */
    void (*widen)(enum dtype dtype, const void *src, int n, float *out);

    /* out = norm(x), for one row of n. out may be x. */
    void (*layer_norm)(int n, const float *x, const struct norm *norm, float *out);

    /* s[i] = exp(scale * s[i] - max) / sum, for one row of n > 0 scores. */
    void (*softmax)(int n, float *s, float scale);

    /* The maximum of n > 0 numbers, and the sum of e^(x[i] - shift). */
    float (*max)(int n, const float *x);
    float (*exp_sum)(int n, const float *x, float shift);

    /* x[i] = activation(x[i]). gelu_tanh: x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)), which is
     * 0.5 x (1 + tanh(...)); gelu_erf: 0.5 x (1 + erf(x / sqrt 2)). */
    void (*gelu_tanh)(int n, float *x);
    void (*gelu_erf)(int n, float *x);
    void (*relu)(int n, float *x);
};

/* The kernels for this processor, chosen at the first call: the fastest, or those that
 * $PATCHGPT_ISA names. The fastest too if it names none that runs here, which pg_check_isa
 * refuses. */
const struct kernels *kernels_default(void);

/* The kernels of that name, or NULL if they are not compiled in or cannot run here. */
const struct kernels *kernels_named(const char *name);

#endif
