/* small_product.h: rows times a stored weight matrix in the calling thread alone, for work that is
 * shared out by other things than rows (matmul.h is for tall products). The same bits as matmul. */
#ifndef TENSOR_SMALL_PRODUCT_H
#define TENSOR_SMALL_PRODUCT_H

#include "tensor/kernels.h"

/* Floats of scratch for a product with n_in inputs. */
size_t small_product_scratch(int n_in);

/* out = x m + bias for `rows` rows: x is rows x m->n_in with row stride ldx, out is rows x m->n_out
 * with row stride ldo; they must not overlap. bias: m->n_out floats, or NULL for 0. */
void small_product(const struct kernels *kernels, int rows, const float *x, size_t ldx,
                   const struct matrix *m, const float *bias, float *out, size_t ldo,
                   float *scratch);

#endif
