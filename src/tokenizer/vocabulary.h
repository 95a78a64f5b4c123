/* vocabulary.h: the spellings of a vocabulary and their ids, for looking tokens up while a tokenizer is
 * loaded. Not here: what the spellings mean (alphabet.h). */
#ifndef TOKENIZER_VOCABULARY_H
#define TOKENIZER_VOCABULARY_H

#include "base/json.h"

/* Ids end below this: enough for any vocabulary, small enough for an array of all ids. */
enum { N_IDS_MAX = 1 << 24 };

/* Whether n_ids ids may be those of n_tokens tokens: gaps are allowed, but no table of millions of ids is made
 * for a few tokens. False and err if not. */
bool ids_are_near(int n_ids, size_t n_tokens, const char *file, struct pg_error *err);

struct name {
    const char *spelling; /* owned by the JSON that it was read from */
    size_t length;
    int id;
};

struct names {
    struct name *list;
    size_t count;
    size_t total_length; /* of all spellings */
    int n_ids;           /* the largest id plus one */
    uint32_t *slots;     /* open addressing: index into list plus one, 0 where empty */
    size_t mask;         /* number of slots minus one, a power of two minus one */
};

/* Reads the names of an object {"spelling": id, ...}. False and err, which names the file, for ids that are no integers from 0 to
 * N_IDS_MAX - 1, empty spellings, spellings or ids given twice. The JSON must outlive out.
 * Free with names_free. */
bool names_read(const cJSON *vocab, const char *file, struct names *out, struct pg_error *err);
void names_free(struct names *names);

/* The id of the token that is spelled left followed by right (either may be empty), or -1. */
int names_find(const struct names *names, const char *left, size_t left_length, const char *right,
               size_t right_length);

#endif
