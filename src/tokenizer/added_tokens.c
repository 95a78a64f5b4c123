/* added_tokens.c: see added_tokens.h. */
#include "tokenizer/added_tokens.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- the list ---- */

const struct added_token *added_tokens_find(const struct added_tokens *tokens, const char *content,
                                            size_t length) {
    for (size_t i = 0; i < tokens->n; i++)
        if (tokens->list[i].length == length &&
            memcmp(tokens->list[i].content, content, length) == 0)
            return &tokens->list[i];
    return NULL;
}

static bool make_room(struct added_tokens *tokens, struct pg_error *err) {
    if (tokens->n < tokens->room) return true;
    const size_t room = 2 * tokens->room + 16;
    struct added_token *list = realloc(tokens->list, room * sizeof *list);
    if (!list) return fail(err, "out of memory: %zu added tokens cannot be allocated", room);
    tokens->list = list;
    tokens->room = room;
    return true;
}

bool added_tokens_add(struct added_tokens *tokens, const struct added_token *token,
                      const char *file, struct pg_error *err) {
    if (!token->length)
        return fail(err, "%s: the added token with the id %d is empty", file, token->id);
    const struct added_token *there = added_tokens_find(tokens, token->content, token->length);
    if (there && there->id != token->id)
        return fail(err, "%s: the token \"%.60s\" is there twice, with the ids %d and %d", file,
                    token->content, there->id, token->id);
    if (there) return true;
    char *content = copy_string(token->content, err);
    if (!content || !make_room(tokens, err)) {
        free(content);
        return false;
    }
    struct added_token *added = &tokens->list[tokens->n++];
    *added = *token;
    added->content = content;
    tokens->begins[(uint8_t)*content] = true;
    return true;
}

void added_tokens_free(struct added_tokens *tokens) {
    for (size_t i = 0; i < tokens->n; i++) free((char *)tokens->list[i].content);
    free(tokens->list);
    *tokens = (struct added_tokens){0};
}

/* ---- characters around a token ---- */

/* The last character of n > 0 bytes, and in *size the number of its bytes; -1 for an invalid
 * byte. */
static int32_t character_before(const char *text, size_t n, size_t *size) {
    size_t begin = n - 1;
    while (begin > 0 && n - begin < 4 && ((uint8_t)text[begin] & 0xC0) == 0x80) begin--;
    const int32_t character = utf8_next(text + begin, n - begin, size);
    if (*size == n - begin) return character;
    *size = 1;
    return -1;
}

/* \w of Unicode regular expressions: letters, marks, digits, connectors, and circled letters, which
 * are alphabetic. */
static bool is_word(int32_t c) {
    const utf8proc_category_t category = utf8proc_category(c);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL) ||
           category == UTF8PROC_CATEGORY_PC || c == 0x200C || c == 0x200D ||
           (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
           (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
}

static bool is_in_word(const char *text, size_t length, size_t start, size_t end) {
    size_t size;
    return (start > 0 && is_word(character_before(text, start, &size))) ||
           (end < length && is_word(utf8_next(text + end, length - end, &size)));
}

static size_t spaces_before(const char *text, size_t n) {
    size_t start = n, size;
    while (start > 0 && utf8_is_space(character_before(text, start, &size))) start -= size;
    return start;
}

static size_t spaces_after(const char *text, size_t length, size_t n) {
    size_t size;
    while (n < length && utf8_is_space(utf8_next(text + n, length - n, &size))) n += size;
    return n;
}

/* ---- finding ---- */

/* The longest token of a kind at the start of a text. */
static const struct added_token *longest(const struct added_tokens *tokens, bool normalized,
                                         const char *text, size_t length) {
    const struct added_token *found = NULL;
    if (!tokens->begins[(uint8_t)*text]) return NULL;
    for (size_t i = 0; i < tokens->n; i++) {
        const struct added_token *t = &tokens->list[i];
        if (t->normalized == normalized && t->length <= length &&
            (!found || t->length > found->length) && memcmp(t->content, text, t->length) == 0)
            found = t;
    }
    return found;
}

bool added_tokens_next(const struct added_tokens *tokens, bool normalized, const char *text,
                       size_t length, size_t from, size_t taken, struct added_match *out) {
    if (!tokens->n) return false;
    while (from < length) {
        const struct added_token *t = longest(tokens, normalized, text + from, length - from);
        if (!t) {
            from++;
            continue;
        }
        const size_t end = from + t->length;
        const size_t spaced = t->lstrip ? spaces_before(text, from) : from;
        *out = (struct added_match){.start = t->lstrip && spaced < taken ? taken : spaced,
                                    .stop = t->rstrip ? spaces_after(text, length, end) : end,
                                    .end = end,
                                    .id = t->id};
        const bool in_word = t->single_word && is_in_word(text, length, from, end);
        if (!in_word && out->start < out->stop) return true;
        from = end;
    }
    return false;
}
