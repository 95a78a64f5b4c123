/* tokens.h: the text of tokens for files and programs, in full. For people a token is shown by
 * model/shown_token.h, in tables by token_tables.h and in pictures by token_names.h. */
#ifndef REPORT_TOKENS_H
#define REPORT_TOKENS_H

#include "base/error.h"

#include <stdio.h>

/* Both make UTF-8 of any bytes: bytes that are not part of UTF-8, and NUL bytes, become U+FFFD or
 * an escape such as \xE9. Escapes keep different bytes different, except that a backslash stays as
 * it is: where that matters, an id is written as well. Free with free(). NULL and err when memory
 * is out. */
char *replace_invalid(const char *bytes, size_t length, struct pg_error *err);
char *escape_invalid(const char *bytes, size_t length, struct pg_error *err);

/* One of these two. */
typedef char *bytes_to_text(const char *bytes, size_t length, struct pg_error *err);

/* The texts of n tokens, in digits the id of a token that the model has no text for. NULL follows
 * the last. Free with free_strings. NULL and err when memory is out. */
char **token_texts(const struct pg_model *model, const int *ids, size_t n, bytes_to_text *to_text,
                   struct pg_error *err);

/* Frees a list of strings that ends with NULL, and the strings; NULL is allowed. */
void free_strings(char **list);

/* Writes the bytes of n tokens one after the other; tokens without text are left out. Leaves errors
 * in the stream. */
void write_token_bytes(FILE *out, const struct pg_model *model, const int *ids, size_t n);

/* Whether a text begins with the model's token BOS. */
bool begins_with_bos(const struct pg_model *model, const int *ids);

#endif
