/* lookup.h: a hash table from items of a list to their indices in it. The items themselves, and
 * when two are equal, are the caller's. */
#ifndef BASE_LOOKUP_H
#define BASE_LOOKUP_H

#include "base/error.h"

/* Begins zeroed. */
struct lookup {
    struct lookup_slot *slots;
    size_t n, mask; /* items; number of slots - 1 */
};

/* Whether the item at an index of the list is the one that is looked for. */
typedef bool lookup_equal(const void *context, size_t index);

/* The hash value of size bytes that continue those of an earlier hash value; 0: that begin. */
uint32_t lookup_hash(uint32_t earlier, const void *bytes, size_t size);

/* The index of the item with this hash value for which `equal` is true, or SIZE_MAX. */
size_t lookup_find(const struct lookup *table, uint32_t hash, lookup_equal *equal,
                   const void *context);

/* Adds an item that is not in the table yet. False and err when memory is out; the table is
 * unchanged then. */
bool lookup_add(struct lookup *table, uint32_t hash, size_t index, struct pg_error *err);

/* Frees the table and leaves it zeroed. */
void lookup_free(struct lookup *table);

#endif
