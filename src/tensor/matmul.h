/* matmul.h: rows of activations times a stored weight matrix, on all threads.
 *
 * Every output element takes acc = fma(x[k], w[k][j], acc) for k = 0, 1, 2, ... from its bias or
 * 0: the same bits whatever the number of rows, the tiles and the threads. */
#ifndef TENSOR_MATMUL_H
#define TENSOR_MATMUL_H

#include "base/pool.h"
#include "tensor/kernels.h"

/* Rows that are multiplied at a time: enough to hide the reading of the weights behind the
 * arithmetic, few enough to stay in the cache. */
enum { BLOCK_ROWS = 896 };

/* No kernel's tiles have more rows. */
enum { MOST_TILE_ROWS = 16 };

/* What happens to a finished product before it is stored. */
enum finish { FINISH_STORE, FINISH_ADD, FINISH_GELU_TANH, FINISH_GELU_ERF, FINISH_RELU };

/* Who does the products and attention, and their working memory; one for each walk, allocated once. */
struct scratch {
    const struct kernels *kernels;
    struct pool *pool;
    size_t member_size; /* floats of one member's own */
    float *of_members;
    struct share *shares; /* of a product, while it is made; one for each member */
};

/* Room for products, and at least own_floats for each member of the team. */
bool scratch_init(struct scratch *scratch, size_t own_floats, struct pg_error *err);
void scratch_free(struct scratch *scratch);

/* An item of work; own: floats of whoever does it. */
typedef void scratch_work(void *context, int i, float *own);

/* Does items 0 to n - 1 of work, by all of the team if together they are so many multiplications and
 * additions that waking the others pays. */
void scratch_run(const struct scratch *scratch, double operations, int n, scratch_work *work,
                 void *context);

/* out (rows x m->n_out, row stride ldo) = finish(x (rows x m->n_in, row stride ldx) m + bias).
 * bias may be NULL. FINISH_ADD adds the product to what is in out. x and out must not overlap. */
void matmul(const struct scratch *scratch, int rows, const float *x, size_t ldx,
            const struct matrix *m, const float *bias, enum finish finish, float *out, size_t ldo);

/* out = norm(x): rows x n, row strides ldx and ldo. */
void norm_rows(const struct scratch *scratch, int rows, int n, const float *x, size_t ldx,
               const struct norm *norm, float *out, size_t ldo);

/* The best distance between rows of n numbers that are to be multiplied, at least n: whole cache lines, not so
 * many that the same column of all rows falls into the same few sets of the cache. */
size_t row_stride(int n);

/* Rows start..start+rows of tile number `tile` when `rows_all` rows are split into the fewest
 * tiles of at most `most` rows, as evenly as possible. */
struct tile_rows {
    int start, rows;
};
int tile_count(int rows_all, int most);
struct tile_rows tile_rows(int rows_all, int most, int tile);

#endif
