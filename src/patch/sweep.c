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

/* Sweeps under way. */
struct walk {
    const struct sweep *sweeps;
    const struct walk_plan *plan;
    const struct pg_model *model;
    struct batch batch;
    struct entry *entry_of_run;
    float *logits;              /* that the metric needs, for LOGIT_RUNS runs */
    double work_done, work_all; /* rows through blocks */
};

/* ---- planning ---- */

static int by_cut(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    if (x->cut != y->cut) return x->cut < y->cut ? -1 : 1;
    if (x->from_heads != y->from_heads) return x->from_heads ? 1 : -1;
    if (x->sweep != y->sweep) return x->sweep < y->sweep ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

/* The entries of all cells that need a run, in the order of the walk; the other cells get the
 * base run's value. */
static size_t make_entries(const struct sweep *sweeps, size_t n_sweeps, struct entry *entries) {
    size_t n = 0;
    for (size_t s = 0; s < n_sweeps; s++)
        for (size_t i = 0; i < sweeps[s].n_cells; i++) {
            sweeps[s].cells[i].value = sweeps[s].base_metric;
            if (!site_entry(&sweeps[s].patching, &sweeps[s].cells[i], &entries[n])) continue;
            entries[n].sweep = s;
            entries[n++].cell = i;
        }
    qsort(entries, n, sizeof *entries, by_cut);
    return n;
}

static const struct sweep *sweep_of(const struct walk *walk, const struct entry *entry) {
    return &walk->sweeps[entry->sweep];
}

static size_t rows_of(const struct walk *walk, const struct entry *entry) {
    return (size_t)(sweep_of(walk, entry)->patching.base->n_tokens - entry->first);
}

/* The longest chunk at the front of the entries whose rows fit, at least one entry. */
static struct chunk next_chunk(const struct walk *walk, const struct entry *entries, size_t n,
                               size_t most_rows) {
    struct chunk chunk = {entries, 1};
    size_t rows = rows_of(walk, &entries[0]);
    while (chunk.n < n && rows + rows_of(walk, &entries[chunk.n]) <= most_rows)
        rows += rows_of(walk, &entries[chunk.n++]);
    return chunk;
}

/* ---- walking ---- */

/* Runs of a walk, from `first` on. */
struct runs {
    const struct walk *walk;
    int first;
};

/* Writes the rows of run number i of those that have just been added. */
static void fill_rows(void *context, int i, float *own) {
    const struct runs *joining = context;
    const struct walk *walk = joining->walk;
    const struct batch *batch = &walk->batch;
    const int r = joining->first + i;
    const struct entry *entry = &walk->entry_of_run[r];
    const struct sweep *sweep = sweep_of(walk, entry);
    const size_t row = (size_t)batch->runs[r].row, C = (size_t)walk->model->config.n_embd;
    site_rows(&sweep->patching, &sweep->cells[entry->cell], entry, batch->scratch.kernels,
              batch->x + row * C, batch->h + row * batch->h_stride, batch->h_stride, own);
}

/* Writes the rows of the runs first_run..n_runs-1, which have just been added. */
static void fill_joined(struct walk *walk, int first_run) {
    const struct batch *batch = &walk->batch;
    const double rows = batch->n_rows - batch->runs[first_run].row;
    scratch_run(&batch->scratch, 10.0 * rows * walk->model->config.n_embd,
                batch->n_runs - first_run, fill_rows, &(struct runs){walk, first_run});
}

static void add_run(struct walk *walk, const struct entry *entry) {
    const struct cache *base = sweep_of(walk, entry)->patching.base;
    walk->entry_of_run[walk->batch.n_runs] = *entry;
    batch_add_run(&walk->batch,
                  (struct run){.base = base, .n_tokens = base->n_tokens, .first = entry->first});
}

/* Lets the runs join that enter at a cut, those from heads after the others. Returns what is left
 * of the chunk. */
static struct chunk join_at(struct walk *walk, struct chunk chunk, int block, enum cut cut) {
    struct batch *batch = &walk->batch;
    for (int heads = 0; heads < 2; heads++) {
        const int first_run = batch->n_runs;
        for (; chunk.n && chunk.entries->block == block && chunk.entries->cut == cut &&
               chunk.entries->from_heads == heads;
             chunk.entries++, chunk.n--)
            add_run(walk, chunk.entries);
        if (batch->n_runs == first_run) continue;
        fill_joined(walk, first_run);
        if (heads) batch_project(batch, block, first_run);
    }
    return chunk;
}

/* Counts that many rows through one more block. */
static void report_progress(struct walk *walk, int rows) {
    const struct walk_plan *plan = walk->plan;
    walk->work_done += rows;
    const double done = walk->work_all > 0 ? walk->work_done / walk->work_all : 1;
    if (plan->progress) plan->progress(plan->progress_context, done);
}

static const struct metric *metric_of_run(const struct walk *walk, int run) {
    return sweep_of(walk, &walk->entry_of_run[run])->metric;
}

/* How many runs from `first` on need the logits of the same tokens: at most LOGIT_RUNS. */
static int count_alike(const struct walk *walk, int first) {
    const void *unembed = metric_of_run(walk, first)->unembed.data;
    int n = 1;
    while (n < LOGIT_RUNS && first + n < walk->batch.n_runs &&
           metric_of_run(walk, first + n)->unembed.data == unembed)
        n++;
    return n;
}

/* Fills in the value of a run's cell: number i of those whose logits begin with `first`'s. */
static void read_value(void *context, int i, float *own) {
    (void)own;
    const struct runs *reading = context;
    const struct walk *walk = reading->walk;
    const struct entry *entry = &walk->entry_of_run[reading->first + i];
    const struct sweep *sweep = sweep_of(walk, entry);
    const float *logits = walk->logits + (size_t)i * (size_t)sweep->metric->unembed.n_out;
    sweep->cells[entry->cell].value = metric_value(sweep->metric, logits);
}

/* The metric of every run, whose last rows have been through all blocks. */
static void read_metric(struct walk *walk) {
    struct batch *batch = &walk->batch;
    batch_finish(batch);
    for (int first = 0, n; first < batch->n_runs; first += n) {
        const struct matrix *unembed = &metric_of_run(walk, first)->unembed;
        n = count_alike(walk, first);
        batch_logits(batch, first, n, unembed, walk->logits);
        scratch_run(&batch->scratch, 10.0 * n * unembed->n_out, n, read_value,
                    &(struct runs){walk, first});
    }
}

static void walk_chunk(struct walk *walk, struct chunk chunk) {
    struct batch *batch = &walk->batch;
    const int n_layer = walk->model->config.n_layer;
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

/* The most that one of n sweeps needs. */
static struct needs { int n_tokens, n_logits; } most_needed(const struct sweep *sweeps, size_t n) {
    struct needs most = {0, 0};
    for (size_t i = 0; i < n; i++) {
        if (most.n_tokens < sweeps[i].patching.base->n_tokens)
            most.n_tokens = sweeps[i].patching.base->n_tokens;
        if (most.n_logits < sweeps[i].metric->unembed.n_out)
            most.n_logits = sweeps[i].metric->unembed.n_out;
    }
    return most;
}

static bool walk_entries(struct walk *walk, struct needs needs, const struct entry *entries,
                         size_t n, struct pg_error *err) {
    const struct config *config = &walk->model->config;
    const size_t fit = walk->plan->memory / batch_bytes_per_row(config);
    const size_t T = (size_t)needs.n_tokens;
    const size_t most_rows = fit < T ? T : fit < MOST_ROWS ? fit : MOST_ROWS;
    size_t all_rows = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t rows = rows_of(walk, &entries[i]);
        all_rows += rows;
        walk->work_all += (double)rows * (config->n_layer - 1 - entries[i].block);
    }
    const size_t max_rows = all_rows < most_rows ? all_rows : most_rows;
    const size_t max_runs = n < max_rows ? n : max_rows; /* each has a row at least */
    walk->entry_of_run = allocate(max_runs, sizeof *walk->entry_of_run, err);
    walk->logits = allocate(max_runs < LOGIT_RUNS ? max_runs : LOGIT_RUNS,
                            (size_t)needs.n_logits * sizeof *walk->logits, err);
    bool ok =
        walk->entry_of_run && walk->logits &&
        batch_init(&walk->batch, walk->model, needs.n_tokens, (int)max_runs, (int)max_rows, err);
    while (ok && n) {
        struct chunk chunk = next_chunk(walk, entries, n, most_rows);
        walk_chunk(walk, chunk);
        entries += chunk.n;
        n -= chunk.n;
    }
    batch_free(&walk->batch);
    free(walk->entry_of_run);
    free(walk->logits);
    return ok;
}

bool run_sweeps(const struct sweep *sweeps, size_t n, const struct walk_plan *plan,
                struct pg_error *err) {
    size_t n_cells = 0;
    for (size_t i = 0; i < n; i++) n_cells += sweeps[i].n_cells;
    if (n_cells == 0) return true;
    struct walk walk = {.sweeps = sweeps, .plan = plan, .model = sweeps[0].patching.model};
    struct entry *entries = allocate(n_cells, sizeof *entries, err);
    if (!entries) return false;
    const size_t n_entries = make_entries(sweeps, n, entries);
    bool ok =
        n_entries == 0 || walk_entries(&walk, most_needed(sweeps, n), entries, n_entries, err);
    free(entries);
    return ok;
}
