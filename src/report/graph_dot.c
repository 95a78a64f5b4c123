/* graph_dot.c: graph_dot of graph_file.h, and pg_write_dot: the strongest edges as a drawing from
 * the embeddings at the bottom to the logits at the top. Edges into the queries, keys and values of
 * a head lead to the head, and have their letter. */
#include "report/graph_file.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text_stream.h"
#include "patch/graph.h"
#include "report/effect.h"
#include "report/graph_cells.h"
#include "report/metric_text.h"

#include <math.h>
#include <stdlib.h>

/* What is drawn. */
struct drawing {
    FILE *out;
    const struct config *config;
    const struct pg_result *result;
    size_t n, edges[DOT_EDGES]; /* indices of cells, the strongest first */
    bool *drawn;                /* of each sender, and of the logits after them: whether it is */
};

/* The node that an edge leads to: its reader's component, or the logits. */
static size_t target_of(const struct config *c, const struct pg_receiver *r) {
    const struct pg_sender to = {r->reader == PG_READER_MLP ? PG_MLP : PG_HEAD, r->layer, r->head};
    return r->reader == PG_READER_LOGITS ? graph_count_senders(c) : graph_sender_index(c, &to);
}

static void write_text(FILE *out, const char *text) {
    for (; *text; text++) fprintf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
}

static void write_name(const struct drawing *d, size_t node) {
    char name[NODE_NAME_SIZE] = "logits";
    if (node < graph_count_senders(d->config)) write_node(d->config, false, node, name);
    fprintf(d->out, "\"%s\"", name);
}

static void write_head(const struct drawing *d, const struct pg_model *model) {
    const struct question q = question_of_result(d->result);
    fputs("digraph edges {\n    label=\"", d->out);
    write_text(d->out, pg_model_info(model).name);
    fprintf(d->out, ": the %zu strongest of %zu edges; blue ones help ", d->n, d->result->n_cells);
    write_text(d->out, question_formula(model, &q, "-").text);
    fputs(", red ones work against it\";\n"
          "    rankdir=BT; node [shape=box, fontname=\"sans-serif\"];\n"
          "    edge [fontname=\"sans-serif\", fontsize=10]; fontname=\"sans-serif\";\n",
          d->out);
}

/* Writes a rank, nodes side by side from first to before end, and an edge that is not seen to it
 * from the rank below. Returns its first node that is drawn, or below if none is. */
static size_t write_rank(const struct drawing *d, size_t first, size_t end, size_t below) {
    size_t shown = end;
    for (size_t i = end; i-- > first;)
        if (d->drawn[i]) shown = i;
    if (shown == end) return below;
    if (shown != below) {
        fputs("    ", d->out);
        write_name(d, below);
        fputs(" -> ", d->out);
        write_name(d, shown);
        fputs(" [style=invis];\n", d->out);
    }
    fputs("    {rank=same;", d->out);
    for (size_t i = shown; i < end; i++) {
        if (!d->drawn[i]) continue;
        fputc(' ', d->out);
        write_name(d, i);
        fputc(';', d->out);
    }
    fputs("}\n", d->out);
    return shown;
}

/* Writes the nodes by rank: embed, the heads of a layer, its MLP, ..., the logits. */
static void write_nodes(const struct drawing *d) {
    const size_t n = graph_count_senders(d->config), heads = (size_t)d->config->n_head;
    size_t below = 0;
    while (below < n && !d->drawn[below]) below++;
    below = write_rank(d, 0, 1, below);
    for (size_t i = 1; i < n; i += heads + 1) {
        below = write_rank(d, i, i + heads, below);
        below = write_rank(d, i + heads, i + heads + 1, below);
    }
    write_rank(d, n, n + 1, below);
}

static void write_edges(const struct drawing *d) {
    const struct pg_result *r = d->result;
    const float largest = d->n ? fabsf(edge_score(r, &r->cells[d->edges[0]])) : 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct pg_cell *cell = &r->cells[d->edges[i]];
        const float score = edge_score(r, cell);
        const enum pg_reader reader = cell->receiver.reader;
        char number[NUMBER_SIZE];
        number_plain(score, 2, number);
        fputs("    ", d->out);
        write_name(d, graph_sender_index(d->config, &cell->sender));
        fputs(" -> ", d->out);
        write_name(d, target_of(d->config, &cell->receiver));
        fprintf(d->out, " [label=\"%.*s%s%s\", color=\"%s\", penwidth=%.2f];\n",
                reader <= PG_READER_V, &"qkv"[reader <= PG_READER_V ? reader : 0],
                reader <= PG_READER_V ? " " : "", number, score < 0 ? "#b2182b" : "#2166ac",
                largest > 0 ? 0.5 + 4.5 * (double)(fabsf(score) / largest) : 0.5);
    }
}

static void write_drawing(struct drawing *d, const struct pg_model *model) {
    for (size_t i = 0; i < d->n; i++) {
        const struct pg_cell *cell = &d->result->cells[d->edges[i]];
        d->drawn[graph_sender_index(d->config, &cell->sender)] = true;
        d->drawn[target_of(d->config, &cell->receiver)] = true;
    }
    write_head(d, model);
    write_nodes(d);
    write_edges(d);
    fputs("}\n", d->out);
}

char *graph_dot(const struct pg_model *model, const struct pg_result *result, size_t *size,
                struct pg_error *err) {
    struct drawing d = {.config = &model->config, .result = result};
    struct text_stream s;
    char *text = NULL;
    if (!need_edges(result, err)) return NULL;
    d.n = largest_effects(result, d.edges, DOT_EDGES);
    d.drawn = allocate(graph_count_senders(d.config) + 1, sizeof *d.drawn, err);
    if (d.drawn && text_open(&s, err)) {
        d.out = s.out;
        write_drawing(&d, model);
        text = text_close(&s, size, "the drawing", err);
    }
    free(d.drawn);
    return text;
}

bool pg_write_dot(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err) {
    size_t size;
    char *text = graph_dot(model, result, &size, err);
    const bool done = text && file_replace(path, text, size, err);
    free(text);
    return done;
}
