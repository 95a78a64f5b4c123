/* sweep.h: all patches of experiments in one walk over the blocks.
 *
 * Up to its patch a patched run is the base run, so it begins where its rows enter the residual
 * stream. At block b the rows of all runs that have entered are one tall matrix, whichever
 * experiment they belong to; after each half of the block, the runs that enter there join. When
 * that matrix would pass the memory budget, the walk is done in several chunks of runs. */
#ifndef PATCH_SWEEP_H
#define PATCH_SWEEP_H

#include "patch/metric.h"
#include "patch/site.h"

/* The patches of one experiment. */
struct sweep {
    struct patching patching;
    const struct metric *metric;
    float base_metric;     /* the base run's value: what a patch without effect gives */
    struct pg_cell *cells; /* whose values are to be filled in */
    size_t n_cells;
};

struct walk_plan {
    size_t memory; /* bytes for the rows of a chunk; one run always fits */
    pg_progress *progress;
    void *progress_context;
};

/* Fills in the value of every cell of n sweeps on one model. */
bool run_sweeps(const struct sweep *sweeps, size_t n, const struct walk_plan *plan,
                struct pg_error *err);

#endif
