/* tokenizer.c: see tokenizer.h. */
#include "tokenizer/tokenizer.h"
#include "base/memory.h"
#include "base/path.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/declared_tokens.h"
#include "tokenizer/merges.h"
#include "tokenizer/pretokenize.h"
#include "tokenizer/tokenizer_json.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of a token; NULL where an id has none. */
struct token {
    const char *bytes;
    size_t length;
    bool literal; /* its spelling is not in the byte alphabet: bytes are the spelling */
};

struct tokenizer {
    struct token *tokens; /* by id */
    int n_ids;
    char *bytes;       /* of the vocabulary's tokens; added tokens own theirs */
    int byte_ids[256]; /* -1: the byte has no token */
    struct merge_table merges;
    struct added_tokens added;
    struct tokenizer_settings settings;
    bool from_json; /* from a tokenizer.json */
    int bos;        /* the token that marks the beginning of a text, or -1 */
};

/* ---- loading ---- */

/* Decodes a spelling to bytes, of which there are at most length. */
static struct token read_spelling(const char *spelling, size_t length, char *bytes) {
    struct token token = {bytes, alphabet_read(spelling, length, bytes), false};
    for (size_t i = 0; i < length && token.length == length;
         i++) /* if decoding made it shorter, it is in the alphabet */
        token.literal |= spelling[i] < '!' || spelling[i] > '~';
    return token;
}

static bool read_tokens(struct tokenizer *tokenizer, const struct vocabulary *vocabulary,
                        struct pg_error *err) {
    tokenizer->n_ids = vocabulary->n_ids;
    tokenizer->tokens = allocate((size_t)vocabulary->n_ids, sizeof *tokenizer->tokens, err);
    tokenizer->bytes = tokenizer->tokens ? allocate(vocabulary->total_length, 1, err) : NULL;
    if (!tokenizer->bytes) return false;
    char *end = tokenizer->bytes;
    for (size_t i = 0; i < vocabulary->count; i++) {
        const struct vocabulary_entry *name = &vocabulary->list[i];
        const struct token token = read_spelling(name->spelling, name->length, end);
        tokenizer->tokens[name->id] = token;
        end += token.length;
    }
    return true;
}

static void find_bytes(struct tokenizer *tokenizer, const struct vocabulary *vocabulary) {
    for (int byte = 0; byte < 256; byte++) {
        char spelling[3];
        alphabet_spell((uint8_t)byte, spelling);
        tokenizer->byte_ids[byte] = vocabulary_find(vocabulary, spelling, strlen(spelling), "", 0);
    }
}

/* A tokenizer without merges. */
static struct tokenizer *create(const struct vocabulary *vocabulary, struct pg_error *err) {
    struct tokenizer *tokenizer = allocate(1, sizeof *tokenizer, err);
    if (!tokenizer) return NULL;
    find_bytes(tokenizer, vocabulary);
    if (read_tokens(tokenizer, vocabulary, err)) return tokenizer;
    tokenizer_free(tokenizer);
    return NULL;
}

/* ---- declared tokens ---- */

/* The id of the token with that spelling, or -1. */
static int find_token(const void *context, const char *spelling) {
    const struct tokenizer *t = context;
    char bytes[256];
    const size_t length = strlen(spelling);
    if (length > sizeof bytes) return -1;
    const struct token wanted = read_spelling(spelling, length, bytes);
    for (int id = 0; id < t->n_ids; id++) {
        const struct token *token = &t->tokens[id];
        if (token->bytes && token->length == wanted.length && token->literal == wanted.literal &&
            memcmp(token->bytes, wanted.bytes, wanted.length) == 0)
            return id;
    }
    return -1;
}

static bool make_ids(struct tokenizer *t, int n_ids, const char *file, struct pg_error *err) {
    if (n_ids <= t->n_ids) return true;
    if (!ids_are_near(n_ids, (size_t)t->n_ids, file, err)) return false;
    struct token *tokens = realloc(t->tokens, (size_t)n_ids * sizeof *tokens);
    if (!tokens) return fail(err, "out of memory: %d tokens cannot be allocated", n_ids);
    memset(tokens + t->n_ids, 0, (size_t)(n_ids - t->n_ids) * sizeof *tokens);
    t->tokens = tokens;
    t->n_ids = n_ids;
    return true;
}

/* Enters the added tokens from index first on by id. An id that is taken must be of the same
 * token. */
static bool place_added(struct tokenizer *t, size_t first, const char *file, struct pg_error *err) {
    for (size_t i = first; i < t->added.n; i++) {
        const struct added_token *added = &t->added.list[i];
        if (!make_ids(t, added->id + 1, file, err)) return false;
        struct token *token = &t->tokens[added->id];
        const int known = find_token(t, added->content);
        if (known >= 0 && known != added->id)
            return fail(err, "%s: the token \"%.60s\" is there twice, with the ids %d and %d", file,
                        added->content, known, added->id);
        if (token->bytes && known < 0)
            return fail(err, "%s: \"%.*s\" and \"%.60s\" have the same id %d, expected unique ids",
                        file, token->length < 60 ? (int)token->length : 60, token->bytes,
                        added->content, added->id);
        *token = (struct token){added->content, added->length, true};
    }
    return true;
}

static struct declarations declarations_of(struct tokenizer *t) {
    return (struct declarations){.tokens = &t->added,
                                 .settings = &t->settings,
                                 .find = find_token,
                                 .vocabulary = t,
                                 .has_tokenizer_json = t->from_json};
}

/* The id of the BOS token that the files name, else of <|endoftext|>. */
static int find_bos(const struct tokenizer *t) {
    const char *bos = *t->settings.bos ? t->settings.bos : "<|endoftext|>";
    const struct added_token *added = added_tokens_find(&t->added, bos, strlen(bos));
    return added ? added->id : find_token(t, bos);
}

static bool take_parts(struct tokenizer *t, const struct tokenizer_parts *parts, const char *name,
                       struct pg_error *err) {
    t->from_json = true;
    t->settings = parts->settings;
    struct declarations d = declarations_of(t);
    if (!declare_added_tokens(&d, parts->added_tokens, name, err) || !place_added(t, 0, name, err))
        return false;
    for (size_t i = 0; i < t->settings.n_prefix; i++) {
        const int id = t->settings.prefix[i];
        if (id >= t->n_ids || !t->tokens[id].bytes)
            return fail(err,
                        "%s: post_processor puts the token %d before a text, which is not there",
                        name, id);
    }
    return true;
}

bool tokenizer_describe(struct tokenizer *t, const char *json, size_t size, const char *name,
                        struct pg_error *err) {
    cJSON *root = json_parse_object(json, size, name, err);
    struct declarations d = declarations_of(t);
    const size_t first = t->added.n;
    bool done = root && (ends_with(name, "added_tokens.json") ? declare_ids
                         : ends_with(name, "special_tokens_map.json")
                             ? declare_specials
                             : declare_config)(&d, root, name, err);
    cJSON_Delete(root);
    if (!done || !place_added(t, first, name, err)) return false;
    t->bos = find_bos(t);
    return true;
}

bool tokenizer_finish(struct tokenizer *t, const char *name, struct pg_error *err) {
    struct tokenizer_settings *s = &t->settings;
    const int bos = t->bos;
    if (!s->add_bos || (s->n_prefix && s->prefix[0] == bos)) return true;
    if (bos < 0 || s->n_prefix == MAX_PREFIX)
        return fail(err, "%s: add_bos_token is true, but there is no BOS token", name);
    memmove(s->prefix + 1, s->prefix, s->n_prefix * sizeof *s->prefix);
    s->prefix[0] = bos;
    s->n_prefix++;
    return true;
}

/* ---- from files ---- */

/* Completes a tokenizer that was read; frees it and returns NULL if that failed. */
static struct tokenizer *keep_if(bool ok, struct tokenizer *tokenizer) {
    if (!ok) {
        tokenizer_free(tokenizer);
        return NULL;
    }
    tokenizer->bos = find_bos(tokenizer);
    return tokenizer;
}

struct tokenizer *tokenizer_from_vocab(const char *vocab, size_t vocab_size, const char *vocab_name,
                                       const char *merges, size_t merges_size,
                                       const char *merges_name, struct pg_error *err) {
    struct vocabulary vocabulary = {0};
    struct tokenizer *tokenizer = NULL;
    cJSON *root = json_parse_object(vocab, vocab_size, vocab_name, err);
    if (root && vocabulary_read(root, vocab_name, &vocabulary, err))
        tokenizer = create(&vocabulary, err);
    bool ok = tokenizer && merges_read_text(merges, merges_size, merges_name, &vocabulary,
                                            &tokenizer->merges, err);
    vocabulary_free(&vocabulary);
    cJSON_Delete(root);
    return keep_if(ok, tokenizer);
}

struct tokenizer *tokenizer_from_json(const char *json, size_t size, const char *name,
                                      struct pg_error *err) {
    struct vocabulary vocabulary = {0};
    struct tokenizer_parts parts;
    struct tokenizer *tokenizer = NULL;
    cJSON *root = json_parse_object(json, size, name, err);
    if (root && tokenizer_json_parts(root, name, &parts, err) &&
        vocabulary_read(parts.vocab, name, &vocabulary, err))
        tokenizer = create(&vocabulary, err);
    bool ok = tokenizer &&
              merges_read_json(parts.merges, name, &vocabulary, &tokenizer->merges, err) &&
              take_parts(tokenizer, &parts, name, err);
    vocabulary_free(&vocabulary);
    cJSON_Delete(root);
    return keep_if(ok, tokenizer);
}

void tokenizer_free(struct tokenizer *tokenizer) {
    if (!tokenizer) return;
    merge_table_free(&tokenizer->merges);
    added_tokens_free(&tokenizer->added);
    free(tokenizer->tokens);
    free(tokenizer->bytes);
    free(tokenizer);
}

/* ---- encoding ---- */

/* State of encoding a text. */
struct encoding {
    const struct tokenizer *tokenizer;
    struct bpe_work work;
    char *spaced; /* buffer for a text with a leading space, for add_prefix_space */
    int *ids;     /* so far */
    size_t count;
    struct pg_error *err;
};

static bool encode_piece(struct encoding *e, const char *piece, size_t size) {
    size_t count = size;
    int *ids = e->ids + e->count;
    for (size_t i = 0; i < size; i++) {
        ids[i] = e->tokenizer->byte_ids[(uint8_t)piece[i]];
        if (ids[i] < 0)
            return fail(e->err,
                        "the text has the byte 0x%02X, for which the vocabulary has no token",
                        (unsigned)(uint8_t)piece[i]);
    }
    if (!bpe_merge(&e->tokenizer->merges, &e->work, ids, &count, e->err)) return false;
    e->count += count;
    return true;
}

/* Encodes a part without added tokens. */
static bool encode_plain(struct encoding *e, const char *text, size_t length) {
    if (e->spaced && length && *text != ' ') {
        *e->spaced = ' ';
        text = memcpy(e->spaced + 1, text, length);
        text = e->spaced;
        length++;
    }
    for (size_t at = 0; at < length;) {
        const size_t size = first_piece(text + at, length - at);
        if (!encode_piece(e, text + at, size)) return false;
        at += size;
    }
    return true;
}

/* Encodes a text with added tokens of a kind; between them, those that are normalized, then plain
 * text. */
static bool encode_kind(struct encoding *e, const char *text, size_t length, bool normalized) {
    struct added_match match;
    size_t done = 0, from = 0;
    while (added_tokens_next(&e->tokenizer->added, normalized, text, length, from, done, &match)) {
        if (match.start > done &&
            !(normalized ? encode_plain(e, text + done, match.start - done)
                         : encode_kind(e, text + done, match.start - done, true)))
            return false;
        e->ids[e->count++] = match.id;
        done = match.stop;
        from = match.end;
    }
    if (done == length) return true;
    return normalized ? encode_plain(e, text + done, length - done)
                      : encode_kind(e, text + done, length - done, true);
}

static bool encode(struct encoding *e, const char *text, size_t length, bool whole) {
    const struct tokenizer_settings *s = &e->tokenizer->settings;
    if (whole)
        for (size_t i = 0; i < s->n_prefix; i++) e->ids[e->count++] = s->prefix[i];
    if (!encode_kind(e, text, length, false)) return false;
    if (!s->max_tokens || e->count <= s->max_tokens) return true;
    return fail(e->err,
                "the text has %zu tokens, and truncation of tokenizer.json would cut it to %zu",
                e->count, s->max_tokens);
}

bool tokenizer_encode(const struct tokenizer *tokenizer, const char *text, size_t length,
                      bool whole, struct pg_tokens *out, struct pg_error *err) {
    *out = (struct pg_tokens){0};
    struct encoding e = {.tokenizer = tokenizer, .err = err};
    const bool spaced = tokenizer->settings.add_prefix_space;
    if (length >= UINT32_MAX)
        return fail(err, "a text of %zu bytes is too long, expected fewer than %u", length,
                    UINT32_MAX);
    /* No more tokens than bytes and spaces that are put between them. */
    e.ids = allocate((spaced ? 2 : 1) * length + MAX_PREFIX, sizeof *e.ids, err);
    if (e.ids && spaced) e.spaced = allocate(length + 1, 1, err);
    const bool ok = e.ids && (e.spaced || !spaced) && encode(&e, text, length, whole);
    if (ok)
        *out = (struct pg_tokens){e.ids, e.count};
    else
        free(e.ids);
    bpe_work_free(&e.work);
    free(e.spaced);
    return ok;
}

/* ---- lookup ---- */

int tokenizer_vocab_size(const struct tokenizer *tokenizer) {
    return tokenizer->n_ids;
}

const char *tokenizer_bytes(const struct tokenizer *tokenizer, int id, size_t *length) {
    if (id < 0 || id >= tokenizer->n_ids) return NULL;
    *length = tokenizer->tokens[id].length;
    return tokenizer->tokens[id].bytes;
}

int tokenizer_bos(const struct tokenizer *tokenizer) {
    return tokenizer->bos;
}
