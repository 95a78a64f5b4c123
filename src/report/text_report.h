/* text_report.h: results as text for people. Writes to the stream it is given and leaves errors in it. */
#ifndef REPORT_TEXT_REPORT_H
#define REPORT_TEXT_REPORT_H

#include "report/outcome.h"

#include <stdio.h>

/* A model in full: shape, parameters, files, tokenizer, and what it runs on. */
void write_model(FILE *out, const struct pg_model *model);

/* Its shape in one line. */
void write_model_line(FILE *out, const struct pg_model *model);

/* An experiment: the model in a line, both texts in lines of width columns, the most probable tokens
 * after the clean text, the metric of both runs, and what was done with the result. */
void write_experiment(FILE *out, const struct pg_model *model, const struct pg_result *result,
                      const struct outcome *outcome, int width);

#endif
