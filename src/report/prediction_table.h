/* prediction_table.h: predictions as tables: rank, token index (the id), token, and how probable it is. */
#ifndef REPORT_PREDICTION_TABLE_H
#define REPORT_PREDICTION_TABLE_H

#include "patchgpt.h"
#include "report/table.h"

/* Writes the most probable tokens: rank, token index, token, probability. */
void write_top_table(FILE *out, const struct pg_model *model, const struct pg_prediction *top,
                     size_t n, enum table_form form);

/* Writes named tokens, the same with their logits. */
void write_named_table(FILE *out, const struct pg_model *model, const struct pg_prediction *named,
                       size_t n, enum table_form form);

/* Writes the most probable tokens of both runs, side by side where width columns have room for that. */
void write_top_tables(FILE *out, const struct pg_model *model, const struct pg_result *result,
                      enum table_form form, int width);

/* Writes the tokens of the metric, if it has any, a line for each run. */
void write_named_tables(FILE *out, const struct pg_model *model, const struct pg_result *result,
                        enum table_form form);

#endif
