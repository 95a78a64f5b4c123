/* sweep.c: see sweep.h. */
#include "patch/sweep.h"

#include "base/memory.h"
#include "gpt2/forward.h"
#include "patch/metric.h"

#include <stdlib.h>
#include <string.h>

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
    float *logits;              /* of the metric's tokens, for each run */
    double work_done, work_all; /* rows through blocks */
};

/* ---- planning ---- */

static int by_cut(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    if (x->cut != y->cut) return x->cut < y->cut ? -1 : 1;
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

/* The most runs and the most rows that any chunk has. */
static void measure_chunks(const struct sweep *sweep, const struct entry *entries, size_t n,
                           size_t most_rows, size_t *max_runs, size_t *max_rows) {
    *max_runs = *max_rows = 0;
    while (n) {
        struct chunk chunk = next_chunk(sweep, entries, n, most_rows);
        size_t rows = 0;
        for (size_t i = 0; i < chunk.n; i++) rows += rows_of(sweep, &entries[i]);
        *max_runs = chunk.n > *max_runs ? chunk.n : *max_runs;
        *max_rows = rows > *max_rows ? rows : *max_rows;
        entries += chunk.n;
        n -= chunk.n;
    }
}

/* ---- walking ---- */

/* Lets one run join the batch, unless its rows are the base run's bit for bit: then its value is
 * the base run's too. */
static void join(struct walk *walk, const struct entry *entry) {
    const struct patching *p = &walk->sweep->patching;
    struct batch *batch = &walk->batch;
    const struct batch before = *batch;
    const size_t C = (size_t)p->base->n_embd, first = (size_t)entry->first;
    float *rows = batch_add_run(batch, entry->first, NULL);
    site_rows(p, &walk->cells[entry->cell], entry, rows);
    walk->cell_of_run[batch->n_runs - 1] = entry->cell;
    const float *base = cache_resid(p->base, entry->block, entry->cut) + first * C;
    if (memcmp(rows, base, rows_of(walk->sweep, entry) * C * sizeof *rows) == 0) *batch = before;
}

/* Lets all runs join that enter at a cut. Returns what is left of the chunk. */
static struct chunk join_at(struct walk *walk, struct chunk chunk, int block, enum cut cut) {
    for (; chunk.n && chunk.entries->block == block && chunk.entries->cut == cut;
         chunk.entries++, chunk.n--)
        join(walk, chunk.entries);
    return chunk;
}

/* Counts that many rows through one more block. */
static void report_progress(struct walk *walk, int rows) {
    const struct sweep *s = walk->sweep;
    walk->work_done += rows;
    if (s->progress) s->progress(s->progress_context, walk->work_done / walk->work_all);
}

static bool walk_chunk(struct walk *walk, struct chunk chunk, struct pg_error *err) {
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
    if (!batch->n_runs) return true;
    const int n_runs = batch->n_runs;
    if (!batch_logits(batch, walk->sweep->tokens, 2, walk->logits, err)) return false;
    for (int r = 0; r < n_runs; r++)
        walk->cells[walk->cell_of_run[r]].value =
            metric_value(walk->sweep->metric, walk->logits + 2 * r);
    return true;
}

static bool walk_entries(struct walk *walk, const struct entry *entries, size_t n,
                         struct pg_error *err) {
    const struct sweep *s = walk->sweep;
    const size_t most_rows = s->memory / batch_bytes_per_row(&s->patching.model->config);
    size_t max_runs, max_rows;
    measure_chunks(s, entries, n, most_rows, &max_runs, &max_rows);
    for (size_t i = 0; i < n; i++)
        walk->work_all += (double)rows_of(s, &entries[i]) *
                          (s->patching.model->config.n_layer - 1 - entries[i].block);
    walk->cell_of_run = allocate(max_runs, sizeof *walk->cell_of_run, err);
    walk->logits = allocate(max_runs, 2 * sizeof *walk->logits, err);
    bool ok = walk->cell_of_run && walk->logits &&
              batch_init(&walk->batch, s->patching.model, s->patching.base->n_tokens,
                         s->patching.base, (int)max_runs, (int)max_rows, err);
    while (ok && n) {
        struct chunk chunk = next_chunk(s, entries, n, most_rows);
        ok = walk_chunk(walk, chunk, err);
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
