/* sweep.h: all patches of experiments in one walk over the blocks.
 *
 *   cell    one patch of a request: site, layer, head, position
 *   entry   a cell, once it is known where its rows enter the residual stream (site.h)
 *   run     an entry that has been added to the stack (gpt2/forward.h): a patched run
 *   chunk   the entries of one walk over the blocks, as many as fit the memory budget
 *   sweep   all cells of one experiment
 *
 * Up to its patch a patched run is the base run, so it starts where its rows enter. At block b the
 * rows of all runs that have entered are one tall matrix, whichever experiment they belong to;
 * after each half of the block, the runs that enter there are added. */
#ifndef PATCH_SWEEP_H
#define PATCH_SWEEP_H

#include "patch/edits.h"
#include "patch/inputs.h"
#include "patch/metric.h"
#include "patch/site.h"

/* The patches of one experiment. */
struct sweep {
    struct patching patching;
    const struct metric *metric;
    float base_metric;     /* the base run's: the value of a patch without effect */
    struct pg_cell *cells; /* whose values are filled in */
    size_t n_cells;
    const struct cell_set *sets; /* the cells that cell i patches at once; NULL: itself alone */
    const struct inputs *inputs; /* PG_PATHS: what readers take in each cell's run, noted or put in
                                    place; NULL: nothing of it */
};

/* How a walk is done. */
struct walk_plan {
    size_t memory; /* budget in bytes for the rows of a chunk; one run always fits */
    pg_progress *progress;
    void *progress_context;
    pg_stop *stop; /* asked before each chunk; if it says so, the cells that are left get the site
                      PG_N_SITES; or NULL */
    void *stop_context;
    unsigned frozen; /* what is held at the base run's output: a sum of enum pg_frozen */
    bool notes;      /* inputs are noted, and the runs end after that: values stay the base run's */
};

/* Fills in the value of every cell of n sweeps on one model. False and err when memory or threads
 * are out. */
bool run_sweeps(const struct sweep *sweeps, size_t n, const struct walk_plan *plan,
                struct pg_error *err);

#endif
