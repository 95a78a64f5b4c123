/* input.c: see input.h. */
#include "cli/input.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/plain_text.h"
#include "gpt2/forward.h"
#include "report/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STDIN = 1 << 28 }; /* bytes: far more than any context holds */

struct pg_model *open_model(const struct options *o, struct pg_error *err) {
    if (o->threads) pg_set_threads(o->threads);
    return pg_model_open(o->model, err);
}

bool read_top(const struct pg_model *model, const struct options *o, size_t *out,
              struct pg_error *err) {
    const size_t n_vocab = (size_t)pg_model_info(model).n_vocab;
    *out = o->top ? (size_t)o->top : pg_request_default().top;
    if (*out <= n_vocab) return true;
    *out = n_vocab;
    return !o->top || fail(err, "--top %d is more than the %zu tokens that model %s has", o->top,
                           n_vocab, o->model);
}

/* ---- texts ---- */

static bool fail_no_tokenizer(const struct pg_model *model, const struct options *o,
                              struct pg_error *err) {
    static const char *const advice[N_COMMANDS] = {
        [COMMAND_EXPERIMENT] = "give token ids with --clean-ids, --corrupt-ids and --token-ids",
        [COMMAND_BATCH] = "give token ids with --clean-ids, --corrupt-ids and --token-ids",
        [COMMAND_PREDICT] = "give token ids with --ids and --token-ids",
        [COMMAND_DETOKENIZE] = "put vocab.json and merges.txt, or tokenizer.json, beside it",
        [COMMAND_TOKENIZE] = "put vocab.json and merges.txt, or tokenizer.json, beside it",
    };
    const char *why = pg_model_info(model).no_text;
    if (why && o->command != COMMAND_TOKENIZE && o->command != COMMAND_DETOKENIZE)
        return fail(err, "%s; %s", why, advice[o->command]);
    if (why) return fail(err, "%s", why);
    return fail(err, "model %s has no tokenizer, so it cannot read text; %s", o->model,
                advice[o->command]);
}

bool need_tokenizer(const struct pg_model *model, const struct options *o, struct pg_error *err) {
    return pg_model_info(model).has_tokenizer || fail_no_tokenizer(model, o, err);
}

static bool prepend_bos(const struct pg_model *model, struct pg_tokens *tokens,
                        struct pg_error *err) {
    int bos = pg_bos_token(model);
    if (bos < 0)
        return fail(err, "model %s has no <|endoftext|> for --prepend-bos",
                    pg_model_info(model).name);
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

/* GPT-2's words begin with their space, so that a text's own leaves them none. */
static void warn_of_last_space(const char *text, size_t length) {
    if (length && text[length - 1] == ' ')
        warn(PG_WARN_TEXT_SPACE,
             "a text ends in a space, but most words that could follow it begin "
             "with theirs: leave it out");
}

bool read_text(const struct pg_model *model, const struct options *o, const char *text,
               size_t length, struct pg_tokens *out, struct pg_error *err) {
    *out = (struct pg_tokens){0};
    if (!need_tokenizer(model, o, err)) return false;
    if (!pg_tokenize(model, text, length, out, err)) return false;
    if (o->command != COMMAND_TOKENIZE) warn_of_last_space(text, length);
    if (!o->prepend_bos || prepend_bos(model, out, err)) return true;
    pg_tokens_free(out);
    return false;
}

static bool copy_ids(const struct pg_tokens *ids, struct pg_tokens *out, struct pg_error *err) {
    int *copy = allocate(ids->count, sizeof *copy, err);
    if (!copy) return false;
    memcpy(copy, ids->ids, ids->count * sizeof *copy);
    *out = (struct pg_tokens){copy, ids->count};
    return true;
}

static bool read_stdin(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                       struct pg_error *err) {
    size_t length;
    char *text = text_read("-", MOST_STDIN, &length, err);
    if (!text) return false;
    length = text_line(text, length);
    if (memmem(text, length, "\r\n", 2))
        warn(PG_WARN_TEXT_CR,
             "lines inside the text on standard input end in CR LF, and the CR is part of "
             "the text: convert it if it should have LF alone");
    bool read = read_text(model, o, text, length, out, err);
    free(text);
    return read;
}

/* The text, or the ids in its place. "-" is a text where it comes from a batch's file. */
static bool read_input(const struct pg_model *model, const struct options *o, const char *text,
                       const struct pg_tokens *ids, struct pg_tokens *out, struct pg_error *err) {
    if (!text) return copy_ids(ids, out, err);
    if (o->command != COMMAND_BATCH && !strcmp(text, "-")) return read_stdin(model, o, out, err);
    return read_text(model, o, text, strlen(text), out, err);
}

bool read_prediction(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                     struct pg_error *err) {
    return read_input(model, o, o->text, &o->ids, out, err);
}

bool options_read_stdin(const struct options *o) {
    return (o->clean && !strcmp(o->clean, "-")) || (o->corrupt && !strcmp(o->corrupt, "-"));
}

/* ---- tokens in a sentence ---- */

/* Michelle|·Jones|·was, with an ellipsis where tokens are left out; a | in a token is written \|. */
struct pieces {
    char text[512];
};

/* A token between bars; twice as long as it may be where it is all bars. */
static size_t write_piece(const char *token, char *out) {
    char *end = out;
    for (; *token; token++) {
        if (*token == '|') *end++ = '\\';
        *end++ = *token;
    }
    *end = '\0';
    return (size_t)(end - out);
}

static struct pieces pieces_of(const struct pg_model *model, const struct pg_tokens *tokens,
                               size_t first) {
    struct pieces p;
    size_t used = (size_t)sprintf(p.text, "%s", first > 0 ? "\u2026" : "");
    for (size_t i = first; i < tokens->count; i++) {
        char piece[2 * sizeof((struct shown_token){0}).text];
        const size_t length =
            write_piece(show_token(model, tokens->ids[i], TOKEN_DOTTED).text, piece);
        /* This one with its bar, and then another bar, an ellipsis and the zero byte. */
        const bool full = used + 1 + length + sizeof "|\u2026" > sizeof p.text;
        used += (size_t)sprintf(p.text + used, "%s%s", i > 0 ? "|" : "", full ? "\u2026" : piece);
        if (full) break;
    }
    return p;
}

/* ---- the experiment ---- */

/* The id of the text " TEXT" if that is one token, else -1. */
static int with_space(const struct pg_model *model, const char *text) {
    struct pg_error err;
    struct pg_tokens tokens = {0};
    const size_t length = strlen(text);
    char *spaced = allocate(length + 2, 1, &err);
    if (!spaced) return -1;
    spaced[0] = ' ';
    memcpy(spaced + 1, text, length);
    int id = pg_tokenize_part(model, spaced, length + 1, &tokens, &err) && tokens.count == 1
                 ? tokens.ids[0]
                 : -1;
    pg_tokens_free(&tokens);
    free(spaced);
    return id;
}

static bool fail_not_single(const struct pg_model *model, const char *text,
                            const struct pg_tokens *tokens, struct pg_error *err) {
    const char *takes = "--tokens takes texts of one token each, but";
    if (!tokens->count) return fail(err, "%s one is empty", takes);
    struct pieces pieces = pieces_of(model, tokens, 0);
    int spaced = with_space(model, text);
    if (spaced < 0)
        return fail(err, "%s found %zu tokens, %s, in \"%s\"", takes, tokens->count, pieces.text,
                    text);
    return fail(err, "%s found %zu tokens, %s, in \"%s\"; did you mean %s, with a space in front?",
                takes, tokens->count, pieces.text, text,
                show_token(model, spaced, TOKEN_QUOTED).text);
}

static bool read_token(const struct pg_model *model, const struct options *o, const char *text,
                       int *out, struct pg_error *err) {
    struct pg_tokens tokens;
    if (!need_tokenizer(model, o, err)) return false;
    if (!pg_tokenize_part(model, text, strlen(text), &tokens, err)) return false;
    bool single = tokens.count == 1;
    if (single)
        *out = tokens.ids[0];
    else
        fail_not_single(model, text, &tokens, err);
    pg_tokens_free(&tokens);
    return single;
}

bool read_named(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                struct pg_error *err) {
    size_t n = 0;
    int *ids = allocate(2 * (o->n_tokens + o->n_token_ids), sizeof *ids, err);
    bool done = ids;
    for (size_t i = 0; done && i < o->n_token_ids; i++) {
        ids[n++] = o->token_ids[i].a;
        if (o->token_ids[i].b >= 0) ids[n++] = o->token_ids[i].b;
    }
    for (size_t i = 0; done && i < o->n_tokens; i++) {
        const struct token_texts *t = &o->tokens[i];
        done = read_token(model, o, t->a, &ids[n++], err) &&
               (!t->b || read_token(model, o, t->b, &ids[n++], err));
    }
    *out = (struct pg_tokens){ids, n};
    return done;
}

static void drop_second(const struct pg_model *model, const struct options *o,
                        struct pg_pair *pair) {
    warn(PG_WARN_TOKEN_UNUSED, "--metric %s is of the first token alone, and %s does not count",
         pg_metric_name((enum pg_metric)o->metric), show_token(model, pair->b, TOKEN_QUOTED).text);
    pair->b = -1;
}

/* The tokens of one --tokens or --token-ids; a second one only where the metric has a use for it. */
static bool read_pair(const struct pg_model *model, const struct options *o, size_t i,
                      struct pg_pair *out, struct pg_error *err) {
    *out = (struct pg_pair){-1, -1};
    if (!o->n_tokens)
        *out = o->token_ids[i];
    else if (!read_token(model, o, o->tokens[i].a, &out->a, err) ||
             (o->tokens[i].b && !read_token(model, o, o->tokens[i].b, &out->b, err)))
        return false;
    if (out->b >= 0 && pg_metric_max_tokens((enum pg_metric)o->metric) < 2)
        drop_second(model, o, out);
    if (out->a != out->b) return true;
    return fail(
        err, "--%s is twice the token %s (%d), whose difference is always 0; give two tokens",
        o->n_tokens ? "tokens" : "token-ids", show_token(model, out->a, TOKEN_QUOTED).text, out->a);
}

static bool read_pairs(const struct pg_model *model, const struct options *o, struct pg_request *r,
                       struct pg_error *err) {
    const size_t n = o->n_tokens ? o->n_tokens : o->n_token_ids;
    struct pg_pair *pairs = allocate(n + 1, sizeof *pairs, err); /* kl has none */
    bool done = pairs;
    for (size_t i = 0; done && i < n; i++) done = read_pair(model, o, i, &pairs[i], err);
    r->pairs = pairs;
    r->n_pairs = n;
    return done;
}

static bool fail_lengths(const struct pg_model *model, const struct pg_tokens *clean,
                         const struct pg_tokens *corrupt, struct pg_error *err) {
    size_t common = 0, shorter = clean->count < corrupt->count ? clean->count : corrupt->count;
    while (common < shorter && clean->ids[common] == corrupt->ids[common]) common++;
    size_t first =
        common > 8 ? common - 2 : 0; /* what they have in common would fill the sentence */
    return fail(
        err,
        "the clean text has %zu token%s, %s, and the corrupted text %zu, %s; reword one until they "
        "have equally many",
        clean->count, plural(clean->count), pieces_of(model, clean, first).text, corrupt->count,
        pieces_of(model, corrupt, first).text);
}

static bool read_position(const struct options *o, struct pg_request *r, struct pg_error *err) {
    const int n = (int)r->clean.count;
    r->read_position = o->read_position + (o->read_position < 0 ? n : 0);
    if (r->read_position >= 0 && r->read_position < n) return true;
    return fail(err,
                "--read-position %d: there is no such position, expected 0 to %d, or -1 to -%d",
                o->read_position, n - 1, n);
}

static bool select_positions(const struct options *o, struct pg_request *r, struct pg_error *err) {
    const size_t n = r->clean.count;
    bool *differs = allocate(n, sizeof *differs, err);
    if (!differs) return false;
    for (size_t i = 0; i < n; i++) differs[i] = r->clean.ids[i] != r->corrupt.ids[i];
    bool done =
        selection_resolve(&o->positions, "positions", "position", n, differs, &r->positions, err);
    free(differs);
    return done;
}

bool read_experiment(const struct pg_model *model, const struct options *o, struct pg_request *r,
                     struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    memcpy(r->sites, o->sites.items, sizeof r->sites);
    r->n_sites = o->sites.count;
    r->metric = (enum pg_metric)o->metric;
    r->noising = o->noising;
    if (!read_input(model, o, o->clean, &o->clean_ids, &r->clean, err) ||
        !read_input(model, o, o->corrupt, &o->corrupt_ids, &r->corrupt, err))
        return false;
    if (r->clean.count != r->corrupt.count) return fail_lengths(model, &r->clean, &r->corrupt, err);
    if (!r->clean.count) return fail(err, "the clean text is empty");
    return read_pairs(model, o, r, err) && read_position(o, r, err) &&
           selection_resolve(&o->layers, "layers", "layer", (size_t)info.n_layer, NULL, &r->layers,
                             err) &&
           selection_resolve(&o->heads, "heads", "head", (size_t)info.n_head, NULL, &r->heads,
                             err) &&
           select_positions(o, r, err);
}

/* ---- what cannot have an effect ---- */

static bool has_one_position(const struct pg_request *r, int first, int last) {
    for (size_t i = 0; i < r->positions.count; i++)
        if (r->positions.items[i] >= first && r->positions.items[i] <= last) return true;
    return false;
}

static bool patches_positions_only(const struct pg_request *r) {
    for (size_t i = 0; i < r->n_sites; i++)
        if (!pg_site_has_positions(r->sites[i])) return false;
    return true;
}

bool check_effect(const struct options *o, const struct pg_request *r, struct pg_error *err) {
    const int n = (int)r->clean.count, read = r->read_position;
    const int first = first_difference(r->clean.ids, r->corrupt.ids, n);
    if (first == n) return true;
    if (first > read)
        return fail(
            err,
            "--read-position %d: the texts differ from position %d on, after the one that is "
            "read, so that no patch changes anything",
            o->read_position, first);
    if (!r->positions.count || !patches_positions_only(r) || has_one_position(r, first, read))
        return true;
    return fail(
        err,
        "--positions %s: no patch there changes anything, since the texts differ from position "
        "%d on and position %d is read",
        o->positions.text, first, read);
}

void free_experiment(struct pg_request *r) {
    pg_tokens_free(&r->clean);
    pg_tokens_free(&r->corrupt);
    free((void *)r->pairs);
    free((void *)r->layers.items);
    free((void *)r->heads.items);
    free((void *)r->positions.items);
}
