/* token_names.h: the tokens of an experiment as its heatmap writes them. */
#ifndef REPORT_TOKEN_NAMES_H
#define REPORT_TOKEN_NAMES_H

#include "report/result_map.h"

/* Names them so that the font can draw them or, without a font, a terminal show them. False and err
 * when memory is out. Free with token_names_free, also after failure. */
bool token_names_make(const struct pg_model *model, const struct pg_result *result,
                      const struct font *font, struct token_names *names, struct pg_error *err);
void token_names_free(struct token_names *names);

#endif
