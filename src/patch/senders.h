/* senders.h: what a component writes, in the base run and in the source run. */
#ifndef PATCH_SENDERS_H
#define PATCH_SENDERS_H

#include "patch/site.h"

/* One row of what a sender writes, or for a head of its z, which that follows from: *width
 * numbers. */
const float *sender_row(const struct cache *cache, const struct pg_sender *sender, int position,
                        int *width);

/* Whether it has the same bits in both runs at a position. */
bool sender_is_same(const struct patching *patching, const struct pg_sender *sender, int position);

/* The first position where it has not; n_tokens if there is not one. */
int sender_first_changed(const struct patching *patching, const struct pg_sender *sender);

#endif
