/* inputs.h: what readers take in the runs of a sweep: noted in one walk over the blocks, put in
 * place in another (paths.h). For a head's q, k or v that is the vector made from its input, for an
 * MLP the input itself after LN2. */
#ifndef PATCH_INPUTS_H
#define PATCH_INPUTS_H

#include "gpt2/forward.h"
#include "patch/site.h"

/* The inputs of readers r = 0, 1, ... at position t in the run of cell i are side by side at
 * rows[(i n_tokens + t) width]; offsets[r] says where. Only rows of readers that come after the
 * cell's sender are used, from the first position that the run has. */
struct inputs {
    const struct pg_model *model;
    const struct pg_receiver *readers;
    size_t n_readers;
    size_t *offsets, width;
    int n_tokens;
    const struct pg_cell *cells;
    float *rows;
};

/* Bytes that inputs_init allocates for each cell. */
size_t inputs_bytes(const struct config *config, const struct pg_receiver *readers,
                    size_t n_readers, int n_tokens);

/* Makes room for the inputs of readers, none of which is the logits, in the runs of n cells. False
 * and err when memory is out. Free with inputs_free. */
bool inputs_init(struct inputs *inputs, const struct pg_model *model,
                 const struct pg_receiver *readers, size_t n_readers, int n_tokens,
                 const struct pg_cell *cells, size_t n, struct pg_error *err);
void inputs_free(struct inputs *inputs);

/* The last block that has a reader. */
int inputs_last_block(const struct inputs *inputs);

/* Makes of the entry of a cell's first run that of its second: the base run, from before the first
 * reader that its sender reaches. */
void inputs_entry(const struct inputs *inputs, size_t cell, struct entry *entry);

/* At a stage of a block, notes what the readers there take in run number `run` of the stack, which
 * is the run of a cell. scratch: inputs_scratch() floats. */
void inputs_note(const struct inputs *inputs, size_t cell, const struct stack *stack, int run,
                 int block, enum stage stage, float *scratch);
size_t inputs_scratch(const struct config *config);

/* At a stage of a block, makes the readers there take what was noted. */
void inputs_put(const struct inputs *inputs, size_t cell, const struct stack *stack, int run,
                int block, enum stage stage);

#endif
