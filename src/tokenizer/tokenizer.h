/* tokenizer.h: GPT-2's byte-level byte pair encoding, from and to token ids.
 * Not here: which tokenizer belongs to which model (gpt2/), how tokens are shown (report/). */
#ifndef TOKENIZER_TOKENIZER_H
#define TOKENIZER_TOKENIZER_H

#include "base/error.h"

struct tokenizer;

/* Builds a tokenizer from the contents of vocab.json (or encoder.json) and merges.txt (or
 * vocab.bpe). The vocabulary are used in errors. NULL and err if either is malformed or they do not
 * fit each other: both parts and the result of every merge must be in the vocabulary, tokens and
 * ids unique, ids from 0 to 2^24 - 1 (gaps are allowed). Free with tokenizer_free. */
struct tokenizer *tokenizer_from_vocab(const char *vocab, size_t vocab_size, const char *vocab_name,
                                       const char *merges, size_t merges_size,
                                       const char *merges_name, struct pg_error *err);

/* The same from the contents of a Hugging Face tokenizer.json whose model is a byte-level BPE that
 * works as GPT-2's does; any other is refused (see tokenizer_json.h for what that means). */
struct tokenizer *tokenizer_from_json(const char *json, size_t size, const char *name,
                                      struct pg_error *err);

/* Applies a description of the tokenizer: the contents of added_tokens.json,
 * special_tokens_map.json or tokenizer_config.json, which the end of its name tells apart. Call in
 * this order, then tokenizer_finish. False and err if it is malformed, contradicts another file, or
 * has a setting that is not supported and would give other tokens. */
bool tokenizer_describe(struct tokenizer *tokenizer, const char *json, size_t size,
                        const char *name, struct pg_error *err);

/* Applies add_bos_token. False and err if the BOS token has no id. */
bool tokenizer_finish(struct tokenizer *tokenizer, const char *name, struct pg_error *err);

void tokenizer_free(struct tokenizer *tokenizer);

/* Number of ids: the largest id plus one. */
int tokenizer_vocab_size(const struct tokenizer *tokenizer);

/* Encodes any bytes: if whole, first the tokens that the files put before a text; then added
 * tokens, where they are found, and pre-tokenized and merged text between them. Without
 * add_prefix_space and the like, the tokens' bytes are the text again. False and err for a byte
 * without a token, for a text that the files would truncate, for 4 GiB or more, or when memory is
 * out. Free out with pg_tokens_free. */
bool tokenizer_encode(const struct tokenizer *tokenizer, const char *text, size_t length,
                      bool whole, struct pg_tokens *out, struct pg_error *err);

/* The bytes of a token (not zero-terminated; owned by the tokenizer), or NULL if no token has that
 * id. For a token that is not spelled in the byte alphabet, the bytes of its spelling. */
const char *tokenizer_bytes(const struct tokenizer *tokenizer, int id, size_t *length);

/* The id of the BOS token that the files name, else that of <|endoftext|>, or -1. */
int tokenizer_bos(const struct tokenizer *tokenizer);

#endif
