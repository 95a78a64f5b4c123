/* cell_map.c: see cell_map.h. */
#include "report/cell_map.h"

#include "base/memory.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>

/* ---- axes ---- */

enum axis_kind { LAYER_AXIS, HEAD_AXIS, POSITION_AXIS, NEURON_AXIS, SINGLE_HEAD_AXIS };

/* The numbers that cells have as their layer, head or position. */
struct axis {
    int count;
    int *numbers; /* ascending */
    int *places;  /* of each number up to the last: its index in numbers */
};

/* The number of a cell along an axis. */
static int axis_number(const struct map_cells *from, const struct pg_cell *cell,
                       enum axis_kind kind) {
    switch (kind) {
    case LAYER_AXIS:
        return cell->layer;
    case HEAD_AXIS:
        return cell->head;
    case POSITION_AXIS:
        return cell->position;
    case NEURON_AXIS:
        return cell->neuron;
    case SINGLE_HEAD_AXIS:
        break;
    }
    return cell->layer * from->single_heads + cell->head;
}

static bool axis_make(const struct map_cells *from, enum axis_kind kind, struct axis *out,
                      struct pg_error *err) {
    int last = 0;
    for (size_t i = 0; i < from->n; i++)
        if (axis_number(from, &from->cells[i], kind) > last)
            last = axis_number(from, &from->cells[i], kind);
    *out = (struct axis){.numbers = allocate((size_t)last + 1, sizeof *out->numbers, err),
                         .places = allocate((size_t)last + 1, sizeof *out->places, err)};
    if (!out->numbers || !out->places) return false;
    for (size_t i = 0; i < from->n; i++) out->places[axis_number(from, &from->cells[i], kind)] = 1;
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

/* The axes of a panel; those that its site does not have are empty. Single heads are in place of
 * layers and heads. */
struct axes {
    struct axis layers, heads, positions, neurons, single_heads;
};

/* out begins zeroed. Free with axes_free, also after failure. */
static bool axes_make(const struct map_cells *from, struct axes *out, struct pg_error *err) {
    if (from->columns != HEAD_COLUMNS && from->columns != NEURON_COLUMNS &&
        !axis_make(from, POSITION_AXIS, &out->positions, err))
        return false;
    if (from->columns == NEURON_COLUMNS && !axis_make(from, NEURON_AXIS, &out->neurons, err))
        return false;
    if (from->single_heads) return axis_make(from, SINGLE_HEAD_AXIS, &out->single_heads, err);
    return axis_make(from, LAYER_AXIS, &out->layers, err) &&
           (!pg_site_has_heads(from->site) || axis_make(from, HEAD_AXIS, &out->heads, err));
}

static void axes_free(struct axes *axes) {
    axis_free(&axes->layers);
    axis_free(&axes->heads);
    axis_free(&axes->positions);
    axis_free(&axes->neurons);
    axis_free(&axes->single_heads);
}

/* The axis of the columns; empty for the one column of single heads at all positions. */
static const struct axis *column_axis(const struct axes *axes) {
    if (axes->neurons.count) return &axes->neurons;
    return axes->positions.count ? &axes->positions : &axes->heads;
}

/* Whether a row is a head of a layer. */
static bool heads_are_rows(const struct axes *axes) {
    return axes->single_heads.count || (axes->heads.count && axes->positions.count);
}

/* The axis of the rows or of groups of rows. */
static const struct axis *row_axis(const struct axes *axes) {
    return axes->single_heads.count ? &axes->single_heads : &axes->layers;
}

/* ---- a panel ---- */

struct panel_memory {
    char *title;
    float *values;
    bool *greyed;
    int *row_numbers, *column_numbers;
    char **row_labels, **column_labels; /* NULL after the last */
    bool *marked;
};

static void memory_free(struct panel_memory *memory) {
    free(memory->title);
    free(memory->values);
    free(memory->greyed);
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

static int row_of(const struct map_cells *from, const struct axes *axes, const struct pg_cell *cell,
                  int group) {
    if (axes->single_heads.count)
        return axes->single_heads.places[axis_number(from, cell, SINGLE_HEAD_AXIS)];
    const int head = group > 1 ? axes->heads.places[cell->head] : 0;
    return axes->layers.places[cell->layer] * group + head;
}

static int column_of(const struct axes *axes, const struct pg_cell *cell) {
    if (axes->neurons.count) return axes->neurons.places[cell->neuron];
    if (axes->positions.count) return axes->positions.places[cell->position];
    return axes->heads.count ? axes->heads.places[cell->head] : 0;
}

static bool fill_values(const struct map_cells *from, const struct axes *axes,
                        struct heatmap_panel *panel, struct panel_memory *memory,
                        struct pg_error *err) {
    const size_t rows = (size_t)panel->n_rows, columns = (size_t)panel->n_columns;
    panel->values = memory->values = allocate(rows * columns, sizeof *memory->values, err);
    if (!memory->values) return false;
    if (from->greyed &&
        !(panel->greyed = memory->greyed = allocate(rows * columns, sizeof(bool), err)))
        return false;
    for (size_t i = 0; i < rows * columns; i++) memory->values[i] = NAN;
    for (size_t i = 0; i < from->n; i++) {
        const struct pg_cell *cell = &from->cells[i];
        const int row = row_of(from, axes, cell, panel->group), column = column_of(axes, cell);
        const size_t at = (size_t)row * columns + (size_t)column;
        if (from->greyed) memory->greyed[at] = from->greyed[i];
        memory->values[at] = from->shown ? from->shown(from->context, cell->value) : cell->value;
    }
    return true;
}

static char *row_label(const struct map_cells *from, const struct axes *axes, int row, int group,
                       struct pg_error *err) {
    if (axes->single_heads.count) {
        const int head = axes->single_heads.numbers[row];
        return format_string(err, "%d.%d", head / from->single_heads, head % from->single_heads);
    }
    const int layer = axes->layers.numbers[row / group];
    return heads_are_rows(axes)
               ? format_string(err, "%d.%d", layer, axes->heads.numbers[row % group])
               : format_string(err, "%d", layer);
}

/* Labels rows "3", or "3.11" for head 11 of layer 3. */
static bool fill_rows(const struct map_cells *from, const struct axes *axes,
                      struct heatmap_panel *panel, struct panel_memory *memory,
                      struct pg_error *err) {
    const bool heads = heads_are_rows(axes);
    memory->row_labels = allocate((size_t)panel->n_rows + 1, sizeof *memory->row_labels, err);
    memory->row_numbers = copy_numbers(row_axis(axes), err);
    if (!memory->row_labels || !memory->row_numbers) return false;
    for (int i = 0; i < panel->n_rows; i++) {
        memory->row_labels[i] = row_label(from, axes, i, panel->group, err);
        if (!memory->row_labels[i]) return false;
    }
    panel->row_numbers = memory->row_numbers;
    panel->row_labels = (const char *const *)memory->row_labels;
    panel->row_title = heads ? "layer.head" : "layer";
    return true;
}

/* Labels the columns and marks them; one column without an axis has an empty label. */
static bool fill_labels(const struct map_cells *from, const struct axis *axis,
                        struct heatmap_panel *panel, struct panel_memory *memory,
                        struct pg_error *err) {
    const size_t n = (size_t)panel->n_columns;
    memory->column_labels = allocate(n + 1, sizeof *memory->column_labels, err);
    if (!memory->column_labels) return false;
    for (size_t i = 0; i < n; i++) {
        const int number = axis->count ? axis->numbers[i] : 0;
        const bool heads = from->columns == HEAD_COLUMNS;
        memory->marked[i] = !heads && from->is_marked(from->context, number);
        memory->column_labels[i] = !axis->count ? copy_string("", err)
                                   : heads      ? format_string(err, "%d", number)
                                                : from->label(from->context, number, err);
        if (!memory->column_labels[i]) return false;
    }
    panel->column_labels = (const char *const *)memory->column_labels;
    return true;
}

static bool fill_columns(const struct map_cells *from, const struct axes *axes,
                         struct heatmap_panel *panel, struct panel_memory *memory,
                         struct pg_error *err) {
    static const char *const titles[] = {"head", "position", "label", "destination \u2190 source",
                                         "neuron"};
    const struct axis *axis = column_axis(axes);
    const bool numbered = from->columns == POSITION_COLUMNS || from->columns == NEURON_COLUMNS;
    const size_t n = (size_t)panel->n_columns;
    memory->marked = allocate(n, sizeof *memory->marked, err);
    if (!memory->marked) return false;
    if (numbered && !(memory->column_numbers = copy_numbers(axis, err))) return false;
    panel->column_marked = memory->marked;
    panel->column_numbers = memory->column_numbers;
    panel->column_title = axis->count ? titles[from->columns] : "all positions";
    return from->columns == NEURON_COLUMNS || fill_labels(from, axis, panel, memory, err);
}

bool cell_map_add(struct cell_map *map, const struct map_cells *from, char *title,
                  struct pg_error *err) {
    struct heatmap_panel *panel = &map->panels[map->map.n_panels];
    struct panel_memory *memory = &map->memory[map->map.n_panels++];
    struct axes axes = {0};
    panel->title = memory->title = title;
    bool done = title && axes_make(from, &axes, err);
    if (done) {
        panel->group = axes.heads.count && axes.positions.count ? axes.heads.count : 1;
        panel->n_rows = row_axis(&axes)->count * panel->group;
        panel->n_columns = column_axis(&axes)->count;
        if (!panel->n_columns) panel->n_columns = 1;
        done = fill_values(from, &axes, panel, memory, err) &&
               fill_rows(from, &axes, panel, memory, err) &&
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

bool cell_map_note(struct cell_map *map, char *note) {
    map->map.note = map->note = note;
    return note;
}

void cell_map_free(struct cell_map *map) {
    for (int i = 0; i < map->map.n_panels; i++) memory_free(&map->memory[i]);
    free(map->panels);
    free(map->memory);
    free(map->title);
    free(map->value_title);
    free(map->subtitles[0]);
    free(map->subtitles[1]);
    free(map->note);
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
