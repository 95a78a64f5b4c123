/* token_tables.h: tokens and predictions for people: two texts token under token, and tables.
 * Writes to the stream that it is given and leaves errors in it. */
#ifndef REPORT_TOKEN_TABLES_H
#define REPORT_TOKEN_TABLES_H

#include "patchgpt.h"
#include "report/table.h"

/* ---- texts ---- */

/* Writes two texts of n tokens one above the other, each token below its position, differing ones
 * marked, wrapped into blocks of lines of at most `width` columns. Here and below corrupt may be
 * NULL: clean alone is written. */
void write_token_lines(FILE *out, const struct pg_model *model, const int *clean,
                       const int *corrupt, size_t n, int width);

/* Writes a table of n tokens, a row each: position, id, token. */
void write_token_table(FILE *out, const struct pg_model *model, const int *ids, size_t n,
                       enum table_form form);

/* Writes a table of two texts of n tokens, a row for each position: ids and tokens of both, and
 * whether they differ. */
void write_text_table(FILE *out, const struct pg_model *model, const int *clean, const int *corrupt,
                      size_t n, enum table_form form);

/* ---- predictions ---- */

/* Writes the n most probable tokens: rank, token index, token, probability. */
void write_top_table(FILE *out, const struct pg_model *model, const struct pg_prediction *top,
                     size_t n, enum table_form form);

/* Writes n named tokens: rank, token index, token, logit, probability. */
void write_named_table(FILE *out, const struct pg_model *model, const struct pg_prediction *named,
                       size_t n, enum table_form form);

/* Writes the most probable tokens of both runs, side by side if `width` columns have room; of the
 * clean run alone if there is no corrupted text, here and below. */
void write_top_tables(FILE *out, const struct pg_model *model, const struct pg_result *result,
                      enum table_form form, int width);

/* Writes the tokens of the metric, if it has any, a row for each token and run. */
void write_named_tables(FILE *out, const struct pg_model *model, const struct pg_result *result,
                        enum table_form form);

#endif
