/* result_map.c: see result_map.h. */
#include "report/result_map.h"

#include "base/memory.h"
#include "report/axis.h"
#include "report/metric_text.h"
#include "report/number.h"
#include "report/token_list.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The printf-formatted text in fresh memory, or NULL and err when memory is out. */
static char *formatted(struct pg_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static char *formatted(struct pg_error *err, const char *format, ...) {
    va_list args;
    char *text;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length >= 0) return text;
    fail(err, "out of memory: a text of the heatmap cannot be allocated");
    return NULL;
}

/* ---- panels ---- */

/* The cells of one site, and what a panel makes of them. */
struct source {
    const struct pg_result *result;
    const struct token_names *names;
    const struct pg_cell *cells;
    size_t n;
    struct axis layers, heads, positions; /* the last two are empty for sites without them */
};

static bool source_open(const struct pg_result *result, const struct token_names *names,
                        enum pg_site site, struct source *out, struct pg_error *err) {
    size_t first = 0, end;
    while (first < result->n_cells && result->cells[first].site != site) first++;
    for (end = first; end < result->n_cells && result->cells[end].site == site;) end++;
    *out = (struct source){result, names, result->cells + first, end - first, {0}, {0}, {0}};
    return axis_make(out->cells, out->n, AXIS_LAYER, &out->layers, err) &&
           (!pg_site_has_heads(site) ||
            axis_make(out->cells, out->n, AXIS_HEAD, &out->heads, err)) &&
           (!pg_site_has_positions(site) ||
            axis_make(out->cells, out->n, AXIS_POSITION, &out->positions, err));
}

static void source_close(struct source *source) {
    axis_free(&source->layers);
    axis_free(&source->heads);
    axis_free(&source->positions);
}

static bool fill_values(const struct source *s, struct heatmap_panel *panel,
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

static bool copy_numbers(const struct axis *axis, int **out, struct pg_error *err) {
    *out = allocate((size_t)axis->count, sizeof **out, err);
    for (int i = 0; *out && i < axis->count; i++) (*out)[i] = axis->numbers[i];
    return *out;
}

/* "3", or "3.11" for head 11 of layer 3. */
static bool fill_rows(const struct source *s, struct heatmap_panel *panel,
                      struct panel_store *store, struct pg_error *err) {
    store->row_labels = allocate((size_t)panel->n_rows + 1, sizeof *store->row_labels, err);
    if (!store->row_labels || !copy_numbers(&s->layers, &store->row_numbers, err)) return false;
    const bool heads = s->heads.count && s->positions.count;
    for (int i = 0; i < panel->n_rows; i++) {
        const int layer = s->layers.numbers[i / panel->group];
        store->row_labels[i] =
            heads ? formatted(err, "%d.%d", layer, s->heads.numbers[i % panel->group])
                  : formatted(err, "%d", layer);
        if (!store->row_labels[i]) return false;
    }
    panel->row_numbers = store->row_numbers;
    panel->row_labels = (const char *const *)store->row_labels;
    panel->row_title = heads ? "layer.head" : "layer";
    return true;
}

/* The token, or what it is in the clean and in the corrupted text. */
static char *position_label(const struct source *s, int position, struct pg_error *err) {
    const char *clean = s->names->clean[position], *corrupt = s->names->corrupt[position];
    return s->result->clean_ids[position] != s->result->corrupt_ids[position]
               ? formatted(err, "%s \u2192 %s", clean, corrupt)
               : formatted(err, "%s", clean);
}

static bool fill_columns(const struct source *s, struct heatmap_panel *panel,
                         struct panel_store *store, struct pg_error *err) {
    const size_t n = (size_t)panel->n_columns;
    const bool positions = s->positions.count;
    store->column_labels = allocate(n + 1, sizeof *store->column_labels, err);
    store->marked = allocate(n, sizeof *store->marked, err);
    if (!store->column_labels || !store->marked) return false;
    if (positions && !copy_numbers(&s->positions, &store->column_numbers, err)) return false;
    for (size_t i = 0; i < n; i++) {
        const int number = (positions ? s->positions : s->heads).numbers[i];
        store->marked[i] =
            positions && s->result->clean_ids[number] != s->result->corrupt_ids[number];
        store->column_labels[i] =
            positions ? position_label(s, number, err) : formatted(err, "%d", number);
        if (!store->column_labels[i]) return false;
    }
    panel->column_numbers = store->column_numbers;
    panel->column_labels = (const char *const *)store->column_labels;
    panel->column_marked = store->marked;
    panel->column_title = positions ? "position" : "head";
    return true;
}

static bool fill_panel(const struct pg_result *result, const struct token_names *names,
                       enum pg_site site, struct heatmap_panel *panel, struct panel_store *store,
                       struct pg_error *err) {
    struct source s;
    bool done = source_open(result, names, site, &s, err);
    if (done) {
        panel->title = result->n_sites > 1 ? pg_site_name(site) : "";
        panel->group = s.heads.count && s.positions.count ? s.heads.count : 1;
        panel->n_rows = s.layers.count * panel->group;
        panel->n_columns = s.positions.count ? s.positions.count : s.heads.count;
        done = fill_values(&s, panel, store, err) && fill_rows(&s, panel, store, err) &&
               fill_columns(&s, panel, store, err);
    }
    source_close(&s);
    return done;
}

static void store_free(struct panel_store *store) {
    free(store->values);
    free(store->row_numbers);
    free(store->column_numbers);
    token_list_free(store->row_labels);
    token_list_free(store->column_labels);
    free(store->marked);
}

/* ---- the figure ---- */

static char *make_title(const struct pg_result *result, const struct token_names *names,
                        struct pg_error *err) {
    const struct words formula =
        metric_formula(result->metric, names->metric[0], names->metric[1], "\u2212");
    return result->n_pairs > 1
               ? formatted(err, "%s, \u2026: mean over %zu pairs", formula.text, result->n_pairs)
               : formatted(err, "%s", formula.text);
}

static bool fill_titles(const struct pg_result *result, const struct token_names *names,
                        struct result_map *out, struct pg_error *err) {
    char clean[NUMBER_SIZE], corrupt[NUMBER_SIZE];
    number_display(result->clean_metric, clean);
    number_display(result->corrupt_metric, corrupt);
    const char *direction = result->noising ? "corrupted \u2192 clean" : "clean \u2192 corrupted";
    out->title = make_title(result, names, err);
    if (result->n_sites > 1)
        out->subtitles[0] = formatted(err, "patching %s", direction);
    else
        out->subtitles[0] =
            formatted(err, "patching %s, %s", pg_site_name(result->sites[0]), direction);
    out->subtitles[1] = result->read_position + 1 == (int)result->n_tokens
                            ? formatted(err, "clean run %s, corrupted run %s", clean, corrupt)
                            : formatted(err, "after position %d: clean run %s, corrupted run %s",
                                        result->read_position, clean, corrupt);
    if (!out->title || !out->subtitles[0] || !out->subtitles[1]) return false;
    out->map.title = out->title;
    out->map.subtitles[0] = out->subtitles[0];
    out->map.subtitles[1] = out->subtitles[1];
    return true;
}

/* The middle of the colours: rdbu shows differences from the run that is patched. */
static float choose_centre(const struct pg_result *result, const struct pg_picture *picture) {
    if (picture->colormap != PG_RDBU || isfinite(picture->centre)) return picture->centre;
    return result->noising ? result->clean_metric : result->corrupt_metric;
}

bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     const struct pg_picture *picture, struct result_map *out,
                     struct pg_error *err) {
    *out = (struct result_map){
        .map = {.value_title = metric_quantity(result),
                .colormap = picture->colormap,
                .low = picture->low,
                .high = picture->high,
                .centre = choose_centre(result, picture)},
        .panels = allocate(result->n_sites, sizeof *out->panels, err),
        .stores = allocate(result->n_sites, sizeof *out->stores, err),
    };
    if (!out->panels || !out->stores) return false;
    out->map.panels = out->panels;
    for (size_t i = 0; i < result->n_sites; i++) {
        out->map.n_panels++;
        if (!fill_panel(result, names, result->sites[i], &out->panels[i], &out->stores[i], err))
            return false;
    }
    return fill_titles(result, names, out, err);
}

void result_map_free(struct result_map *made) {
    for (int i = 0; i < made->map.n_panels; i++) store_free(&made->stores[i]);
    free(made->panels);
    free(made->stores);
    free(made->title);
    free(made->subtitles[0]);
    free(made->subtitles[1]);
    *made = (struct result_map){0};
}
