/* panel.c: see panel.h. */
#include "report/panel.h"

#include "base/memory.h"
#include "report/token_list.h"

#include <math.h>
#include <stdlib.h>

void panel_store_free(struct panel_store *store) {
    free(store->values);
    free(store->row_numbers);
    free(store->column_numbers);
    token_list_free(store->row_labels);
    token_list_free(store->column_labels);
    free(store->marked);
}

/* ---- where cells stand ---- */

bool panel_cells_open(const struct pg_cell *cells, size_t n, enum pg_site site,
                      struct panel_cells *out, struct pg_error *err) {
    *out = (struct panel_cells){.cells = cells, .n = n};
    return axis_make(cells, n, AXIS_LAYER, &out->layers, err) &&
           (!pg_site_has_heads(site) || axis_make(cells, n, AXIS_HEAD, &out->heads, err)) &&
           (!pg_site_has_positions(site) ||
            axis_make(cells, n, AXIS_POSITION, &out->positions, err));
}

void panel_cells_close(struct panel_cells *cells) {
    axis_free(&cells->layers);
    axis_free(&cells->heads);
    axis_free(&cells->positions);
}

const struct axis *panel_columns(const struct panel_cells *cells) {
    return cells->positions.count ? &cells->positions : &cells->heads;
}

/* Whether a row is a head of a layer. */
static bool heads_are_rows(const struct panel_cells *cells) {
    return cells->heads.count && cells->positions.count;
}

/* ---- what stands there ---- */

static bool fill_values(const struct panel_cells *s, struct heatmap_panel *panel,
                        struct panel_store *store, struct pg_error *err) {
    const size_t rows = (size_t)panel->n_rows, columns = (size_t)panel->n_columns;
    panel->values = store->values = allocate(rows * columns, sizeof *store->values, err);
    if (!store->values) return false;
    for (size_t i = 0; i < rows * columns; i++) store->values[i] = NAN;
    for (size_t i = 0; i < s->n; i++) {
        const struct pg_cell *cell = &s->cells[i];
        const int head = s->heads.count ? s->heads.places[cell->head] : 0;
        const int column = s->positions.count ? s->positions.places[cell->position] : head;
        const int row =
            s->layers.places[cell->layer] * panel->group + (panel->group > 1 ? head : 0);
        store->values[(size_t)row * columns + (size_t)column] = cell->value;
    }
    return true;
}

/* "3", or "3.11" for head 11 of layer 3. */
static bool fill_rows(const struct panel_cells *s, struct heatmap_panel *panel,
                      struct panel_store *store, struct pg_error *err) {
    store->row_labels = allocate((size_t)panel->n_rows + 1, sizeof *store->row_labels, err);
    store->row_numbers = axis_copy_numbers(&s->layers, err);
    if (!store->row_labels || !store->row_numbers) return false;
    for (int i = 0; i < panel->n_rows; i++) {
        const int layer = s->layers.numbers[i / panel->group];
        store->row_labels[i] = heads_are_rows(s) ? format_string(err, "%d.%d", layer,
                                                                 s->heads.numbers[i % panel->group])
                                                 : format_string(err, "%d", layer);
        if (!store->row_labels[i]) return false;
    }
    panel->row_numbers = store->row_numbers;
    panel->row_labels = (const char *const *)store->row_labels;
    panel->row_title = heads_are_rows(s) ? "layer.head" : "layer";
    return true;
}

bool panel_fill(const struct panel_cells *cells, struct heatmap_panel *panel,
                struct panel_store *store, struct pg_error *err) {
    panel->group = heads_are_rows(cells) ? cells->heads.count : 1;
    panel->n_rows = cells->layers.count * panel->group;
    panel->n_columns = panel_columns(cells)->count;
    return fill_values(cells, panel, store, err) && fill_rows(cells, panel, store, err);
}

bool panel_add_columns(struct heatmap_panel *panel, struct panel_store *store,
                       struct pg_error *err) {
    const size_t n = (size_t)panel->n_columns;
    store->column_labels = allocate(n + 1, sizeof *store->column_labels, err);
    store->marked = allocate(n, sizeof *store->marked, err);
    panel->column_labels = (const char *const *)store->column_labels;
    panel->column_marked = store->marked;
    return store->column_labels && store->marked;
}
