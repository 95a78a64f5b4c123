/* resolve.c: see resolve.h. */
#include "spec/resolve.h"

#include "base/memory.h"
#include "base/number.h"
#include "gpt2/forward.h"
#include "model/shown_token.h"
#include "patch/question.h"
#include "spec/nodes.h"
#include "spec/noise_input.h"
#include "spec/text_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

/* Whether the model can read the spec's texts, if it has any. */
static bool check_tokenizer(const struct spec *s, const struct pg_model *model,
                            struct pg_error *err) {
    char advice[96];
    if (!s->clean && !s->corrupt && !spec_has_token_texts(s)) return true;
    snprintf(advice, sizeof advice, "give token ids with %s, %s and %s",
             spec_name(s, SPEC_CLEAN_IDS), spec_name(s, SPEC_CORRUPT_IDS),
             spec_name(s, spec_has_sets(s) ? SPEC_ANSWER_IDS : SPEC_TOKEN_IDS));
    return need_tokenizer(model, advice, err);
}

/* The tokens of a text, or a copy of the ids in its place. */
static bool read_input(const struct spec *s, const struct pg_model *model, const char *text,
                       const struct pg_tokens *ids, struct pg_tokens *out, struct pg_error *err) {
    return text ? read_prompt(model, s, text, out, err) : tokens_copy(ids, out, err);
}

static bool fail_lengths(const struct pg_model *model, const struct pg_tokens *clean,
                         const struct pg_tokens *corrupt, struct pg_error *err) {
    const size_t shorter = clean->count < corrupt->count ? clean->count : corrupt->count;
    const size_t common = (size_t)first_difference(clean->ids, corrupt->ids, (int)shorter);
    const size_t first = common > 8 ? common - 2 : 0; /* a long common beginning is left out */
    return fail(
        err,
        "the clean text has %zu token%s, %s, and the corrupted text %zu, %s; reword one until they "
        "have equally many",
        clean->count, plural(clean->count), pieces_of(model, clean, first).text, corrupt->count,
        pieces_of(model, corrupt, first).text);
}

static bool read_texts(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                       struct pg_error *err) {
    if (!read_input(s, model, s->clean, &s->clean_ids, &r->clean, err)) return false;
    if (!r->clean.count) return fail(err, "the clean text is empty");
    if (spec_has_noise(s)) return (r->noise = noise_of(s, model, &r->clean, err));
    if (r->with == PG_WITH_TEXT &&
        !read_input(s, model, s->corrupt, &s->corrupt_ids, &r->corrupt, err))
        return false;
    if (r->with == PG_WITH_TEXT && r->clean.count != r->corrupt.count)
        return fail_lengths(model, &r->clean, &r->corrupt, err);
    return true;
}

/* ---- tokens of the metric ---- */

/* Drops a second token that the metric does not use, with a warning. */
static void drop_second(const struct spec *s, const struct pg_model *model, struct pg_pair *pair) {
    if (pair->b < 0 || pg_metric_max_tokens(s->metric) > 1) return;
    warn(PG_WARN_TOKEN_UNUSED, "%s %s uses only the first token, not %s", spec_name(s, SPEC_METRIC),
         pg_metric_name(s->metric), show_token(model, pair->b, TOKEN_QUOTED).text);
    pair->b = -1;
}

static bool read_texts_of_pair(const struct spec *s, const struct pg_model *model,
                               const struct token_texts *texts, struct pg_pair *out,
                               struct pg_error *err) {
    out->b = -1;
    return read_token(model, s, SPEC_TOKENS, texts->a, &out->a, err) &&
           (!texts->b || read_token(model, s, SPEC_TOKENS, texts->b, &out->b, err));
}

static bool check_distinct(const struct spec *s, const struct pg_model *model,
                           const struct pg_pair *pair, struct pg_error *err) {
    if (pair->a != pair->b) return true;
    return fail(err, "%s is twice the token %s (%d), whose difference is always 0; give two tokens",
                spec_name(s, s->tokens.count ? SPEC_TOKENS : SPEC_TOKEN_IDS),
                show_token(model, pair->a, TOKEN_QUOTED).text, pair->a);
}

static bool read_pairs(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                       struct pg_error *err) {
    const size_t n = s->tokens.count ? s->tokens.count : s->token_ids.count;
    struct pg_pair *pairs = allocate(n, sizeof *pairs, err);
    bool done = pairs;
    for (size_t i = 0; done && i < n; i++) {
        if (s->tokens.count)
            done = read_texts_of_pair(s, model, &s->tokens.items[i], &pairs[i], err);
        else
            pairs[i] = s->token_ids.items[i];
        if (done) drop_second(s, model, &pairs[i]);
        done = done && check_distinct(s, model, &pairs[i], err);
    }
    r->pairs = pairs;
    r->n_pairs = n;
    return done;
}

/* One set: the tokens of its texts, or its ids. */
static bool read_set(const struct spec *s, const struct pg_model *model, enum spec_field field,
                     const struct answer_texts *texts, const struct pg_tokens *given,
                     struct pg_tokens *out, struct pg_error *err) {
    if (!texts->count) return tokens_copy(given, out, err);
    int *ids = allocate(texts->count, sizeof *ids, err);
    bool done = ids;
    for (size_t i = 0; done && i < texts->count; i++)
        done = read_token(model, s, field, texts->items[i], &ids[i], err);
    *out = (struct pg_tokens){ids, texts->count};
    return done;
}

/* Whether each token of the sets is there once. */
static bool check_once(const struct spec *s, const struct pg_model *model,
                       const struct pg_request *r, struct pg_error *err) {
    const struct question question = question_of(r);
    const char *right = spec_name(s, s->answers.count ? SPEC_ANSWERS : SPEC_ANSWER_IDS),
               *wrong = spec_name(s, s->wrong_answers.count ? SPEC_WRONG_ANSWERS
                                                            : SPEC_WRONG_ANSWER_IDS);
    int token;
    enum repeated where;
    if (!question_find_repeated(&question, &token, &where, err)) return false;
    if (where == NOT_REPEATED) return true;
    const struct shown_token shown = show_token(model, token, TOKEN_QUOTED);
    if (where == IN_BOTH)
        return fail(err, "the token %s (%d) is in %s and in %s", shown.text, token, right, wrong);
    return fail(err, "%s has the token %s (%d) twice", where == IN_ANSWERS ? right : wrong,
                shown.text, token);
}

static bool read_sets(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                      struct pg_error *err) {
    return read_set(s, model, SPEC_ANSWERS, &s->answers, &s->answer_ids, &r->answers, err) &&
           read_set(s, model, SPEC_WRONG_ANSWERS, &s->wrong_answers, &s->wrong_answer_ids,
                    &r->wrong_answers, err) &&
           check_once(s, model, r, err);
}

/* With noise and without tokens: the clean run's most probable token, whose probability is the
 * metric unless another was named. */
static bool predict_token(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                          struct pg_error *err) {
    struct pg_prediction top;
    struct pg_pair *pair = allocate(1, sizeof *pair, err);
    r->pairs = pair;
    r->n_pairs = 1;
    if (!pair || !pg_predict(model, r->clean.ids, (size_t)r->read_position + 1, 1, &top, err))
        return false;
    *pair = (struct pg_pair){top.token, -1};
    if (s->metric == PG_LOGIT_DIFF) r->metric = PG_PROB;
    return true;
}

static bool read_metric(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                        struct pg_error *err) {
    if (spec_has_sets(s)) return read_sets(s, model, r, err);
    return spec_has_noise(s) && !spec_has_tokens(s) && s->metric != PG_KL
               ? predict_token(s, model, r, err)
               : read_pairs(s, model, r, err);
}

/* ---- positions, layers, heads ---- */

static bool read_position(const struct spec *s, struct pg_request *r, struct pg_error *err) {
    const int n = (int)r->clean.count;
    r->read_position = s->read_position + (s->read_position < 0 ? n : 0);
    if (r->read_position >= 0 && r->read_position < n) return true;
    return fail(err, "%s %d: there is no such position, expected 0 to %d, or -1 to -%d",
                spec_name(s, SPEC_READ_POSITION), s->read_position, n - 1, n);
}

static bool copy_single_heads(const struct spec *s, struct pg_request *r, struct pg_error *err) {
    if (!s->heads.n_heads) return true;
    struct pg_head *copy = copy_array(s->heads.heads, s->heads.n_heads, sizeof *copy, err);
    if (!copy) return false;
    r->single_heads = copy;
    r->n_single_heads = s->heads.n_heads;
    return true;
}

static bool select_positions(const struct spec *s, struct pg_request *r, struct pg_error *err) {
    const size_t n = r->clean.count;
    bool *differs = allocate(n, sizeof *differs, err);
    if (!differs) return false;
    for (size_t i = 0; i < r->corrupt.count; i++) differs[i] = r->clean.ids[i] != r->corrupt.ids[i];
    const bool done = selection_resolve(&s->positions, spec_name(s, SPEC_POSITIONS), "position", n,
                                        differs, &r->positions, err);
    free(differs);
    return done;
}

bool spec_resolve_texts(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                        struct pg_error *err) {
    r->over = s->over;
    r->with = spec_needs_mean(s) ? PG_WITH_MEAN : spec_is_ablation(s) ? PG_WITH_ZERO : PG_WITH_TEXT;
    return check_tokenizer(s, model, err) && read_texts(s, model, r, err);
}

bool spec_resolve_metric(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                         struct pg_error *err) {
    r->metric = s->metric;
    return read_position(s, r, err) && read_metric(s, model, r, err);
}

/* Components and readers; nothing where they are not given. */
static bool resolve_nodes(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                          struct pg_error *err) {
    const char *from = spec_name(s, SPEC_FROM), *to = spec_name(s, SPEC_TO);
    r->frozen = PG_FROZEN_ATTENTION | (s->frozen_mlps ? PG_FROZEN_MLPS : 0);
    return (!s->from || resolve_senders(from, s->from, model, (struct pg_sender **)&r->senders,
                                        &r->n_senders, err)) &&
           (!s->to || resolve_receivers(to, s->to, model, (struct pg_receiver **)&r->receivers,
                                        &r->n_receivers, err)) &&
           ((!s->from && !s->to) || check_flow(from, s->from, to, s->to, model, err));
}

bool spec_resolve(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                  struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    memcpy(r->sites, s->sites.items, sizeof r->sites);
    r->n_sites = s->sites.count;
    r->noising = s->noising;
    r->window = s->window;
    r->joint = s->joint;
    return spec_resolve_texts(s, model, r, err) && spec_resolve_metric(s, model, r, err) &&
           selection_resolve(&s->layers, spec_name(s, SPEC_LAYERS), "layer", (size_t)info.n_layer,
                             NULL, &r->layers, err) &&
           selection_resolve(&s->heads, spec_name(s, SPEC_HEADS), "head", (size_t)info.n_head, NULL,
                             &r->heads, err) &&
           selection_check_heads(&s->heads, spec_name(s, SPEC_HEADS), info.n_layer, info.n_head,
                                 err) &&
           copy_single_heads(s, r, err) &&
           selection_resolve(&s->neurons, spec_name(s, SPEC_NEURONS), "neuron",
                             (size_t)info.n_inner, NULL, &r->neurons, err) &&
           select_positions(s, r, err) && resolve_nodes(s, model, r, err);
}

void spec_request_free(struct pg_request *r) {
    pg_tokens_free(&r->clean);
    pg_tokens_free(&r->corrupt);
    free((void *)r->pairs);
    pg_tokens_free(&r->answers);
    pg_tokens_free(&r->wrong_answers);
    free((void *)r->layers.items);
    free((void *)r->heads.items);
    free((void *)r->positions.items);
    free((void *)r->neurons.items);
    free((void *)r->single_heads);
    free((void *)r->senders);
    free((void *)r->receivers);
    noise_free(r->noise);
}

/* ---- patches without effect ---- */

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

bool spec_check_effect(const struct spec *s, const struct pg_request *r, struct pg_error *err) {
    const int n = (int)r->clean.count, read = r->read_position;
    const int first = r->corrupt.count ? first_difference(r->clean.ids, r->corrupt.ids, n)
                      : r->noise       ? r->noise->positions[0]
                                       : 0;
    if (first == n) return true;
    if (first > read)
        return fail(
            err,
            "%s %d: %s from position %d on, after the one that is read, so that no patch changes "
            "anything",
            spec_name(s, SPEC_READ_POSITION), s->read_position,
            r->noise ? "there is noise" : "the texts differ", first);
    if (!r->positions.count || !patches_positions_only(r) || has_one_position(r, first, read))
        return true;
    if (!r->corrupt.count && !r->noise)
        return fail(err, "%s %s: no patch there changes anything, since position %d is read",
                    spec_name(s, SPEC_POSITIONS), s->positions.text, read);
    return fail(
        err,
        "%s %s: no patch there changes anything, since %s from position %d on and position %d is "
        "read",
        spec_name(s, SPEC_POSITIONS), s->positions.text,
        r->noise ? "there is noise" : "the texts differ", first, read);
}
