/* path_split.c: see path_split.h. */
#include "report/path_split.h"

#include "base/csv.h"
#include "base/text_stream.h"
#include "report/effect.h"
#include "report/graph_cells.h"

#include <stdlib.h>
#include <string.h>

enum { DECIMALS = 4, N_STRONGEST = 20 };

static const char *const names[N_SPLIT_COLUMNS] = {
    "sender", "receiver", "total", "via_mlps", "via_attention", "direct", "interaction"};
static const enum column_kind kinds[N_SPLIT_COLUMNS] = {
    [SPLIT_SENDER] = COLUMN_KEY,           [SPLIT_RECEIVER] = COLUMN_KEY,
    [SPLIT_TOTAL] = COLUMN_NUMBER,         [SPLIT_VIA_MLPS] = COLUMN_NUMBER,
    [SPLIT_VIA_ATTENTION] = COLUMN_NUMBER, [SPLIT_DIRECT] = COLUMN_NUMBER,
    [SPLIT_INTERACTION] = COLUMN_DERIVED};
const struct csv_columns path_split_columns = {names, kinds, N_SPLIT_COLUMNS};

static double metric(const struct mediation *m, enum mediation_part part, size_t cell) {
    return (double)m->parts[part]->cells[cell].value;
}

float path_split_number(const struct mediation *m, size_t cell, int column) {
    if (column != SPLIT_INTERACTION) {
        const struct pg_result *part = m->parts[column - SPLIT_TOTAL];
        return part->cells[cell].value - base_metric(part) + 0.0f; /* + 0: never -0 */
    }
    return (float)(metric(m, MEDIATION_TOTAL, cell) - metric(m, MEDIATION_MLPS, cell) -
                   metric(m, MEDIATION_ATTENTION, cell) + metric(m, MEDIATION_DIRECT, cell));
}

char *path_split_csv(const struct mediation *m, size_t *size, struct pg_error *err) {
    const struct pg_result *total = m->parts[MEDIATION_TOTAL];
    struct text_stream s;
    char *receivers = receiver_list(total, err);
    if (!receivers || !text_open(&s, err)) {
        free(receivers);
        return NULL;
    }
    csv_write(s.out, names, N_SPLIT_COLUMNS);
    for (size_t i = 0; i < total->n_cells; i++) {
        char sender[NODE_NAME_SIZE], numbers[N_SPLIT_COLUMNS][NUMBER_SIZE];
        const char *fields[N_SPLIT_COLUMNS] = {sender, receivers};
        sender_name(&total->cells[i].sender, sender);
        for (int k = SPLIT_TOTAL; k < N_SPLIT_COLUMNS; k++) {
            number_format(path_split_number(m, i, k), numbers[k]);
            fields[k] = numbers[k];
        }
        csv_write(s.out, fields, N_SPLIT_COLUMNS);
    }
    free(receivers);
    return text_close(&s, size, "the CSV", err);
}

/* ---- for people ---- */

struct strongest {
    const struct mediation *mediation;
    size_t indices[N_STRONGEST];
};

static void write_split_cell(const struct table *table, size_t row, int column,
                             char out[CELL_SIZE]) {
    const struct strongest *s = table->context;
    const size_t cell = s->indices[row];
    if (column == 0)
        strcpy(out, edge_name(&s->mediation->parts[MEDIATION_TOTAL]->cells[cell]).text);
    else
        number_plain(path_split_number(s->mediation, cell, SPLIT_TOTAL + column - 1), DECIMALS,
                     out);
}

void write_path_split(FILE *out, const struct mediation *m, enum table_form form) {
    struct strongest s = {.mediation = m};
    const struct table t = {.caption = "strongest senders, by how far they change the metric",
                            .columns = {{"sender", false},
                                        {"total", true},
                                        {"via MLPs", true},
                                        {"via attention", true},
                                        {"direct", true},
                                        {"interaction", true}},
                            .n_columns = 1 + N_SPLIT_COLUMNS - SPLIT_TOTAL,
                            .n_rows =
                                largest_effects(m->parts[MEDIATION_TOTAL], s.indices, N_STRONGEST),
                            .write_cell = write_split_cell,
                            .context = &s};
    if (!t.n_rows) return;
    fputc('\n', out);
    table_write(out, &t, form);
    fputc('\n', out);
}
