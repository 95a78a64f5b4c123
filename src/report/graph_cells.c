/* graph_cells.c: see graph_cells.h. */
#include "report/graph_cells.h"

#include "base/memory.h"
#include "base/text_stream.h"
#include "report/effect.h"

#include <stdio.h>
#include <stdlib.h>

bool is_graph(const struct pg_result *r) {
    return r->sites[0] == PG_EDGES || r->sites[0] == PG_PATHS;
}

bool need_edges(const struct pg_result *r, struct pg_error *err) {
    return r->sites[0] == PG_EDGES ||
           fail(err, "a graph is of edges, which the site %s does not have",
                pg_site_name(r->sites[0]));
}

float edge_score(const struct pg_result *r, const struct pg_cell *cell) {
    return pg_shown(r, PG_SHOW_SCORE, cell->value);
}

void write_node(const struct config *c, bool reader, size_t node, char out[NODE_NAME_SIZE]) {
    const struct pg_sender sender = graph_sender(c, reader ? 0 : node);
    const struct pg_receiver receiver = graph_receiver(c, reader ? node : 0);
    if (reader)
        receiver_name(&receiver, out);
    else
        sender_name(&sender, out);
}

char *receiver_list(const struct pg_result *r, struct pg_error *err) {
    return receivers_text(r->receivers, r->n_receivers, err);
}

char *receivers_text(const struct pg_receiver *receivers, size_t n, struct pg_error *err) {
    struct text_stream s;
    size_t size;
    if (!text_open(&s, err)) return NULL;
    for (size_t i = 0; i < n; i++) {
        char name[NODE_NAME_SIZE];
        receiver_name(&receivers[i], name);
        fprintf(s.out, "%s%s", i ? "," : "", name);
    }
    return text_close(&s, &size, "the list of readers", err);
}

/* The senders or the readers of the cells, or NULL if they are all that the model has. */
static bool list_nodes(const struct config *c, const struct pg_result *r, bool readers, char **out,
                       struct pg_error *err) {
    const size_t n = readers ? graph_count_receivers(c) : graph_count_senders(c);
    bool *there = allocate(n, sizeof *there, err);
    struct text_stream s;
    size_t found = 0, size;
    if (!there || !text_open(&s, err)) {
        free(there);
        return false;
    }
    for (size_t i = 0; i < r->n_cells; i++)
        there[readers ? graph_receiver_index(c, &r->cells[i].receiver)
                      : graph_sender_index(c, &r->cells[i].sender)] = true;
    for (size_t i = 0; i < n; i++) {
        char name[NODE_NAME_SIZE];
        if (!there[i]) continue;
        write_node(c, readers, i, name);
        fprintf(s.out, "%s%s", found++ ? "," : "", name);
    }
    free(there);
    if (!(*out = text_close(&s, &size, "the list of nodes", err))) return false;
    if (found < n) return true;
    free(*out);
    *out = NULL;
    return true;
}

bool node_lists(const struct pg_model *model, const struct pg_result *r, char **senders,
                char **readers, struct pg_error *err) {
    *senders = *readers = NULL;
    if (r->sites[0] == PG_PATHS && !(*readers = receiver_list(r, err))) return false;
    return list_nodes(&model->config, r, false, senders, err) &&
           (*readers || list_nodes(&model->config, r, true, readers, err));
}

struct edge_name edge_name(const struct pg_cell *cell) {
    struct edge_name name;
    char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
    sender_name(&cell->sender, sender);
    receiver_name(&cell->receiver, receiver);
    if (cell->site == PG_EDGES)
        snprintf(name.text, sizeof name.text, "%s->%s", sender, receiver);
    else
        snprintf(name.text, sizeof name.text, "%s", sender);
    return name;
}
