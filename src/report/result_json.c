/* result_json.c: see result_json.h. */
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
#include "report/json_items.h"
#include "report/path_split.h"
#include "report/tokens.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts ---- */

static cJSON *prediction(const struct pg_model *model, struct pg_prediction p) {
    cJSON *o = cJSON_CreateObject();
    return json_whole(o, json_put(o, "rank", cJSON_CreateNumber(p.rank)) &&
                             json_put(o, "token_id", cJSON_CreateNumber(p.token)) &&
                             json_put(o, "token", json_token_text(model, p.token)) &&
                             json_put(o, "logit", json_real(p.logit)) &&
                             json_put(o, "probability", json_real(p.probability)));
}

static cJSON *prediction_list(const struct pg_model *model, const struct pg_prediction *top,
                              size_t n) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < n; i++)
        complete = json_append(list, prediction(model, top[i]));
    return json_whole(list, complete);
}

/* One of the two runs. Without a corrupted text: the metric under noise; null for ablation. */
static cJSON *run(const struct pg_model *model, const struct pg_result *r, bool corrupt) {
    if (corrupt && is_ablation(r)) return cJSON_CreateNull();
    cJSON *o = cJSON_CreateObject();
    if (corrupt && !r->corrupt_ids)
        return json_whole(o, json_put(o, "metric", json_real(r->corrupt_metric)));
    const int *ids = corrupt ? r->corrupt_ids : r->clean_ids;
    const struct pg_prediction *top = corrupt ? r->corrupt_top : r->clean_top,
                               *named = corrupt ? r->corrupt_named : r->clean_named;
    return json_whole(
        o, json_put(o, "tokens", json_token_list(model, ids, r->n_tokens)) &&
               json_put(o, "top", prediction_list(model, top, r->n_top)) &&
               json_put(o, "named", prediction_list(model, named, r->n_named)) &&
               json_put(o, "metric", json_real(corrupt ? r->corrupt_metric : r->clean_metric)));
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
    return json_whole(
        o, json_put(o, "site", cJSON_CreateString(r->joint ? joint.text : pg_site_name(c->site))) &&
               json_put(o, "layer", index_or_null(c->layer)) &&
               json_put(o, "head", index_or_null(c->head)) &&
               json_put(o, "position", index_or_null(c->position)) &&
               (!some_site(r, pg_site_has_neurons) ||
                json_put(o, "neuron", index_or_null(c->neuron))) &&
               (!some_site(r, pg_site_has_sources) ||
                json_put(o, "source_position", index_or_null(c->source))) &&
               json_put(o, "value", json_real(c->value)) &&
               json_put(o, "recovered",
                        json_real(pg_recovered(c->value, r->clean_metric, r->corrupt_metric))));
}

/* An edge, or the sender of paths. */
static cJSON *graph_cell(const struct pg_result *r, const struct pg_cell *c) {
    const bool edges = c->site == PG_EDGES;
    char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
    cJSON *o = cJSON_CreateObject();
    sender_name(&c->sender, sender);
    receiver_name(&c->receiver, receiver);
    return json_whole(
        o, json_put(o, "sender", cJSON_CreateString(sender)) &&
               (!edges || json_put(o, "receiver", cJSON_CreateString(receiver))) &&
               json_put(o, "value", json_real(c->value)) &&
               json_put(o, "recovered",
                        json_real(pg_recovered(c->value, r->clean_metric, r->corrupt_metric))) &&
               (!edges || json_put(o, "score", json_real(edge_score(r, c)))));
}

/* A sender's effects by kinds of paths, named as in the CSV. */
static cJSON *split_cell(const struct mediation *m, size_t cell) {
    cJSON *o = cJSON_CreateObject();
    const struct edge_name sender = edge_name(&m->parts[MEDIATION_TOTAL]->cells[cell]);
    bool complete = json_put(o, "sender", cJSON_CreateString(sender.text));
    for (int i = SPLIT_TOTAL; complete && i < N_SPLIT_COLUMNS; i++)
        complete =
            json_put(o, path_split_columns.names[i], json_real(path_split_number(m, cell, i)));
    return json_whole(o, complete);
}

static cJSON *cell_list(const struct pg_result *r, const struct mediation *split) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; split && complete && i < r->n_cells; i++)
        complete = json_append(list, split_cell(split, i));
    if (split) return json_whole(list, complete);
    for (size_t i = 0; complete && i < r->n_cells; i++)
        complete =
            json_append(list, is_graph(r) ? graph_cell(r, &r->cells[i]) : cell(r, &r->cells[i]));
    return json_whole(list, complete);
}

static cJSON *logits_check(const struct logits_outcome *outcome) {
    const struct pg_logits_check *c = &outcome->check;
    cJSON *o = cJSON_CreateObject();
    return json_whole(o, json_put(o, "file", json_string(outcome->checked)) &&
                             json_put(o, "compared", json_integer(c->n_compared)) &&
                             json_put(o, "differing", json_integer(c->n_differing)) &&
                             json_put(o, "largest_difference", json_number(c->largest)) &&
                             json_put(o, "position", json_integer(c->position)) &&
                             json_put(o, "token_id", cJSON_CreateNumber(c->token)) &&
                             json_put(o, "expected", json_number(c->expected)) &&
                             json_put(o, "found", json_real(c->found)) &&
                             json_put(o, "expected_top", cJSON_CreateNumber(c->expected_top)) &&
                             json_put(o, "found_top", cJSON_CreateNumber(c->found_top)));
}

/* ---- whole objects ---- */

char *json_tokens(const struct pg_model *model, const struct pg_tokens *tokens,
                  struct pg_error *err) {
    cJSON *o = json_object_of(model);
    return json_print(o,
                      json_put(o, "tokens", json_token_list(model, tokens->ids, tokens->count)) &&
                          json_put(o, "count", json_integer(tokens->count)),
                      err);
}

cJSON *json_whole_text(const struct pg_model *model, const int *ids, size_t n) {
    struct pg_error err;
    struct text_stream s;
    size_t size;
    if (!text_open(&s, &err)) return NULL;
    write_token_bytes(s.out, model, ids, n);
    char *bytes = text_close(&s, &size, "the text", &err);
    cJSON *item = bytes ? json_bytes_string(bytes, size) : NULL;
    free(bytes);
    return item;
}

char *json_text(const struct pg_model *model, const struct pg_tokens *tokens,
                struct pg_error *err) {
    cJSON *o = json_object_of(model);
    return json_print(o,
                      json_put(o, "text", json_whole_text(model, tokens->ids, tokens->count)) &&
                          json_put(o, "tokens", json_token_list(model, tokens->ids, tokens->count)),
                      err);
}

cJSON *json_prediction_object(const struct pg_model *model, const struct pg_tokens *tokens,
                              const char *name, const struct pg_prediction *predictions, size_t n) {
    cJSON *o = json_object_of(model);
    return json_whole(o,
                      json_put(o, "tokens", json_token_list(model, tokens->ids, tokens->count)) &&
                          json_put(o, name, prediction_list(model, predictions, n)));
}

char *json_prediction(const struct pg_model *model, const struct pg_tokens *tokens,
                      const char *name, const struct pg_prediction *predictions, size_t n,
                      const struct logits_outcome *outcome, struct pg_error *err) {
    const struct outcome files = {.csv = outcome->written, .npz = outcome->npz};
    cJSON *o = json_prediction_object(model, tokens, name, predictions, n);
    return json_print(
        o,
        ((!outcome->written && !outcome->npz) || json_put(o, "files", json_file_list(&files))) &&
            (!outcome->checked || json_put(o, "check", logits_check(outcome))),
        err);
}

static bool put_noise(cJSON *o, const struct pg_result *r) {
    return json_put(o, "corrupt_noise",
                    cJSON_CreateIntArray(r->noise_positions, (int)r->n_noise_positions)) &&
           json_put(o, "sigma", json_number(r->sigma)) &&
           json_put(o, "samples", json_integer(r->n_samples)) &&
           json_put(o, "seed", json_integer(r->seed));
}

/* What plain patching between two texts does not have. */
static bool put_intervention(cJSON *o, const struct pg_result *r) {
    const struct intervention i = intervention_of(r);
    return intervention_is_plain(&i) ||
           (json_put(o, "with", cJSON_CreateString(with_name(i.with))) &&
            (!r->over || json_put(o, "over", json_string(r->over))) &&
            json_put(o, "noise", cJSON_CreateBool(i.noise)) && (!i.noise || put_noise(o, r)) &&
            json_put(o, "window", cJSON_CreateNumber(i.window ? i.window : 1)) &&
            json_put(o, "joint", cJSON_CreateBool(r->joint)) &&
            (!r->joint || json_put(o, "patched_cells", json_integer(r->n_patched))));
}

/* Where paths end, and what they do not go through. */
static bool put_paths(cJSON *o, const struct pg_result *r) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < r->n_receivers; i++) {
        char name[NODE_NAME_SIZE];
        receiver_name(&r->receivers[i], name);
        complete = json_append(list, cJSON_CreateString(name));
    }
    return json_put(o, "receivers", json_whole(list, complete)) &&
           json_put(o, "mlps", cJSON_CreateString(r->frozen & PG_FROZEN_MLPS ? "frozen" : "run"));
}

cJSON *json_experiment_object(const struct pg_model *model, const struct pg_result *r) {
    const struct question question = question_of_result(r);
    cJSON *o = json_object_of(model);
    return json_whole(o, json_put(o, "clean", run(model, r, false)) &&
                             json_put(o, "corrupt", run(model, r, true)) &&
                             json_put(o, "metric", cJSON_CreateString(pg_metric_name(r->metric))) &&
                             json_put_tokens(o, model, &question) &&
                             json_put(o, "read_position", cJSON_CreateNumber(r->read_position)) &&
                             json_put(o, "site", cJSON_CreateString(site_names(r).text)) &&
                             json_put(o, "noising", cJSON_CreateBool(r->noising)) &&
                             put_intervention(o, r) && (!r->n_receivers || put_paths(o, r)) &&
                             json_put(o, "patches", json_integer(r->n_cells)));
}

char *json_experiment(const struct pg_model *model, const struct pg_result *r,
                      const struct outcome *outcome, struct pg_error *err) {
    cJSON *o = json_experiment_object(model, r);
    if (outcome->split) cJSON_DeleteItemFromObject(o, "mlps");
    return json_print(o,
                      json_put(o, "seconds", json_real((float)r->seconds)) &&
                          json_put(o, "files", json_file_list(outcome)) &&
                          json_put(o, "cells", cell_list(r, outcome->split)) &&
                          (!outcome->checked || json_put(o, "check", json_check(outcome))),
                      err);
}

/* ---- lens and direct ---- */

static cJSON *reading(const struct pg_model *model, const struct pg_lens *l, size_t i) {
    const struct pg_reading *r = &l->readings[i];
    cJSON *o = cJSON_CreateObject();
    char place[PLACE_SIZE];
    place_name(i / l->n_tokens, place);
    return json_whole(o, json_put(o, "place", cJSON_CreateString(place)) &&
                             json_put(o, "position", json_integer(i % l->n_tokens)) &&
                             json_put(o, "value", json_real(r->value)) &&
                             json_put(o, "rank", index_or_null(r->rank ? r->rank : -1)) &&
                             json_put(o, "top_id", cJSON_CreateNumber(r->top)) &&
                             json_put(o, "top_token", json_token_text(model, r->top)) &&
                             json_put(o, "top_probability", json_real(r->probability)));
}

static cJSON *reading_list(const struct pg_model *model, const struct pg_lens *l) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < l->n_places * l->n_tokens; i++)
        complete = json_append(list, reading(model, l, i));
    return json_whole(list, complete);
}

static cJSON *part_list(const struct pg_direct *d) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < d->n_parts; i++) {
        cJSON *o = cJSON_CreateObject();
        char name[PART_NAME_SIZE];
        part_name(&d->parts[i], name);
        complete = json_append(
            list,
            json_whole(o, json_put(o, "component", cJSON_CreateString(name)) &&
                              (!d->by_source ||
                               json_put(o, "source_position", index_or_null(d->parts[i].source))) &&
                              json_put(o, "value", json_real(d->parts[i].value))));
    }
    return json_whole(list, complete);
}

/* What was asked for: tokens, metric, its tokens, read_position. */
static cJSON *asked(const struct pg_model *model, const int *ids, size_t n,
                    const struct question *q, int read_position) {
    cJSON *o = json_object_of(model);
    return json_whole(o, json_put(o, "tokens", json_token_list(model, ids, n)) &&
                             json_put(o, "metric",
                                      question_has_tokens(q)
                                          ? cJSON_CreateString(pg_metric_name(q->metric))
                                          : cJSON_CreateNull()) &&
                             json_put_tokens(o, model, q) &&
                             json_put(o, "read_position", cJSON_CreateNumber(read_position)));
}

cJSON *json_lens_object(const struct pg_model *model, const struct pg_lens *l) {
    const struct question question = question_of_lens(l);
    return asked(model, l->ids, l->n_tokens, &question, l->read_position);
}

cJSON *json_direct_object(const struct pg_model *model, const struct pg_direct *d) {
    const struct question question = question_of_direct(d);
    cJSON *o = asked(model, d->ids, d->n_tokens, &question, d->read_position);
    return json_whole(o, json_put(o, "sum", json_number(d->sum)) &&
                             json_put(o, "metric_value", json_real(d->metric_value)));
}

char *json_lens(const struct pg_model *model, const struct pg_lens *l,
                const struct outcome *outcome, struct pg_error *err) {
    cJSON *o = json_lens_object(model, l);
    return json_print(o,
                      json_put(o, "seconds", json_real((float)l->seconds)) &&
                          json_put(o, "files", json_file_list(outcome)) &&
                          json_put(o, "readings", reading_list(model, l)) &&
                          (!outcome->checked || json_put(o, "check", json_check(outcome))),
                      err);
}

char *json_direct(const struct pg_model *model, const struct pg_direct *d,
                  const struct outcome *outcome, struct pg_error *err) {
    cJSON *o = json_direct_object(model, d);
    return json_print(o,
                      json_put(o, "seconds", json_real((float)d->seconds)) &&
                          json_put(o, "files", json_file_list(outcome)) &&
                          json_put(o, "parts", part_list(d)) &&
                          (!outcome->checked || json_put(o, "check", json_check(outcome))),
                      err);
}

/* ---- the model ---- */

char *json_model(const struct pg_model *model, struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    cJSON *o = json_object_of(model);
    return json_print(o,
                      json_put(o, "path", json_string(info.path)) &&
                          json_put(o, "n_layer", cJSON_CreateNumber(info.n_layer)) &&
                          json_put(o, "n_head", cJSON_CreateNumber(info.n_head)) &&
                          json_put(o, "n_embd", cJSON_CreateNumber(info.n_embd)) &&
                          json_put(o, "n_inner", cJSON_CreateNumber(info.n_inner)) &&
                          json_put(o, "n_positions", cJSON_CreateNumber(info.n_positions)) &&
                          json_put(o, "n_vocab", cJSON_CreateNumber(info.n_vocab)) &&
                          json_put(o, "parameters", json_integer(info.n_parameters)) &&
                          json_put(o, "activation", cJSON_CreateString(info.activation)) &&
                          json_put(o, "dtype", cJSON_CreateString(info.dtype)) &&
                          json_put(o, "transposed", cJSON_CreateBool(info.transposed)) &&
                          json_put(o, "tied", cJSON_CreateBool(info.tied)) &&
                          json_put(o, "tokenizer", cJSON_CreateBool(info.has_tokenizer)) &&
                          json_put(o, "files", json_integer(info.n_files)) &&
                          json_put(o, "bytes", cJSON_CreateNumber((double)info.file_bytes)) &&
                          json_put(o, "isa", cJSON_CreateString(pg_isa())) &&
                          json_put(o, "threads", cJSON_CreateNumber(pg_threads())),
                      err);
}
