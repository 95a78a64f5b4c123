/* kernels.h: the arithmetic of the forward pass, one table of functions per instruction set.
 *
 * kernels.c is compiled once for each; all give the same bits, because every output is one fixed
 * sequence of exactly rounded operations that depends on its own row only:
 *   product:  acc = start; for k = 0, 1, 2, ...: acc = fma(a[k], b[k][j], acc)
 *   row sum:  lane l adds elements l, l+16, l+32, ... in order; then the lanes are added by halves
 * Not here: threads and strips (matmul.c), which rows meet which (attention.c). */
#ifndef TENSOR_KERNELS_H
#define TENSOR_KERNELS_H

#include "tensor/matrix.h"

enum { PANEL = 32 }; /* columns of the product that are computed together: two vectors of 16 */

/* What a tile does, while its arithmetic goes on, for what comes after it: it fetches the lines in which its
 * products will be stored; the rows of the next tile, the same columns as its own; and rows of a panel of
 * weights, stride bytes apart; and it copies such rows, fetched earlier, to a packed panel. What is
 * fetched need not be there. */
struct ahead {
    const float *out;
    size_t ldo;
    const float *rows;
    const void *fetch;
    const float *copy;
    float *to;
    size_t stride;
    int fetches, copies; /* how many rows; copies at most n_in */
};

/* A layer norm: (x - mean) / sqrt(variance + epsilon) * gain + bias. */
struct norm {
    const float *gain, *bias; /* one for each number of a row */
    float epsilon;
};

struct kernels {
    const char *name;
    int tile_rows; /* the most rows that tile() takes */

    /* c (rows x PANEL, row stride ldc) = start + a b. a is rows x n_in with row stride lda; b is
     * n_in x PANEL with row stride ldb. start: PANEL numbers that every row starts from, or NULL to
     * go on from what is in c. */
    void (*tile)(int rows, int n_in, const float *a, size_t lda, const float *b, size_t ldb,
                 const float *start, float *c, size_t ldc, const struct ahead *ahead);

    /* Copies the weights from inputs from..to-1 to outputs first..first+count-1 (count <= PANEL) as
     * floats to panel, (to - from) x PANEL; columns from count on are zero. */
    void (*pack_panel)(const struct matrix *m, int first, int count, int from, int to,
                       float *panel);

    /* out[i] = the number that src[i] stores, exactly, for n numbers. */
    void (*widen)(enum dtype dtype, const void *src, int n, float *out);

    /* out = norm(x), for one row of n. out may be x. */
    void (*layer_norm)(int n, const float *x, const struct norm *norm, float *out);

    /* s[i] = exp(scale * s[i] - max) / sum, for one row of n > 0 scores. */
    void (*softmax)(int n, float *s, float scale);

    /* The largest of n > 0 numbers, and the sum of e^(x[i] - shift). */
    float (*largest)(int n, const float *x);
    float (*exp_sum)(int n, const float *x, float shift);

    /* x[i] = activation(x[i]). gelu_tanh: x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)), which is
     * 0.5 x (1 + tanh(...)); gelu_erf: 0.5 x (1 + erf(x / sqrt 2)). */
    void (*gelu_tanh)(int n, float *x);
    void (*gelu_erf)(int n, float *x);
    void (*relu)(int n, float *x);
};

/* The kernels for this processor, the fastest it has; $PATCHGPT_ISA names another one. The fastest
 * too when that one is unknown or cannot run here, which pg_check_isa refuses. */
const struct kernels *kernels_default(void);

/* The kernels of that name, or NULL if they are not compiled in or cannot run here. */
const struct kernels *kernels_named(const char *name);

#endif
