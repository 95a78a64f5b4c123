/* token_list.h: tokens of a model as strings in fresh memory, for files. Where the model has no
 * text for a token, its id in digits. */
#ifndef REPORT_TOKEN_LIST_H
#define REPORT_TOKEN_LIST_H

#include "plot/font.h"
#include "report/tokens.h"

/* A token as show_token shows it, with what the font lacks as an escape. Free with free(). NULL
 * and err when memory is out. */
char *token_label(const struct pg_model *model, const struct font *font, int id,
                  enum token_style style, struct pg_error *err);

/* How bytes are written that are no UTF-8: label_text or label_escaped. */
typedef char *token_writer(const char *bytes, size_t length, struct pg_error *err);

/* The texts of n tokens. A NULL follows the last. Free with token_list_free. NULL and err when memory is
 * out. */
char **token_list(const struct pg_model *model, const int *ids, size_t n, token_writer *writer,
                  struct pg_error *err);
void token_list_free(char **list); /* list may be NULL */

#endif
