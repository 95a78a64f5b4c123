/* added_tokens.h: tokens that a tokenizer's files add to its vocabulary, such as <|endoftext|> or
 * <|user|>, which are found in a text before it is split and merged, as Hugging Face's tokenizers
 * does. Not here: which file declares them (declared_tokens.h). */
#ifndef TOKENIZER_ADDED_TOKENS_H
#define TOKENIZER_ADDED_TOKENS_H

#include "base/error.h"

struct added_token {
    const char *content; /* UTF-8 */
    size_t length;
    int id;
    bool lstrip, rstrip; /* includes white space before it, after it */
    bool single_word;    /* only between word boundaries */
    bool normalized;     /* looked for only in the parts between tokens that are not */
};

struct added_tokens {
    struct added_token *list; /* with different contents, which the list owns */
    size_t n, room;
    bool begins[256]; /* the first bytes of all contents */
};

/* Adds a token and copies its content. If the content is known with the same id, the first token
 * stays. False and err for another id, an empty content, or when memory is out. file: for
 * errors. */
bool added_tokens_add(struct added_tokens *tokens, const struct added_token *token,
                      const char *file, struct pg_error *err);
void added_tokens_free(struct added_tokens *tokens);

/* The token with this content, or NULL. */
const struct added_token *added_tokens_find(const struct added_tokens *tokens, const char *content,
                                            size_t length);

/* A token found in a text: bytes start..stop-1, with the white space that it includes; its content
 * ends at end, where the search for the next token starts. */
struct added_match {
    size_t start, stop, end;
    int id;
};

/* Finds the first token of a kind (normalized or not) at or after `from`, the longest one there.
 * Bytes before `taken` belong to the previous token; a token that would consist only of these is
 * skipped. False if no token is left. */
bool added_tokens_next(const struct added_tokens *tokens, bool normalized, const char *text,
                       size_t length, size_t from, size_t taken, struct added_match *out);

#endif
