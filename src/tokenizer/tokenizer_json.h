/* tokenizer_json.h: which of Hugging Face's tokenizer.json files describe a tokenizer that splits
 * and merges as GPT-2's does. Such a file can describe many others; those are refused, since they
 * would silently give other tokens than the model was trained on. */
#ifndef TOKENIZER_TOKENIZER_JSON_H
#define TOKENIZER_TOKENIZER_JSON_H

#include "base/json.h"
#include "tokenizer/tokenizer_settings.h"

/* The parts of a tokenizer.json that matter, owned by the JSON that they were found in. */
struct tokenizer_parts {
    const cJSON *vocab;        /* an object */
    const cJSON *merges;       /* an array */
    const cJSON *added_tokens; /* an array, or NULL */
    struct tokenizer_settings settings;
};

/* Finds them, and checks that
 * - model.type, if it is there, is "BPE", without dropout, ignore_merges, subword prefixes or word
 * suffixes;
 * - pre_tokenizer is ByteLevel (or a Sequence of only that) with its regular expression;
 * - post_processor does no more than put tokens before a text;
 * - there is no normalizer, and no padding to a length. False and err, which names the file and the
 * field, otherwise. */
bool tokenizer_json_parts(const cJSON *root, const char *file, struct tokenizer_parts *out,
                          struct pg_error *err);

#endif
