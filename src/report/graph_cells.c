/* graph_cells.c: see graph_cells.h. */
#include "report/graph_cells.h"

#include "base/text_stream.h"
#include "report/effect.h"

#include <stdio.h>

bool is_graph(const struct pg_result *r) {
    return r->sites[0] == PG_EDGES || r->sites[0] == PG_PATHS;
}

float edge_score(const struct pg_result *r, const struct pg_cell *cell) {
    const float change = cell->value - base_metric(r);
    return (r->noising || is_ablation(r) ? -change : change) + 0.0f; /* + 0: never -0 */
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
