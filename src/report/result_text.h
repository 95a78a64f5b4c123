/* result_text.h: results as text for people. Writes to the stream it is given and leaves errors in it. */
#ifndef REPORT_RESULT_TEXT_H
#define REPORT_RESULT_TEXT_H

#include "report/outcome.h"
#include "report/table.h"

/* A model in full: shape, parameters, files, tokenizer, and what it runs on. */
void write_model(FILE *out, const struct pg_model *model);

/* Its shape in one line. */
void write_model_line(FILE *out, const struct pg_model *model);

/* An experiment: the model in a line, both texts, the most probable tokens after each, what both runs
 * say of the metric's tokens, the metric of both runs, and what was done with the result. Lines are of
 * width columns where there is a choice. */
void write_experiment(FILE *out, const struct pg_model *model, const struct pg_result *result,
                      const struct outcome *outcome, enum table_form form, int width);

#endif
