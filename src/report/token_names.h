/* token_names.h: the tokens of an experiment as its heatmap writes them, with what the font cannot
 * draw as escapes. */
#ifndef REPORT_TOKEN_NAMES_H
#define REPORT_TOKEN_NAMES_H

#include "model/shown_token.h"
#include "plot/font.h"

/* Copies UTF-8 text with an escape such as \u4E2D for each character that the font lacks, that is
 * invisible, or that cannot be drawn by itself, since letters of its script run from right to left,
 * join, or change beside others. Free with free(). NULL and err when memory is out. */
char *escape_undrawable(const struct font *font, const char *text, struct pg_error *err);

/* The names of n tokens for a picture in this font or, if font is NULL, for a terminal; NULL
 * follows the last. Free with free_strings (tokens.h). NULL and err when memory is out. */
char **token_name_list(const struct pg_model *model, const struct font *font, const int *ids,
                       size_t n, enum token_style style, struct pg_error *err);

struct token_names {
    char **clean, **corrupt; /* one for each position, then NULL; corrupt is NULL without a text */
    char *formula;           /* of the metric (metric_text.h) */
};

/* Names the tokens of a result for a picture in this font or, if font is NULL, for a terminal.
 * False and err when memory is out. Free with token_names_free, also after failure. */
bool token_names_make(const struct pg_model *model, const struct pg_result *result,
                      const struct font *font, struct token_names *names, struct pg_error *err);
void token_names_free(struct token_names *names);

#endif
