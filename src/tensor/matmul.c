/* matmul.c: see matmul.h. The rows are repacked into tiles once; then threads take panels of 32
 * columns, strip by strip: a strip's weights are gathered and widened once, and every tile is run
 * against it. */
#include "tensor/matmul.h"

#include "base/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

bool scratch_init(struct scratch *scratch, int max_in, size_t attention_floats,
                  struct pg_error *err) {
    *scratch = (struct scratch){.kernels = kernels_default(), .threads = pg_threads()};
    /* a panel in use, one being packed, and the products of one */
    size_t panel = (2 * (size_t)max_in + BLOCK_ROWS) * PANEL;
    scratch->panel_size = panel > attention_floats ? panel : attention_floats;
    scratch->packed = allocate(BLOCK_ROWS, (size_t)max_in * sizeof(float), err);
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
    int next_panel; /* the first output that no thread has taken */
};

/* A thread's unit of work: inputs from..to-1 of the panel of outputs from `first` on. Panels of
 * many inputs are split so that a strip, the next one and a tile of rows fit a core's own cache. */
struct strip {
    int first, from, to;
};

enum { STRIP_INPUTS = 512 };

/* Takes the next panel that no thread has taken. */
static int take_panel(struct product *p) {
    int first;
#pragma omp atomic capture
    {
        first = p->next_panel;
        p->next_panel += PANEL;
    }
    return first;
}

static bool is_strip(const struct product *p, struct strip s) {
    return s.first < p->m->n_out;
}

/* Number i of n parts of n_in inputs, in whole vectors. */
static int part_start(int n_in, int i, int n) {
    return i == n ? n_in : (int)((long)n_in * i / n) / 16 * 16;
}

/* The strip after this one: of the same panel, or of a panel that is taken now. */
static struct strip next_strip(struct product *p, struct strip s) {
    const int n_in = p->m->n_in, n = tile_count(n_in, STRIP_INPUTS);
    if (s.to == n_in) s = (struct strip){take_panel(p), 0, 0};
    for (int i = 1; i <= n; i++)
        if (part_start(n_in, i, n) > s.to)
            return (struct strip){s.first, s.to, part_start(n_in, i, n)};
    return s;
}

static int panel_count(const struct product *p, int first) {
    return p->m->n_out - first < PANEL ? p->m->n_out - first : PANEL;
}

/* Part i of n of a strip. */
static struct strip strip_part(struct strip s, int i, int n) {
    const int size = s.to - s.from;
    return (struct strip){s.first, s.from + part_start(size, i, n),
                          s.from + part_start(size, i + 1, n)};
}

/* The weights of a strip, to be fetched in n_in steps of a tile. Only rows of weights are: where the
 * matrix is stored (out, in) they are long stretches, which the processor fetches by itself. */
static struct ahead strip_ahead(const struct product *p, struct strip s, int n_in) {
    const int n = s.to - s.from;
    if (!is_strip(p, s) || p->m->transposed || n == 0)
        return (struct ahead){p->scratch->packed, 0, 1};
    return (struct ahead){matrix_at(p->m, s.from, s.first), p->m->stride * dtype_size(p->m->dtype),
                          n_in > n ? n_in / n : 1};
}

static void pack(const struct product *p, struct strip s, float *panel) {
    p->scratch->kernels->pack_panel(p->m, s.first, panel_count(p, s.first), s.from, s.to, panel);
}

/* All rows against a strip that is packed. Between the tiles the next strip is packed, a part at
 * a time, so that its reading from memory hides behind the arithmetic. products: rows x PANEL,
 * where the sums of a panel's strips build up. */
static void multiply_strip(const struct product *p, struct strip s, const float *panel,
                           struct strip next, float *next_panel, float *products) {
    const struct kernels *kernels = p->scratch->kernels;
    const int count = panel_count(p, s.first), tiles = tile_count(p->rows, kernels->tile_rows);
    float start[PANEL] = {0};
    if (p->bias) memcpy(start, p->bias + s.first, (size_t)count * sizeof *start);

    for (int t = 0; t < tiles; t++) {
        const struct strip part = strip_part(next, t, tiles);
        const struct tile_rows tile = tile_rows(p->rows, kernels->tile_rows, t);
        const float *a = p->scratch->packed + (size_t)tile.start * (size_t)p->m->n_in +
                         (size_t)s.from * (size_t)tile.rows;
        float *product = products + (size_t)tile.start * PANEL;
        kernels->tile(tile.rows, s.to - s.from, a, panel + (size_t)s.from * PANEL, PANEL,
                      s.from ? NULL : start, product, PANEL, strip_ahead(p, part, s.to - s.from));
        if (s.to == p->m->n_in)
            store_tile(kernels, p->finish, tile.rows, count, product,
                       p->out + (size_t)tile.start * p->ldo + s.first, p->ldo);
        if (is_strip(p, next)) pack(p, part, next_panel);
    }
}

/* One thread's share: strips, while there are any. */
static void multiply_strips(struct product *p) {
    const size_t panel_size = (size_t)p->m->n_in * PANEL;
    float *panel = scratch_of_thread(p->scratch), *spare = panel + panel_size;
    float *products = spare + panel_size;
    struct strip s = next_strip(p, (struct strip){0, 0, p->m->n_in});
    if (is_strip(p, s)) pack(p, s, panel);
    while (is_strip(p, s)) {
        const struct strip next = next_strip(p, s);
        multiply_strip(p, s, panel, next, next.from ? panel : spare, products);
        if (!next.from) {
            float *packed = panel;
            panel = spare;
            spare = packed;
        }
        s = next;
    }
}

/* A single tile takes the weights where they lie, if they are floats in rows: packing them would be
 * most of the work. */
static bool stays_in_place(const struct product *p) {
    return p->rows <= p->scratch->kernels->tile_rows && p->m->dtype == DTYPE_F32 &&
           !p->m->transposed;
}

/* One thread's share of a single tile's panels, each fetched while the one before it is
 * multiplied. */
static void multiply_in_place(struct product *p) {
    const struct kernels *kernels = p->scratch->kernels;
    const struct matrix *m = p->m;
    for (int first = take_panel(p), next; first < m->n_out; first = next) {
        next = take_panel(p);
        const int count = panel_count(p, first);
        float start[PANEL] = {0}, product[MOST_TILE_ROWS * PANEL];
        float *panel = scratch_of_thread(p->scratch);
        if (p->bias) memcpy(start, p->bias + first, (size_t)count * sizeof *start);
        if (count < PANEL) kernels->pack_panel(m, first, count, 0, m->n_in, panel);
        const float *b = count < PANEL ? panel : matrix_at(m, 0, first);
        const struct ahead ahead =
            next < m->n_out ? (struct ahead){matrix_at(m, 0, next), m->stride * sizeof *b, 1}
                            : (struct ahead){b, 0, 1};
        kernels->tile(p->rows, m->n_in, p->scratch->packed, b, count < PANEL ? PANEL : m->stride,
                      start, product, PANEL, ahead);
        store_tile(kernels, p->finish, p->rows, count, product, p->out + first, p->ldo);
    }
}

static void multiply_block(struct product *p, const float *x, size_t ldx) {
    const struct kernels *kernels = p->scratch->kernels;
    const size_t n_in = (size_t)p->m->n_in;
    const int most = kernels->tile_rows, tiles = tile_count(p->rows, most);
    const int threads = scratch_threads(p->scratch, (double)p->rows * p->m->n_in * p->m->n_out);
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int t = 0; t < tiles; t++) {
            const struct tile_rows tile = tile_rows(p->rows, most, t);
            kernels->pack_tile(tile.rows, (int)n_in, x + (size_t)tile.start * ldx, ldx,
                               p->scratch->packed + (size_t)tile.start * n_in);
        }
        if (stays_in_place(p))
            multiply_in_place(p);
        else
            multiply_strips(p);
    }
}

void matmul(const struct scratch *scratch, int rows, const float *x, size_t ldx,
            const struct matrix *m, const float *bias, enum finish finish, float *out, size_t ldo) {
    for (int b = 0; b < tile_count(rows, BLOCK_ROWS); b++) {
        const struct tile_rows block = tile_rows(rows, BLOCK_ROWS, b);
        const size_t start = (size_t)block.start;
        struct product product = {.scratch = scratch,
                                  .rows = block.rows,
                                  .m = m,
                                  .bias = bias,
                                  .finish = finish,
                                  .out = out + start * ldo,
                                  .ldo = ldo};
        multiply_block(&product, x + start * ldx, ldx);
    }
}
