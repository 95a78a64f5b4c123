/* matrix.h: a stored weight matrix, used where it lies in the checkpoint. */
#ifndef TENSOR_MATRIX_H
#define TENSOR_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

/* How numbers are stored. DTYPE_OTHER is any other type of a checkpoint's, which no matrix has. */
enum dtype { DTYPE_F32, DTYPE_F16, DTYPE_BF16, DTYPE_OTHER };

/* Maps rows of n_in numbers to rows of n_out numbers. Element (k, j), from input k to output j, is
 * data[k * stride + j], or data[j * stride + k] when transposed: (out, in), as minGPT stores it. */
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

/* The address of element (k, j). */
static inline const void *matrix_at(const struct matrix *m, int k, int j) {
    size_t index =
        m->transposed ? (size_t)j * m->stride + (size_t)k : (size_t)k * m->stride + (size_t)j;
    return (const char *)m->data + index * dtype_size(m->dtype);
}

/* The matrix of inputs from..from+count-1 alone; shares the data. */
static inline struct matrix matrix_inputs(const struct matrix *m, int from, int count) {
    struct matrix part = *m;
    part.data = matrix_at(m, from, 0);
    part.n_in = count;
    return part;
}

/* The matrix of outputs from..from+count-1 alone; shares the data. */
static inline struct matrix matrix_outputs(const struct matrix *m, int from, int count) {
    struct matrix part = *m;
    part.data = matrix_at(m, 0, from);
    part.n_out = count;
    return part;
}

#endif
