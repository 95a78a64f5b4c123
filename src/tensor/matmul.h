/* matmul.h: rows of activations times a stored weight matrix, on all workers of an executor.
 *
 * Every output element is acc = fma(x[k], w[k][j], acc) for k = 0, 1, 2, ..., from its bias or 0:
 * the same bits whatever the number of rows, the tiling and the threads. */
#ifndef TENSOR_MATMUL_H
#define TENSOR_MATMUL_H

#include "tensor/executor.h"

/* Rows that are multiplied at a time (MC): enough to overlap reading the weights with arithmetic,
 * few enough to stay in the cache. */
enum { MC = 896 };

/* What happens to a product before it is stored. */
enum epilogue {
    EPILOGUE_STORE,
    EPILOGUE_ADD, /* it is added to out */
    EPILOGUE_GELU_TANH,
    EPILOGUE_GELU_ERF,
    EPILOGUE_RELU
};

/* Floats of scratch that matmul needs for each worker. */
size_t matmul_scratch(void);

/* out = epilogue(x m + bias), for `rows` rows: x is rows x m->n_in with row stride ldx, out is rows
 * x m->n_out with row stride ldo; they must not overlap. bias: m->n_out floats, or NULL for 0. */
void matmul(const struct executor *executor, int rows, const float *x, size_t ldx,
            const struct matrix *m, const float *bias, enum epilogue epilogue, float *out,
            size_t ldo);

/* out = norm(x), for `rows` rows of n: row strides ldx and ldo. */
void norm_rows(const struct executor *executor, int rows, int n, const float *x, size_t ldx,
               const struct norm *norm, float *out, size_t ldo);

/* The row stride for rows of n numbers that are multiplied: whole cache lines, and not a multiple
 * of 2 KB, which would map a column of all rows into few sets of the cache. */
size_t row_stride(int n);

#endif
