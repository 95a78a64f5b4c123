/* trial.h: an experiment in its two parts, two texts and a sweep, each to be timed by itself. Ends
 * the program when something fails. Not here: what is counted and printed. */
#ifndef BENCH_TRIAL_H
#define BENCH_TRIAL_H

#include "gpt2/cache.h"
#include "operations.h"

enum { DIFFER = 1 }; /* the texts differ in this position only */

struct trial {
    const struct pg_model *model;
    int n_tokens;
    int *clean, *corrupt;
    struct cache clean_cache, corrupt_cache;
    float *logits; /* clean's, then corrupt's */
    size_t memory; /* the walk's budget in bytes: that of pg_run */
    struct pg_cell *cells;
    size_t n_cells;
};

/* Two texts of random tokens, n_tokens > DIFFER, and no cells. */
void trial_begin(struct trial *trial, const struct pg_model *model, int n_tokens);
void trial_end(struct trial *trial);

/* How many cells a whole sweep has, and how much work it is. */
size_t trial_whole_cells(const struct trial *trial);
struct operations trial_whole_sweep(const struct trial *trial);

/* Chooses the whole sweep's cells, or n of them spread evenly over layers and positions. */
void trial_choose_all(struct trial *trial);
void trial_choose_some(struct trial *trial, size_t n);

/* Chooses the cheapest cells that fill the walk's memory budget: those that enter before the last
 * block, again and again. */
void trial_fill_budget(struct trial *trial);

/* Run the parts; the texts first. The argument is the trial: time_alternately calls these. */
void trial_run_texts(void *trial);
void trial_run_sweep(void *trial);

#endif
