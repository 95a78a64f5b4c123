/* openblas.h: OpenBLAS as a yardstick, loaded at run time if it is installed. The product does not
 * use it. */
#ifndef BENCH_OPENBLAS_H
#define BENCH_OPENBLAS_H

#include <stdbool.h>

/* cblas_sgemm. Order and transposition are CBLAS's numbers. */
typedef void sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                   const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

struct openblas {
    sgemm *sgemm;            /* NULL if it is not installed */
    const char *description; /* its version and the kernels it chose, or "not installed" */
};

/* Loads the library and sets its threads. It stays loaded until the program ends. */
struct openblas openblas_load(int threads);

/* out (rows x n_out) = x (rows x n_in, row stride ldx) w. w is n_in x n_out, or n_out x n_in if
 * transposed. */
void openblas_multiply(const struct openblas *blas, int rows, int n_in, int n_out, const float *x,
                       int ldx, const float *w, bool transposed, float *out);

#endif
