/* small_product.c: see small_product.h. Panel by panel: NR columns are packed, then multiplied with
 * tiles of at most MR rows. */
#include "tensor/small_product.h"

#include <string.h>

/* A packed panel, and the sums of a tile. */
size_t small_product_scratch(int n_in) {
    return ((size_t)n_in + MAX_MR) * NR;
}

void small_product(const struct kernels *kernels, int rows, const float *x, size_t ldx,
                   const struct matrix *m, const float *bias, float *out, size_t ldo,
                   float *scratch) {
    float *panel = scratch, *sums = scratch + (size_t)m->n_in * NR;
    const struct prefetch none = {.out = sums, .next_rows = x};
    for (int column = 0; column < m->n_out; column += NR) {
        const int width = m->n_out - column < NR ? m->n_out - column : NR;
        float start[NR] = {0};
        if (bias) memcpy(start, bias + column, (size_t)width * sizeof *start);
        kernels->pack_panel(m, column, width, 0, m->n_in, panel);
        for (int row = 0; row < rows; row += kernels->mr) {
            const int n = rows - row < kernels->mr ? rows - row : kernels->mr;
            kernels->micro_kernel(n, m->n_in, x + (size_t)row * ldx, ldx, panel, NR, start, sums,
                                  NR, &none);
            for (int i = 0; i < n; i++)
                memcpy(out + (size_t)(row + i) * ldo + column, sums + i * NR,
                       (size_t)width * sizeof *out);
        }
    }
}
