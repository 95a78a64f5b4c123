/* graph_text.c: see graph_text.h. */
#include "report/graph_text.h"

#include "base/number.h"
#include "report/effect.h"
#include "report/graph_cells.h"

#include <math.h>
#include <string.h>

enum { DECIMALS = 4, N_STRONGEST = 20 };

struct strongest {
    const struct pg_result *result;
    size_t indices[N_STRONGEST];
};

/* The last column of edges is their score, that of paths the change. */
enum { NAME, VALUE, RECOVERED, LAST, N_COLUMNS };

static void write_graph_cell(const struct table *table, size_t row, int column,
                             char out[CELL_SIZE]) {
    const struct strongest *s = table->context;
    const struct pg_result *r = s->result;
    const struct pg_cell *cell = &r->cells[s->indices[row]];
    const float recovered = pg_recovered(cell->value, r->clean_metric, r->corrupt_metric);
    const bool edges = r->sites[0] == PG_EDGES;
    *out = '\0';
    if (column == NAME)
        strcpy(out, edge_name(cell).text);
    else if (column == VALUE)
        number_plain(cell->value, DECIMALS, out);
    else if (column == LAST)
        number_plain(edges ? edge_score(r, cell) : cell->value - base_metric(r), DECIMALS, out);
    else if (isfinite(recovered))
        number_plain(recovered, DECIMALS, out);
}

struct words graph_words(const struct pg_result *r) {
    enum { SHOWN = 4 };
    struct words w = {"edges"};
    if (r->sites[0] == PG_EDGES) return w;
    const size_t room = sizeof w.text;
    size_t used = (size_t)snprintf(w.text, room, "paths to ");
    for (size_t i = 0; i < r->n_receivers && i < SHOWN; i++) {
        char name[NODE_NAME_SIZE];
        receiver_name(&r->receivers[i], name);
        used += (size_t)snprintf(w.text + used, room - used, "%s%s", i ? "," : "", name);
    }
    if (r->n_receivers > SHOWN)
        used +=
            (size_t)snprintf(w.text + used, room - used, " and %zu more", r->n_receivers - SHOWN);
    if (r->frozen & PG_FROZEN_MLPS) snprintf(w.text + used, room - used, ", MLPs frozen");
    return w;
}

void write_graph_count(FILE *out, const struct pg_result *r) {
    if (r->sites[0] == PG_EDGES)
        fprintf(out, "%zu edge%s", r->n_cells, plural(r->n_cells));
    else
        fprintf(out, "%zu sender%s on %s", r->n_cells, plural(r->n_cells), graph_words(r).text);
}

void write_graph_effects(FILE *out, const struct pg_result *r, enum table_form form) {
    struct strongest s = {.result = r};
    const bool edges = r->sites[0] == PG_EDGES;
    const struct table t = {.caption = edges ? "strongest edges" : "strongest senders",
                            .columns = {{edges ? "edge" : "sender", false},
                                        {"value", true},
                                        {"recovered", true},
                                        {edges ? "score" : "change", true}},
                            .n_columns = N_COLUMNS,
                            .n_rows = largest_effects(r, s.indices, N_STRONGEST),
                            .write_cell = write_graph_cell,
                            .context = &s};
    if (!t.n_rows) return;
    fputc('\n', out);
    table_write(out, &t, form);
    fputc('\n', out);
}
