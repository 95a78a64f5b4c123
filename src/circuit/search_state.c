/* search_state.c: see search_state.h. */
#include "circuit/search_state.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text_stream.h"
#include "circuit/edge_scores.h"
#include "patch/graph.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ---- */

static void write_edges(FILE *out, const struct edge_set *set, const struct config *c) {
    const char *separator = "";
    for (size_t i = 0; i < set->n_receivers; i++)
        for (size_t j = 0; j < set->n_senders; j++) {
            if (!edge_set_into(set, i)[j]) continue;
            char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
            const struct pg_sender s = graph_sender(c, j);
            const struct pg_receiver r = graph_receiver(c, i);
            sender_name(&s, sender);
            receiver_name(&r, receiver);
            fprintf(out, "%s\n\"%s->%s\": {\"score\": 1.0, \"in_graph\": true}", separator, sender,
                    receiver);
            separator = ",";
        }
}

bool search_save(const struct search *s, uint32_t checksum, const char *path,
                 struct pg_error *err) {
    struct text_stream stream;
    size_t size;
    if (!text_open(&stream, err)) return false;
    const struct config *c = &s->base->model->config;
    fprintf(stream.out,
            "{\"search\": {\"checksum\": \"%08" PRIx32
            "\", \"next\": %zu, \"runs\": %zu, \"removed\": %s, \"value\": %.9g},\n"
            "\"cfg\": {\"n_layers\": %d, \"n_heads\": %d, \"parallel_attn_mlp\": false, "
            "\"d_model\": %d},\n\"edges\": {",
            checksum, s->next, s->n_runs, s->last_removed ? "true" : "false", (double)s->value,
            c->n_layer, c->n_head, c->n_embd);
    write_edges(stream.out, &s->circuit, c);
    fputs("}}\n", stream.out);
    char *text = text_close(&stream, &size, "the state of the search", err);
    const bool done = text && file_replace(path, text, size, err);
    free(text);
    return done;
}

/* ---- reading ---- */

enum { STATE_LIMIT = 64 << 20 };

/* How far the search is. */
static bool read_search(struct search *s, uint32_t checksum, const cJSON *file, const char *path,
                        struct pg_error *err) {
    const cJSON *search = json_field(file, "search");
    const char *found = json_field_string(search, "checksum");
    const cJSON *removed = json_field(search, "removed"), *value = json_field(search, "value");
    char expected[16];
    snprintf(expected, sizeof expected, "%08" PRIx32, checksum);
    if (!found || !json_size(json_field(search, "next"), &s->next) ||
        !json_size(json_field(search, "runs"), &s->n_runs) || !cJSON_IsBool(removed) ||
        !cJSON_IsNumber(value))
        return fail(err, "%s is not the state of a search; give --state another name", path);
    if (strcmp(found, expected) != 0)
        return fail(err,
                    "%s is the state of another search, of another model, text, metric or "
                    "--max-loss; give --state another name",
                    path);
    s->last_removed = cJSON_IsTrue(removed);
    s->value = (float)value->valuedouble;
    return true;
}

/* The edges that are left; a circuit without edges has no list of scores. */
static bool read_circuit(struct search *s, const cJSON *file, const char *path,
                         struct pg_error *err) {
    struct edge_scores scores;
    edge_set_clear(&s->circuit);
    const cJSON *edges = json_field(file, "edges");
    if (cJSON_IsObject(edges) && !edges->child) return true;
    const bool done = edge_scores_read(s->base->model, path, &scores, err);
    for (size_t i = 0; done && i < scores.count; i++)
        edge_set_add(&s->circuit, scores.edges[i].receiver, scores.edges[i].sender);
    edge_scores_free(&scores);
    return done;
}

bool search_load(struct search *s, uint32_t checksum, const char *path, struct pg_error *err) {
    if (access(path, F_OK) != 0 && errno == ENOENT) return true;
    cJSON *file = json_read_object(path, STATE_LIMIT, err);
    const bool done =
        file && read_search(s, checksum, file, path, err) && read_circuit(s, file, path, err);
    cJSON_Delete(file);
    return done;
}
