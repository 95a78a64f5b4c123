/* edge_scores.c: see edge_scores.h. */
#include "circuit/edge_scores.h"

#include "base/csv.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "circuit/edge_set.h"
#include "patch/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- collecting ---- */

/* What was read: which edges, and the score of each at its flag's place. */
struct collection {
    const struct pg_model *model;
    const char *name; /* of the file */
    struct edge_set set;
    float *scores;
};

static bool collection_init(struct collection *c, const struct pg_model *model, const char *name,
                            struct pg_error *err) {
    *c = (struct collection){.model = model, .name = name};
    if (!edge_set_init(&c->set, &model->config, err)) return false;
    c->scores = allocate(c->set.n_senders, c->set.n_receivers * sizeof *c->scores, err);
    return c->scores;
}

static void collection_free(struct collection *c) {
    edge_set_free(&c->set);
    free(c->scores);
}

/* Adds an edge by the names of its ends. err does not name the file. */
static bool collect(struct collection *c, const char *sender, const char *receiver, float score,
                    struct pg_error *err) {
    const struct config *config = &c->model->config;
    struct pg_edge edge;
    if (!sender_parse(sender, &edge.sender))
        return fail(err, "\"%.100s\" is not a component, expected one such as embed, L0H1 or mlp0",
                    sender);
    if (!receiver_parse(receiver, &edge.receiver))
        return fail(err, "\"%.100s\" is not a reader, expected one such as L1H0.q, mlp0 or logits",
                    receiver);
    if (!edge_set_put(&c->set, c->model, &edge, err)) return false;
    c->scores[graph_receiver_index(config, &edge.receiver) * c->set.n_senders +
              graph_sender_index(config, &edge.sender)] = score;
    return true;
}

/* The edges in the order of the graph. */
static bool list_edges(const struct collection *c, struct edge_scores *out, struct pg_error *err) {
    if (!c->set.count) return fail(err, "%s has no edges", c->name);
    out->edges = allocate(c->set.count, sizeof *out->edges, err);
    if (!out->edges) return false;
    for (size_t i = 0; i < c->set.n_receivers; i++)
        for (size_t j = 0; j < c->set.n_senders; j++)
            if (edge_set_into(&c->set, i)[j])
                out->edges[out->count++] =
                    (struct ranked_edge){i, j, c->scores[i * c->set.n_senders + j]};
    return true;
}

/* ---- CSV ---- */

enum { SENDER, RECEIVER, SCORE, N_NEEDED };
static const char *const needed[N_NEEDED] = {"sender", "receiver", "score"};

/* Reads the header: which of its n columns are those that are needed. */
static bool read_header(struct csv_reader *reader, int *n, int columns[N_NEEDED],
                        struct pg_error *err) {
    const char *fields[CSV_MAX_COLUMNS];
    *n = csv_count_fields(reader);
    if (*n > CSV_MAX_COLUMNS)
        return fail(err, "%s: line 1 has %d columns, expected at most %d", reader->name, *n,
                    CSV_MAX_COLUMNS);
    if (!csv_read(reader, fields, *n, err)) return false;
    for (int i = 0; i < N_NEEDED; i++) {
        columns[i] = -1;
        for (int k = 0; k < *n; k++) {
            if (strcmp(fields[k], needed[i]) != 0) continue;
            if (columns[i] >= 0)
                return fail(err, "%s: line 1 has the column %s twice", reader->name, needed[i]);
            columns[i] = k;
        }
        if (columns[i] < 0)
            return fail(err,
                        "%s: line 1: there is no column %s, expected a table of edges with "
                        "sender, receiver and score, or a graph in JSON",
                        reader->name, needed[i]);
    }
    return true;
}

static bool read_csv(struct collection *c, char *text, size_t size, struct pg_error *err) {
    struct csv_reader reader;
    struct pg_error why;
    int n, columns[N_NEEDED];
    if (!csv_open(&reader, c->name, text, size, err) || !read_header(&reader, &n, columns, err))
        return false;
    while (!csv_at_end(&reader)) {
        const char *fields[CSV_MAX_COLUMNS];
        const size_t line = reader.line;
        float score;
        if (!csv_read(&reader, fields, n, err)) return false;
        const char *text_of_score = fields[columns[SCORE]];
        if (!number_parse(text_of_score, &score) || !isfinite(score))
            return fail(err, "%s: line %zu: score is \"%.100s\", which is not a finite number",
                        c->name, line, text_of_score);
        if (!collect(c, fields[columns[SENDER]], fields[columns[RECEIVER]], score, &why))
            return fail(err, "%s: line %zu: %s", c->name, line, why.text);
    }
    return true;
}

/* ---- JSON ---- */

/* Whether the graph is of a model of this shape, where it says of which. */
static bool check_shape(const struct collection *c, const cJSON *graph, struct pg_error *err) {
    const struct config *config = &c->model->config;
    const struct {
        const char *name;
        int expected;
    } numbers[] = {
        {"n_layers", config->n_layer}, {"n_heads", config->n_head}, {"d_model", config->n_embd}};
    const cJSON *cfg = json_field(graph, "cfg");
    if (json_is_absent(cfg)) return true;
    if (!cJSON_IsObject(cfg))
        return fail(err, "%s: \"cfg\" is %s, expected an object", c->name, json_describe(cfg).text);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const cJSON *item = json_field(cfg, numbers[i].name);
        size_t found;
        if (json_is_absent(item)) continue;
        if (!json_size(item, &found) || found != (size_t)numbers[i].expected)
            return fail(err, "%s: \"cfg\": \"%s\" is %s, but model %s has %d", c->name,
                        numbers[i].name, json_describe(item).text, c->model->name,
                        numbers[i].expected);
    }
    return true;
}

/* Adds the edge "sender->receiver". err does not name the file. */
static bool read_edge(struct collection *c, const cJSON *edge, struct pg_error *err) {
    char sender[NODE_NAME_SIZE];
    const char *arrow = strstr(edge->string, "->");
    const size_t length = arrow ? (size_t)(arrow - edge->string) : 0;
    if (!arrow || length >= sizeof sender)
        return fail(err, "the name is not that of an edge, such as a0.h0->a1.h3<q>");
    memcpy(sender, edge->string, length);
    sender[length] = '\0';
    const cJSON *item = json_field(edge, "score");
    const float score = cJSON_IsNumber(item) ? (float)item->valuedouble : NAN;
    if (!isfinite(score))
        return fail(err, "its \"score\" is %s, expected a float32 number",
                    json_describe(item).text);
    return collect(c, sender, arrow + 2, score, err);
}

static bool read_graph(struct collection *c, const char *text, size_t size, struct pg_error *err) {
    struct pg_error why;
    cJSON *graph = json_parse_object(text, size, c->name, err);
    if (!graph) return false;
    const cJSON *edges = json_field(graph, "edges"), *edge;
    bool done = check_shape(c, graph, err);
    if (done && !cJSON_IsObject(edges))
        done = fail(err, "%s: \"edges\" is %s, expected an object", c->name,
                    json_describe(edges).text);
    cJSON_ArrayForEach(edge, edges) {
        if (done && !read_edge(c, edge, &why))
            done = fail(err, "%s: \"edges\": \"%.100s\": %s", c->name, edge->string, why.text);
        if (!done) break;
    }
    cJSON_Delete(graph);
    return done;
}

/* ---- both ---- */

bool edge_scores_read(const struct pg_model *model, const char *path, struct edge_scores *out,
                      struct pg_error *err) {
    struct collection c = {0};
    size_t size;
    *out = (struct edge_scores){0};
    char *text = text_read(path, CSV_MAX_SIZE, &size, err);
    bool done =
        text && collection_init(&c, model, strcmp(path, "-") ? path : "standard input", err);
    if (done)
        done = text[strspn(text, " \t\r\n")] == '{' ? read_graph(&c, text, size, err)
                                                    : read_csv(&c, text, size, err);
    done = done && list_edges(&c, out, err);
    collection_free(&c);
    free(text);
    return done;
}

void edge_scores_free(struct edge_scores *scores) {
    free(scores->edges);
    *scores = (struct edge_scores){0};
}

static int compare_places(const struct ranked_edge *a, const struct ranked_edge *b) {
    if (a->receiver != b->receiver) return a->receiver < b->receiver ? -1 : 1;
    return a->sender < b->sender ? -1 : a->sender > b->sender;
}

static int compare_scores(const void *left, const void *right) {
    const struct ranked_edge *a = left, *b = right;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return compare_places(a, b);
}

static int compare_sizes(const void *left, const void *right) {
    const struct ranked_edge *a = left, *b = right;
    const float x = fabsf(a->score), y = fabsf(b->score);
    if (x != y) return x > y ? -1 : 1;
    return compare_places(a, b);
}

void edge_scores_rank(struct edge_scores *scores, bool by_sign) {
    qsort(scores->edges, scores->count, sizeof *scores->edges,
          by_sign ? compare_scores : compare_sizes);
}
