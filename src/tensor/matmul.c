/* matmul.c: see matmul.h. The rows are repacked into tiles once; then threads take panels of 32
 * columns, widen and gather the panel's weights once, and run every tile against it. */
#include "tensor/matmul.h"

#include "base/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

bool scratch_init(struct scratch *scratch, int max_in, size_t attention_floats,
                  struct pg_error *err) {
    *scratch = (struct scratch){.kernels = kernels_default(), .threads = pg_threads()};
    size_t panel = (size_t)max_in * PANEL;
    scratch->panel_size = panel > attention_floats ? panel : attention_floats;
    scratch->packed_size = (size_t)BLOCK_ROWS * (size_t)max_in;
    scratch->packed = allocate(scratch->packed_size, sizeof(float), err);
    scratch->panels = allocate(scratch->panel_size * (size_t)scratch->threads, sizeof(float), err);
    if (scratch->packed && scratch->panels) return true;
    scratch_free(scratch);
    return false;
}

void scratch_free(struct scratch *scratch) {
    free(scratch->packed);
    free(scratch->panels);
    scratch->packed = scratch->panels = NULL;
}

float *scratch_of_thread(const struct scratch *scratch) {
    return scratch->panels + scratch->panel_size * (size_t)omp_get_thread_num();
}

int scratch_threads(const struct scratch *scratch, double operations) {
    return operations < 2e5 ? 1 : scratch->threads;
}

int tile_count(int rows_all, int most) {
    return (rows_all + most - 1) / most;
}

struct tile_rows tile_rows(int rows_all, int most, int tile) {
    const int count = tile_count(rows_all, most), base = rows_all / count,
              longer = rows_all % count;
    const int before = tile < longer ? tile : longer;
    return (struct tile_rows){tile * base + before, base + (tile < longer)};
}

void pack_tile(int rows, int n_in, const float *x, size_t ldx, float *out) {
    for (int k = 0; k < n_in; k++)
        for (int i = 0; i < rows; i++) *out++ = x[(size_t)i * ldx + (size_t)k];
}

/* Stores one tile of products (row stride PANEL): `count` columns of each row. */
static void store_tile(const struct kernels *kernels, enum finish finish, int rows, int count,
                       float *product, float *out, size_t ldo) {
    if (finish == FINISH_GELU_TANH) kernels->gelu_tanh(rows * PANEL, product);
    if (finish == FINISH_GELU_ERF) kernels->gelu_erf(rows * PANEL, product);
    if (finish == FINISH_RELU) kernels->relu(rows * PANEL, product);
    for (int i = 0; i < rows; i++, product += PANEL, out += ldo) {
        if (finish != FINISH_ADD)
            memcpy(out, product, (size_t)count * sizeof *out);
        else
            for (int j = 0; j < count; j++) out[j] += product[j];
    }
}

/* All rows of a block against the panel of outputs first..first+count-1. */
static void multiply_panel(const struct scratch *scratch, int rows, const struct matrix *m,
                           const float *bias, int first, int count, enum finish finish, float *out,
                           size_t ldo) {
    const struct kernels *kernels = scratch->kernels;
    float start[PANEL] = {0}, product[16 * PANEL];
    if (bias) memcpy(start, bias + first, (size_t)count * sizeof *start);

    const int tiles = tile_count(rows, kernels->tile_rows);
    const bool in_place = tiles == 1 && count == PANEL && m->dtype == DTYPE_F32 && !m->transposed;
    float *panel = scratch_of_thread(scratch);
    if (!in_place) kernels->pack_panel(m, first, count, panel);
    const float *b = in_place ? matrix_at(m, 0, first) : panel;
    const size_t ldb = in_place ? m->stride : PANEL;

    for (int t = 0; t < tiles; t++) {
        const struct tile_rows tile = tile_rows(rows, kernels->tile_rows, t);
        const float *a = scratch->packed + (size_t)tile.start * (size_t)m->n_in;
        kernels->tile(tile.rows, m->n_in, a, b, ldb, start, product, PANEL);
        store_tile(kernels, finish, tile.rows, count, product,
                   out + (size_t)tile.start * ldo + first, ldo);
    }
}

static void multiply_block(const struct scratch *scratch, int rows, const float *x, size_t ldx,
                           const struct matrix *m, const float *bias, enum finish finish,
                           float *out, size_t ldo) {
    const int most = scratch->kernels->tile_rows, tiles = tile_count(rows, most);
    const int threads = scratch_threads(scratch, (double)rows * m->n_in * m->n_out);
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int t = 0; t < tiles; t++) {
            const struct tile_rows tile = tile_rows(rows, most, t);
            pack_tile(tile.rows, m->n_in, x + (size_t)tile.start * ldx, ldx,
                      scratch->packed + (size_t)tile.start * (size_t)m->n_in);
        }
#pragma omp for schedule(dynamic)
        for (int first = 0; first < m->n_out; first += PANEL) {
            const int count = m->n_out - first < PANEL ? m->n_out - first : PANEL;
            multiply_panel(scratch, rows, m, bias, first, count, finish, out, ldo);
        }
    }
}

void matmul(const struct scratch *scratch, int rows, const float *x, size_t ldx,
            const struct matrix *m, const float *bias, enum finish finish, float *out, size_t ldo) {
    for (int start = 0; start < rows; start += BLOCK_ROWS) {
        const int count = rows - start < BLOCK_ROWS ? rows - start : BLOCK_ROWS;
        multiply_block(scratch, count, x + (size_t)start * ldx, ldx, m, bias, finish,
                       out + (size_t)start * ldo, ldo);
    }
}
