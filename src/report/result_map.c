/* result_map.c: see result_map.h. */
#include "report/result_map.h"

#include "base/memory.h"
#include "report/number.h"

#include <limits.h>
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

/* The first and last layer and position that have cells. */
struct extent {
    int first_layer, last_layer, first_position, last_position;
};

static struct extent cells_extent(const struct pg_result *result) {
    struct extent extent = {INT_MAX, INT_MIN, INT_MAX, INT_MIN};
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct pg_cell *cell = &result->cells[i];
        if (cell->layer < extent.first_layer) extent.first_layer = cell->layer;
        if (cell->layer > extent.last_layer) extent.last_layer = cell->layer;
        if (cell->position < extent.first_position) extent.first_position = cell->position;
        if (cell->position > extent.last_position) extent.last_position = cell->position;
    }
    return extent;
}

static bool fill_values(const struct pg_result *result, struct result_map *out,
                        struct pg_error *err) {
    struct heatmap *map = &out->map;
    size_t rows = (size_t)map->n_rows, columns = (size_t)map->n_columns;
    out->values = allocate(rows * columns, sizeof *out->values, err);
    if (!out->values) return false;
    for (size_t i = 0; i < rows * columns; i++) out->values[i] = NAN;
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct pg_cell *cell = &result->cells[i];
        size_t row = (size_t)(cell->layer - map->first_row),
               column = (size_t)(cell->position - map->first_column);
        out->values[row * columns + column] = cell->value;
    }
    map->values = out->values;
    return true;
}

/* Labels the columns: the token, or what it is in the clean and in the corrupted text. */
static bool fill_labels(const struct pg_result *result, const struct token_names *names,
                        struct result_map *out, struct pg_error *err) {
    size_t n = (size_t)out->map.n_columns;
    out->labels = allocate(n, sizeof *out->labels, err);
    out->marked = allocate(n, sizeof *out->marked, err);
    if (!out->labels || !out->marked) return false;
    for (size_t i = 0; i < n; i++) {
        size_t position = (size_t)out->map.first_column + i;
        out->marked[i] = result->clean_ids[position] != result->corrupt_ids[position];
        out->labels[i] = out->marked[i] ? formatted(err, "%s \u2192 %s", names->clean[position],
                                                    names->corrupt[position])
                                        : formatted(err, "%s", names->clean[position]);
        if (!out->labels[i]) return false;
    }
    out->map.column_labels = (const char *const *)out->labels;
    out->map.column_marked = out->marked;
    return true;
}

/* What the metric is called beside the colour bar. */
static const char *metric_title(enum pg_metric metric) {
    switch (metric) {
    case PG_LOGIT_DIFF:
        return "logit difference";
    default:
        return pg_metric_name(metric);
    }
}

static bool fill_titles(const struct pg_result *result, const struct token_names *names,
                        struct result_map *out, struct pg_error *err) {
    char clean[NUMBER_SIZE], corrupt[NUMBER_SIZE];
    number_display(result->clean_metric, clean);
    number_display(result->corrupt_metric, corrupt);
    const char *direction = result->noising ? "corrupted \u2192 clean" : "clean \u2192 corrupted";
    out->title = formatted(err, "logit(%s) \u2212 logit(%s)", names->metric[0], names->metric[1]);
    out->subtitles[0] = formatted(err, "patching %s, %s", pg_site_name(result->site), direction);
    out->subtitles[1] = formatted(err, "clean run %s, corrupted run %s", clean, corrupt);
    if (!out->title || !out->subtitles[0] || !out->subtitles[1]) return false;
    out->map.title = out->title;
    out->map.subtitles[0] = out->subtitles[0];
    out->map.subtitles[1] = out->subtitles[1];
    return true;
}

bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     enum pg_colormap colormap, struct result_map *out, struct pg_error *err) {
    struct extent extent = cells_extent(result);
    *out = (struct result_map){
        .map = {
            .n_rows = extent.last_layer - extent.first_layer + 1,
            .n_columns = extent.last_position - extent.first_position + 1,
            .first_row = extent.first_layer,
            .first_column = extent.first_position,
            .row_title = "layer",
            .column_title = "position",
            .value_title = metric_title(result->metric),
            .colormap = colormap,
            .centre = result->noising ? result->clean_metric : result->corrupt_metric,
        }};
    return fill_values(result, out, err) && fill_labels(result, names, out, err) &&
           fill_titles(result, names, out, err);
}

void result_map_free(struct result_map *made) {
    for (int i = 0; made->labels && i < made->map.n_columns; i++) free(made->labels[i]);
    free(made->labels);
    free(made->marked);
    free(made->values);
    free(made->title);
    free(made->subtitles[0]);
    free(made->subtitles[1]);
    *made = (struct result_map){0};
}
