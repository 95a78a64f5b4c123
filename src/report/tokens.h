/* tokens.h: tokens as text for people, in columns of a terminal. Writes to the
 * stream it is given and leaves errors in it; opens nothing. */
#ifndef REPORT_TOKENS_H
#define REPORT_TOKENS_H

#include "model/shown_token.h"
#include "report/table.h"

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
