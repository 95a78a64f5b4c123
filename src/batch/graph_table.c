/* graph_table.c: see graph_table.h. */
#include "batch/graph_table.h"

#include "base/csv.h"
#include "base/memory.h"
#include "batch/cells.h"
#include "report/result_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct config graph_config(const struct graph_row *graph) {
    return (struct config){
        .n_layer = graph->n_layer, .n_head = graph->n_head, .n_embd = graph->n_embd};
}

bool graph_read_edge(const struct config *config, const char *name, const struct pg_sender *sender,
                     struct pg_receiver *out) {
    return receiver_parse(name, out) && graph_has_receiver(config, out) &&
           graph_has_edge(sender, out);
}

/* A table that is being read. */
struct graph_table {
    struct csv_reader csv;
    const struct summary_row *row;
    struct config config;
    size_t line;
    const char *fields[CSV_COLUMNS];
};

static bool wrong(const struct graph_table *t, int column, const char *expected,
                  struct pg_error *err) {
    return fail(err, "%s: line %zu: %s is \"%.200s\", expected %s", t->csv.name, t->line,
                csv_names[column], t->fields[column], expected);
}

static bool read_number(const struct graph_table *t, int column, float *out, struct pg_error *err) {
    return csv_read_number(&t->csv, t->line, csv_names[column], t->fields[column], out, err);
}

/* Reads which edge, or whose paths, a record is of. */
static bool read_place(const struct graph_table *t, struct edge_cell *out, struct pg_error *err) {
    struct pg_sender sender;
    struct pg_receiver receiver;
    if (!sender_parse(t->fields[CSV_SENDER], &sender) || !graph_has_sender(&t->config, &sender))
        return wrong(t, CSV_SENDER, "a component of the model", err);
    out->sender = graph_sender_index(&t->config, &sender);
    out->receiver = 0;
    if (t->row->kind == WORK_PATHS)
        return !strcmp(t->fields[CSV_RECEIVER], t->row->graph.readers) ||
               wrong(t, CSV_RECEIVER, t->row->graph.readers, err);
    if (!graph_read_edge(&t->config, t->fields[CSV_RECEIVER], &sender, &receiver))
        return wrong(t, CSV_RECEIVER, "a reader of the model that reads what the sender writes",
                     err);
    out->receiver = graph_receiver_index(&t->config, &receiver);
    return true;
}

static bool read_cell(struct graph_table *t, const struct csv_columns *columns,
                      struct edge_cell *out, struct pg_error *err) {
    t->line = t->csv.line;
    out->recovered = NAN;
    if (!csv_read_kept(&t->csv, t->fields, columns->kept, CSV_COLUMNS, err)) return false;
    return read_place(t, out, err) && read_number(t, CSV_VALUE, &out->value, err) &&
           (!*t->fields[CSV_RECOVERED] || read_number(t, CSV_RECOVERED, &out->recovered, err)) &&
           (t->row->kind == WORK_PATHS || read_number(t, CSV_SCORE, &out->score, err));
}

static size_t count_lines(const char *text) {
    size_t lines = 0;
    for (; (text = strchr(text, '\n')); text++) lines++;
    return lines;
}

bool graph_table_read(const char *path, const struct summary_row *row, struct edge_cells *out,
                      struct pg_error *err) {
    size_t size;
    struct graph_table t = {.row = row, .config = graph_config(&row->graph)};
    const struct csv_columns columns = csv_graph_columns(row->kind == WORK_EDGES);
    *out = (struct edge_cells){0};
    char *text = csv_read_file(path, row->csv_crc, &size, err);
    if (!text) return false;
    const size_t most = count_lines(text) + 1; /* records, each at least a line */
    bool done = csv_open(&t.csv, path, text, size, err) &&
                csv_read_header_kept(&t.csv, csv_names, columns.kept, CSV_COLUMNS, err) &&
                (out->items = allocate(most, sizeof *out->items, err));
    while (done && !csv_at_end(&t.csv)) done = read_cell(&t, &columns, &out->items[out->n++], err);
    free(text);
    return done;
}

void edge_cells_free(struct edge_cells *cells) {
    free(cells->items);
    *cells = (struct edge_cells){0};
}
