/* bpe.h: byte pair encoding of one piece of text, as token ids: which neighbours are merged into
 * which token, in which order. Not here: files (merges.h), texts (split.h), bytes (alphabet.h). */
#ifndef TOKENIZER_BPE_H
#define TOKENIZER_BPE_H

#include "base/error.h"

struct merge {
    int left, right, result;
};

/* The merges, best first: a merge's index in the list is its rank. */
struct merge_table {
    struct merge *list;
    size_t count;
    uint32_t *slots; /* open addressing by (left, right): rank plus one, 0 where empty */
    size_t mask;     /* number of slots minus one, a power of two minus one */
};

/* Makes an empty table with room for capacity merges. Free with merge_table_free. */
bool merge_table_init(struct merge_table *table, size_t capacity, struct pg_error *err);
void merge_table_free(struct merge_table *table);

/* Appends a merge, for which there must be room. False if the pair has one already. */
bool merge_table_add(struct merge_table *table, struct merge merge);

/* Memory that bpe_merge needs, kept from one piece to the next; all zero at first. */
struct bpe_work {
    size_t capacity;
    struct symbol *symbols;
    uint64_t *heap;
    size_t n_heap;
    uint32_t *merged;
};
void bpe_work_free(struct bpe_work *work);

/* Merges the *count ids in place and updates *count: while any two neighbours can be merged, takes
 * the pair of the lowest rank and merges each of its occurrences from left to right. At most
 * UINT32_MAX ids. Takes O(n log n). False and err when memory is out. */
bool bpe_merge(const struct merge_table *table, struct bpe_work *work, int *ids, size_t *count,
               struct pg_error *err);

#endif
