/* matrix.h: a stored weight matrix, used where it lies in the checkpoint. */
#ifndef TENSOR_MATRIX_H
#define TENSOR_MATRIX_H

#include "model/safetensors.h"

/* Maps rows of n_in numbers to rows of n_out numbers. Element (k, j), from input k to output j,
 * is number k * stride + j of data, or j * stride + k when transposed: (out, in) as minGPT stores
 * it. */
struct matrix {
    const void *data;
    enum dtype dtype;
    bool transposed;
    int n_in, n_out;
    size_t stride;
};

/* Bytes of one stored number. */
static inline size_t dtype_size(enum dtype dtype) {
    return dtype == DTYPE_F32 ? 4 : 2;
}

static inline const void *matrix_at(const struct matrix *m, int k, int j) {
    size_t index =
        m->transposed ? (size_t)j * m->stride + (size_t)k : (size_t)k * m->stride + (size_t)j;
    return (const char *)m->data + index * dtype_size(m->dtype);
}

/* The outputs from..from+count-1 alone; shares the data. */
static inline struct matrix matrix_outputs(const struct matrix *m, int from, int count) {
    struct matrix part = *m;
    part.data = matrix_at(m, 0, from);
    part.n_out = count;
    return part;
}

#endif
