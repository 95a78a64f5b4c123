/* tokenizer.c: see tokenizer.h. */
#include "text/tokenizer.h"
#include "base/memory.h"
#include "text/alphabet.h"
#include "text/merges.h"
#include "text/split.h"
#include "text/tokenizer_json.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of a token; NULL where an id has none. */
struct token {
    const char *bytes;
    size_t length;
};

struct tokenizer {
    struct token *tokens; /* by id */
    int n_ids;
    char *bytes; /* of all tokens, one after the other */
    int byte_ids[256];
    int end_of_text;
    struct merge_table merges;
};

/* ---- loading ---- */

static bool read_tokens(struct tokenizer *tokenizer, const struct names *names,
                        struct pg_error *err) {
    tokenizer->n_ids = names->n_ids;
    tokenizer->tokens = allocate((size_t)names->n_ids, sizeof *tokenizer->tokens, err);
    tokenizer->bytes = tokenizer->tokens ? allocate(names->total_length, 1, err) : NULL;
    if (!tokenizer->bytes) return false;
    char *end = tokenizer->bytes;
    for (size_t i = 0; i < names->count; i++) {
        const struct name *name = &names->list[i];
        size_t length = alphabet_read(name->spelling, name->length, end);
        tokenizer->tokens[name->id] = (struct token){end, length};
        end += length;
    }
    return true;
}

static bool find_bytes(struct tokenizer *tokenizer, const struct names *names, const char *file,
                       struct pg_error *err) {
    for (int byte = 0; byte < 256; byte++) {
        char spelling[3];
        alphabet_spell((uint8_t)byte, spelling);
        int id = names_find(names, spelling, strlen(spelling), "", 0);
        if (id < 0)
            return fail(err, "%s: the byte 0x%02X has no token, expected one spelled \"%s\"", file,
                        (unsigned)byte, spelling);
        tokenizer->byte_ids[byte] = id;
    }
    return true;
}

/* A tokenizer without merges. */
static struct tokenizer *create(const struct names *names, const char *file, struct pg_error *err) {
    struct tokenizer *tokenizer = allocate(1, sizeof *tokenizer, err);
    if (!tokenizer) return NULL;
    const char *end_of_text = "<|endoftext|>";
    tokenizer->end_of_text = names_find(names, end_of_text, strlen(end_of_text), "", 0);
    if (read_tokens(tokenizer, names, err) && find_bytes(tokenizer, names, file, err))
        return tokenizer;
    tokenizer_free(tokenizer);
    return NULL;
}

/* The tokenizer if all is well; otherwise frees it and returns NULL. */
static struct tokenizer *keep_if(bool ok, struct tokenizer *tokenizer) {
    if (ok) return tokenizer;
    tokenizer_free(tokenizer);
    return NULL;
}

struct tokenizer *tokenizer_from_vocab(const char *vocab, size_t vocab_size, const char *vocab_name,
                                       const char *merges, size_t merges_size,
                                       const char *merges_name, struct pg_error *err) {
    struct names names = {0};
    struct tokenizer *tokenizer = NULL;
    cJSON *root = json_parse_object(vocab, vocab_size, vocab_name, err);
    if (root && names_read(root, NULL, vocab_name, &names, err))
        tokenizer = create(&names, vocab_name, err);
    bool ok = tokenizer &&
              merges_read_text(merges, merges_size, merges_name, &names, &tokenizer->merges, err);
    names_free(&names);
    cJSON_Delete(root);
    return keep_if(ok, tokenizer);
}

struct tokenizer *tokenizer_from_json(const char *json, size_t size, const char *name,
                                      struct pg_error *err) {
    struct names names = {0};
    struct tokenizer_parts parts;
    struct tokenizer *tokenizer = NULL;
    cJSON *root = json_parse_object(json, size, name, err);
    if (root && tokenizer_json_parts(root, name, &parts, err) &&
        names_read(parts.vocab, parts.added_tokens, name, &names, err))
        tokenizer = create(&names, name, err);
    bool ok = tokenizer && merges_read_json(parts.merges, name, &names, &tokenizer->merges, err);
    names_free(&names);
    cJSON_Delete(root);
    return keep_if(ok, tokenizer);
}

void tokenizer_free(struct tokenizer *tokenizer) {
    if (!tokenizer) return;
    merge_table_free(&tokenizer->merges);
    free(tokenizer->tokens);
    free(tokenizer->bytes);
    free(tokenizer);
}

/* ---- encoding ---- */

static bool encode_pieces(const struct tokenizer *tokenizer, const char *text, size_t length,
                          struct bpe_work *work, struct pg_tokens *out, struct pg_error *err) {
    for (size_t at = 0; at < length;) {
        size_t size = split_piece(text + at, length - at), count = size;
        int *ids = out->ids + out->count;
        for (size_t i = 0; i < size; i++) ids[i] = tokenizer->byte_ids[(uint8_t)text[at + i]];
        if (!bpe_merge(&tokenizer->merges, work, ids, &count, err)) return false;
        out->count += count;
        at += size;
    }
    return true;
}

bool tokenizer_encode(const struct tokenizer *tokenizer, const char *text, size_t length,
                      struct pg_tokens *out, struct pg_error *err) {
    *out = (struct pg_tokens){0};
    if (length >= UINT32_MAX)
        return fail(err, "a text of %zu bytes is too long, expected fewer than %u", length,
                    UINT32_MAX);
    out->ids = allocate(length, sizeof *out->ids, err); /* no more tokens than bytes */
    if (!out->ids) return false;
    struct bpe_work work = {0};
    bool ok = encode_pieces(tokenizer, text, length, &work, out, err);
    bpe_work_free(&work);
    if (ok) return true;
    free(out->ids);
    *out = (struct pg_tokens){0};
    return false;
}

/* ---- what it holds ---- */

int tokenizer_vocab_size(const struct tokenizer *tokenizer) {
    return tokenizer->n_ids;
}

const char *tokenizer_bytes(const struct tokenizer *tokenizer, int id, size_t *length) {
    if (id < 0 || id >= tokenizer->n_ids) return NULL;
    *length = tokenizer->tokens[id].length;
    return tokenizer->tokens[id].bytes;
}

int tokenizer_end_of_text(const struct tokenizer *tokenizer) {
    return tokenizer->end_of_text;
}
