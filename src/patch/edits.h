/* edits.h: patches of several cells at once. The patched run starts as the base run before the
 * first block that one of its cells names. Wherever a cell's activation appears on its way through
 * the blocks, the run's is set to the source run's: an edit. For attn_out and mlp_out what is set
 * is the sum with the run's own residual stream, as it then is. */
#ifndef PATCH_EDITS_H
#define PATCH_EDITS_H

#include "gpt2/forward.h"
#include "patch/site.h"

/* Several cells that are one patch. */
struct cell_set {
    const struct pg_cell *cells;
    size_t n;
};

/* The entry of a set: rows of the base run, from the first that an edit may change, at the end of
 * the block before the first that is edited. False if no cell is at a position up to T-1. */
bool set_entry(const struct patching *patching, struct cell_set set, struct entry *out);

/* The edits of a chunk's runs. */
struct edits {
    struct edit *items; /* by block, run, position, head, then as they were added */
    size_t n, capacity;
    float *saved; /* of the block that the stack is in: C floats for each edit that needs them */
    const struct stack *stack;
};

/* Makes room for the edits of sets with at most max_edits edits. False and err when memory is out.
 * Free with edits_free. */
bool edits_init(struct edits *edits, const struct stack *stack, size_t max_edits,
                struct pg_error *err);
void edits_free(struct edits *edits);

/* An upper bound of the number of edits of a set, for texts of n_tokens tokens. */
size_t edits_count(struct cell_set set, int n_tokens);

/* Adds the edits of a set, to run number `run` of the stack. */
void edits_add(struct edits *edits, const struct patching *patching, struct cell_set set, int run);

/* Sorts them, after the last was added. */
void edits_sort(struct edits *edits);

/* The stack's hook that applies them; context is a struct edits. Block -1 has STAGE_POST alone: the
 * embeddings. */
void edits_apply(void *context, int block, enum stage stage, struct part rows);

#endif
