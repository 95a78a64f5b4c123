/* bpe.c: see bpe.h. The ids are a linked list, and every pair of neighbours that can be merged is
 * in a heap of (rank, position). A pair in the heap may be gone when its turn comes; it is
 * skipped. */
#include "tokenizer/bpe.h"
#include "base/memory.h"

#include <stdlib.h>

enum { GONE = -1 }; /* id of a symbol that was merged into the previous one */
static const uint32_t none = UINT32_MAX;

/* ---- merges ---- */

static uint32_t *find_slot(const struct merge_table *table, int left, int right) {
    uint64_t h = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9e3779b97f4a7c15u;
    for (size_t i = (h >> 32) & table->mask;; i = (i + 1) & table->mask) {
        uint32_t *slot = &table->slots[i];
        if (!*slot) return slot;
        const struct merge *merge = &table->list[*slot - 1];
        if (merge->left == left && merge->right == right) return slot;
    }
}

bool merge_table_init(struct merge_table *table, size_t capacity, struct pg_error *err) {
    *table = (struct merge_table){0};
    if (capacity >= UINT32_MAX / 2) return fail(err, "%zu merges are too many", capacity);
    size_t n_slots = 2;
    while (n_slots < 2 * capacity) n_slots *= 2;
    table->mask = n_slots - 1;
    table->slots = allocate(n_slots, sizeof *table->slots, err);
    table->list = table->slots ? allocate(capacity, sizeof *table->list, err) : NULL;
    if (table->list) return true;
    merge_table_free(table);
    return false;
}

void merge_table_free(struct merge_table *table) {
    free(table->list);
    free(table->slots);
    *table = (struct merge_table){0};
}

bool merge_table_add(struct merge_table *table, struct merge merge) {
    uint32_t *slot = find_slot(table, merge.left, merge.right);
    if (*slot) return false;
    table->list[table->count++] = merge;
    *slot = (uint32_t)table->count;
    return true;
}

/* ---- the heap: the smallest number, which is the leftmost pair of the lowest rank, comes first
 * ---- */

static void heap_push(struct bpe_work *work, uint64_t value) {
    size_t i = work->n_heap++;
    for (; i > 0 && work->heap[(i - 1) / 2] > value; i = (i - 1) / 2)
        work->heap[i] = work->heap[(i - 1) / 2];
    work->heap[i] = value;
}

static uint64_t heap_pop(struct bpe_work *work) {
    uint64_t *heap = work->heap, first = heap[0], last = heap[--work->n_heap];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < work->n_heap; i = child) {
        if (child + 1 < work->n_heap && heap[child + 1] < heap[child]) child++;
        if (last <= heap[child]) break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return first;
}

/* ---- merging ---- */

struct symbol {
    int id;
    uint32_t previous, next; /* none at the ends */
};

void bpe_work_free(struct bpe_work *work) {
    free(work->symbols);
    free(work->heap);
    free(work->merged);
    *work = (struct bpe_work){0};
}

/* Makes room for a piece of count ids. At most count - 1 pairs are there at first, and each of at
 * most count - 1 merges makes two new ones. */
static bool make_room(struct bpe_work *work, size_t count, struct pg_error *err) {
    if (count <= work->capacity) return true;
    bpe_work_free(work);
    size_t capacity = count < 32 ? 64 : 2 * count;
    work->symbols = allocate(capacity, sizeof *work->symbols, err);
    work->heap = work->symbols ? allocate(capacity, 3 * sizeof *work->heap, err) : NULL;
    work->merged = work->heap ? allocate(capacity, sizeof *work->merged, err) : NULL;
    if (!work->merged) return false;
    work->capacity = capacity;
    return true;
}

/* Puts the pair that starts at a position into the heap, if it can be merged. */
static void push_pair(const struct merge_table *table, struct bpe_work *work, uint32_t at) {
    if (at == none || work->symbols[at].next == none) return;
    const struct symbol *left = &work->symbols[at], *right = &work->symbols[left->next];
    uint32_t slot = *find_slot(table, left->id, right->id);
    if (slot) heap_push(work, (uint64_t)(slot - 1) << 32 | at);
}

/* Merges the pair that starts at a position. False if it is not there any more. */
static bool merge_at(struct symbol *symbols, uint32_t at, struct merge merge) {
    struct symbol *left = &symbols[at];
    if (left->id != merge.left || left->next == none) return false;
    struct symbol *right = &symbols[left->next];
    if (right->id != merge.right) return false;
    left->id = merge.result;
    left->next = right->next;
    right->id = GONE;
    if (left->next != none) symbols[left->next].previous = at;
    return true;
}

/* Merges every occurrence of the pair of the lowest rank; only then can new pairs take part. */
static void merge_lowest(const struct merge_table *table, struct bpe_work *work) {
    uint64_t rank = work->heap[0] >> 32;
    size_t n_merged = 0;
    while (work->n_heap && work->heap[0] >> 32 == rank) {
        uint32_t at = (uint32_t)heap_pop(work);
        if (merge_at(work->symbols, at, table->list[rank])) work->merged[n_merged++] = at;
    }
    for (size_t i = 0; i < n_merged; i++) {
        push_pair(table, work, work->symbols[work->merged[i]].previous);
        push_pair(table, work, work->merged[i]);
    }
}

bool bpe_merge(const struct merge_table *table, struct bpe_work *work, int *ids, size_t *count,
               struct pg_error *err) {
    uint32_t n = (uint32_t)*count;
    if (n < 2) return true;
    if (!make_room(work, n, err)) return false;

    for (uint32_t i = 0; i < n; i++)
        work->symbols[i] = (struct symbol){ids[i], i ? i - 1 : none, i + 1 < n ? i + 1 : none};
    work->n_heap = 0;
    for (uint32_t i = 0; i < n; i++) push_pair(table, work, i);
    while (work->n_heap) merge_lowest(table, work);

    *count = 0;
    for (uint32_t i = 0; i != none; i = work->symbols[i].next)
        ids[(*count)++] = work->symbols[i].id;
    return true;
}
