/* result_text.h: models and experiments as text for people. Writes to the stream that it is given
 * and leaves errors in it. */
#ifndef REPORT_RESULT_TEXT_H
#define REPORT_RESULT_TEXT_H

#include "report/outcome.h"

/* Writes all about a model: shape, parameters, files, tokenizer, kernels and threads. */
void write_model(FILE *out, const struct pg_model *model);

/* Writes a model's shape in one line. */
void write_model_line(FILE *out, const struct pg_model *model);

/* Writes the report of an experiment: the model's line, both texts, the most probable tokens after
 * each, the predictions of the metric's tokens and the metric in both runs, and the outcome. Texts
 * and tables are laid out for `width` columns. */
void write_experiment(FILE *out, const struct pg_model *model, const struct pg_result *result,
                      const struct outcome *outcome, enum table_form form, int width);

#endif
