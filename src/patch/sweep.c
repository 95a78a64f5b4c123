/* sweep.c: see sweep.h. */
#include "patch/sweep.h"

#include "base/memory.h"
#include "gpt2/forward.h"

#include <stdlib.h>
#include <string.h>

/* The most rows of a stack: numbers of rows are ints. */
enum { MAX_ROWS = 1 << 24 };

/* Runs whose logits are in memory at a time. */
enum { LOGIT_RUNS = 256 };

/* The entries of one walk over the blocks. */
struct chunk {
    const struct entry *entries;
    size_t n;
};

/* The state of a walk. */
struct walk {
    const struct sweep *sweeps;
    const struct walk_plan *plan;
    const struct pg_model *model;
    struct stack stack;
    struct edits edits; /* of the runs in the stack that patch several cells */
    struct entry *entry_of_run;
    float *logits;              /* those that the metric needs, of LOGIT_RUNS runs */
    double work_done, work_all; /* rows times blocks */
};

/* ---- planning ---- */

static int by_cut(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    if (x->cut != y->cut) return x->cut < y->cut ? -1 : 1;
    if (x->join != y->join) return x->join < y->join ? -1 : 1;
    if (x->sweep != y->sweep) return x->sweep < y->sweep ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static bool make_entry(const struct walk *walk, const struct sweep *sweep, size_t cell,
                       struct entry *out) {
    if (sweep->sets) return set_entry(&sweep->patching, sweep->sets[cell], out);
    if (!site_entry(&sweep->patching, &sweep->cells[cell], out)) return false;
    if (sweep->inputs && !walk->plan->notes) inputs_entry(sweep->inputs, cell, out);
    return true;
}

/* Makes the entries of all cells that need a run, in the order of the walk, and gives every cell
 * the base run's value. Returns how many entries there are. */
static size_t make_entries(const struct walk *walk, size_t n_sweeps, struct entry *entries) {
    const struct sweep *sweeps = walk->sweeps;
    size_t n = 0;
    for (size_t s = 0; s < n_sweeps; s++)
        for (size_t i = 0; i < sweeps[s].n_cells; i++) {
            sweeps[s].cells[i].value = sweeps[s].base_metric;
            if (!make_entry(walk, &sweeps[s], i, &entries[n])) continue;
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
    return (size_t)(sweep_of(walk, entry)->patching.base->n_tokens - entry->first_position);
}

/* The longest chunk at the front of the entries that has at most max_rows rows, but at least one
 * entry. */
static struct chunk next_chunk(const struct walk *walk, const struct entry *entries, size_t n,
                               size_t max_rows) {
    struct chunk chunk = {entries, 1};
    size_t rows = rows_of(walk, &entries[0]);
    while (chunk.n < n && rows + rows_of(walk, &entries[chunk.n]) <= max_rows)
        rows += rows_of(walk, &entries[chunk.n++]);
    return chunk;
}

/* ---- walking ---- */

/* Argument of fill_rows and read_value: item i is run first_run + i. */
struct runs {
    const struct walk *walk;
    int first_run;
};

/* Writes the rows of a run that was just added. */
static void fill_rows(void *context, int i, float *scratch) {
    const struct runs *added = context;
    const struct walk *walk = added->walk;
    const struct stack *stack = &walk->stack;
    const int r = added->first_run + i;
    const struct entry *entry = &walk->entry_of_run[r];
    const struct sweep *sweep = sweep_of(walk, entry);
    const size_t row = (size_t)stack->runs[r].row, C = (size_t)walk->model->config.n_embd;
    if (entry->is_base) {
        const size_t first = (size_t)entry->first_position;
        memcpy(stack->x + row * C,
               cache_resid(sweep->patching.base, entry->block, entry->cut) + first * C,
               rows_of(walk, entry) * C * sizeof *stack->x);
        return;
    }
    site_rows(&sweep->patching, &sweep->cells[entry->cell], entry, stack->executor.kernels,
              stack->x + row * C, stack->z + row * stack->normed_stride, stack->normed_stride,
              scratch);
}

/* Writes the rows of runs first_run..n_runs-1, which were just added. */
static void fill_added(struct walk *walk, int first_run) {
    const struct stack *stack = &walk->stack;
    const double rows = stack->n_rows - stack->runs[first_run].row;
    executor_run(&stack->executor, 10.0 * rows * walk->model->config.n_embd,
                 stack->n_runs - first_run, fill_rows, &(struct runs){walk, first_run});
}

static void add_run(struct walk *walk, const struct entry *entry) {
    const struct cache *base = sweep_of(walk, entry)->patching.base;
    walk->entry_of_run[walk->stack.n_runs] = *entry;
    stack_add_run(&walk->stack, (struct run){.base = base,
                                             .n_tokens = base->n_tokens,
                                             .first_position = entry->first_position});
}

/* Adds the runs that enter at a cut and join in one way. Returns the rest of the chunk. */
static struct chunk add_runs_at(struct walk *walk, struct chunk chunk, int block, enum cut cut,
                                enum join join) {
    struct stack *stack = &walk->stack;
    const int first_run = stack->n_runs;
    for (; chunk.n && chunk.entries->block == block && chunk.entries->cut == cut &&
           chunk.entries->join == join;
         chunk.entries++, chunk.n--)
        add_run(walk, chunk.entries);
    if (stack->n_runs == first_run) return chunk;
    fill_added(walk, first_run);
    if (join == JOIN_Z) stack_project_z(stack, block, first_run);
    return chunk;
}

/* Counts rows that went through one more block. */
static void report_progress(struct walk *walk, int rows) {
    const struct walk_plan *plan = walk->plan;
    walk->work_done += rows;
    const double done = walk->work_all > 0 ? walk->work_done / walk->work_all : 1;
    if (plan->progress) plan->progress(plan->progress_context, done);
}

static void run_attention(struct walk *walk, int block) {
    const bool only_last = block == walk->model->config.n_layer - 1;
    if (walk->stack.n_runs == 0) return;
    if (walk->plan->frozen & PG_FROZEN_ATTENTION)
        stack_frozen_attention(&walk->stack, block, only_last);
    else
        stack_attention(&walk->stack, block, only_last);
}

/* The MLP half, to whose input runs join. Returns the rest of the chunk. */
static struct chunk run_mlp(struct walk *walk, struct chunk chunk, int block) {
    struct stack *stack = &walk->stack;
    if (stack->n_runs) stack_mlp_input(stack, block);
    chunk = add_runs_at(walk, chunk, block, CUT_MID, JOIN_MLP_INPUT);
    if (stack->n_runs == 0) return chunk;
    if (walk->plan->frozen & PG_FROZEN_MLPS)
        stack_frozen_mlp(stack, block);
    else
        stack_mlp_output(stack, block);
    return chunk;
}

/* One block, where runs enter in between. Returns the rest of the chunk. */
static struct chunk walk_block(struct walk *walk, struct chunk chunk, int block) {
    const int rows = walk->stack.n_rows;
    run_attention(walk, block);
    chunk = add_runs_at(walk, chunk, block, CUT_MID, JOIN_ROWS);
    chunk = add_runs_at(walk, chunk, block, CUT_MID, JOIN_Z);
    chunk = run_mlp(walk, chunk, block);
    report_progress(walk, rows);
    return add_runs_at(walk, chunk, block, CUT_POST, JOIN_ROWS);
}

static const struct metric *metric_of_run(const struct walk *walk, int run) {
    return sweep_of(walk, &walk->entry_of_run[run])->metric;
}

/* How many runs from first_run on need the logits of the same tokens; at most LOGIT_RUNS. */
static int count_alike(const struct walk *walk, int first_run) {
    const void *unembed = metric_of_run(walk, first_run)->unembed.data;
    int n = 1;
    while (n < LOGIT_RUNS && first_run + n < walk->stack.n_runs &&
           metric_of_run(walk, first_run + n)->unembed.data == unembed)
        n++;
    return n;
}

/* Fills in the value of a run's cell from logits i of those in memory. */
static void read_value(void *context, int i, float *scratch) {
    (void)scratch;
    const struct runs *reading = context;
    const struct walk *walk = reading->walk;
    const struct entry *entry = &walk->entry_of_run[reading->first_run + i];
    const struct sweep *sweep = sweep_of(walk, entry);
    const float *logits = walk->logits + (size_t)i * (size_t)sweep->metric->unembed.n_out;
    sweep->cells[entry->cell].value = metric_value(sweep->metric, logits);
}

/* Reads the metric of every run, after all blocks. */
static void read_metric(struct walk *walk) {
    struct stack *stack = &walk->stack;
    stack_final_norm(stack);
    for (int first = 0, n; first < stack->n_runs; first += n) {
        const struct matrix *unembed = &metric_of_run(walk, first)->unembed;
        n = count_alike(walk, first);
        stack_logits(stack, first, n, unembed, walk->logits);
        executor_run(&stack->executor, 10.0 * n * unembed->n_out, n, read_value,
                     &(struct runs){walk, first});
    }
}

static const struct cell_set *set_of(const struct walk *walk, const struct entry *entry) {
    const struct sweep *sweep = sweep_of(walk, entry);
    return sweep->sets ? &sweep->sets[entry->cell] : NULL;
}

/* Makes the edits of the chunk's runs, which enter in the order of its entries. */
static bool make_edits(struct walk *walk, struct chunk chunk, struct pg_error *err) {
    size_t n = 0;
    for (size_t i = 0; i < chunk.n; i++) {
        const struct cell_set *set = set_of(walk, &chunk.entries[i]);
        if (set) n += edits_count(*set, sweep_of(walk, &chunk.entries[i])->patching.base->n_tokens);
    }
    if (n == 0) return true;
    if (!edits_init(&walk->edits, &walk->stack, n, err)) return false;
    for (size_t i = 0; i < chunk.n; i++) {
        const struct cell_set *set = set_of(walk, &chunk.entries[i]);
        if (set)
            edits_add(&walk->edits, &sweep_of(walk, &chunk.entries[i])->patching, *set, (int)i);
    }
    edits_sort(&walk->edits);
    return true;
}

/* Argument of take_inputs. */
struct at_stage {
    const struct walk *walk;
    int block;
    enum stage stage;
};

/* Notes what readers take in run i, or makes them take what was noted. */
static void take_inputs(void *context, int i, float *scratch) {
    const struct at_stage *at = context;
    const struct entry *entry = &at->walk->entry_of_run[i];
    const struct inputs *inputs = sweep_of(at->walk, entry)->inputs;
    if (!inputs) return;
    if (at->walk->plan->notes)
        inputs_note(inputs, entry->cell, &at->walk->stack, i, at->block, at->stage, scratch);
    else
        inputs_put(inputs, entry->cell, &at->walk->stack, i, at->block, at->stage);
}

/* The stack's hook: what patches set or note on the way. */
static void on_the_way(void *context, int block, enum stage stage, struct part rows) {
    struct walk *walk = context;
    if (walk->edits.n) edits_apply(&walk->edits, block, stage, rows);
    if (block >= 0 && walk->sweeps->inputs)
        executor_run(&walk->stack.executor, 10.0 * rows.size * walk->model->config.n_embd,
                     walk->stack.n_runs, take_inputs, &(struct at_stage){walk, block, stage});
}

static void walk_chunk(struct walk *walk, struct chunk chunk) {
    struct stack *stack = &walk->stack;
    const bool notes = walk->plan->notes;
    const int end =
        notes ? inputs_last_block(walk->sweeps->inputs) + 1 : walk->model->config.n_layer;
    stack->n_runs = stack->n_rows = 0;
    stack->hook = walk->edits.n || walk->sweeps->inputs ? on_the_way : NULL;
    stack->hook_context = walk;
    const int start = chunk.entries->block;
    chunk = add_runs_at(walk, chunk, -1, CUT_POST, JOIN_ROWS);
    if (stack->hook && stack->n_runs) on_the_way(walk, -1, STAGE_POST, (struct part){0});
    for (int b = start < 0 ? 0 : start; b < end; b++) chunk = walk_block(walk, chunk, b);
    if (stack->n_runs && !notes) read_metric(walk);
}

/* The maximum over n sweeps of what one needs. */
static struct needs { int n_tokens, n_logits; } max_needs(const struct sweep *sweeps, size_t n) {
    struct needs max = {0, 0};
    for (size_t i = 0; i < n; i++) {
        if (max.n_tokens < sweeps[i].patching.base->n_tokens)
            max.n_tokens = sweeps[i].patching.base->n_tokens;
        if (max.n_logits < sweeps[i].metric->unembed.n_out)
            max.n_logits = sweeps[i].metric->unembed.n_out;
    }
    return max;
}

/* The most rows that fit the memory budget; those of one run always do. */
static size_t fitting_rows(const struct walk *walk, int n_tokens) {
    const size_t fit = walk->plan->memory / stack_bytes_per_row(&walk->model->config);
    const size_t T = (size_t)n_tokens;
    return fit < T ? T : fit < MAX_ROWS ? fit : MAX_ROWS;
}

/* The rows of all entries; also counts the work that they are. */
static size_t count_rows(struct walk *walk, const struct entry *entries, size_t n) {
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t rows = rows_of(walk, &entries[i]);
        total += rows;
        walk->work_all += (double)rows * (walk->model->config.n_layer - 1 - entries[i].block);
    }
    return total;
}

/* Floats of scratch for the rows of runs that enter, and for what readers take. */
static size_t scratch_of(const struct walk *walk, int n_tokens) {
    const size_t rows = site_scratch(&walk->model->config, n_tokens);
    const size_t inputs = inputs_scratch(&walk->model->config);
    return rows > inputs ? rows : inputs;
}

static bool open_walk(struct walk *walk, struct needs needs, size_t max_runs, size_t max_rows,
                      struct pg_error *err) {
    walk->entry_of_run = allocate(max_runs, sizeof *walk->entry_of_run, err);
    walk->logits = allocate(max_runs < LOGIT_RUNS ? max_runs : LOGIT_RUNS,
                            (size_t)needs.n_logits * sizeof *walk->logits, err);
    return walk->entry_of_run && walk->logits &&
           stack_init(&walk->stack, walk->model, needs.n_tokens, (int)max_runs, (int)max_rows,
                      scratch_of(walk, needs.n_tokens), err);
}

static bool is_stopped(const struct walk *walk) {
    return walk->plan->stop && walk->plan->stop(walk->plan->stop_context);
}

static bool walk_entries(struct walk *walk, struct needs needs, const struct entry *entries,
                         size_t n, struct pg_error *err) {
    const size_t all_rows = count_rows(walk, entries, n);
    const size_t fit = fitting_rows(walk, needs.n_tokens);
    const size_t max_rows = all_rows < fit ? all_rows : fit;
    const size_t max_runs = n < max_rows ? n : max_rows; /* each has at least one row */
    bool ok = open_walk(walk, needs, max_runs, max_rows, err);
    while (ok && n && !is_stopped(walk)) {
        struct chunk chunk = next_chunk(walk, entries, n, max_rows);
        ok = make_edits(walk, chunk, err);
        if (ok) walk_chunk(walk, chunk);
        edits_free(&walk->edits);
        entries += chunk.n;
        n -= chunk.n;
    }
    for (size_t i = 0; i < n; i++)
        sweep_of(walk, &entries[i])->cells[entries[i].cell].site = PG_N_SITES;
    stack_free(&walk->stack);
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
    const size_t n_entries = make_entries(&walk, n, entries);
    bool ok = n_entries == 0 || walk_entries(&walk, max_needs(sweeps, n), entries, n_entries, err);
    free(entries);
    return ok;
}
