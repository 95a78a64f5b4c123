/* graph_map.c: see graph_map.h. */
#include "report/graph_map.h"

#include "base/memory.h"
#include "patch/graph.h"
#include "report/graph_cells.h"
#include "report/graph_text.h"
#include "report/intervention.h"
#include "report/result_map.h"
#include "report/show.h"

#include <stdlib.h>

/* What is drawn, and as what. */
struct figure {
    const struct config *config;
    const struct pg_result *result;
    enum pg_show show;
    struct board *board;
};

static float number_of(const struct figure *f, const struct pg_cell *cell) {
    return pg_shown(f->result, f->show, cell->value);
}

/* ---- the nodes along an axis ---- */

/* The senders or the readers that have edges. */
struct nodes {
    size_t n_all, n;
    int *places; /* n_all: the row or column of each, or -1 */
};

static size_t node_of(const struct figure *f, const struct pg_cell *cell, bool readers) {
    return readers ? graph_receiver_index(f->config, &cell->receiver)
                   : graph_sender_index(f->config, &cell->sender);
}

/* Free out->places, also after failure. */
static bool find_nodes(const struct figure *f, bool readers, struct nodes *out,
                       struct pg_error *err) {
    const struct pg_result *r = f->result;
    const size_t n = readers ? graph_count_receivers(f->config) : graph_count_senders(f->config);
    *out = (struct nodes){n, 0, allocate(n, sizeof *out->places, err)};
    if (!out->places) return false;
    for (size_t i = 0; i < n; i++) out->places[i] = -1;
    for (size_t i = 0; i < r->n_cells; i++) out->places[node_of(f, &r->cells[i], readers)] = 0;
    for (size_t i = 0; i < n; i++)
        if (out->places[i] == 0) out->places[i] = (int)out->n++;
    return true;
}

/* The layer of a sender or reader; -1 for the embeddings and the logits. */
static int layer_of(const struct figure *f, bool readers, size_t node) {
    return readers ? graph_receiver(f->config, node).layer : graph_sender(f->config, node).layer;
}

/* Labels rows or columns, and parts them into a band for each layer. */
static bool label_nodes(const struct figure *f, bool readers, const struct nodes *nodes,
                        char **labels, struct board_bands *bands, struct pg_error *err) {
    int before = -2;
    char name[NODE_NAME_SIZE];
    if (!board_bands_open(bands, nodes->n, err)) return false;
    for (size_t i = 0; i < nodes->n_all; i++) {
        const int at = nodes->places[i], layer = layer_of(f, readers, i);
        if (at < 0) continue;
        write_node(f->config, readers, i, name);
        if (!(labels[at] = copy_string(name, err))) return false;
        if (layer == before) continue;
        before = layer;
        char *label = layer >= 0 ? format_string(err, "%d", layer)
                                 : copy_string(readers ? "logits" : "embed", err);
        if (!board_bands_add(bands, at, label)) return false;
    }
    return true;
}

/* Parts the readers of each layer into queries, keys, values and the rest. */
static bool label_parts(const struct figure *f, const struct nodes *readers,
                        struct board_bands *parts, struct pg_error *err) {
    static const char *const names[] = {"q", "k", "v", "", ""};
    int layer = -2, reader = -1;
    if (!board_bands_open(parts, readers->n, err)) return false;
    for (size_t i = 0; i < readers->n_all; i++) {
        const struct pg_receiver r = graph_receiver(f->config, i);
        if (readers->places[i] < 0 || (r.layer == layer && (int)r.reader == reader)) continue;
        layer = r.layer;
        reader = (int)r.reader;
        if (!board_bands_add(parts, readers->places[i], copy_string(names[r.reader], err)))
            return false;
    }
    return true;
}

/* ---- edges ---- */

static bool fill_matrix(const struct figure *f, const struct nodes *senders,
                        const struct nodes *readers, struct pg_error *err) {
    const struct pg_result *r = f->result;
    struct board *b = f->board;
    if (!board_add(b, (int)senders->n, 1, (int)readers->n, err)) return false;
    struct board_memory *m = &b->memory[0];
    struct heatmap_panel *p = &b->panels[0];
    board_clear(b, 0);
    for (size_t i = 0; i < r->n_cells; i++) {
        const int row = senders->places[node_of(f, &r->cells[i], false)];
        const int column = readers->places[node_of(f, &r->cells[i], true)];
        m->values[(size_t)row * readers->n + (size_t)column] = number_of(f, &r->cells[i]);
    }
    p->row_title = "sender, by layer";
    p->column_title = "reader, by layer";
    p->column_numbers = NULL;
    p->row_bands = &m->row_bands.bands;
    p->column_bands = &m->column_bands.bands;
    p->column_parts = &m->column_parts.bands;
    return label_nodes(f, false, senders, m->row_labels, &m->row_bands, err) &&
           label_nodes(f, true, readers, m->column_labels, &m->column_bands, err) &&
           label_parts(f, readers, &m->column_parts, err);
}

static bool fill_edges(const struct figure *f, struct pg_error *err) {
    struct nodes senders = {0}, readers = {0};
    const bool done = find_nodes(f, false, &senders, err) && find_nodes(f, true, &readers, err) &&
                      fill_matrix(f, &senders, &readers, err);
    free(senders.places);
    free(readers.places);
    return done;
}

/* ---- paths ---- */

static bool fill_paths(const struct figure *f, struct pg_error *err) {
    const struct pg_result *r = f->result;
    const int n_heads = f->config->n_head;
    struct board *b = f->board;
    if (!board_add_components(b, f->config->n_layer, n_heads, true, err)) return false;
    for (size_t i = 0; i < r->n_cells; i++) {
        const struct pg_sender *s = &r->cells[i].sender;
        b->memory[0].values[board_component(b->panels[0].n_columns, n_heads, s->component, s->layer,
                                            s->head)] = number_of(f, &r->cells[i]);
    }
    return true;
}

/* ---- the whole ---- */

static bool title(const struct figure *f, const struct token_names *names, struct pg_error *err) {
    struct board *b = f->board;
    const struct picture_words words = result_words(f->result, names, f->show);
    const struct intervention i = intervention_of(f->result);
    b->map.title = b->title = copy_string(words.title, err);
    b->map.value_title = b->value_title = copy_string(words.bar, err);
    b->map.subtitles[0] = b->subtitles[0] =
        copy_string(intervention_title(&i, graph_words(f->result).text).text, err);
    b->map.subtitles[1] = b->subtitles[1] = result_runs(f->result, f->show, &b->map, err);
    return b->title && b->value_title && b->subtitles[0] && b->subtitles[1];
}

bool graph_map_make(const struct pg_model *model, const struct pg_result *result,
                    const struct token_names *names, const struct pg_picture *picture,
                    struct board *out, struct pg_error *err) {
    const struct figure f = {&model->config, result, picture->show, out};
    const struct pg_picture limits = show_limits(result, picture);
    return board_open(out, 1, &limits, err) && show_check(result, picture->show, err) &&
           (result->sites[0] == PG_EDGES ? fill_edges(&f, err) : fill_paths(&f, err)) &&
           title(&f, names, err);
}
