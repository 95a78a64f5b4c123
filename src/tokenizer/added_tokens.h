/* added_tokens.h: tokens that a tokenizer's files add to its vocabulary, which are found in a text as they
 * stand, before anything is split or merged: <|endoftext|>, <|user|>. As Hugging Face's tokenizers does it.
 * Not here: which file declares them (declared_tokens.h). */
#ifndef TOKENIZER_ADDED_TOKENS_H
#define TOKENIZER_ADDED_TOKENS_H

#include "base/error.h"

struct added_token {
    const char *content; /* UTF-8 */
    size_t length;
    int id;
    bool lstrip, rstrip; /* white space before it, after it, is part of it */
    bool single_word;    /* not where a word goes on before it or after it */
    bool normalized;     /* looked for in what is left after the others were found */
};

struct added_tokens {
    struct added_token *list; /* contents differ; they are its own */
    size_t n, room;
    bool begins[256]; /* the bytes that contents begin with */
};

/* Adds a token, whose content is copied. One of the same content may be there already, with the same id:
 * then the first stays as it is. False and err for another id, for an empty content, or when memory is
 * out. file: for errors. */
bool added_tokens_add(struct added_tokens *tokens, const struct added_token *token,
                      const char *file, struct pg_error *err);
void added_tokens_free(struct added_tokens *tokens);

/* The token of this content, or NULL. */
const struct added_token *added_tokens_find(const struct added_tokens *tokens, const char *content,
                                            size_t length);

/* A token in a text: what it takes, [start, stop), with the white space that is part of it; end: where its
 * content ends, and the next one is looked for. */
struct added_match {
    size_t start, stop, end;
    int id;
};

/* Finds the first token of a kind (normalized or not) from a place on, the longest there. White space before `taken`
 * belongs to the token before, and one that would have nothing else is passed over. False if no
 * token is left. */
bool added_tokens_next(const struct added_tokens *tokens, bool normalized, const char *text,
                       size_t length, size_t from, size_t taken, struct added_match *out);

#endif
