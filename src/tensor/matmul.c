/* matmul.c: see matmul.h. A GotoBLAS-style product out (M x N) = x (M x K) m (K x N), where x is
 * used unpacked and the weights m are packed and widened on the way:
 *
 *                          m      NR   NR
 *                               +----+----+--      K is cut into slices of at most KC inputs.
 *                          KC   | B  |    |        A panel is NR columns of m; one slice of it is
 *                               +----+----+--      packed into B, KC x NR contiguous floats, which
 *                          KC   |    |    |        stay in the core's own cache.
 *         x    KC   KC          +----+----+--
 *            +----+----+        +----+----+--
 *         MR | A  |    |        | C  |    |        The micro-kernel does C += A B for a tile of at
 *            +----+----+        +----+----+--      most MR rows; its MR x NR sums are registers.
 *         MR |    |    |    out |    |    |        The tiles below it use the same B; meanwhile the
 *            +----+----+        +----+----+--      next slice is prefetched and packed.
 *
 * M is cut into blocks of MC rows first, so that x and out stay in the shared cache. For each block
 * the tiles and panels are partitioned statically among the workers, in the same way for every
 * product, so that a core mostly reads rows that it wrote itself: traffic between cores costs more
 * than reading all weights twice. Many rows are partitioned by rows, few rows by columns. A worker
 * that is done takes panels from the others' ranges. */
#include "tensor/matmul.h"

#include <string.h>

/* Inputs of a slice: two packed slices and a tile of rows fit a core's own cache. Unpacked weights
 * are read with a long stride, which uses few sets of the cache, so their slices are shorter. */
enum { KC = 1024, KC_UNPACKED = 128 };

/* A worker gets at least this many row tiles: packing a panel for fewer costs more than reading
 * rows that another core wrote. */
enum { MIN_RANGE_TILES = 4 };

/* With at most this many row tiles, F32 weights stored (in, out) are used unpacked: packing would
 * dominate. */
enum { MAX_UNPACKED_TILES = 2 };

/* The last panel of a range is split into this many parts, so that no worker waits long at the
 * end. */
enum { LAST_PANEL_PARTS = 4 };

/* Two packed slices and the sums of a panel. */
size_t matmul_scratch(void) {
    return (2 * KC + MC) * NR;
}

/* ---- rows ---- */

size_t row_stride(int n) {
    const size_t line = 16, lines = ((size_t)n + line - 1) / line;
    return line * (lines % 32 ? lines : lines + 1);
}

/* Arguments of norm_rows. */
struct norm_job {
    const struct kernels *kernels;
    int n;
    const float *x;
    size_t ldx;
    const struct norm *norm;
    float *out;
    size_t ldo;
};

static void norm_row(void *context, int i, float *scratch) {
    (void)scratch;
    const struct norm_job *j = context;
    j->kernels->layer_norm(j->n, j->x + (size_t)i * j->ldx, j->norm, j->out + (size_t)i * j->ldo);
}

void norm_rows(const struct executor *executor, int rows, int n, const float *x, size_t ldx,
               const struct norm *norm, float *out, size_t ldo) {
    struct norm_job job = {executor->kernels, n, x, ldx, norm, out, ldo};
    executor_run(executor, 10.0 * rows * n, rows, norm_row, &job);
}

/* ---- a product ---- */

/* The product for one block of rows. */
struct product {
    const struct executor *executor;
    const struct kernels *kernels;
    int rows;
    const float *x;
    size_t ldx;
    const struct matrix *m;
    const float *bias;
    enum epilogue epilogue;
    float *out;
    size_t ldo;
    bool unpacked; /* whole panels of weights are used where they lie */
    int n_workers;
};

static bool can_stay_unpacked(const struct product *p) {
    return p->rows <= MAX_UNPACKED_TILES * p->kernels->mr && p->m->dtype == DTYPE_F32 &&
           !p->m->transposed;
}

/* Columns of the panel that starts at output `column`. */
static int panel_width(const struct product *p, int column) {
    return p->m->n_out - column < NR ? p->m->n_out - column : NR;
}

/* Whether sums accumulate directly in out: a full panel without an epilogue. */
static bool is_direct(const struct product *p, int column) {
    return p->epilogue == EPILOGUE_STORE && panel_width(p, column) == NR;
}

static struct part tile_at(const struct product *p, int tile) {
    return part_at(p->rows, p->kernels->mr, tile);
}

/* The rows of a tile, from input k on. */
static const float *tile_rows(const struct product *p, int tile, int k) {
    return p->x + (size_t)tile_at(p, tile).start * p->ldx + k;
}

/* Applies the epilogue to the sums of a tile (row stride NR) and stores them from `column` on. */
static void finish_tile(const struct product *p, int column, struct part tile, float *sums) {
    const int width = panel_width(p, column), n = tile.size * NR;
    if (p->epilogue == EPILOGUE_GELU_TANH) p->kernels->gelu_tanh(n, sums);
    if (p->epilogue == EPILOGUE_GELU_ERF) p->kernels->gelu_erf(n, sums);
    if (p->epilogue == EPILOGUE_RELU) p->kernels->relu(n, sums);
    float *out = p->out + (size_t)tile.start * p->ldo + column;
    for (int i = 0; i < tile.size; i++, sums += NR, out += p->ldo) {
        if (p->epilogue != EPILOGUE_ADD)
            memcpy(out, sums, (size_t)width * sizeof *out);
        else
            for (int j = 0; j < width; j++) out[j] += sums[j];
    }
}

/* ---- partition ---- */

/* What a worker starts with: some row tiles times some panels. */
struct work_range {
    int tile, n_tiles, panel, n_panels;
};

/* Where part i of n of `count` things starts. */
static int part_start(int count, int i, int n) {
    return (int)((long)count * i / n);
}

/* The range of a worker: the rows are cut into at most n_workers groups of tiles; the workers of
 * one group share its panels. */
static struct work_range range_of(const struct product *p, int worker) {
    const int n = p->n_workers, n_panels = part_count(p->m->n_out, NR);
    const int n_tiles = part_count(p->rows, p->kernels->mr), max = n_tiles / MIN_RANGE_TILES;
    const int n_groups = max < 1 ? 1 : max < n ? max : n;
    const int group = part_start(n_groups, worker, n);
    const int first = part_count(group * n, n_groups), end = part_count((group + 1) * n, n_groups);
    struct work_range r = {.tile = part_start(n_tiles, group, n_groups)};
    r.n_tiles = part_start(n_tiles, group + 1, n_groups) - r.tile;
    r.panel = part_start(n_panels, worker - first, end - first);
    r.n_panels = part_start(n_panels, worker - first + 1, end - first) - r.panel;
    return r;
}

/* A work unit: inputs from..to-1 of the panel at output `column`, for some tiles of a worker's
 * range. */
struct slice {
    int worker; /* whose range it is from */
    int column, from, to;
    int tile, n_tiles;
};

/* Whether there is work in it. */
static bool is_slice(const struct product *p, struct slice s) {
    return s.column < p->m->n_out;
}

/* Takes a panel, or a part of the last panel's tiles, from a worker's range. No slice if none is
 * left. */
static struct slice take_from(const struct product *p, int worker) {
    const struct work_range r = range_of(p, worker);
    const int n_parts = r.n_tiles < LAST_PANEL_PARTS ? r.n_tiles : LAST_PANEL_PARTS;
    const int taken = atomic_fetch_add(&p->executor->counters[worker].n, 1);
    const int part = taken - (r.n_panels - 1); /* of the last panel, if not negative */
    struct slice s = {.worker = worker, .tile = r.tile, .n_tiles = r.n_tiles};
    if (r.n_panels == 0 || part >= n_parts) {
        s.column = p->m->n_out;
    } else if (part < 0) {
        s.column = (r.panel + taken) * NR;
    } else {
        s.column = (r.panel + r.n_panels - 1) * NR;
        s.tile += part_start(r.n_tiles, part, n_parts);
        s.n_tiles = r.tile + part_start(r.n_tiles, part + 1, n_parts) - s.tile;
    }
    return s;
}

/* Takes a panel from any range, beginning with this worker's. */
static struct slice take_panel(const struct product *p, int worker) {
    struct slice s = take_from(p, worker);
    for (int i = 1; i < p->n_workers && !is_slice(p, s); i++)
        s = take_from(p, (worker + i) % p->n_workers);
    return s;
}

/* Where part i of n of n_in inputs starts: at a whole vector, and so that no part is larger than an
 * n-th of the inputs rounded up to whole vectors. */
static int input_start(int n_in, int i, int n) {
    const int start = part_start((n_in + 15) / 16, i, n) * 16;
    return start < n_in ? start : n_in;
}

/* The slice after this one: of the same panel, or the first of another panel. */
static struct slice next_slice(const struct product *p, struct slice s) {
    const int n_in = p->m->n_in, n = part_count(n_in, p->unpacked ? KC_UNPACKED : KC);
    if (s.to == n_in) s = take_panel(p, s.worker);
    s.from = s.to;
    for (int i = 1; i <= n; i++)
        if (input_start(n_in, i, n) > s.from) {
            s.to = input_start(n_in, i, n);
            return s;
        }
    return s;
}

/* Part i of n of a slice's inputs. */
static struct slice slice_part(struct slice s, int i, int n) {
    const int size = s.to - s.from;
    struct slice part = s;
    part.from = s.from + input_start(size, i, n);
    part.to = s.from + input_start(size, i + 1, n);
    return part;
}

/* ---- packing ---- */

/* Whether a slice has to be packed: always where the panel is not full. */
static bool needs_packing(const struct product *p, struct slice s) {
    return is_slice(p, s) && (!p->unpacked || panel_width(p, s.column) < NR);
}

/* Whether packing a slice is only copying, which the micro-kernel does on the side. */
static bool is_copied(const struct product *p, struct slice s) {
    return needs_packing(p, s) && p->m->dtype == DTYPE_F32 && !p->m->transposed &&
           panel_width(p, s.column) == NR;
}

/* Packs a part of the slice that starts at input `from`, to its place in the buffer of the
 * slice. */
static void pack_part(const struct product *p, struct slice part, int from, float *packed) {
    p->kernels->pack_panel(p->m, part.column, panel_width(p, part.column), part.from, part.to,
                           packed + (part.from - from) * NR);
}

/* What tile t of slice s does for the next slice: of as many parts as s has tiles, it prefetches
 * its own and copies the one that the tile before it prefetched. Weights stored (out, in) are
 * prefetched when they are packed, since their rows are contiguous. */
static struct prefetch plan_prefetch(const struct product *p, struct slice s, int t,
                                     struct slice next, float *next_packed) {
    const int number = t - s.tile;
    struct prefetch plan = {.out = p->out + (size_t)tile_at(p, t).start * p->ldo + s.column,
                            .ldo = p->ldo,
                            .next_rows = p->x,
                            .weight_stride = p->m->stride * dtype_size(p->m->dtype)};
    if (number + 1 < s.n_tiles) plan.next_rows = tile_rows(p, t + 1, s.from);
    if (!is_slice(p, next)) return plan;
    if (number + 1 == s.n_tiles) plan.next_rows = tile_rows(p, next.tile, next.from);
    if (p->m->transposed) return plan;

    const struct slice fetched = slice_part(next, number, s.n_tiles);
    plan.weights = matrix_at(p->m, fetched.from, next.column);
    plan.n_fetched = fetched.to - fetched.from;
    if (number == 0 || !is_copied(p, next)) return plan;
    const struct slice copied = slice_part(next, number - 1, s.n_tiles);
    plan.copy_from = matrix_at(p->m, copied.from, next.column);
    plan.n_copied = copied.to - copied.from;
    plan.copy_to = next_packed + (copied.from - next.from) * NR;
    return plan;
}

/* ---- multiplying ---- */

/* Multiplies the tiles of a slice by it; packed: its weights, if they are packed. Meanwhile packs
 * the next slice, a part with each tile, so that reading memory overlaps arithmetic. sums: rows x
 * NR, where the sums of a panel accumulate over its slices. */
static void multiply_slice(const struct product *p, struct slice s, const float *packed,
                           struct slice next, float *next_packed, float *sums) {
    const int width = panel_width(p, s.column), end = s.tile + s.n_tiles;
    const bool is_packed = needs_packing(p, s), direct = is_direct(p, s.column);
    const float *b = is_packed ? packed : matrix_at(p->m, s.from, s.column);
    const size_t ldb = is_packed ? NR : p->m->stride, ldc = direct ? p->ldo : NR;
    float start[NR] = {0};
    if (p->bias) memcpy(start, p->bias + s.column, (size_t)width * sizeof *start);

    for (int t = s.tile; t < end; t++) {
        const struct part tile = tile_at(p, t);
        const struct prefetch plan = plan_prefetch(p, s, t, next, next_packed);
        const size_t row = (size_t)tile.start;
        float *c = direct ? p->out + row * p->ldo + s.column : sums + row * NR;
        p->kernels->micro_kernel(tile.size, s.to - s.from, tile_rows(p, t, s.from), p->ldx, b, ldb,
                                 s.from ? NULL : start, c, ldc, &plan);
        if (s.to == p->m->n_in && !direct) finish_tile(p, s.column, tile, c);
        if (needs_packing(p, next) && (t + 1 == end || !is_copied(p, next)))
            pack_part(p, slice_part(next, t - s.tile, s.n_tiles), next.from, next_packed);
    }
}

/* Multiplies slices of a worker's range, then of the others', while there are any. */
static void multiply_range(void *context, int worker, float *scratch) {
    const struct product *p = context;
    float *packed = scratch, *next_packed = packed + KC * NR, *sums = next_packed + KC * NR;
    struct slice s = next_slice(p, (struct slice){.worker = worker, .to = p->m->n_in});
    if (needs_packing(p, s)) pack_part(p, s, s.from, packed);
    while (is_slice(p, s)) {
        const struct slice next = next_slice(p, s);
        multiply_slice(p, s, packed, next, next_packed, sums);
        float *free_buffer = packed;
        packed = next_packed;
        next_packed = free_buffer;
        s = next;
    }
}

void matmul(const struct executor *executor, int rows, const float *x, size_t ldx,
            const struct matrix *m, const float *bias, enum epilogue epilogue, float *out,
            size_t ldo) {
    for (int b = 0; b < part_count(rows, MC); b++) {
        const struct part block = part_at(rows, MC, b);
        const double operations = (double)block.size * m->n_in * m->n_out;
        struct product product = {.executor = executor,
                                  .kernels = executor->kernels,
                                  .rows = block.size,
                                  .x = x + (size_t)block.start * ldx,
                                  .ldx = ldx,
                                  .m = m,
                                  .bias = bias,
                                  .epilogue = epilogue,
                                  .out = out + (size_t)block.start * ldo,
                                  .ldo = ldo,
                                  .n_workers = executor_workers(executor, operations)};
        product.unpacked = can_stay_unpacked(&product);
        for (int w = 0; w < product.n_workers; w++) atomic_store(&executor->counters[w].n, 0);
        executor_run(executor, operations, product.n_workers, multiply_range, &product);
    }
}
