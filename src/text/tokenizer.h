/* tokenizer.h: GPT-2's byte-level byte pair encoding, from and to token ids.
 * Not here: which tokenizer belongs to which model (gpt2/), how tokens are shown (report/). */
#ifndef TEXT_TOKENIZER_H
#define TEXT_TOKENIZER_H

#include "base/error.h"

struct tokenizer;

/* Builds a tokenizer from the contents of vocab.json (or encoder.json) and merges.txt (or
 * vocab.bpe). The names are used in errors. NULL and err if either is malformed or they do not
 * fit each other: both parts and the result of every merge and every single byte must be in the
 * vocabulary, tokens and ids unique, ids from 0 to 2^24 - 1 (gaps are allowed). Free with
 * tokenizer_free. */
struct tokenizer *tokenizer_from_vocab(const char *vocab, size_t vocab_size, const char *vocab_name,
                                       const char *merges, size_t merges_size,
                                       const char *merges_name, struct pg_error *err);

/* The same from the contents of a Hugging Face tokenizer.json whose model is a byte-level BPE that
 * works as GPT-2's does; any other is refused (see tokenizer_json.h for what that means). Its added
 * tokens have ids and bytes, but no text is encoded to them. */
struct tokenizer *tokenizer_from_json(const char *json, size_t size, const char *name,
                                      struct pg_error *err);

void tokenizer_free(struct tokenizer *tokenizer);

/* Number of ids: the largest id plus one. */
int tokenizer_vocab_size(const struct tokenizer *tokenizer);

/* Encodes any bytes; the bytes of the tokens together are the text again. Special tokens in the
 * text are text. False and err when memory is out or for 4 GiB and more. Free out with
 * pg_tokens_free. */
bool tokenizer_encode(const struct tokenizer *tokenizer, const char *text, size_t length,
                      struct pg_tokens *out, struct pg_error *err);

/* The bytes of a token (not zero-terminated; owned by the tokenizer), or NULL if no token has that
 * id. A token that is not spelled in the byte alphabet has its spelling as bytes. */
const char *tokenizer_bytes(const struct tokenizer *tokenizer, int id, size_t *length);

/* The id of <|endoftext|>, or -1. */
int tokenizer_end_of_text(const struct tokenizer *tokenizer);

#endif
