/* vocabulary.h: the spellings of a vocabulary and their ids, to look up tokens while a tokenizer is
 * loaded. Not here: the bytes of a spelling (byte_alphabet.h). */
#ifndef TOKENIZER_VOCABULARY_H
#define TOKENIZER_VOCABULARY_H

#include "base/json.h"

/* The limit of ids: enough for any vocabulary, small enough for an array of all ids. */
enum { N_IDS_MAX = 1 << 24 };

/* Whether n_ids is plausible for n_tokens tokens: gaps are allowed, but a few tokens must not make
 * a table of millions of ids. False and err if not. */
bool ids_are_near(int n_ids, size_t n_tokens, const char *file, struct pg_error *err);

struct vocabulary_entry {
    const char *spelling; /* owned by the JSON that it was read from */
    size_t length;
    int id;
};

struct vocabulary {
    struct vocabulary_entry *list;
    size_t count;
    size_t total_length; /* of all spellings */
    int n_ids;           /* the largest id plus one */
    uint32_t *slots;     /* open addressing: index into list plus one, 0 where empty */
    size_t mask;         /* number of slots minus one, a power of two minus one */
};

/* Reads an object {"spelling": id, ...}. False and err, which vocabulary the file, for ids that are
 * not integers from 0 to N_IDS_MAX - 1, empty spellings, and repeated spellings or ids. The JSON
 * must outlive out. Free with vocabulary_free. */
bool vocabulary_read(const cJSON *vocab, const char *file, struct vocabulary *out,
                     struct pg_error *err);
void vocabulary_free(struct vocabulary *vocabulary);

/* The id of the token that is spelled left followed by right (either may be empty), or -1. */
int vocabulary_find(const struct vocabulary *vocabulary, const char *left, size_t left_length,
                    const char *right, size_t right_length);

#endif
