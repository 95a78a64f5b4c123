/* result_map.c: see result_map.h. */
#include "report/result_map.h"

#include "base/memory.h"
#include "report/metric_text.h"
#include "report/show.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- panels ---- */

/* The cells of one site, and what a panel makes of them. */
struct source {
    const struct pg_result *result;
    const struct token_names *names;
    struct panel_cells cells;
};

static bool source_open(const struct pg_result *result, const struct token_names *names,
                        enum pg_site site, struct source *out, struct pg_error *err) {
    size_t first = 0, end;
    while (first < result->n_cells && result->cells[first].site != site) first++;
    for (end = first; end < result->n_cells && result->cells[end].site == site;) end++;
    *out = (struct source){.result = result, .names = names};
    return panel_cells_open(result->cells + first, end - first, site, &out->cells, err);
}

/* The token, or what it is in the clean and in the corrupted text. */
static char *position_label(const struct source *s, int position, struct pg_error *err) {
    const char *clean = s->names->clean[position], *corrupt = s->names->corrupt[position];
    return s->result->clean_ids[position] != s->result->corrupt_ids[position]
               ? format_string(err, "%s \u2192 %s", clean, corrupt)
               : format_string(err, "%s", clean);
}

static bool fill_columns(const struct source *s, struct heatmap_panel *panel,
                         struct panel_store *store, struct pg_error *err) {
    const struct axis *axis = panel_columns(&s->cells);
    const bool positions = s->cells.positions.count;
    if (!panel_add_columns(panel, store, err)) return false;
    if (positions && !(store->column_numbers = axis_copy_numbers(axis, err))) return false;
    for (int i = 0; i < panel->n_columns; i++) {
        const int number = axis->numbers[i];
        store->marked[i] =
            positions && s->result->clean_ids[number] != s->result->corrupt_ids[number];
        store->column_labels[i] =
            positions ? position_label(s, number, err) : format_string(err, "%d", number);
        if (!store->column_labels[i]) return false;
    }
    panel->column_numbers = store->column_numbers;
    panel->column_title = positions ? "position" : "head";
    return true;
}

static bool add_panel(const struct pg_result *result, const struct token_names *names,
                      enum pg_site site, struct heatmap_panel *panel, struct panel_store *store,
                      struct pg_error *err) {
    struct source s;
    panel->title = result->n_sites > 1 ? pg_site_name(site) : "";
    bool done = source_open(result, names, site, &s, err) &&
                panel_fill(&s.cells, panel, store, err) && fill_columns(&s, panel, store, err);
    panel_cells_close(&s.cells);
    return done;
}

/* Turns the values of a panel into what is shown of them. */
static void show_values(const struct pg_result *result, enum pg_show show,
                        const struct heatmap_panel *panel, struct panel_store *store) {
    for (size_t i = 0; i < (size_t)panel->n_rows * (size_t)panel->n_columns; i++)
        store->values[i] = pg_shown(result, show, store->values[i]);
}

/* ---- the figure ---- */

static bool fill_titles(const struct pg_result *result, const struct token_names *names,
                        enum pg_show show, struct result_map *out, struct pg_error *err) {
    char of[64] = "";
    if (result->n_pairs > 1)
        snprintf(of, sizeof of, ", \u2026: mean over %zu pairs", result->n_pairs);
    const struct words formula =
        metric_formula(result->metric, names->metric[0], names->metric[1], "\u2212");
    const struct picture_words words =
        picture_words(result->metric, metric_tokens(result), show, formula.text, of);
    out->title = copy_string(words.title, err);
    out->value_title = copy_string(words.bar, err);
    out->map.title = out->title;
    out->map.value_title = out->value_title;
    return out->title && out->value_title;
}

/* Writes the metric of a run as the cells write theirs. */
static void write_metric(const struct pg_result *result, const struct heatmap *map,
                         enum pg_show show, float metric, char out[NUMBER_SIZE]) {
    double low = (double)result->clean_metric, high = (double)result->corrupt_metric;
    if (show == PG_SHOW_VALUE) heatmap_range(map, &low, &high);
    heatmap_number(metric, heatmap_decimals(low, high), out);
}

static bool fill_subtitles(const struct pg_result *result, enum pg_show show,
                           struct result_map *out, struct pg_error *err) {
    char clean[NUMBER_SIZE], corrupt[NUMBER_SIZE];
    write_metric(result, &out->map, show, result->clean_metric, clean);
    write_metric(result, &out->map, show, result->corrupt_metric, corrupt);
    const char *direction = result->noising ? "corrupted \u2192 clean" : "clean \u2192 corrupted";
    if (result->n_sites > 1)
        out->subtitles[0] = format_string(err, "patching %s", direction);
    else
        out->subtitles[0] =
            format_string(err, "patching %s, %s", pg_site_name(result->sites[0]), direction);
    out->subtitles[1] =
        result->read_position + 1 == (int)result->n_tokens
            ? format_string(err, "clean run %s, corrupted run %s", clean, corrupt)
            : format_string(err, "after position %d: clean run %s, corrupted run %s",
                            result->read_position, clean, corrupt);
    out->map.subtitles[0] = out->subtitles[0];
    out->map.subtitles[1] = out->subtitles[1];
    return out->subtitles[0] && out->subtitles[1];
}

bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     const struct pg_picture *picture, struct result_map *out,
                     struct pg_error *err) {
    const struct pg_picture limits = show_limits(result, picture);
    *out = (struct result_map){
        .map = {.colormap = limits.colormap,
                .low = limits.low,
                .high = limits.high,
                .center = limits.center},
        .panels = allocate(result->n_sites, sizeof *out->panels, err),
        .stores = allocate(result->n_sites, sizeof *out->stores, err),
    };
    if (!out->panels || !out->stores || !show_check(result, picture->show, err)) return false;
    out->map.panels = out->panels;
    for (size_t i = 0; i < result->n_sites; i++) {
        out->map.n_panels++;
        if (!add_panel(result, names, result->sites[i], &out->panels[i], &out->stores[i], err))
            return false;
        show_values(result, picture->show, &out->panels[i], &out->stores[i]);
    }
    return fill_titles(result, names, picture->show, out, err) &&
           fill_subtitles(result, picture->show, out, err);
}

void result_map_free(struct result_map *made) {
    for (int i = 0; i < made->map.n_panels; i++) panel_store_free(&made->stores[i]);
    free(made->panels);
    free(made->stores);
    free(made->title);
    free(made->value_title);
    free(made->subtitles[0]);
    free(made->subtitles[1]);
    *made = (struct result_map){0};
}
