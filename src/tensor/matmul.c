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
    size_t panel = 2 * (size_t)max_in * PANEL; /* one in use, one being packed */
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

/* One product over a block of rows, whose tiles are packed in scratch. */
struct product {
    const struct scratch *scratch;
    int rows;
    const struct matrix *m;
    const float *bias;
    enum finish finish;
    float *out;
    size_t ldo;
};

/* A single tile takes the weights where they lie, if they are floats in rows: packing them would be
 * most of the work. */
static bool in_place(const struct product *p) {
    return p->rows <= p->scratch->kernels->tile_rows && p->m->dtype == DTYPE_F32 &&
           !p->m->transposed;
}

static int panel_count(const struct matrix *m, int first) {
    return m->n_out - first < PANEL ? m->n_out - first : PANEL;
}

/* Asks for the weights of a panel from inputs from..to-1, which are needed after the next tile. */
static void fetch_part(const struct matrix *m, int first, int from, int to) {
    const int line = 64 / (int)dtype_size(m->dtype), count = panel_count(m, first);
    if (m->transposed) {
        for (int j = 0; j < count; j++)
            for (int k = from; k < to; k += line) __builtin_prefetch(matrix_at(m, k, first + j));
    } else {
        for (int k = from; k < to; k++)
            for (int j = 0; j < count; j += line) __builtin_prefetch(matrix_at(m, k, first + j));
    }
}

/* Where part number t of n begins when n_in inputs are packed in parts of whole vectors. */
static int part_start(int n_in, int t, int n) {
    return t == n ? n_in : (int)((long)n_in * t / n) / 16 * 16;
}

/* All rows against the panel of outputs from `first` on, which is packed. Between the tiles the
 * panel from `next` on is packed into spare, a part at a time, so that its reading from memory
 * hides behind the arithmetic. */
static void multiply_panel(const struct product *p, int first, int next, const float *panel,
                           float *spare) {
    const struct kernels *kernels = p->scratch->kernels;
    const struct matrix *m = p->m;
    const int count = panel_count(m, first), tiles = tile_count(p->rows, kernels->tile_rows);
    float start[PANEL] = {0}, product[MOST_TILE_ROWS * PANEL];
    if (p->bias) memcpy(start, p->bias + first, (size_t)count * sizeof *start);

    for (int t = 0; t < tiles; t++) {
        if (next < m->n_out) {
            const int to = part_start(m->n_in, t + 1, tiles);
            kernels->pack_panel(m, next, panel_count(m, next), part_start(m->n_in, t, tiles), to,
                                spare);
            if (t + 1 < tiles) fetch_part(m, next, to, part_start(m->n_in, t + 2, tiles));
        }
        const struct tile_rows tile = tile_rows(p->rows, kernels->tile_rows, t);
        const float *a = p->scratch->packed + (size_t)tile.start * (size_t)m->n_in;
        kernels->tile(tile.rows, m->n_in, a, panel, PANEL, start, product, PANEL,
                      (struct ahead){a, 0});
        store_tile(kernels, p->finish, tile.rows, count, product,
                   p->out + (size_t)tile.start * p->ldo + first, p->ldo);
    }
}

/* The same for a single tile, with the weights where they lie; the next panel is fetched
 * meanwhile. */
static void multiply_in_place(const struct product *p, int first, int next, float *panel) {
    const struct matrix *m = p->m;
    const int count = panel_count(m, first);
    float start[PANEL] = {0}, product[MOST_TILE_ROWS * PANEL];
    if (p->bias) memcpy(start, p->bias + first, (size_t)count * sizeof *start);
    if (count < PANEL) p->scratch->kernels->pack_panel(m, first, count, 0, m->n_in, panel);
    const float *b = count < PANEL ? panel : matrix_at(m, 0, first);
    const struct ahead ahead = next < m->n_out
                                   ? (struct ahead){matrix_at(m, 0, next), m->stride * sizeof *b}
                                   : (struct ahead){b, 0};
    p->scratch->kernels->tile(p->rows, m->n_in, p->scratch->packed, b,
                              count < PANEL ? PANEL : m->stride, start, product, PANEL, ahead);
    store_tile(p->scratch->kernels, p->finish, p->rows, count, product, p->out + first, p->ldo);
}

/* Takes the next panel that no thread has taken. */
static int take_panel(int *next) {
    int first;
#pragma omp atomic capture
    {
        first = *next;
        *next += PANEL;
    }
    return first;
}

/* One thread's share of the panels, taken one by one. */
static void multiply_panels(const struct product *p, int *next_panel) {
    const struct matrix *m = p->m;
    const bool stays = in_place(p);
    float *panel = scratch_of_thread(p->scratch), *spare = panel + m->n_in * PANEL;
    int first = take_panel(next_panel);
    if (!stays && first < m->n_out)
        p->scratch->kernels->pack_panel(m, first, panel_count(m, first), 0, m->n_in, panel);
    while (first < m->n_out) {
        const int next = take_panel(next_panel);
        if (stays) {
            multiply_in_place(p, first, next, panel);
        } else {
            float *packed = panel;
            multiply_panel(p, first, next, packed, spare);
            panel = spare;
            spare = packed;
        }
        first = next;
    }
}

static void multiply_block(const struct product *p, const float *x, size_t ldx) {
    const struct matrix *m = p->m;
    const int most = p->scratch->kernels->tile_rows, tiles = tile_count(p->rows, most);
    const int threads = scratch_threads(p->scratch, (double)p->rows * m->n_in * m->n_out);
    int next_panel = 0;
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int t = 0; t < tiles; t++) {
            const struct tile_rows tile = tile_rows(p->rows, most, t);
            pack_tile(tile.rows, m->n_in, x + (size_t)tile.start * ldx, ldx,
                      p->scratch->packed + (size_t)tile.start * (size_t)m->n_in);
        }
        multiply_panels(p, &next_panel);
    }
}

void matmul(const struct scratch *scratch, int rows, const float *x, size_t ldx,
            const struct matrix *m, const float *bias, enum finish finish, float *out, size_t ldo) {
    for (int b = 0; b < tile_count(rows, BLOCK_ROWS); b++) {
        const struct tile_rows block = tile_rows(rows, BLOCK_ROWS, b);
        const size_t start = (size_t)block.start;
        const struct product product = {scratch, block.rows,        m,  bias,
                                        finish,  out + start * ldo, ldo};
        multiply_block(&product, x + start * ldx, ldx);
    }
}
