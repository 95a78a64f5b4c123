/* paths.h: path patching (Wang et al. 2022, arXiv:2211.00593, appendix B): what one sender writes
 * reaches some readers on all paths between them.
 *
 *   1. the base run with the sender's output of the source run, in which what is frozen (attention,
 *      MLPs) keeps the base run's output; what the readers take is noted
 *   2. the base run in which the readers, all together, take that; everything else is run
 *
 * Paths to the logits end with the first. Its runs enter where the sender writes: as rows of the
 * residual stream, or with z. */
#ifndef PATCH_PATHS_H
#define PATCH_PATHS_H

#include "patch/site.h"

struct sweep;
struct walk_plan;

/* The entry of a sender's run in the first pass. False if it writes the same bits in both runs, or,
 * where only position T-1 counts, there. */
bool path_entry(const struct patching *patching, const struct pg_cell *cell, struct entry *out);

/* Writes the rows that enter, first_position..T-1: to x the residual stream at the entry's cut;
 * from a head to x resid_pre and to z (row stride ldz) the block's z. */
void path_rows(const struct patching *patching, const struct pg_cell *cell,
               const struct entry *entry, float *x, float *z, size_t ldz);

/* Fills in the value of every cell, which are PG_PATHS, of a sweep. False and err when memory or
 * threads are out. */
bool run_paths(const struct sweep *sweep, const struct pg_receiver *readers, size_t n_readers,
               unsigned frozen, const struct walk_plan *plan, struct pg_error *err);

#endif
