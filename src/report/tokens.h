/* tokens.h: tokens as text for people, in columns of a terminal. Writes to the
 * stream it is given and leaves errors in it; opens nothing. */
#ifndef REPORT_TOKENS_H
#define REPORT_TOKENS_H

#include "patchgpt.h"
#include "report/table.h"

enum token_style {
    TOKEN_DOTTED, /* ·Jones: for tokens in a row */
    TOKEN_QUOTED, /* " Jones": for a token on its own */
};

/* A token as one short line: at most 20 columns and the quotes, the end as an ellipsis when there is
 * more. A backslash, and what cannot be seen or is no UTF-8, is written as in C: \\, \n, \xE2,
 * \u200B. */
struct shown_token {
    char text[96];
    int width; /* columns of a terminal */
};
struct shown_token show_bytes(const char *bytes, size_t length, enum token_style style);

/* The same for a token of a model; one that the model has no text for is its id in digits. */
struct shown_token show_token(const struct pg_model *model, int id, enum token_style style);

/* Writes the bytes of n tokens one after the other; those that the model has no text for are left out. */
void write_token_bytes(FILE *out, const struct pg_model *model, const int *ids, size_t n);

/* Writes two texts of n tokens one above the other, token under token below their positions, the
 * differing ones marked, in as many blocks of lines as the width (columns) asks for. */
void write_token_lines(FILE *out, const struct pg_model *model, const int *clean,
                       const int *corrupt, size_t n, int width);

/* Writes a table of n tokens, a line each: position, id, token. */
void write_token_table(FILE *out, const struct pg_model *model, const int *ids, size_t n,
                       enum table_form form);

/* Writes a table of two texts of n tokens, a line for each position: both ids and tokens, and where they
 * differ. */
void write_text_table(FILE *out, const struct pg_model *model, const int *clean, const int *corrupt,
                      size_t n, enum table_form form);

#endif
