/* declared_tokens.h: reads the tokens declared by the files beside a vocabulary, added_tokens.json,
 * special_tokens_map.json and tokenizer_config.json, and by added_tokens of a tokenizer.json. */
#ifndef TOKENIZER_DECLARED_TOKENS_H
#define TOKENIZER_DECLARED_TOKENS_H

#include "base/json.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/tokenizer_settings.h"

/* The id of the vocabulary's token with that spelling, or -1. */
typedef int find_spelling(const void *context, const char *spelling);

/* Where declarations go. */
struct declarations {
    struct added_tokens *tokens;
    struct tokenizer_settings *settings;
    find_spelling *find; /* of the vocabulary */
    const void *vocabulary;
    bool has_tokenizer_json; /* then tokenizer_class does not matter */
};

/* Read one of the four forms of declaration. Repeated declarations are skipped. False and err,
 * which names the file and the field, for malformed JSON, a token without an id, two ids for one
 * token, and a setting that is not supported and would give other tokens. */
bool declare_added_tokens(struct declarations *d, const cJSON *array, const char *file,
                          struct pg_error *err);
bool declare_ids(struct declarations *d, const cJSON *added_tokens_json, const char *file,
                 struct pg_error *err);
bool declare_specials(struct declarations *d, const cJSON *special_tokens_map, const char *file,
                      struct pg_error *err);
bool declare_config(struct declarations *d, const cJSON *tokenizer_config, const char *file,
                    struct pg_error *err);

#endif
