/* matmul.c: see matmul.h. Rows are multiplied where they lie, in tiles, panel by panel of 32 columns, strip by
 * strip: a strip's weights are gathered and widened once, and every tile is run against it.
 *
 * Every member of the team begins with a share of its own, the same whatever the product: cores may be far
 * apart, and what one of them has just written costs another more than reading all weights twice. Where
 * there are many rows a share is a band of them, else a stretch of the panels. */
#include "tensor/matmul.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Inputs of a strip. A strip, the next one and a tile of rows fit a core's own cache; where the
 * weights stay where they lie, so do the next strip's, whose rows may fall into few of its sets. */
enum { STRIP_INPUTS = 1024, STRIP_INPUTS_IN_PLACE = 128 };

/* Tiles of a band at least: packing a strip for fewer costs more than reading rows that another core wrote. */
enum { BAND_TILES = 4 };

/* Some tiles of rows times some panels of columns, on a cache line of its own. */
struct share {
    _Alignas(64) atomic_int n_taken; /* panels, or parts of them, that somebody has */
    int tile, tiles;                 /* the first, and how many */
    int panel, panels;
};

bool scratch_init(struct scratch *scratch, size_t own_floats, struct pg_error *err) {
    *scratch =
        (struct scratch){.kernels = kernels_default(), .pool = pool_start(pg_threads(), err)};
    const size_t strips = (2 * STRIP_INPUTS + BLOCK_ROWS) * PANEL; /* two, and a panel's products */
    scratch->member_size = strips > own_floats ? strips : own_floats;
    if (scratch->pool) {
        const size_t members = (size_t)pool_size(scratch->pool);
        scratch->of_members = allocate_unset(scratch->member_size * members, sizeof(float), err);
        scratch->shares = allocate(members, sizeof *scratch->shares, err);
    }
    if (scratch->of_members && scratch->shares) return true;
    scratch_free(scratch);
    return false;
}

void scratch_free(struct scratch *scratch) {
    pool_stop(scratch->pool);
    free(scratch->of_members);
    free(scratch->shares);
    *scratch = (struct scratch){0};
}

/* Work on its way to the team. */
struct shared_work {
    const struct scratch *scratch;
    scratch_work *work;
    void *context;
};

static void do_item(void *context, int i, int member) {
    const struct shared_work *w = context;
    w->work(w->context, i, w->scratch->of_members + w->scratch->member_size * (size_t)member);
}

/* How many members so many operations are worth: one, or all. */
static int members_for(const struct scratch *scratch, double operations) {
    return operations >= 5e5 ? pool_size(scratch->pool) : 1;
}

void scratch_run(const struct scratch *scratch, double operations, int n, scratch_work *work,
                 void *context) {
    struct shared_work shared = {scratch, work, context};
    if (members_for(scratch, operations) > 1) {
        pool_run(scratch->pool, n, do_item, &shared);
        return;
    }
    for (int i = 0; i < n; i++) work(context, i, scratch->of_members);
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

/* ---- the rows ---- */

size_t row_stride(int n) {
    const size_t line = 16, lines = ((size_t)n + line - 1) / line;
    return line * (lines % 32 ? lines : lines + 1);
}

/* Rows on their way through a layer norm. */
struct norming {
    const struct kernels *kernels;
    int n;
    const float *x;
    size_t ldx;
    const struct norm *norm;
    float *out;
    size_t ldo;
};

static void norm_row(void *context, int i, float *own) {
    (void)own;
    const struct norming *r = context;
    r->kernels->layer_norm(r->n, r->x + (size_t)i * r->ldx, r->norm, r->out + (size_t)i * r->ldo);
}

void norm_rows(const struct scratch *scratch, int rows, int n, const float *x, size_t ldx,
               const struct norm *norm, float *out, size_t ldo) {
    struct norming r = {scratch->kernels, n, x, ldx, norm, out, ldo};
    scratch_run(scratch, 10.0 * rows * n, rows, norm_row, &r);
}

/* ---- a product ---- */

/* One product over a block of rows. */
struct product {
    const struct scratch *scratch;
    int rows;
    const float *x;
    size_t ldx;
    const struct matrix *m;
    const float *bias;
    enum finish finish;
    float *out;
    size_t ldo;
    bool in_place; /* the weights are taken where they lie */
    int n_shares;  /* of scratch->shares */
};

/* So few tiles take the weights where they lie, if they are floats in rows: packing them would be a large part
 * of the work. */
enum { TILES_IN_PLACE = 2 };

static bool stays_in_place(const struct product *p) {
    return p->rows <= TILES_IN_PLACE * p->scratch->kernels->tile_rows && p->m->dtype == DTYPE_F32 &&
           !p->m->transposed;
}

static int panel_count(const struct product *p, int first) {
    return p->m->n_out - first < PANEL ? p->m->n_out - first : PANEL;
}

/* Whether the products of a panel build up where they are to be. */
static bool goes_straight(const struct product *p, int first) {
    return p->finish == FINISH_STORE && panel_count(p, first) == PANEL;
}

/* Stores a tile of the products of a panel (row stride PANEL). */
static void store_tile(const struct product *p, int first, struct tile_rows tile, float *product) {
    const struct kernels *kernels = p->scratch->kernels;
    const int count = panel_count(p, first), numbers = tile.rows * PANEL;
    if (p->finish == FINISH_GELU_TANH) kernels->gelu_tanh(numbers, product);
    if (p->finish == FINISH_GELU_ERF) kernels->gelu_erf(numbers, product);
    if (p->finish == FINISH_RELU) kernels->relu(numbers, product);
    float *out = p->out + (size_t)tile.start * p->ldo + first;
    for (int i = 0; i < tile.rows; i++, product += PANEL, out += p->ldo) {
        if (p->finish != FINISH_ADD)
            memcpy(out, product, (size_t)count * sizeof *out);
        else
            for (int j = 0; j < count; j++) out[j] += product[j];
    }
}

/* ---- strips ---- */

/* A unit of work: inputs from..to-1 of the panel of outputs from `first` on, for some tiles of a share. */
struct strip {
    int share;
    int first, from, to;
    int tile, tiles; /* the first tile, and how many */
};

/* Where the part i of n of `count` things begins. */
static int nth_part(int count, int i, int n) {
    return (int)((long)count * i / n);
}

/* Divides the product among so many members: into bands of tiles, a band among several by its panels. */
static void make_shares(struct product *p, int n) {
    const int tiles = tile_count(p->rows, p->scratch->kernels->tile_rows);
    const int panels = tile_count(p->m->n_out, PANEL);
    const int most = tiles / BAND_TILES, bands = most < 1 ? 1 : most < n ? most : n;
    p->n_shares = n;
    for (int i = 0; i < n; i++) {
        struct share *s = &p->scratch->shares[i];
        const int band = nth_part(bands, i, n);
        const int first = tile_count(band * n, bands), end = tile_count((band + 1) * n, bands);
        atomic_store(&s->n_taken, 0);
        s->tile = nth_part(tiles, band, bands);
        s->tiles = nth_part(tiles, band + 1, bands) - s->tile;
        s->panel = nth_part(panels, i - first, end - first);
        s->panels = nth_part(panels, i - first + 1, end - first) - s->panel;
    }
}

/* The tiles of a share's last panel are handed out in so many parts, so that nobody waits long for the
 * others. */
enum { LAST_PARTS = 4 };

/* A panel, or a part of its tiles, that nobody has taken of a share; beyond the last output if there is
 * none. */
static struct strip take_panel_of(const struct product *p, int share) {
    struct share *s = &p->scratch->shares[share];
    const int parts = s->tiles < LAST_PARTS ? s->tiles : LAST_PARTS;
    const int taken = atomic_fetch_add(&s->n_taken, 1), part = taken - (s->panels - 1);
    struct strip strip = {.share = share, .tile = s->tile, .tiles = s->tiles};
    if (s->panels == 0 || part >= parts) {
        strip.first = p->m->n_out;
    } else if (part < 0) {
        strip.first = (s->panel + taken) * PANEL;
    } else {
        strip.first = (s->panel + s->panels - 1) * PANEL;
        strip.tile += nth_part(s->tiles, part, parts);
        strip.tiles = s->tile + nth_part(s->tiles, part + 1, parts) - strip.tile;
    }
    return strip;
}

/* The same of any share, first of this one, then of those after it. */
static struct strip take_panel(const struct product *p, int share) {
    struct strip s = take_panel_of(p, share);
    for (int i = 1; i < p->n_shares && s.first >= p->m->n_out; i++)
        s = take_panel_of(p, (share + i) % p->n_shares);
    return s;
}

static bool is_strip(const struct product *p, struct strip s) {
    return s.first < p->m->n_out;
}

/* Where part i of n of n_in inputs begins: at a whole vector, and so that no part is larger than an
 * n-th of the inputs rounded up to whole vectors. */
static int part_start(int n_in, int i, int n) {
    const int start = nth_part((n_in + 15) / 16, i, n) * 16;
    return start < n_in ? start : n_in;
}

/* The strip after this one: of the same panel, or of a panel that is taken now. */
static struct strip next_strip(const struct product *p, struct strip s) {
    const int n_in = p->m->n_in;
    const int n = tile_count(n_in, p->in_place ? STRIP_INPUTS_IN_PLACE : STRIP_INPUTS);
    if (s.to == n_in) s = take_panel(p, s.share);
    s.from = s.to;
    for (int i = 1; i <= n; i++)
        if (part_start(n_in, i, n) > s.from) {
            s.to = part_start(n_in, i, n);
            return s;
        }
    return s;
}

/* Part i of n of a strip. */
static struct strip strip_part(struct strip s, int i, int n) {
    const int size = s.to - s.from;
    struct strip part = s;
    part.from = s.from + part_start(size, i, n);
    part.to = s.from + part_start(size, i + 1, n);
    return part;
}

/* Whether a strip has to be packed: a panel that is not whole always has to be. */
static bool is_packed(const struct product *p, struct strip s) {
    return is_strip(p, s) && (!p->in_place || panel_count(p, s.first) < PANEL);
}

/* Part of a strip that begins at input `from`, to its place in room. */
static void pack_part(const struct product *p, struct strip part, int from, float *room) {
    p->scratch->kernels->pack_panel(p->m, part.first, panel_count(p, part.first), part.from,
                                    part.to, room + (part.from - from) * PANEL);
}

/* Whether packing a strip is no more than copying it, which the tiles do on the way. */
static bool is_copied(const struct product *p, struct strip s) {
    return is_packed(p, s) && p->m->dtype == DTYPE_F32 && !p->m->transposed &&
           panel_count(p, s.first) == PANEL;
}

static struct tile_rows tile_at(const struct product *p, int tile) {
    return tile_rows(p->rows, p->scratch->kernels->tile_rows, tile);
}

/* The rows of a tile from input `from` on. */
static const float *rows_at(const struct product *p, int tile, int from) {
    return p->x + (size_t)tile_at(p, tile).start * p->ldx + from;
}

/* What tile t of strip s does for the next strip, which goes to room: of as many parts as there are
 * tiles it fetches its own, and copies the one that the tile before it fetched. Where the matrix is
 * stored (out, in) rows of weights are long stretches, which packing fetches itself. */
static struct ahead look_ahead(const struct product *p, struct strip s, int t, struct strip next,
                               float *room) {
    const int number = t - s.tile;
    struct ahead ahead = {.out = p->out + (size_t)tile_at(p, t).start * p->ldo + s.first,
                          .ldo = p->ldo,
                          .rows = p->x,
                          .stride = p->m->stride * dtype_size(p->m->dtype)};
    if (number + 1 < s.tiles) ahead.rows = rows_at(p, t + 1, s.from);
    if (!is_strip(p, next)) return ahead;
    if (number + 1 == s.tiles) ahead.rows = rows_at(p, next.tile, next.from);
    if (p->m->transposed) return ahead;

    const struct strip fetched = strip_part(next, number, s.tiles);
    ahead.fetch = matrix_at(p->m, fetched.from, next.first);
    ahead.fetches = fetched.to - fetched.from;
    if (number == 0 || !is_copied(p, next)) return ahead;
    const struct strip copied = strip_part(next, number - 1, s.tiles);
    ahead.copy = matrix_at(p->m, copied.from, next.first);
    ahead.copies = copied.to - copied.from;
    ahead.to = room + (copied.from - next.from) * PANEL;
    return ahead;
}

/* The rows of a strip's tiles against it; room is where it is, if it is packed. Meanwhile the next strip
 * is packed, a part at a time, so that its reading from memory hides behind the arithmetic. sums:
 * rows x PANEL, where the products of a panel's strips build up. */
static void multiply_strip(const struct product *p, struct strip s, const float *room,
                           struct strip next, float *next_room, float *sums) {
    const struct kernels *kernels = p->scratch->kernels;
    const int count = panel_count(p, s.first), end = s.tile + s.tiles;
    const bool packed = is_packed(p, s), straight = goes_straight(p, s.first);
    const float *b = packed ? room : matrix_at(p->m, s.from, s.first);
    const size_t ldb = packed ? PANEL : p->m->stride, ldc = straight ? p->ldo : PANEL;
    float start[PANEL] = {0};
    if (p->bias) memcpy(start, p->bias + s.first, (size_t)count * sizeof *start);

    for (int t = s.tile; t < end; t++) {
        const struct tile_rows tile = tile_at(p, t);
        const struct ahead ahead = look_ahead(p, s, t, next, next_room);
        const size_t row = (size_t)tile.start;
        float *c = straight ? p->out + row * p->ldo + s.first : sums + row * PANEL;
        kernels->tile(tile.rows, s.to - s.from, rows_at(p, t, s.from), p->ldx, b, ldb,
                      s.from ? NULL : start, c, ldc, &ahead);
        if (s.to == p->m->n_in && !straight) store_tile(p, s.first, tile, c);
        if (is_packed(p, next) && (t + 1 == end || !is_copied(p, next)))
            pack_part(p, strip_part(next, t - s.tile, s.tiles), next.from, next_room);
    }
}

/* Strips of a share, then of the others, while there are any. */
static void multiply_strips(void *context, int share, float *own) {
    const struct product *p = context;
    float *room = own, *next_room = room + STRIP_INPUTS * PANEL;
    float *sums = next_room + STRIP_INPUTS * PANEL;
    struct strip s = next_strip(p, (struct strip){.share = share, .to = p->m->n_in});
    if (is_packed(p, s)) pack_part(p, s, s.from, room);
    while (is_strip(p, s)) {
        const struct strip next = next_strip(p, s);
        multiply_strip(p, s, room, next, next_room, sums);
        float *used = room;
        room = next_room;
        next_room = used;
        s = next;
    }
}

void matmul(const struct scratch *scratch, int rows, const float *x, size_t ldx,
            const struct matrix *m, const float *bias, enum finish finish, float *out, size_t ldo) {
    for (int b = 0; b < tile_count(rows, BLOCK_ROWS); b++) {
        const struct tile_rows block = tile_rows(rows, BLOCK_ROWS, b);
        struct product product = {.scratch = scratch,
                                  .rows = block.rows,
                                  .x = x + (size_t)block.start * ldx,
                                  .ldx = ldx,
                                  .m = m,
                                  .bias = bias,
                                  .finish = finish,
                                  .out = out + (size_t)block.start * ldo,
                                  .ldo = ldo};
        product.in_place = stays_in_place(&product);
        const double operations = (double)block.rows * m->n_in * m->n_out;
        make_shares(&product, members_for(scratch, operations));
        scratch_run(scratch, operations, product.n_shares, multiply_strips, &product);
    }
}
