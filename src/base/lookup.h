/* lookup.h: which item of a list is equal to a given one, without a search through the list: a
 * table of hash values and places. What items are, and when two are equal, the caller knows. */
#ifndef BASE_LOOKUP_H
#define BASE_LOOKUP_H

#include "base/error.h"

/* Begins zeroed. */
struct lookup {
    struct lookup_slot *slots;
    size_t n, mask; /* items; slots less one */
};

/* Whether the item at a place of the list is the one that is looked for. */
typedef bool lookup_same(const void *context, size_t place);

/* A hash value of size bytes, which goes on from an earlier one, or from 0. */
uint32_t lookup_hash(uint32_t earlier, const void *bytes, size_t size);

/* The place of the item with this hash value for which same is true, or SIZE_MAX. */
size_t lookup_find(const struct lookup *table, uint32_t hash, lookup_same *same,
                   const void *context);

/* Adds an item that is not there yet. False and err when memory is out; the table is as it was
 * then. */
bool lookup_add(struct lookup *table, uint32_t hash, size_t place, struct pg_error *err);

/* Leaves it zeroed. */
void lookup_free(struct lookup *table);

#endif
