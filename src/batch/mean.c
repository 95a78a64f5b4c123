/* mean.c: see mean.h. */
#include "batch/mean.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The averages of a cell that have intervals: always the first two. */
enum { VALUE_AVERAGE, RECOVERED_AVERAGE, CHANGE_AVERAGE };

/* ---- lists in order ---- */

static int compare_cells(const struct mean_cell *a, const struct mean_cell *b) {
    int order = compare_numbers(a->layer, b->layer);
    if (!order) order = compare_numbers(a->head, b->head);
    if (!order) order = compare_numbers(a->neuron, b->neuron);
    if (!order) order = compare_numbers(a->position, b->position);
    if (!order) order = compare_numbers(a->label, b->label);
    return order ? order : compare_numbers(a->source, b->source);
}

/* A cell that is looked for in a panel. */
struct wanted_cell {
    const struct mean_panel *panel;
    const struct mean_cell *place;
};

static bool is_cell(const void *context, size_t at) {
    const struct wanted_cell *wanted = context;
    return !compare_cells(&wanted->panel->cells[at], wanted->place);
}

/* The panel's cell at this place, which is added if it is missing. */
static struct mean_cell *find_cell(struct mean_panel *panel, const struct mean_cell *place,
                                   struct pg_error *err) {
    const int key[] = {place->layer, place->head,   place->position,
                       place->label, place->neuron, place->source};
    const uint32_t hash = lookup_hash(0, key, sizeof key);
    const size_t n = panel->n_cells;
    const size_t at =
        lookup_find(&panel->places, hash, is_cell, &(struct wanted_cell){panel, place});
    if (at < n) return &panel->cells[at];
    struct mean_cell *cells = list_insert(panel->cells, n, sizeof *cells, n, err);
    if (!cells) return NULL;
    panel->cells = cells;
    cells[n] = *place;
    if (!lookup_add(&panel->places, hash, n, err)) return NULL;
    panel->n_cells++;
    return &cells[n];
}

static int compare_panels(const struct mean_panel *a, const struct mean_panel *b) {
    int order = compare_numbers((long long)a->kind, (long long)b->kind);
    if (!order) order = compare_numbers(a->site, b->site);
    return order ? order : compare_numbers(a->n_tokens, b->n_tokens);
}

/* The panel of the same kind, site and number of tokens, which is inserted if it is missing. */
static struct mean_panel *find_panel(struct mean *mean, const struct mean_panel *place,
                                     struct pg_error *err) {
    size_t low = 0, high = mean->n_panels;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare_panels(&mean->panels[middle], place);
        if (!order) return &mean->panels[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct mean_panel *panels = list_insert(mean->panels, mean->n_panels, sizeof *panels, low, err);
    if (!panels) return NULL;
    mean->panels = panels;
    mean->n_panels++;
    panels[low] = *place;
    return &panels[low];
}

/* ---- one experiment ---- */

struct adding {
    struct mean *mean;
    const struct summary_row *row;
    size_t kind;
    int *labels;                   /* of each label of the row, its number among all labels */
    struct resampling *resampling; /* NULL: the numbers are added to the averages */
};

/* Finds the kind of the row, which is added if it is missing. */
static bool find_kind(struct adding *a, struct pg_error *err) {
    struct mean *mean = a->mean;
    const struct summary_row *row = a->row;
    while (a->kind < mean->n_kinds &&
           (!measure_same(mean->kinds[a->kind].measure, row->measure) ||
            !intervention_same(&mean->kinds[a->kind].intervention, &row->intervention)))
        a->kind++;
    if (a->kind == mean->n_kinds) {
        struct mean_kind *kinds =
            list_insert(mean->kinds, mean->n_kinds, sizeof *kinds, mean->n_kinds, err);
        if (!kinds) return false;
        mean->kinds = kinds;
        mean->n_kinds++;
        kinds[a->kind].measure = row->measure;
        kinds[a->kind].intervention = row->intervention;
    }
    return true;
}

static void add_metrics(struct mean_kind *kind, const struct summary_row *row) {
    kind->count++;
    average_add(&kind->clean, (double)row->clean_metric);
    if (row->intervention.with == PG_WITH_TEXT)
        average_add(&kind->corrupt, (double)row->corrupt_metric);
}

/* Adds the tokens of a cell; one_text: without a corrupted text. */
static bool add_column(struct mean_panel *panel, size_t number, const struct cell *cell,
                       bool one_text, struct pg_error *err) {
    while (panel->n_columns <= number) {
        struct mean_column *columns =
            list_insert(panel->columns, panel->n_columns, sizeof *columns, panel->n_columns, err);
        if (!columns) return false;
        panel->columns = columns;
        panel->n_columns++;
    }
    struct mean_column *column = &panel->columns[number];
    column->differs |= !one_text && strcmp(cell->clean, cell->corrupt) != 0;
    if (column->clean) {
        column->varies |=
            strcmp(cell->clean, column->clean) != 0 || strcmp(cell->corrupt, column->corrupt) != 0;
        return true;
    }
    column->clean = copy_string(cell->clean, err);
    column->corrupt = copy_string(cell->corrupt, err);
    return column->clean && column->corrupt;
}

/* Adds the numbers of a cell to its averages. */
static void average_cell(struct mean_cell *average, const struct cell *cell) {
    average_add(&average->value, (double)cell->at.value);
    if (!isnan(cell->recovered)) average_add(&average->recovered, (double)cell->recovered);
}

/* The metric of the run that is patched. */
static float base_of(const struct summary_row *row) {
    return intervention_patches_clean(&row->intervention) ? row->clean_metric : row->corrupt_metric;
}

/* Adds them to the sums of their replicates. */
static void resample_cell(const struct adding *a, const struct mean_panel *panel,
                          const struct mean_cell *average, const struct cell *cell) {
    const size_t place = panel->n_before + (size_t)(average - panel->cells);
    const size_t first = place * a->mean->cell_averages;
    resampling_add(a->resampling, first + VALUE_AVERAGE, (double)cell->at.value);
    if (!isnan(cell->recovered))
        resampling_add(a->resampling, first + RECOVERED_AVERAGE, (double)cell->recovered);
    if (a->mean->cell_averages > CHANGE_AVERAGE)
        resampling_add(a->resampling, first + CHANGE_AVERAGE,
                       (double)(cell->at.value - base_of(a->row)));
}

/* Counts the experiment and adds the tokens of the cell to the panel. */
static bool add_to_panel(const struct adding *a, const struct cell *cell, int column,
                         struct mean_panel *panel, struct pg_error *err) {
    const struct intervention *i = &a->row->intervention;
    const bool one_text = i->with != PG_WITH_TEXT || i->noise;
    if (panel->last_line != a->row->line) panel->count++;
    panel->last_line = a->row->line;
    return column < 0 || add_column(panel, (size_t)column, cell, one_text, err);
}

/* Adds a cell at its position, at a label, or, both -1, at neither. */
static bool add_at(const struct adding *a, const struct cell *cell, int position, int label,
                   struct pg_error *err) {
    const struct mean_panel there = {
        .kind = a->kind, .site = cell->at.site, .n_tokens = position >= 0 ? a->row->n_tokens : 0};
    const struct mean_cell place = {.layer = cell->at.layer,
                                    .head = cell->at.head,
                                    .position = position,
                                    .label = label,
                                    .neuron = cell->at.neuron,
                                    .source = cell->at.source};
    struct mean_panel *panel = find_panel(a->mean, &there, err);
    struct mean_cell *found = panel ? find_cell(panel, &place, err) : NULL;
    if (!found) return false;
    if (a->resampling) {
        resample_cell(a, panel, found, cell);
        return true;
    }
    average_cell(found, cell);
    return add_to_panel(a, cell, position >= 0 ? position : label, panel, err);
}

/* The index of the first label of a row whose position is not before this one. */
static size_t first_label(const struct summary_row *row, int position) {
    size_t low = 0, high = row->n_labels;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (row->labels[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool add_cell(const struct adding *a, const struct cell *cell, struct pg_error *err) {
    const int position = cell->at.position;
    if (position < 0 || !a->row->n_labels) return add_at(a, cell, position, -1, err);
    for (size_t i = first_label(a->row, position);
         i < a->row->n_labels && a->row->labels[i].position == position; i++)
        if (!add_at(a, cell, -1, a->labels[i], err)) return false;
    return true;
}

static bool add_cells(struct adding *a, const struct cells *cells, struct pg_error *err) {
    a->labels = label_numbers(&a->mean->labels, a->row, err);
    bool done = a->labels;
    for (size_t i = 0; done && i < cells->n; i++) done = add_cell(a, &cells->items[i], err);
    free(a->labels);
    return done;
}

bool mean_add(struct mean *mean, const struct summary_row *row, const struct cells *cells,
              struct pg_error *err) {
    struct adding a = {.mean = mean, .row = row};
    if (!find_kind(&a, err)) return false;
    add_metrics(&mean->kinds[a.kind], row);
    return add_cells(&a, cells, err);
}

/* ---- intervals ---- */

bool mean_resample(struct mean *mean, const struct summary_row *row, const struct cells *cells,
                   struct resampling *resampling, struct pg_error *err) {
    struct adding a = {.mean = mean, .row = row, .resampling = resampling};
    resampling_begin(resampling, row->id);
    return find_kind(&a, err) && add_cells(&a, cells, err);
}

/* Numbers the cells through all panels, and returns how many they are. */
static size_t number_cells(struct mean *mean) {
    size_t n = 0;
    for (size_t i = 0; i < mean->n_panels; i++) {
        mean->panels[i].n_before = n;
        n += mean->panels[i].n_cells;
    }
    return n;
}

/* Gives the cells their intervals. */
static void take_intervals(struct mean *mean, const struct interval *intervals) {
    for (size_t i = 0; i < mean->n_panels; i++)
        for (size_t j = 0; j < mean->panels[i].n_cells; j++, intervals += mean->cell_averages) {
            struct mean_cell *cell = &mean->panels[i].cells[j];
            cell->value.interval = intervals[VALUE_AVERAGE];
            cell->recovered.interval = intervals[RECOVERED_AVERAGE];
            if (mean->cell_averages > CHANGE_AVERAGE) cell->change = intervals[CHANGE_AVERAGE];
        }
}

bool mean_intervals(struct mean *mean, const struct bootstrap *bootstrap, bool with_changes,
                    resampling_pass *pass, void *context, struct pg_error *err) {
    const size_t n_cells = number_cells(mean);
    mean->cell_averages = with_changes ? CHANGE_AVERAGE + 1 : CHANGE_AVERAGE;
    mean->bootstrap = *bootstrap;
    if (bootstrap->replicates == BOOTSTRAP_DEFAULT) /* the same with changes and without */
        mean->bootstrap.replicates = bootstrap_default(n_cells * CHANGE_AVERAGE);
    const size_t n = n_cells * mean->cell_averages;
    struct interval *intervals = allocate(n, sizeof *intervals, err);
    const bool done =
        intervals && bootstrap_intervals(&mean->bootstrap, n, pass, context, intervals, err);
    if (done) take_intervals(mean, intervals);
    free(intervals);
    return done;
}

/* ---- the end ---- */

static void free_panel(struct mean_panel *panel) {
    for (size_t i = 0; i < panel->n_columns; i++) {
        free(panel->columns[i].clean);
        free(panel->columns[i].corrupt);
    }
    free(panel->columns);
    free(panel->cells);
    lookup_free(&panel->places);
}

void mean_free(struct mean *mean) {
    for (size_t i = 0; i < mean->n_panels; i++) free_panel(&mean->panels[i]);
    free(mean->panels);
    label_names_free(&mean->labels);
    free(mean->kinds);
    *mean = (struct mean){0};
}

static int compare_places(const void *a, const void *b) {
    return compare_cells(a, b);
}

void mean_order(struct mean *mean) {
    for (size_t i = 0; i < mean->n_panels; i++) {
        struct mean_panel *panel = &mean->panels[i];
        qsort(panel->cells, panel->n_cells, sizeof *panel->cells, compare_places);
        lookup_free(&panel->places);
    }
}
