/* cell_map.c: see cell_map.h. */
#include "report/cell_map.h"

#include "base/memory.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>

/* ---- axes ---- */

enum axis_kind { LAYER_AXIS, HEAD_AXIS, POSITION_AXIS };

/* The numbers that cells have as their layer, head or position. */
struct axis {
    int count;
    int *numbers; /* ascending */
    int *places;  /* of each number up to the last: its index in numbers */
};

static int axis_number(const struct pg_cell *cell, enum axis_kind kind) {
    return kind == LAYER_AXIS ? cell->layer : kind == HEAD_AXIS ? cell->head : cell->position;
}

static bool axis_make(const struct map_cells *from, enum axis_kind kind, struct axis *out,
                      struct pg_error *err) {
    int last = 0;
    for (size_t i = 0; i < from->n; i++)
        if (axis_number(&from->cells[i], kind) > last) last = axis_number(&from->cells[i], kind);
    *out = (struct axis){.numbers = allocate((size_t)last + 1, sizeof *out->numbers, err),
                         .places = allocate((size_t)last + 1, sizeof *out->places, err)};
    if (!out->numbers || !out->places) return false;
    for (size_t i = 0; i < from->n; i++) out->places[axis_number(&from->cells[i], kind)] = 1;
    for (int i = 0; i <= last; i++) {
        if (!out->places[i]) continue;
        out->places[i] = out->count;
        out->numbers[out->count++] = i;
    }
    return true;
}

static void axis_free(struct axis *axis) {
    free(axis->numbers);
    free(axis->places);
}

/* The axes of a panel; those that its site does not have are empty. */
struct axes {
    struct axis layers, heads, positions;
};

/* out begins zeroed. Free with axes_free, also after failure. */
static bool axes_make(const struct map_cells *from, struct axes *out, struct pg_error *err) {
    return axis_make(from, LAYER_AXIS, &out->layers, err) &&
           (!pg_site_has_heads(from->site) || axis_make(from, HEAD_AXIS, &out->heads, err)) &&
           (!pg_site_has_positions(from->site) ||
            axis_make(from, POSITION_AXIS, &out->positions, err));
}

static void axes_free(struct axes *axes) {
    axis_free(&axes->layers);
    axis_free(&axes->heads);
    axis_free(&axes->positions);
}

static const struct axis *column_axis(const struct axes *axes) {
    return axes->positions.count ? &axes->positions : &axes->heads;
}

/* Whether a row is a head of a layer. */
static bool heads_are_rows(const struct axes *axes) {
    return axes->heads.count && axes->positions.count;
}

/* ---- a panel ---- */

struct panel_memory {
    char *title;
    float *values;
    int *row_numbers, *column_numbers;
    char **row_labels, **column_labels; /* NULL after the last */
    bool *marked;
};

static void memory_free(struct panel_memory *memory) {
    free(memory->title);
    free(memory->values);
    free(memory->row_numbers);
    free(memory->column_numbers);
    free_strings(memory->row_labels);
    free_strings(memory->column_labels);
    free(memory->marked);
}

static int *copy_numbers(const struct axis *axis, struct pg_error *err) {
    int *copy = allocate((size_t)axis->count, sizeof *copy, err);
    for (int i = 0; copy && i < axis->count; i++) copy[i] = axis->numbers[i];
    return copy;
}

static bool fill_values(const struct map_cells *from, const struct axes *axes,
                        struct heatmap_panel *panel, struct panel_memory *memory,
                        struct pg_error *err) {
    const size_t rows = (size_t)panel->n_rows, columns = (size_t)panel->n_columns;
    panel->values = memory->values = allocate(rows * columns, sizeof *memory->values, err);
    if (!memory->values) return false;
    for (size_t i = 0; i < rows * columns; i++) memory->values[i] = NAN;
    for (size_t i = 0; i < from->n; i++) {
        const struct pg_cell *cell = &from->cells[i];
        const int head = axes->heads.count ? axes->heads.places[cell->head] : 0;
        const int column = axes->positions.count ? axes->positions.places[cell->position] : head;
        const int row =
            axes->layers.places[cell->layer] * panel->group + (panel->group > 1 ? head : 0);
        memory->values[(size_t)row * columns + (size_t)column] =
            from->shown ? from->shown(from->context, cell->value) : cell->value;
    }
    return true;
}

/* Labels rows "3", or "3.11" for head 11 of layer 3. */
static bool fill_rows(const struct axes *axes, struct heatmap_panel *panel,
                      struct panel_memory *memory, struct pg_error *err) {
    const bool heads = heads_are_rows(axes);
    memory->row_labels = allocate((size_t)panel->n_rows + 1, sizeof *memory->row_labels, err);
    memory->row_numbers = copy_numbers(&axes->layers, err);
    if (!memory->row_labels || !memory->row_numbers) return false;
    for (int i = 0; i < panel->n_rows; i++) {
        const int layer = axes->layers.numbers[i / panel->group];
        memory->row_labels[i] =
            heads ? format_string(err, "%d.%d", layer, axes->heads.numbers[i % panel->group])
                  : format_string(err, "%d", layer);
        if (!memory->row_labels[i]) return false;
    }
    panel->row_numbers = memory->row_numbers;
    panel->row_labels = (const char *const *)memory->row_labels;
    panel->row_title = heads ? "layer.head" : "layer";
    return true;
}

static bool fill_columns(const struct map_cells *from, const struct axes *axes,
                         struct heatmap_panel *panel, struct panel_memory *memory,
                         struct pg_error *err) {
    static const char *const titles[] = {"head", "position", "label"};
    const struct axis *axis = column_axis(axes);
    const bool heads = from->columns == HEAD_COLUMNS;
    memory->column_labels = allocate((size_t)axis->count + 1, sizeof *memory->column_labels, err);
    memory->marked = allocate((size_t)axis->count, sizeof *memory->marked, err);
    if (!memory->column_labels || !memory->marked) return false;
    if (from->columns == POSITION_COLUMNS && !(memory->column_numbers = copy_numbers(axis, err)))
        return false;
    for (int i = 0; i < axis->count; i++) {
        const int number = axis->numbers[i];
        memory->marked[i] = !heads && from->is_marked(from->context, number);
        memory->column_labels[i] =
            heads ? format_string(err, "%d", number) : from->label(from->context, number, err);
        if (!memory->column_labels[i]) return false;
    }
    panel->column_labels = (const char *const *)memory->column_labels;
    panel->column_marked = memory->marked;
    panel->column_numbers = memory->column_numbers;
    panel->column_title = titles[from->columns];
    return true;
}

bool cell_map_add(struct cell_map *map, const struct map_cells *from, char *title,
                  struct pg_error *err) {
    struct heatmap_panel *panel = &map->panels[map->map.n_panels];
    struct panel_memory *memory = &map->memory[map->map.n_panels++];
    struct axes axes = {0};
    panel->title = memory->title = title;
    bool done = title && axes_make(from, &axes, err);
    if (done) {
        panel->group = heads_are_rows(&axes) ? axes.heads.count : 1;
        panel->n_rows = axes.layers.count * panel->group;
        panel->n_columns = column_axis(&axes)->count;
        done = fill_values(from, &axes, panel, memory, err) &&
               fill_rows(&axes, panel, memory, err) &&
               fill_columns(from, &axes, panel, memory, err);
    }
    axes_free(&axes);
    return done;
}

/* ---- the whole ---- */

bool cell_map_open(struct cell_map *out, size_t max_panels, struct pg_error *err) {
    *out = (struct cell_map){
        .panels = allocate(max_panels, sizeof *out->panels, err),
        .memory = allocate(max_panels, sizeof *out->memory, err),
    };
    out->map.panels = out->panels;
    return out->panels && out->memory;
}

bool cell_map_finish(struct cell_map *map, const struct picture_words *words, char *subtitle,
                     char *runs, struct pg_error *err) {
    map->map.title = map->title = copy_string(words->title, err);
    map->map.value_title = map->value_title = copy_string(words->bar, err);
    map->map.subtitles[0] = map->subtitles[0] = subtitle;
    map->map.subtitles[1] = map->subtitles[1] = runs;
    return map->title && map->value_title && subtitle && runs;
}

void cell_map_free(struct cell_map *map) {
    for (int i = 0; i < map->map.n_panels; i++) memory_free(&map->memory[i]);
    free(map->panels);
    free(map->memory);
    free(map->title);
    free(map->value_title);
    free(map->subtitles[0]);
    free(map->subtitles[1]);
    *map = (struct cell_map){0};
}

char *column_label(const char *clean, const char *corrupt, bool differ, struct pg_error *err) {
    return differ ? format_string(err, "%s \u2192 %s", clean, corrupt) : copy_string(clean, err);
}

struct run_metrics run_metrics(const struct heatmap *map, bool shows_metric, double clean,
                               double corrupt) {
    struct run_metrics m;
    double low = clean, high = corrupt;
    if (shows_metric) heatmap_range(map, &low, &high);
    const int decimals = heatmap_decimals(low, high);
    heatmap_number((float)clean, decimals, m.clean);
    heatmap_number((float)corrupt, decimals, m.corrupt);
    return m;
}
