/* readers.h: what a reader takes its input from, and what a head's reader is multiplied with. What
 * components write is senders.h's. */
#ifndef PATCH_READERS_H
#define PATCH_READERS_H

#include "gpt2/cache.h"

/* The residual stream that a reader reads in a run: n_tokens x n_embd. */
const float *reader_stream(const struct pg_model *model, const struct cache *cache,
                           const struct pg_receiver *reader);

/* The weights and biases of a head's queries, keys or values: n_embd to n_embd / n_head. */
struct linear reader_linear(const struct pg_model *model, const struct pg_receiver *reader);

#endif
