/* sweep.c: see sweep.h. */
#include "patch/sweep.h"

#include "base/memory.h"
#include "gpt2/forward.h"

#include <stdlib.h>

/* The longest tall matrix; numbers of rows are ints. */
enum { MOST_ROWS = 1 << 24 };

/* Runs whose logits are computed at a time. */
enum { LOGIT_RUNS = 256 };

/* The entries that are walked together, entries[0..n-1]. */
struct chunk {
    const struct entry *entries;
    size_t n;
};

/* One sweep under way. */
struct walk {
    const struct sweep *sweep;
    struct pg_cell *cells;
    struct batch batch;
    size_t *cell_of_run;
    float *logits;              /* of the metric's tokens, for LOGIT_RUNS runs */
    double work_done, work_all; /* rows through blocks */
};

/* ---- planning ---- */

static int by_cut(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    if (x->cut != y->cut) return x->cut < y->cut ? -1 : 1;
    if (x->from_heads != y->from_heads) return x->from_heads ? 1 : -1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

/* The entries of all cells that need a run, in the order of the walk; the other cells get the
 * base run's value. */
static size_t make_entries(const struct sweep *sweep, struct pg_cell *cells, size_t n_cells,
                           struct entry *entries) {
    size_t n = 0;
    for (size_t i = 0; i < n_cells; i++) {
        cells[i].value = sweep->base_metric;
        if (!site_entry(&sweep->patching, &cells[i], &entries[n])) continue;
        entries[n++].cell = i;
    }
    qsort(entries, n, sizeof *entries, by_cut);
    return n;
}

static size_t rows_of(const struct sweep *sweep, const struct entry *entry) {
    return (size_t)(sweep->patching.base->n_tokens - entry->first);
}

/* The longest chunk at the front of the entries whose rows fit, at least one entry. */
static struct chunk next_chunk(const struct sweep *sweep, const struct entry *entries, size_t n,
                               size_t most_rows) {
    struct chunk chunk = {entries, 1};
    size_t rows = rows_of(sweep, &entries[0]);
    while (chunk.n < n && rows + rows_of(sweep, &entries[chunk.n]) <= most_rows)
        rows += rows_of(sweep, &entries[chunk.n++]);
    return chunk;
}

/* ---- walking ---- */

/* Writes the rows of the runs first_run..n_runs-1, which have just been added for these entries. */
static void fill_rows(struct walk *walk, const struct entry *entries, int first_run) {
    const struct patching *p = &walk->sweep->patching;
    struct batch *batch = &walk->batch;
    const size_t C = (size_t)p->base->n_embd;
    const int threads = scratch_threads(
        &batch->scratch, 10.0 * (batch->n_rows - batch->runs[first_run].row) * (double)C);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int r = first_run; r < batch->n_runs; r++) {
        const struct entry *entry = &entries[r - first_run];
        const size_t at = (size_t)batch->runs[r].row * C;
        site_rows(p, &walk->cells[entry->cell], entry, batch->scratch.kernels, batch->x + at,
                  batch->h + at, scratch_of_thread(&batch->scratch));
    }
}

/* Lets the runs join that enter at a cut, those from heads after the others. Returns what is left
 * of the chunk. */
static struct chunk join_at(struct walk *walk, struct chunk chunk, int block, enum cut cut) {
    struct batch *batch = &walk->batch;
    for (int heads = 0; heads < 2; heads++) {
        const struct entry *entries = chunk.entries;
        const int first_run = batch->n_runs;
        for (; chunk.n && chunk.entries->block == block && chunk.entries->cut == cut &&
               chunk.entries->from_heads == heads;
             chunk.entries++, chunk.n--) {
            walk->cell_of_run[batch->n_runs] = chunk.entries->cell;
            batch_add_run(batch, chunk.entries->first, NULL);
        }
        if (batch->n_runs == first_run) continue;
        fill_rows(walk, entries, first_run);
        if (heads) batch_project(batch, block, first_run);
    }
    return chunk;
}

/* Counts that many rows through one more block. */
static void report_progress(struct walk *walk, int rows) {
    const struct sweep *s = walk->sweep;
    walk->work_done += rows;
    const double done = walk->work_all > 0 ? walk->work_done / walk->work_all : 1;
    if (s->progress) s->progress(s->progress_context, done);
}

/* The metric of every run, whose last rows have been through all blocks. */
static void read_metric(struct walk *walk) {
    const struct metric *metric = walk->sweep->metric;
    struct batch *batch = &walk->batch;
    const size_t width = (size_t)metric->unembed.n_out;
    batch_finish(batch);
    for (int first = 0; first < batch->n_runs; first += LOGIT_RUNS) {
        const int n = batch->n_runs - first < LOGIT_RUNS ? batch->n_runs - first : LOGIT_RUNS;
        batch_logits(batch, first, n, &metric->unembed, walk->logits);
        const int threads = scratch_threads(&batch->scratch, 10.0 * n * (double)width);
#pragma omp parallel for num_threads(threads)
        for (int r = 0; r < n; r++)
            walk->cells[walk->cell_of_run[first + r]].value =
                metric_value(metric, walk->logits + (size_t)r * width);
    }
}

static void walk_chunk(struct walk *walk, struct chunk chunk) {
    struct batch *batch = &walk->batch;
    const int n_layer = walk->sweep->patching.model->config.n_layer;
    batch->n_runs = batch->n_rows = 0;
    const int start = chunk.entries->block;
    chunk = join_at(walk, chunk, -1, CUT_POST);
    for (int b = start < 0 ? 0 : start; b < n_layer; b++) {
        const int rows = batch->n_rows;
        if (batch->n_runs) batch_attention(batch, b, b == n_layer - 1);
        chunk = join_at(walk, chunk, b, CUT_MID);
        if (batch->n_runs) batch_mlp(batch, b);
        report_progress(walk, rows);
        chunk = join_at(walk, chunk, b, CUT_POST);
    }
    if (batch->n_runs) read_metric(walk);
}

static bool walk_entries(struct walk *walk, const struct entry *entries, size_t n,
                         struct pg_error *err) {
    const struct sweep *s = walk->sweep;
    const size_t fit = s->memory / batch_bytes_per_row(&s->patching.model->config);
    const size_t T = (size_t)s->patching.base->n_tokens;
    const size_t most_rows = fit < T ? T : fit < MOST_ROWS ? fit : MOST_ROWS;
    size_t all_rows = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t rows = rows_of(s, &entries[i]);
        all_rows += rows;
        walk->work_all += (double)rows * (s->patching.model->config.n_layer - 1 - entries[i].block);
    }
    const size_t max_rows = all_rows < most_rows ? all_rows : most_rows;
    const size_t max_runs = n < max_rows ? n : max_rows; /* each has a row at least */
    walk->cell_of_run = allocate(max_runs, sizeof *walk->cell_of_run, err);
    walk->logits = allocate(max_runs < LOGIT_RUNS ? max_runs : LOGIT_RUNS,
                            (size_t)s->metric->unembed.n_out * sizeof *walk->logits, err);
    bool ok = walk->cell_of_run && walk->logits &&
              batch_init(&walk->batch, s->patching.model, s->patching.base->n_tokens,
                         s->patching.base, (int)max_runs, (int)max_rows, err);
    while (ok && n) {
        struct chunk chunk = next_chunk(s, entries, n, most_rows);
        walk_chunk(walk, chunk);
        entries += chunk.n;
        n -= chunk.n;
    }
    batch_free(&walk->batch);
    free(walk->cell_of_run);
    free(walk->logits);
    return ok;
}

bool sweep(const struct sweep *s, struct pg_cell *cells, size_t n_cells, struct pg_error *err) {
    struct walk walk = {.sweep = s, .cells = cells};
    struct entry *entries = allocate(n_cells, sizeof *entries, err);
    if (!entries) return false;
    const size_t n = make_entries(s, cells, n_cells, entries);
    bool ok = n == 0 || walk_entries(&walk, entries, n, err);
    free(entries);
    return ok;
}
