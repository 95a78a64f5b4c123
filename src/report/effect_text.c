/* effect_text.c: see effect_text.h. */
#include "report/effect_text.h"

#include "base/number.h"
#include "model/shown_token.h"
#include "report/effect.h"
#include "report/graph_cells.h"
#include "report/graph_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMALS = 4, N_LARGEST = 20 };

/* ---- one patch ---- */

/* " at position 3 (" a")" after a word; nothing for position -1. */
static void write_position(FILE *out, const struct pg_model *model, const struct pg_result *r,
                           const char *word, int position, enum table_form form) {
    if (position < 0) return;
    fprintf(out, " %s position %d (", word, position);
    table_write_text(out, show_token(model, r->clean_ids[position], TOKEN_QUOTED).text, form);
    fputc(')', out);
}

/* The change in parts of the clean run's metric, or what is recovered. */
static float relative(const struct pg_result *r, float value) {
    if (!is_ablation(r)) return pg_recovered(value, r->clean_metric, r->corrupt_metric);
    return (value - r->clean_metric) / r->clean_metric + 0.0f; /* + 0: never -0 */
}

static const char *relative_name(const struct pg_result *r) {
    return is_ablation(r) ? "change / clean" : "recovered";
}

static void write_numbers(FILE *out, const struct pg_result *r, float value) {
    char text[3][NUMBER_SIZE];
    number_plain(value, DECIMALS, text[0]);
    number_plain(value - base_metric(r), DECIMALS, text[1]);
    number_plain(relative(r, value), DECIMALS, text[2]);
    fprintf(out, "value %s, change %s", text[0], text[1]);
    if (isfinite(relative(r, value))) fprintf(out, ", %s %s", relative_name(r), text[2]);
    fputc('\n', out);
}

static void write_largest(FILE *out, const struct pg_model *model, const struct pg_result *r,
                          enum table_form form) {
    const struct pg_cell cell = largest_effect(r);
    if (isnan(cell.value)) return;
    fputs("largest effect: ", out);
    if (r->n_sites > 1) table_write_text(out, pg_site_name(cell.site), form);
    fprintf(out, "%s%s", r->n_sites > 1 ? " " : "", cell_name(&cell).text);
    write_position(out, model, r, "at", cell.position, form);
    write_position(out, model, r, "from", cell.source, form);
    fputs(": ", out);
    write_numbers(out, r, cell.value);
}

/* ---- a table ---- */

struct effects {
    const struct pg_model *model;
    const struct pg_result *result;
    size_t indices[N_LARGEST];
};

enum { NEURON, POSITION, TOKEN, VALUE, CHANGE, RELATIVE, N_COLUMNS };

static void write_effect_cell(const struct table *table, size_t row, int column,
                              char out[CELL_SIZE]) {
    const struct effects *e = table->context;
    const struct pg_result *r = e->result;
    const struct pg_cell *cell = &r->cells[e->indices[row]];
    const int position = cell->position;
    *out = '\0';
    if (column == NEURON)
        strcpy(out, cell_name(cell).text);
    else if (column == POSITION)
        snprintf(out, CELL_SIZE, "%d", position);
    else if (column == TOKEN)
        strcpy(out, show_token(e->model, r->clean_ids[position], TOKEN_QUOTED).text);
    else if (column == VALUE)
        number_plain(cell->value, DECIMALS, out);
    else if (column == CHANGE)
        number_plain(cell->value - base_metric(r), DECIMALS, out);
    else if (isfinite(relative(r, cell->value)))
        number_plain(relative(r, cell->value), DECIMALS, out);
}

/* The part of a result that is about neurons; its cells are the result's. */
static struct pg_result neurons_of(const struct pg_result *r) {
    struct pg_result part = *r;
    size_t first = 0, end;
    while (first < r->n_cells && !pg_site_has_neurons(r->cells[first].site)) first++;
    for (end = first; end < r->n_cells && pg_site_has_neurons(r->cells[end].site);) end++;
    part.cells += first;
    part.n_cells = end - first;
    return part;
}

static void write_neurons(FILE *out, const struct pg_model *model, const struct pg_result *part,
                          enum table_form form) {
    struct effects e = {.model = model, .result = part};
    const struct table t = {.caption = "largest effects of neurons",
                            .columns = {{"neuron", false},
                                        {"position", true},
                                        {"token", false},
                                        {"value", true},
                                        {"change", true},
                                        {relative_name(part), true}},
                            .n_columns = N_COLUMNS,
                            .n_rows = largest_effects(part, e.indices, N_LARGEST),
                            .write_cell = write_effect_cell,
                            .context = &e};
    if (!t.n_rows) return;
    fputc('\n', out);
    table_write(out, &t, form);
    fputc('\n', out);
}

void write_effects(FILE *out, const struct pg_model *model, const struct pg_result *r,
                   enum table_form form) {
    const struct pg_result neurons = neurons_of(r);
    if (is_graph(r)) {
        write_graph_effects(out, r, form);
        return;
    }
    if (form == TABLE_MARKDOWN && (r->joint || is_ablation(r))) fputc('\n', out);
    if (r->joint)
        write_numbers(out, r, r->cells[0].value);
    else if (is_ablation(r))
        write_largest(out, model, r, form);
    if (!r->joint && neurons.n_cells) write_neurons(out, model, &neurons, form);
}
