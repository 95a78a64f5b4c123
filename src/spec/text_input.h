/* text_input.h: from texts that a user wrote to token ids, with sentences that show how a text was
 * tokenized where it cannot be used. How a text is split into tokens is tokenizer/'s. */
#ifndef SPEC_TEXT_INPUT_H
#define SPEC_TEXT_INPUT_H

#include "spec/spec.h"

/* Whether the model has a tokenizer. False and err otherwise; advice, which may be NULL, ends the
 * sentence: "give token ids with --ids". */
bool need_tokenizer(const struct pg_model *model, const char *advice, struct pg_error *err);

/* Tokenizes length bytes, with <|endoftext|> in front if the spec has prepend_bos. Free with
 * pg_tokens_free. False and err if the model cannot tokenize the text. */
bool tokenize_text(const struct pg_model *model, const struct spec *spec, const char *text,
                   size_t length, struct pg_tokens *out, struct pg_error *err);

/* Tokenizes a text that is to be continued, and warns if it ends in a space. On a command line the
 * text "-" is standard input without a newline at its end. Free with pg_tokens_free. False and err
 * if that cannot be read or tokenized. */
bool read_prompt(const struct pg_model *model, const struct spec *spec, const char *text,
                 struct pg_tokens *out, struct pg_error *err);

/* The id of a text of one token, which this field gives. False and err, which shows the text's
 * tokens, if it is not one. */
bool read_token(const struct pg_model *model, const struct spec *spec, enum spec_field field,
                const char *text, int *out, struct pg_error *err);

/* Tokens in a sentence: Michelle|·Jones|·was, with an ellipsis where tokens are left out; a | in a
 * token is written \|. */
struct token_pieces {
    char text[512];
};

/* The tokens from the first on, as many as fit. */
struct token_pieces pieces_of(const struct pg_model *model, const struct pg_tokens *tokens,
                              size_t first);

#endif
