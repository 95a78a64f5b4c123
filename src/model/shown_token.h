/* shown_token.h: a token as people read it in sentences, tables and pictures: one short line
 * without characters that cannot be seen. Tokens in files are written elsewhere, in full. */
#ifndef MODEL_SHOWN_TOKEN_H
#define MODEL_SHOWN_TOKEN_H

#include "patchgpt.h"

enum token_style {
    TOKEN_DOTTED, /* ·Jones: for tokens in a row */
    TOKEN_QUOTED, /* " Jones": for a token on its own */
};

/* A token as one short line: at most 20 columns and the quotes, with an ellipsis at the end of a
 * longer one. A backslash, bytes that are not UTF-8 and characters that cannot be seen are written
 * as in C: \\, \n, \xE2, \u200B. */
struct shown_token {
    char text[96];
    int width; /* columns of a terminal */
};
struct shown_token show_bytes(const char *bytes, size_t length, enum token_style style);

/* Shows a token of a model; one that the model has no text for as its id in digits. */
struct shown_token show_token(const struct pg_model *model, int id, enum token_style style);

#endif
