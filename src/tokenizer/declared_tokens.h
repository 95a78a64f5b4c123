/* declared_tokens.h: what the files beside a vocabulary say of its tokens: added_tokens.json,
 * special_tokens_map.json and tokenizer_config.json; and the added_tokens of a tokenizer.json. */
#ifndef TOKENIZER_DECLARED_TOKENS_H
#define TOKENIZER_DECLARED_TOKENS_H

#include "base/json.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/tokenizer_settings.h"

/* Finds the id of a token of the vocabulary that is spelled like this, or -1. */
typedef int find_spelling(const void *context, const char *spelling);

/* What a declaration is read into. */
struct declarations {
    struct added_tokens *tokens;
    struct tokenizer_settings *settings;
    find_spelling *find; /* of the vocabulary */
    const void *vocabulary;
    bool has_tokenizer_json; /* which says more than tokenizer_config.json's class does */
};

/* The four forms. A declaration that is there already is passed over. False and err, which names the file and
 * the field, for what is malformed, a token without an id, two ids for a token, or a setting that would give
 * other tokens and is not obeyed. */
bool declare_added_tokens(struct declarations *d, const cJSON *array, const char *file,
                          struct pg_error *err);
bool declare_ids(struct declarations *d, const cJSON *added_tokens_json, const char *file,
                 struct pg_error *err);
bool declare_specials(struct declarations *d, const cJSON *special_tokens_map, const char *file,
                      struct pg_error *err);
bool declare_config(struct declarations *d, const cJSON *tokenizer_config, const char *file,
                    struct pg_error *err);

#endif
