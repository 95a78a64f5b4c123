/* vocabulary.c: see vocabulary.h. */
#include "tokenizer/vocabulary.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- the hash table ---- */

/* FNV-1a, which can go on where it stopped. */
static const uint64_t hash_start = 0xcbf29ce484222325u;

static uint64_t hash(uint64_t h, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
    return h;
}

/* The slot that holds left followed by right, or the empty one where it would be put. */
static uint32_t *find_slot(const struct vocabulary *vocabulary, const char *left,
                           size_t left_length, const char *right, size_t right_length) {
    uint64_t h = hash(hash(hash_start, left, left_length), right, right_length);
    for (size_t i = (h ^ h >> 32) & vocabulary->mask;; i = (i + 1) & vocabulary->mask) {
        uint32_t *slot = &vocabulary->slots[i];
        if (!*slot) return slot;
        const struct vocabulary_entry *name = &vocabulary->list[*slot - 1];
        if (name->length == left_length + right_length &&
            memcmp(name->spelling, left, left_length) == 0 &&
            memcmp(name->spelling + left_length, right, right_length) == 0)
            return slot;
    }
}

int vocabulary_find(const struct vocabulary *vocabulary, const char *left, size_t left_length,
                    const char *right, size_t right_length) {
    uint32_t index = *find_slot(vocabulary, left, left_length, right, right_length);
    return index ? vocabulary->list[index - 1].id : -1;
}

/* ---- reading ---- */

/* Of two tokens with one id, name is the later one. */
static bool fail_twice(const struct vocabulary *vocabulary, const struct vocabulary_entry *name,
                       const char *file, struct pg_error *err) {
    for (const struct vocabulary_entry *other = vocabulary->list;; other++)
        if (other->id == name->id)
            return fail(err, "%s: \"%.60s\" and \"%.60s\" have the same id %d, expected unique ids",
                        file, other->spelling, name->spelling, name->id);
}

static bool add(struct vocabulary *vocabulary, const char *spelling, const cJSON *id,
                const char *file, struct pg_error *err) {
    size_t value;
    if (!json_size(id, &value) || value >= N_IDS_MAX)
        return fail(err, "%s: the id of \"%.60s\" is %s, expected an integer from 0 to %d", file,
                    spelling, json_describe(id).text, N_IDS_MAX - 1);
    struct vocabulary_entry name = {spelling, strlen(spelling), (int)value};
    if (name.length == 0)
        return fail(err, "%s: the token with the id %d is empty, expected at least one character",
                    file, name.id);
    uint32_t *slot = find_slot(vocabulary, spelling, name.length, "", 0);
    if (*slot)
        return fail(err, "%s: the token \"%.60s\" is there twice, with the ids %d and %d", file,
                    spelling, vocabulary->list[*slot - 1].id, name.id);
    vocabulary->list[vocabulary->count++] = name;
    *slot = (uint32_t)vocabulary->count;
    vocabulary->total_length += name.length;
    if (name.id >= vocabulary->n_ids) vocabulary->n_ids = name.id + 1;
    return true;
}

bool ids_are_near(int n_ids, size_t n_tokens, const char *file, struct pg_error *err) {
    const int always = 1000000, most_apart = 64;
    if (n_ids <= always || (size_t)n_ids / most_apart <= n_tokens) return true;
    return fail(err, "%s: the id %d is far beyond the %zu tokens that there are", file, n_ids - 1,
                n_tokens);
}

static bool check_unique_ids(const struct vocabulary *vocabulary, const char *file,
                             struct pg_error *err) {
    bool *taken = allocate((size_t)vocabulary->n_ids, sizeof *taken, err);
    if (!taken) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < vocabulary->count; i++) {
        const struct vocabulary_entry *name = &vocabulary->list[i];
        ok = !taken[name->id] || fail_twice(vocabulary, name, file, err);
        taken[name->id] = true;
    }
    free(taken);
    return ok;
}

static bool make_room(struct vocabulary *vocabulary, size_t count, struct pg_error *err) {
    size_t n_slots = 2;
    while (n_slots < 2 * count) n_slots *= 2;
    vocabulary->mask = n_slots - 1;
    vocabulary->slots = allocate(n_slots, sizeof *vocabulary->slots, err);
    vocabulary->list = vocabulary->slots ? allocate(count, sizeof *vocabulary->list, err) : NULL;
    return vocabulary->list != NULL;
}

static bool read_all(struct vocabulary *vocabulary, const cJSON *vocab, const char *file,
                     struct pg_error *err) {
    if (!make_room(vocabulary, (size_t)cJSON_GetArraySize(vocab), err)) return false;
    const cJSON *item;
    cJSON_ArrayForEach(item, vocab) {
        if (!add(vocabulary, item->string, item, file, err)) return false;
    }
    return ids_are_near(vocabulary->n_ids, vocabulary->count, file, err) &&
           check_unique_ids(vocabulary, file, err);
}

bool vocabulary_read(const cJSON *vocab, const char *file, struct vocabulary *out,
                     struct pg_error *err) {
    *out = (struct vocabulary){0};
    if (read_all(out, vocab, file, err)) return true;
    vocabulary_free(out);
    return false;
}

void vocabulary_free(struct vocabulary *vocabulary) {
    free(vocabulary->list);
    free(vocabulary->slots);
    *vocabulary = (struct vocabulary){0};
}
