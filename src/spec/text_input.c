/* text_input.c: see text_input.h. */
#include "spec/text_input.h"

#include "base/memory.h"
#include "base/plain_text.h"
#include "model/shown_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STDIN = 1 << 28 }; /* bytes: far more than any context holds */

/* ---- texts ---- */

bool need_tokenizer(const struct pg_model *model, const char *advice, struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    if (info.has_tokenizer) return true;
    if (info.no_text && advice) return fail(err, "%s; %s", info.no_text, advice);
    if (info.no_text) return fail(err, "%s", info.no_text);
    return fail(err, "model %s has no tokenizer, so it cannot read text; %s", info.name,
                advice ? advice : "put vocab.json and merges.txt, or tokenizer.json, beside it");
}

static bool prepend_bos(const struct pg_model *model, const struct spec *spec,
                        struct pg_tokens *tokens, struct pg_error *err) {
    const int bos = pg_bos_token(model);
    if (bos < 0)
        return fail(err, "model %s has no <|endoftext|> for %s", pg_model_info(model).name,
                    spec_name(spec, SPEC_PREPEND_BOS));
    if (tokens->count && tokens->ids[0] == bos) return true; /* one is enough */
    int *ids = allocate(tokens->count + 1, sizeof *ids, err);
    if (!ids) return false;
    ids[0] = bos;
    memcpy(ids + 1, tokens->ids, tokens->count * sizeof *ids);
    const size_t count = tokens->count + 1;
    pg_tokens_free(tokens);
    *tokens = (struct pg_tokens){ids, count};
    return true;
}

bool tokenize_text(const struct pg_model *model, const struct spec *spec, const char *text,
                   size_t length, struct pg_tokens *out, struct pg_error *err) {
    *out = (struct pg_tokens){0};
    if (!pg_tokenize(model, text, length, out, err)) return false;
    if (!spec->prepend_bos || prepend_bos(model, spec, out, err)) return true;
    pg_tokens_free(out);
    return false;
}

/* GPT-2's words begin with their space; after a space that the text has already, few words fit. */
static bool tokenize_prompt(const struct pg_model *model, const struct spec *spec, const char *text,
                            size_t length, struct pg_tokens *out, struct pg_error *err) {
    if (!tokenize_text(model, spec, text, length, out, err)) return false;
    if (length && text[length - 1] == ' ')
        warn(PG_WARN_TEXT_SPACE,
             "a text ends in a space, but most words that could follow it begin "
             "with theirs: leave it out");
    return true;
}

static bool read_stdin(const struct pg_model *model, const struct spec *spec, struct pg_tokens *out,
                       struct pg_error *err) {
    size_t length;
    char *text = text_read("-", MAX_STDIN, &length, err);
    if (!text) return false;
    length = text_line_size(text, length);
    if (memmem(text, length, "\r\n", 2))
        warn(PG_WARN_TEXT_CR,
             "lines inside the text on standard input end in CR LF, and the CR is part of "
             "the text: convert it if it should have LF alone");
    const bool read = tokenize_prompt(model, spec, text, length, out, err);
    free(text);
    return read;
}

bool read_prompt(const struct pg_model *model, const struct spec *spec, const char *text,
                 struct pg_tokens *out, struct pg_error *err) {
    if (spec->form == SPEC_COMMAND_LINE && !strcmp(text, "-"))
        return read_stdin(model, spec, out, err);
    return tokenize_prompt(model, spec, text, strlen(text), out, err);
}

/* ---- tokens in a sentence ---- */

/* Writes a token with its bars escaped, and returns its length: at most twice the token's. */
static size_t write_piece(const char *token, char *out) {
    char *end = out;
    for (; *token; token++) {
        if (*token == '|') *end++ = '\\';
        *end++ = *token;
    }
    *end = '\0';
    return (size_t)(end - out);
}

struct token_pieces pieces_of(const struct pg_model *model, const struct pg_tokens *tokens,
                              size_t first) {
    struct token_pieces p;
    size_t used = (size_t)sprintf(p.text, "%s", first > 0 ? "\u2026" : "");
    for (size_t i = first; i < tokens->count; i++) {
        char piece[2 * sizeof((struct shown_token){0}).text];
        const size_t length =
            write_piece(show_token(model, tokens->ids[i], TOKEN_DOTTED).text, piece);
        /* A bar and this piece, then another bar, an ellipsis and the zero byte. */
        const bool full = used + 1 + length + sizeof "|\u2026" > sizeof p.text;
        used += (size_t)sprintf(p.text + used, "%s%s", i > 0 ? "|" : "", full ? "\u2026" : piece);
        if (full) break;
    }
    return p;
}

/* ---- single tokens ---- */

/* The id of the text " TEXT" if that is one token, else -1. */
static int with_space(const struct pg_model *model, const char *text) {
    struct pg_error ignored;
    struct pg_tokens tokens = {0};
    char *spaced = format_string(&ignored, " %s", text);
    if (!spaced) return -1;
    const bool single =
        pg_tokenize_part(model, spaced, strlen(spaced), &tokens, &ignored) && tokens.count == 1;
    const int id = single ? tokens.ids[0] : -1;
    pg_tokens_free(&tokens);
    free(spaced);
    return id;
}

static bool fail_not_single(const struct pg_model *model, const char *name, const char *text,
                            const struct pg_tokens *tokens, struct pg_error *err) {
    if (!tokens->count)
        return fail(err, "%s takes texts of one token each, but one is empty", name);
    const struct token_pieces pieces = pieces_of(model, tokens, 0);
    const int spaced = with_space(model, text);
    if (spaced < 0)
        return fail(err, "%s takes texts of one token each, but found %zu tokens, %s, in \"%s\"",
                    name, tokens->count, pieces.text, text);
    return fail(err,
                "%s takes texts of one token each, but found %zu tokens, %s, in \"%s\"; did you "
                "mean %s, with a space in front?",
                name, tokens->count, pieces.text, text,
                show_token(model, spaced, TOKEN_QUOTED).text);
}

bool read_token(const struct pg_model *model, const struct spec *spec, enum spec_field field,
                const char *text, int *out, struct pg_error *err) {
    struct pg_tokens tokens;
    if (!pg_tokenize_part(model, text, strlen(text), &tokens, err)) return false;
    const bool single = tokens.count == 1;
    if (single)
        *out = tokens.ids[0];
    else
        fail_not_single(model, spec_name(spec, field), text, &tokens, err);
    pg_tokens_free(&tokens);
    return single;
}
