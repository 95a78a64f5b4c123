/* result_json.c: see result_json.h. Where memory runs out, an item is NULL, and put() fails; so
 * every builder is one expression. */
#include "report/result_json.h"

#include "base/error.h"
#include "base/number.h"
#include "base/text_stream.h"
#include "circuit/direct.h"
#include "circuit/lens.h"
#include "patch/question.h"
#include "report/effect.h"
#include "report/graph_cells.h"
#include "report/intervention.h"
#include "report/tokens.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- items ---- */

/* Gives the item to the object. False if it is NULL or memory is out; it is deleted then. */
static bool put(cJSON *object, const char *name, cJSON *item) {
    if (item && cJSON_AddItemToObject(object, name, item)) return true;
    cJSON_Delete(item);
    return false;
}

static bool append(cJSON *array, cJSON *item) {
    if (item && cJSON_AddItemToArray(array, item)) return true;
    cJSON_Delete(item);
    return false;
}

/* The item if it is complete; else deletes it and returns NULL. */
static cJSON *whole(cJSON *item, bool complete) {
    if (complete) return item;
    cJSON_Delete(item);
    return NULL;
}

/* null for numbers that are not finite, here and below. */
static cJSON *real(float value) {
    char text[NUMBER_SIZE];
    if (!isfinite(value)) return cJSON_CreateNull();
    number_format(value, text);
    return cJSON_CreateRaw(text);
}

static cJSON *number(double value) {
    return isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
}

static cJSON *integer(size_t value) {
    return cJSON_CreateNumber((double)value);
}

/* Bytes, which may not be UTF-8. */
static cJSON *bytes_string(const char *bytes, size_t length) {
    struct pg_error err;
    char *text = replace_invalid(bytes, length, &err);
    cJSON *item = text ? cJSON_CreateString(text) : NULL;
    free(text);
    return item;
}

static cJSON *string(const char *text) {
    return bytes_string(text, strlen(text));
}

static cJSON *token_text(const struct pg_model *model, int id) {
    size_t length;
    const char *bytes = pg_token_bytes(model, id, &length);
    return bytes ? bytes_string(bytes, length) : cJSON_CreateNull();
}

/* ---- parts ---- */

static cJSON *token(const struct pg_model *model, int id) {
    cJSON *o = cJSON_CreateObject();
    return whole(o, put(o, "id", cJSON_CreateNumber(id)) && put(o, "text", token_text(model, id)));
}

static cJSON *token_list(const struct pg_model *model, const int *ids, size_t n) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < n; i++) complete = append(list, token(model, ids[i]));
    return whole(list, complete);
}

static cJSON *prediction(const struct pg_model *model, struct pg_prediction p) {
    cJSON *o = cJSON_CreateObject();
    return whole(o, put(o, "rank", cJSON_CreateNumber(p.rank)) &&
                        put(o, "token_id", cJSON_CreateNumber(p.token)) &&
                        put(o, "token", token_text(model, p.token)) &&
                        put(o, "logit", real(p.logit)) &&
                        put(o, "probability", real(p.probability)));
}

static cJSON *prediction_list(const struct pg_model *model, const struct pg_prediction *top,
                              size_t n) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < n; i++) complete = append(list, prediction(model, top[i]));
    return whole(list, complete);
}

/* One of the two runs. Without a corrupted text: the metric under noise; null for ablation. */
static cJSON *run(const struct pg_model *model, const struct pg_result *r, bool corrupt) {
    if (corrupt && is_ablation(r)) return cJSON_CreateNull();
    cJSON *o = cJSON_CreateObject();
    if (corrupt && !r->corrupt_ids) return whole(o, put(o, "metric", real(r->corrupt_metric)));
    const int *ids = corrupt ? r->corrupt_ids : r->clean_ids;
    const struct pg_prediction *top = corrupt ? r->corrupt_top : r->clean_top,
                               *named = corrupt ? r->corrupt_named : r->clean_named;
    return whole(o, put(o, "tokens", token_list(model, ids, r->n_tokens)) &&
                        put(o, "top", prediction_list(model, top, r->n_top)) &&
                        put(o, "named", prediction_list(model, named, r->n_named)) &&
                        put(o, "metric", real(corrupt ? r->corrupt_metric : r->clean_metric)));
}

/* [[a, b], ...], or [[a], ...] where the metric has one token. */
static cJSON *pair_list(const struct pg_model *model, const struct pg_pair *pairs, size_t n) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < n; i++) {
        const int ids[] = {pairs[i].a, pairs[i].b};
        complete = append(list, token_list(model, ids, ids[1] >= 0 ? 2 : 1));
    }
    return whole(list, complete);
}

/* The tokens of the metric: "pairs"; and "answers", "wrong_answers" where it is of sets. */
static bool put_tokens(cJSON *o, const struct pg_model *model, const struct question *q) {
    const struct pg_tokens *right = &q->answers, *wrong = &q->wrong_answers;
    return put(o, "pairs", pair_list(model, q->pairs, q->n_pairs)) &&
           (!right->count || put(o, "answers", token_list(model, right->ids, right->count))) &&
           (!wrong->count || put(o, "wrong_answers", token_list(model, wrong->ids, wrong->count)));
}

static cJSON *file_list(const struct outcome *outcome) {
    cJSON *list = cJSON_CreateArray();
    return whole(list, list && (!outcome->csv || append(list, string(outcome->csv))) &&
                           (!outcome->png || append(list, string(outcome->png))) &&
                           (!outcome->npz || append(list, string(outcome->npz))));
}

static cJSON *check(const struct outcome *outcome) {
    cJSON *o = cJSON_CreateObject();
    return whole(o, put(o, "file", string(outcome->checked)) &&
                        put(o, "differing", integer(outcome->check.n_differing)) &&
                        put(o, "largest_difference", real((float)outcome->check.largest)));
}

static cJSON *index_or_null(int index) {
    return index < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(index);
}

/* Whether cells of a site of the result have what has() says. */
static bool some_site(const struct pg_result *r, bool has(enum pg_site site)) {
    for (size_t i = 0; i < r->n_sites; i++)
        if (has(r->sites[i])) return true;
    return false;
}

static cJSON *cell(const struct pg_result *r, const struct pg_cell *c) {
    const struct words joint = joint_sites(intervention_of(r).joint);
    cJSON *o = cJSON_CreateObject();
    return whole(
        o,
        put(o, "site", cJSON_CreateString(r->joint ? joint.text : pg_site_name(c->site))) &&
            put(o, "layer", index_or_null(c->layer)) && put(o, "head", index_or_null(c->head)) &&
            put(o, "position", index_or_null(c->position)) &&
            (!some_site(r, pg_site_has_neurons) || put(o, "neuron", index_or_null(c->neuron))) &&
            (!some_site(r, pg_site_has_sources) ||
             put(o, "source_position", index_or_null(c->source))) &&
            put(o, "value", real(c->value)) &&
            put(o, "recovered", real(pg_recovered(c->value, r->clean_metric, r->corrupt_metric))));
}

/* An edge, or the sender of paths. */
static cJSON *graph_cell(const struct pg_result *r, const struct pg_cell *c) {
    const bool edges = c->site == PG_EDGES;
    char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
    cJSON *o = cJSON_CreateObject();
    sender_name(&c->sender, sender);
    receiver_name(&c->receiver, receiver);
    return whole(o, put(o, "sender", cJSON_CreateString(sender)) &&
                        (!edges || put(o, "receiver", cJSON_CreateString(receiver))) &&
                        put(o, "value", real(c->value)) &&
                        put(o, "recovered",
                            real(pg_recovered(c->value, r->clean_metric, r->corrupt_metric))) &&
                        (!edges || put(o, "score", real(edge_score(r, c)))));
}

static cJSON *cell_list(const struct pg_result *r) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < r->n_cells; i++)
        complete = append(list, is_graph(r) ? graph_cell(r, &r->cells[i]) : cell(r, &r->cells[i]));
    return whole(list, complete);
}

static cJSON *logits_check(const struct logits_outcome *outcome) {
    const struct pg_logits_check *c = &outcome->check;
    cJSON *o = cJSON_CreateObject();
    return whole(
        o, put(o, "file", string(outcome->checked)) && put(o, "compared", integer(c->n_compared)) &&
               put(o, "differing", integer(c->n_differing)) &&
               put(o, "largest_difference", number(c->largest)) &&
               put(o, "position", integer(c->position)) &&
               put(o, "token_id", cJSON_CreateNumber(c->token)) &&
               put(o, "expected", number(c->expected)) && put(o, "found", real(c->found)) &&
               put(o, "expected_top", cJSON_CreateNumber(c->expected_top)) &&
               put(o, "found_top", cJSON_CreateNumber(c->found_top)));
}

/* ---- whole objects ---- */

static cJSON *object_of(const struct pg_model *model) {
    cJSON *o = cJSON_CreateObject();
    return whole(o, put(o, "model", string(pg_model_info(model).name)));
}

/* The text of the object, which is deleted. */
static char *print(cJSON *object, bool complete, struct pg_error *err) {
    char *text = complete ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    if (!text) fail(err, "out of memory writing JSON");
    return text;
}

char *json_tokens(const struct pg_model *model, const struct pg_tokens *tokens,
                  struct pg_error *err) {
    cJSON *o = object_of(model);
    return print(o,
                 put(o, "tokens", token_list(model, tokens->ids, tokens->count)) &&
                     put(o, "count", integer(tokens->count)),
                 err);
}

cJSON *json_whole_text(const struct pg_model *model, const int *ids, size_t n) {
    struct pg_error err;
    struct text_stream s;
    size_t size;
    if (!text_open(&s, &err)) return NULL;
    write_token_bytes(s.out, model, ids, n);
    char *bytes = text_close(&s, &size, "the text", &err);
    cJSON *item = bytes ? bytes_string(bytes, size) : NULL;
    free(bytes);
    return item;
}

char *json_text(const struct pg_model *model, const struct pg_tokens *tokens,
                struct pg_error *err) {
    cJSON *o = object_of(model);
    return print(o,
                 put(o, "text", json_whole_text(model, tokens->ids, tokens->count)) &&
                     put(o, "tokens", token_list(model, tokens->ids, tokens->count)),
                 err);
}

cJSON *json_prediction_object(const struct pg_model *model, const struct pg_tokens *tokens,
                              const char *name, const struct pg_prediction *predictions, size_t n) {
    cJSON *o = object_of(model);
    return whole(o, put(o, "tokens", token_list(model, tokens->ids, tokens->count)) &&
                        put(o, name, prediction_list(model, predictions, n)));
}

char *json_prediction(const struct pg_model *model, const struct pg_tokens *tokens,
                      const char *name, const struct pg_prediction *predictions, size_t n,
                      const struct logits_outcome *outcome, struct pg_error *err) {
    const struct outcome files = {.csv = outcome->written, .npz = outcome->npz};
    cJSON *o = json_prediction_object(model, tokens, name, predictions, n);
    return print(o,
                 ((!outcome->written && !outcome->npz) || put(o, "files", file_list(&files))) &&
                     (!outcome->checked || put(o, "check", logits_check(outcome))),
                 err);
}

static bool put_noise(cJSON *o, const struct pg_result *r) {
    return put(o, "corrupt_noise",
               cJSON_CreateIntArray(r->noise_positions, (int)r->n_noise_positions)) &&
           put(o, "sigma", number(r->sigma)) && put(o, "samples", integer(r->n_samples)) &&
           put(o, "seed", integer(r->seed));
}

/* What plain patching between two texts does not have. */
static bool put_intervention(cJSON *o, const struct pg_result *r) {
    const struct intervention i = intervention_of(r);
    return intervention_is_plain(&i) ||
           (put(o, "with", cJSON_CreateString(with_name(i.with))) &&
            (!r->over || put(o, "over", string(r->over))) &&
            put(o, "noise", cJSON_CreateBool(i.noise)) && (!i.noise || put_noise(o, r)) &&
            put(o, "window", cJSON_CreateNumber(i.window ? i.window : 1)) &&
            put(o, "joint", cJSON_CreateBool(r->joint)) &&
            (!r->joint || put(o, "patched_cells", integer(r->n_patched))));
}

/* Where paths end, and what they do not go through. */
static bool put_paths(cJSON *o, const struct pg_result *r) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < r->n_receivers; i++) {
        char name[NODE_NAME_SIZE];
        receiver_name(&r->receivers[i], name);
        complete = append(list, cJSON_CreateString(name));
    }
    return put(o, "receivers", whole(list, complete)) &&
           put(o, "mlps", cJSON_CreateString(r->frozen & PG_FROZEN_MLPS ? "frozen" : "run"));
}

cJSON *json_experiment_object(const struct pg_model *model, const struct pg_result *r) {
    const struct question question = question_of_result(r);
    cJSON *o = object_of(model);
    return whole(
        o, put(o, "clean", run(model, r, false)) && put(o, "corrupt", run(model, r, true)) &&
               put(o, "metric", cJSON_CreateString(pg_metric_name(r->metric))) &&
               put_tokens(o, model, &question) &&
               put(o, "read_position", cJSON_CreateNumber(r->read_position)) &&
               put(o, "site", cJSON_CreateString(site_names(r).text)) &&
               put(o, "noising", cJSON_CreateBool(r->noising)) && put_intervention(o, r) &&
               (!r->n_receivers || put_paths(o, r)) && put(o, "patches", integer(r->n_cells)));
}

char *json_experiment(const struct pg_model *model, const struct pg_result *r,
                      const struct outcome *outcome, struct pg_error *err) {
    cJSON *o = json_experiment_object(model, r);
    return print(o,
                 put(o, "seconds", real((float)r->seconds)) &&
                     put(o, "files", file_list(outcome)) && put(o, "cells", cell_list(r)) &&
                     (!outcome->checked || put(o, "check", check(outcome))),
                 err);
}

/* ---- lens and direct ---- */

static cJSON *reading(const struct pg_model *model, const struct pg_lens *l, size_t i) {
    const struct pg_reading *r = &l->readings[i];
    cJSON *o = cJSON_CreateObject();
    char place[PLACE_SIZE];
    place_name(i / l->n_tokens, place);
    return whole(o, put(o, "place", cJSON_CreateString(place)) &&
                        put(o, "position", integer(i % l->n_tokens)) &&
                        put(o, "value", real(r->value)) &&
                        put(o, "rank", index_or_null(r->rank ? r->rank : -1)) &&
                        put(o, "top_id", cJSON_CreateNumber(r->top)) &&
                        put(o, "top_token", token_text(model, r->top)) &&
                        put(o, "top_probability", real(r->probability)));
}

static cJSON *reading_list(const struct pg_model *model, const struct pg_lens *l) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < l->n_places * l->n_tokens; i++)
        complete = append(list, reading(model, l, i));
    return whole(list, complete);
}

static cJSON *part_list(const struct pg_direct *d) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < d->n_parts; i++) {
        cJSON *o = cJSON_CreateObject();
        char name[PART_NAME_SIZE];
        part_name(&d->parts[i], name);
        complete =
            append(list, whole(o, put(o, "component", cJSON_CreateString(name)) &&
                                      (!d->by_source || put(o, "source_position",
                                                            index_or_null(d->parts[i].source))) &&
                                      put(o, "value", real(d->parts[i].value))));
    }
    return whole(list, complete);
}

/* What was asked for: tokens, metric, its tokens, read_position. */
static cJSON *asked(const struct pg_model *model, const int *ids, size_t n,
                    const struct question *q, int read_position) {
    cJSON *o = object_of(model);
    return whole(o, put(o, "tokens", token_list(model, ids, n)) &&
                        put(o, "metric",
                            question_has_tokens(q) ? cJSON_CreateString(pg_metric_name(q->metric))
                                                   : cJSON_CreateNull()) &&
                        put_tokens(o, model, q) &&
                        put(o, "read_position", cJSON_CreateNumber(read_position)));
}

cJSON *json_lens_object(const struct pg_model *model, const struct pg_lens *l) {
    const struct question question = question_of_lens(l);
    return asked(model, l->ids, l->n_tokens, &question, l->read_position);
}

cJSON *json_direct_object(const struct pg_model *model, const struct pg_direct *d) {
    const struct question question = question_of_direct(d);
    cJSON *o = asked(model, d->ids, d->n_tokens, &question, d->read_position);
    return whole(o, put(o, "sum", number(d->sum)) && put(o, "metric_value", real(d->metric_value)));
}

char *json_lens(const struct pg_model *model, const struct pg_lens *l,
                const struct outcome *outcome, struct pg_error *err) {
    cJSON *o = json_lens_object(model, l);
    return print(o,
                 put(o, "seconds", real((float)l->seconds)) &&
                     put(o, "files", file_list(outcome)) &&
                     put(o, "readings", reading_list(model, l)) &&
                     (!outcome->checked || put(o, "check", check(outcome))),
                 err);
}

char *json_direct(const struct pg_model *model, const struct pg_direct *d,
                  const struct outcome *outcome, struct pg_error *err) {
    cJSON *o = json_direct_object(model, d);
    return print(o,
                 put(o, "seconds", real((float)d->seconds)) &&
                     put(o, "files", file_list(outcome)) && put(o, "parts", part_list(d)) &&
                     (!outcome->checked || put(o, "check", check(outcome))),
                 err);
}

/* ---- the model ---- */

char *json_model(const struct pg_model *model, struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    cJSON *o = object_of(model);
    return print(o,
                 put(o, "path", string(info.path)) &&
                     put(o, "n_layer", cJSON_CreateNumber(info.n_layer)) &&
                     put(o, "n_head", cJSON_CreateNumber(info.n_head)) &&
                     put(o, "n_embd", cJSON_CreateNumber(info.n_embd)) &&
                     put(o, "n_inner", cJSON_CreateNumber(info.n_inner)) &&
                     put(o, "n_positions", cJSON_CreateNumber(info.n_positions)) &&
                     put(o, "n_vocab", cJSON_CreateNumber(info.n_vocab)) &&
                     put(o, "parameters", integer(info.n_parameters)) &&
                     put(o, "activation", cJSON_CreateString(info.activation)) &&
                     put(o, "dtype", cJSON_CreateString(info.dtype)) &&
                     put(o, "transposed", cJSON_CreateBool(info.transposed)) &&
                     put(o, "tied", cJSON_CreateBool(info.tied)) &&
                     put(o, "tokenizer", cJSON_CreateBool(info.has_tokenizer)) &&
                     put(o, "files", integer(info.n_files)) &&
                     put(o, "bytes", cJSON_CreateNumber((double)info.file_bytes)) &&
                     put(o, "isa", cJSON_CreateString(pg_isa())) &&
                     put(o, "threads", cJSON_CreateNumber(pg_threads())),
                 err);
}
