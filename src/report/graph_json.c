/* graph_json.c: graph_json of graph_file.h, and pg_write_graph: the names, keys, types and the
 * order of what Graph.to_json of EAP-IG writes, and meta after it, which Graph.from_json passes
 * over. */
#include "report/graph_file.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text_stream.h"
#include "patch/graph.h"
#include "report/graph_cells.h"
#include "report/npz_meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is written, and where. */
struct writer {
    FILE *out;
    const struct config *config;
    const struct graph_edge **edges; /* senders x readers: each edge, or NULL */
    const char *separator;           /* before the next edge */
};

/* input, a0.h0, m0 */
static void write_component(FILE *out, const struct pg_sender *s) {
    if (s->component == PG_EMBED)
        fputs("input", out);
    else if (s->component == PG_HEAD)
        fprintf(out, "a%d.h%d", s->layer, s->head);
    else
        fprintf(out, "m%d", s->layer);
}

/* a0.h0<q>, m0, logits */
static void write_reader(FILE *out, const struct pg_receiver *r) {
    if (r->reader == PG_READER_LOGITS)
        fputs("logits", out);
    else if (r->reader == PG_READER_MLP)
        fprintf(out, "m%d", r->layer);
    else
        fprintf(out, "a%d.h%d<%c>", r->layer, r->head, "qkv"[r->reader]);
}

/* Writes a number as Python's json does, which also reads it: never without a point or an
 * exponent. */
static void write_number(FILE *out, float value) {
    char number[NUMBER_SIZE];
    if (!isfinite(value)) {
        fputs(isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity", out);
        return;
    }
    number_format(value, number);
    fprintf(out, "%s%s", number, strpbrk(number, ".e") ? "" : ".0");
}

/* Writes an edge, if it is among those that are written. */
static void write_edge(struct writer *w, const struct pg_sender *sender, size_t receiver) {
    const size_t at = graph_sender_index(w->config, sender) * graph_count_receivers(w->config);
    const struct graph_edge *edge = w->edges[at + receiver];
    if (!edge) return;
    fprintf(w->out, "%s\"", w->separator);
    write_component(w->out, sender);
    fputs("->", w->out);
    write_reader(w->out, &edge->receiver);
    fputs("\": {\"score\": ", w->out);
    write_number(w->out, edge->score);
    fputs(", \"in_graph\": false}", w->out);
    w->separator = ", ";
}

/* Writes the edges of a block: of each sender before it to each head's q, k and v; then of each
 * sender before its MLP to that. Block n_layer is the logits. */
static void write_block(struct writer *w, int layer) {
    const struct config *c = w->config;
    for (size_t i = 0; layer < c->n_layer && i < graph_count_senders(c); i++) {
        const struct pg_sender sender = graph_sender(c, i);
        for (int k = 0; k < 3 * c->n_head; k++) {
            const struct pg_receiver reader = {(enum pg_reader)(k % 3), layer, k / 3};
            write_edge(w, &sender, graph_receiver_index(c, &reader));
        }
    }
    for (size_t i = 0; i < graph_count_senders(c); i++) {
        const struct pg_sender sender = graph_sender(c, i);
        const bool is_last = layer == c->n_layer;
        const struct pg_receiver reader = {is_last ? PG_READER_LOGITS : PG_READER_MLP,
                                           is_last ? -1 : layer, -1};
        write_edge(w, &sender, graph_receiver_index(c, &reader));
    }
}

static void write_graph(struct writer *w, const char *meta) {
    const struct config *c = w->config;
    fprintf(w->out,
            "{\"cfg\": {\"n_layers\": %d, \"n_heads\": %d, \"parallel_attn_mlp\": false, "
            "\"d_model\": %d}, \"nodes\": {",
            c->n_layer, c->n_head, c->n_embd);
    for (size_t i = 0; i < graph_count_senders(c); i++) {
        const struct pg_sender sender = graph_sender(c, i);
        fputc('"', w->out);
        write_component(w->out, &sender);
        fputs("\": {\"in_graph\": false}, ", w->out);
    }
    fputs("\"logits\": {\"in_graph\": true}}, \"edges\": {", w->out);
    w->separator = "";
    for (int layer = 0; layer <= c->n_layer; layer++) write_block(w, layer);
    fprintf(w->out, "}, \"meta\": %s}\n", meta);
}

/* The experiment as one line of JSON. */
static char *meta_text(const struct pg_model *model, const struct pg_result *result,
                       struct pg_error *err) {
    return graph_meta(meta_of_experiment(model, result), err);
}

char *graph_meta(cJSON *meta, struct pg_error *err) {
    const bool whole = meta && cJSON_AddStringToObject(meta, "program", "patchgpt") &&
                       cJSON_AddStringToObject(meta, "version", PG_VERSION);
    char *text = whole ? cJSON_PrintUnformatted(meta) : NULL;
    cJSON_Delete(meta);
    if (!text) fail(err, "out of memory writing JSON");
    return text;
}

char *graph_json_of(const struct config *c, const struct graph_edge *edges, size_t n,
                    const char *meta, size_t *size, struct pg_error *err) {
    const size_t n_readers = graph_count_receivers(c);
    struct text_stream s;
    struct writer w = {NULL, c, allocate(graph_count_senders(c) * n_readers, sizeof *w.edges, err),
                       ""};
    char *text = NULL;
    for (size_t i = 0; w.edges && i < n; i++)
        w.edges[graph_sender_index(c, &edges[i].sender) * n_readers +
                graph_receiver_index(c, &edges[i].receiver)] = &edges[i];
    if (w.edges && text_open(&s, err)) {
        w.out = s.out;
        write_graph(&w, meta);
        text = text_close(&s, size, "the graph", err);
    }
    free(w.edges);
    return text;
}

char *graph_json(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err) {
    if (!need_edges(result, err)) return NULL;
    struct graph_edge *edges = allocate(result->n_cells, sizeof *edges, err);
    char *meta = edges ? meta_text(model, result, err) : NULL, *text = NULL;
    for (size_t i = 0; edges && i < result->n_cells; i++) {
        const struct pg_cell *cell = &result->cells[i];
        edges[i] = (struct graph_edge){cell->sender, cell->receiver, edge_score(result, cell)};
    }
    if (meta) text = graph_json_of(&model->config, edges, result->n_cells, meta, size, err);
    free(meta);
    free(edges);
    return text;
}

bool pg_write_graph(const struct pg_model *model, const struct pg_result *result, const char *path,
                    struct pg_error *err) {
    size_t size;
    char *text = graph_json(model, result, &size, err);
    const bool done = text && file_replace(path, text, size, err);
    free(text);
    return done;
}
