/* lookup.c: see lookup.h. Open addressing with linear probing: an item is in the first free slot
 * from the one of its hash value on; at most half of the slots are taken. */
#include "base/lookup.h"

#include "base/memory.h"

#include <stdlib.h>

struct lookup_slot {
    uint32_t hash;
    size_t index; /* + 1; 0: a free slot */
};

uint32_t lookup_hash(uint32_t earlier, const void *bytes, size_t size) {
    const uint8_t *p = bytes;
    uint32_t hash = earlier ^ 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < size; i++) hash = (hash ^ p[i]) * 16777619u;
    return hash ^ hash >> 15;
}

size_t lookup_find(const struct lookup *t, uint32_t hash, lookup_equal *equal,
                   const void *context) {
    if (!t->n) return SIZE_MAX;
    for (size_t i = hash & t->mask; t->slots[i].index; i = (i + 1) & t->mask)
        if (t->slots[i].hash == hash && equal(context, t->slots[i].index - 1))
            return t->slots[i].index - 1;
    return SIZE_MAX;
}

static void put(struct lookup_slot *slots, size_t mask, struct lookup_slot slot) {
    size_t i = slot.hash & mask;
    while (slots[i].index) i = (i + 1) & mask;
    slots[i] = slot;
}

static bool grow(struct lookup *t, struct pg_error *err) {
    const size_t n_slots = t->slots ? 2 * (t->mask + 1) : 64;
    struct lookup_slot *slots = allocate(n_slots, sizeof *slots, err);
    if (!slots) return false;
    for (size_t i = 0; t->slots && i <= t->mask; i++)
        if (t->slots[i].index) put(slots, n_slots - 1, t->slots[i]);
    free(t->slots);
    t->slots = slots;
    t->mask = n_slots - 1;
    return true;
}

bool lookup_add(struct lookup *t, uint32_t hash, size_t index, struct pg_error *err) {
    if ((!t->slots || 2 * t->n > t->mask) && !grow(t, err)) return false;
    put(t->slots, t->mask, (struct lookup_slot){hash, index + 1});
    t->n++;
    return true;
}

void lookup_free(struct lookup *t) {
    free(t->slots);
    *t = (struct lookup){0};
}
