/* mean.c: see mean.h. */
#include "batch/mean.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

void running_add(struct running *r, double x) {
    const double before = x - r->mean;
    r->count++;
    r->mean += before / (double)r->count;
    r->squares += before * (x - r->mean);
}

double running_error(const struct running *r) {
    if (r->count < 2) return (double)NAN;
    return sqrt(r->squares / (double)(r->count - 1) / (double)r->count);
}

/* ---- lists in order ---- */

/* Inserts a zeroed element into a list of n, whose memory doubles where n is a power of two. NULL
 * and err when memory is out; the list is unchanged then. */
static void *make_gap(void *list, size_t n, size_t size, size_t at, struct pg_error *err) {
    if ((n & (n - 1)) == 0) {
        void *larger = reallocarray(list, n ? 2 * n : 1, size);
        if (!larger) {
            fail(err, "out of memory: the means of %zu x %zu bytes cannot be allocated", n, size);
            return NULL;
        }
        list = larger;
    }
    char *gap = (char *)list + at * size;
    memmove(gap + size, gap, (n - at) * size);
    memset(gap, 0, size);
    return list;
}

static int compare_numbers(long long a, long long b) {
    return (a > b) - (a < b);
}

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
    struct mean_cell *cells = make_gap(panel->cells, n, sizeof *cells, n, err);
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
    struct mean_panel *panels = make_gap(mean->panels, mean->n_panels, sizeof *panels, low, err);
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
    int *labels; /* of each label of the row, its number among all labels */
};

static bool add_kind(struct adding *a, struct pg_error *err) {
    struct mean *mean = a->mean;
    const struct summary_row *row = a->row;
    while (a->kind < mean->n_kinds &&
           (!measure_same(mean->kinds[a->kind].measure, row->measure) ||
            !intervention_same(&mean->kinds[a->kind].intervention, &row->intervention)))
        a->kind++;
    if (a->kind == mean->n_kinds) {
        struct mean_kind *kinds =
            make_gap(mean->kinds, mean->n_kinds, sizeof *kinds, mean->n_kinds, err);
        if (!kinds) return false;
        mean->kinds = kinds;
        mean->n_kinds++;
        kinds[a->kind].measure = row->measure;
        kinds[a->kind].intervention = row->intervention;
    }
    struct mean_kind *kind = &mean->kinds[a->kind];
    kind->count++;
    running_add(&kind->clean, (double)row->clean_metric);
    if (row->intervention.with == PG_WITH_TEXT)
        running_add(&kind->corrupt, (double)row->corrupt_metric);
    return true;
}

/* A label that is looked for. */
struct wanted_label {
    const struct mean *mean;
    const char *name;
};

static bool is_label(const void *context, size_t at) {
    const struct wanted_label *wanted = context;
    return !strcmp(wanted->mean->labels[at], wanted->name);
}

/* The number of a label among all, to which it is added if it is missing. SIZE_MAX and err when
 * memory is out. */
static size_t find_label(struct mean *mean, const char *name, struct pg_error *err) {
    const uint32_t hash = lookup_hash(0, name, strlen(name));
    const size_t n = mean->n_labels;
    const size_t at = lookup_find(&mean->names, hash, is_label, &(struct wanted_label){mean, name});
    if (at < n) return at;
    char **labels = make_gap(mean->labels, n, sizeof *labels, n, err);
    if (!labels) return SIZE_MAX;
    mean->labels = labels;
    if (!(labels[n] = copy_string(name, err))) return SIZE_MAX;
    mean->n_labels++;
    return lookup_add(&mean->names, hash, n, err) ? n : SIZE_MAX;
}

static bool add_labels(struct adding *a, struct pg_error *err) {
    a->labels = allocate(a->row->n_labels, sizeof *a->labels, err);
    for (size_t i = 0; a->labels && i < a->row->n_labels; i++) {
        const size_t number = find_label(a->mean, a->row->labels[i].name, err);
        if (number == SIZE_MAX) return false;
        a->labels[i] = (int)number;
    }
    return a->labels;
}

/* Adds the tokens of a cell; one_text: without a corrupted text. */
static bool add_column(struct mean_panel *panel, size_t number, const struct cell *cell,
                       bool one_text, struct pg_error *err) {
    while (panel->n_columns <= number) {
        struct mean_column *columns =
            make_gap(panel->columns, panel->n_columns, sizeof *columns, panel->n_columns, err);
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
    if (!panel) return false;
    if (panel->last_line != a->row->line) panel->count++;
    panel->last_line = a->row->line;
    const int column = position >= 0 ? position : label;
    const struct intervention *i = &a->row->intervention;
    const bool one_text = i->with != PG_WITH_TEXT || i->noise;
    if (column >= 0 && !add_column(panel, (size_t)column, cell, one_text, err)) return false;
    struct mean_cell *found = find_cell(panel, &place, err);
    if (!found) return false;
    running_add(&found->value, (double)cell->at.value);
    if (!isnan(cell->recovered)) running_add(&found->recovered, (double)cell->recovered);
    return true;
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

bool mean_add(struct mean *mean, const struct summary_row *row, const struct cells *cells,
              struct pg_error *err) {
    struct adding a = {.mean = mean, .row = row};
    bool done = add_kind(&a, err) && add_labels(&a, err);
    for (size_t i = 0; done && i < cells->n; i++) done = add_cell(&a, &cells->items[i], err);
    free(a.labels);
    return done;
}

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
    for (size_t i = 0; i < mean->n_labels; i++) free(mean->labels[i]);
    free(mean->panels);
    free(mean->labels);
    free(mean->kinds);
    lookup_free(&mean->names);
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

/* ---- text ---- */

enum mean_csv_column {
    METRIC,
    NOISING,
    WITH,
    NOISE,
    WINDOW,
    JOINT,
    SITE,
    LAYER,
    HEAD,
    N_TOKENS,
    POSITION,
    LABEL,
    NEURON,
    SOURCE,
    COUNT,
    VALUE,
    VALUE_SE,
    RECOVERED_COUNT,
    RECOVERED,
    RECOVERED_SE,
    N_COLUMNS
};

static const char *const names[N_COLUMNS] = {
    "metric",    "noising",         "with",  "noise",    "window",   "joint",
    "site",      "layer",           "head",  "n_tokens", "position", "label",
    "neuron",    "source_position", "count", "value",    "value_se", "recovered_count",
    "recovered", "recovered_se"};

/* Writes count, mean and standard error from a column on, the last two if there are enough
 * numbers. */
static void write_running(const struct running *r, enum mean_csv_column first,
                          char numbers[N_COLUMNS][NUMBER_SIZE]) {
    snprintf(numbers[first], NUMBER_SIZE, "%zu", r->count);
    if (r->count > 0) number_format((float)r->mean, numbers[first + 1]);
    if (r->count > 1) number_format((float)running_error(r), numbers[first + 2]);
}

/* The columns that the table has: those of plain patching, and what its kinds and sites need. */
struct kept {
    bool columns[N_COLUMNS];
};

static struct kept columns_of(const struct mean *mean) {
    struct kept k;
    bool plain = true, neurons = false, sources = false;
    for (size_t i = 0; i < mean->n_kinds; i++)
        plain &= intervention_is_plain(&mean->kinds[i].intervention);
    for (size_t i = 0; i < mean->n_panels; i++) {
        neurons |= pg_site_has_neurons(mean->panels[i].site);
        sources |= pg_site_has_sources(mean->panels[i].site);
    }
    for (int i = 0; i < N_COLUMNS; i++) k.columns[i] = plain ? i < WITH || i > JOINT : true;
    k.columns[NEURON] = neurons;
    k.columns[SOURCE] = sources;
    return k;
}

static void write_cell(FILE *out, const struct mean *mean, const struct kept *kept,
                       const struct mean_panel *panel, const struct mean_cell *cell) {
    const struct intervention *i = &mean->kinds[panel->kind].intervention;
    const struct words joint = joint_sites(i->joint);
    char numbers[N_COLUMNS][NUMBER_SIZE] = {0};
    const char *fields[N_COLUMNS];
    for (int c = 0; c < N_COLUMNS; c++) fields[c] = numbers[c];
    fields[METRIC] = measure_name(mean->kinds[panel->kind].measure);
    fields[NOISING] = i->noising ? "1" : "0";
    fields[WITH] = with_name(i->with);
    fields[NOISE] = i->noise ? "1" : "0";
    snprintf(numbers[WINDOW], NUMBER_SIZE, "%d", i->window ? i->window : 1);
    fields[JOINT] = joint.text;
    fields[SITE] = i->joint ? joint.text : pg_site_name(panel->site);
    csv_write_index(cell->layer, numbers[LAYER]);
    csv_write_index(cell->head, numbers[HEAD]);
    if (panel->n_tokens) csv_write_index(panel->n_tokens, numbers[N_TOKENS]);
    csv_write_index(cell->position, numbers[POSITION]);
    if (cell->label >= 0) fields[LABEL] = mean->labels[cell->label];
    csv_write_index(cell->neuron, numbers[NEURON]);
    csv_write_index(cell->source, numbers[SOURCE]);
    write_running(&cell->value, COUNT, numbers);
    write_running(&cell->recovered, RECOVERED_COUNT, numbers);
    csv_write_kept(out, fields, kept->columns, N_COLUMNS);
}

char *mean_text(const struct mean *mean, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    const struct kept kept = columns_of(mean);
    csv_write_kept(s.out, names, kept.columns, N_COLUMNS);
    for (size_t i = 0; i < mean->n_panels; i++)
        for (size_t j = 0; j < mean->panels[i].n_cells; j++)
            write_cell(s.out, mean, &kept, &mean->panels[i], &mean->panels[i].cells[j]);
    return text_close(&s, size, "the table of the means", err);
}
