/* mean_reading.c: see mean_reading.h. */
#include "batch/mean_reading.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/text_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one line ---- */

/* A line that is being added. */
struct adding {
    struct mean_reading *mean;
    const struct summary_row *row;
    size_t group;
    int *labels;                   /* of each label of the row, its number among all labels */
    struct resampling *resampling; /* NULL: the numbers are added to the averages */
};

/* Finds the group of the row, which is added if it is missing. */
static bool find_group(struct adding *a, struct pg_error *err) {
    struct mean_reading *mean = a->mean;
    const bool measured = !isnan(a->row->clean_metric);
    for (; a->group < mean->n_groups; a->group++) {
        const struct reading_group *g = &mean->groups[a->group];
        if (g->measured == measured && (!measured || measure_same(g->measure, a->row->measure)))
            break;
    }
    if (a->group == mean->n_groups) {
        struct reading_group *groups =
            list_insert(mean->groups, mean->n_groups, sizeof *groups, mean->n_groups, err);
        if (!groups) return false;
        mean->groups = groups;
        groups[mean->n_groups++] =
            (struct reading_group){.measured = measured, .measure = a->row->measure};
    }
    return true;
}

static struct reading_panel *find_panel(struct mean_reading *mean, size_t group, int n_tokens,
                                        struct pg_error *err) {
    size_t i = 0;
    while (i < mean->n_panels &&
           (mean->panels[i].group != group || mean->panels[i].n_tokens != n_tokens))
        i++;
    if (i < mean->n_panels) return &mean->panels[i];
    struct reading_panel *panels = list_insert(mean->panels, i, sizeof *panels, i, err);
    if (!panels) return NULL;
    mean->panels = panels;
    panels[i] = (struct reading_panel){.group = group, .n_tokens = n_tokens};
    panels[i].tokens = allocate((size_t)n_tokens + 1, sizeof *panels[i].tokens, err);
    if (!panels[i].tokens) return NULL;
    mean->n_panels++;
    return &panels[i];
}

/* A row that is looked for. */
struct wanted_row {
    const struct mean_reading *mean;
    const struct reading_row *place;
};

static bool is_row(const void *context, size_t at) {
    const struct wanted_row *wanted = context;
    const struct reading_row *a = &wanted->mean->rows[at], *b = wanted->place;
    return a->item == b->item && a->group == b->group && a->n_tokens == b->n_tokens &&
           a->position == b->position && a->label == b->label;
}

static struct reading_row *find_row(struct mean_reading *mean, const struct reading_row *place,
                                    struct pg_error *err) {
    const int key[] = {(int)place->group,        place->n_tokens,
                       place->position,          place->label,
                       (int)(place->item >> 32), (int)(place->item & 0x7fffffff)};
    const uint32_t hash = lookup_hash(0, key, sizeof key);
    const struct wanted_row wanted = {mean, place};
    const size_t at = lookup_find(&mean->places, hash, is_row, &wanted), n = mean->n_rows;
    if (at < n) return &mean->rows[at];
    struct reading_row *rows = list_insert(mean->rows, n, sizeof *rows, n, err);
    if (!rows) return NULL;
    mean->rows = rows;
    rows[n] = *place;
    if (!lookup_add(&mean->places, hash, n, err)) return NULL;
    mean->n_rows++;
    return &rows[n];
}

/* Notes the token at a position of a panel's texts. */
static bool add_token(struct reading_panel *panel, int position, const char *text,
                      struct pg_error *err) {
    char **token = &panel->tokens[position];
    if (!*token) return (*token = copy_string(text, err));
    if (strcmp(*token, text) != 0) **token = '\0';
    return true;
}

/* The averages of a row; attributions do not use the second one. */
enum { VALUE_AVERAGE, PROBABILITY_AVERAGE, N_ROW_AVERAGES };

static void resample(const struct adding *a, size_t row, const struct item_reading *r) {
    const size_t first = row * N_ROW_AVERAGES;
    if (!isnan(r->value)) resampling_add(a->resampling, first + VALUE_AVERAGE, (double)r->value);
    if (a->mean->kind == WORK_LENS)
        resampling_add(a->resampling, first + PROBABILITY_AVERAGE, (double)r->probability);
}

/* Adds a number at its position, at a label, or, both -1, at neither. */
static bool add_at(const struct adding *a, const struct item_reading *r, int position, int label,
                   struct pg_error *err) {
    const struct reading_row place = {.group = a->group,
                                      .n_tokens = position >= 0 ? a->row->n_tokens : 0,
                                      .item = r->item,
                                      .position = position,
                                      .label = label};
    struct reading_panel *panel = find_panel(a->mean, place.group, place.n_tokens, err);
    struct reading_row *row = panel ? find_row(a->mean, &place, err) : NULL;
    if (!row) return false;
    if (a->resampling) {
        resample(a, (size_t)(row - a->mean->rows), r);
        return true;
    }
    if (panel->last_line != a->row->line) panel->count++;
    panel->last_line = a->row->line;
    row->count++;
    row->n_first += r->first;
    if (!isnan(r->value)) average_add(&row->value, (double)r->value);
    if (a->mean->kind == WORK_LENS) average_add(&row->probability, (double)r->probability);
    return position < 0 || add_token(panel, position, r->token, err);
}

static bool add_reading(const struct adding *a, const struct item_reading *r,
                        struct pg_error *err) {
    if (r->position < 0 || !a->row->n_labels) return add_at(a, r, r->position, -1, err);
    for (size_t i = 0; i < a->row->n_labels; i++)
        if (a->row->labels[i].position == r->position && !add_at(a, r, -1, a->labels[i], err))
            return false;
    return true;
}

static bool add_readings(struct adding *a, const struct readings *readings, struct pg_error *err) {
    a->labels = label_numbers(&a->mean->labels, a->row, err);
    bool done = a->labels;
    for (size_t i = 0; done && i < readings->n; i++)
        done = add_reading(a, &readings->items[i], err);
    free(a->labels);
    return done;
}

bool mean_reading_add(struct mean_reading *mean, const struct summary_row *row,
                      const struct readings *readings, struct pg_error *err) {
    struct adding a = {.mean = mean, .row = row};
    if (!find_group(&a, err)) return false;
    struct reading_group *group = &mean->groups[a.group];
    group->count++;
    if (group->measured) average_add(&group->metric, (double)row->clean_metric);
    return add_readings(&a, readings, err);
}

/* ---- intervals ---- */

bool mean_reading_resample(struct mean_reading *mean, const struct summary_row *row,
                           const struct readings *readings, struct resampling *resampling,
                           struct pg_error *err) {
    struct adding a = {.mean = mean, .row = row, .resampling = resampling};
    resampling_begin(resampling, row->id);
    return find_group(&a, err) && add_readings(&a, readings, err);
}

bool mean_reading_intervals(struct mean_reading *mean, const struct bootstrap *bootstrap,
                            resampling_pass *pass, void *context, struct pg_error *err) {
    const size_t n = mean->n_rows * N_ROW_AVERAGES;
    mean->bootstrap = *bootstrap;
    if (bootstrap->replicates == BOOTSTRAP_DEFAULT)
        mean->bootstrap.replicates = bootstrap_default(n);
    struct interval *intervals = allocate(n, sizeof *intervals, err);
    const bool done =
        intervals && bootstrap_intervals(&mean->bootstrap, n, pass, context, intervals, err);
    for (size_t i = 0; done && i < mean->n_rows; i++) {
        mean->rows[i].value.interval = intervals[i * N_ROW_AVERAGES + VALUE_AVERAGE];
        mean->rows[i].probability.interval = intervals[i * N_ROW_AVERAGES + PROBABILITY_AVERAGE];
    }
    free(intervals);
    return done;
}

/* ---- the end ---- */

void mean_reading_free(struct mean_reading *mean) {
    for (size_t i = 0; i < mean->n_panels; i++) {
        for (int k = 0; k < mean->panels[i].n_tokens; k++) free(mean->panels[i].tokens[k]);
        free(mean->panels[i].tokens);
    }
    free(mean->groups);
    label_names_free(&mean->labels);
    free(mean->panels);
    free(mean->rows);
    lookup_free(&mean->places);
    *mean = (struct mean_reading){0};
}

static int compare_rows(const void *left, const void *right) {
    const struct reading_row *a = left, *b = right;
    int order = compare_numbers((long long)a->group, (long long)b->group);
    if (!order) order = compare_numbers(a->n_tokens, b->n_tokens);
    if (!order) order = compare_numbers(a->label >= 0, b->label >= 0);
    if (!order) order = compare_numbers((long long)a->item, (long long)b->item);
    if (!order) order = compare_numbers(a->position, b->position);
    return order ? order : compare_numbers(a->label, b->label);
}

void mean_reading_order(struct mean_reading *mean) {
    if (mean->n_rows) qsort(mean->rows, mean->n_rows, sizeof *mean->rows, compare_rows);
    lookup_free(&mean->places);
}

/* ---- text ---- */

enum mean_column_of_readings {
    METRIC,
    ITEM,
    N_TOKENS,
    POSITION,
    LABEL,
    COUNT, /* and the other fields of an average */
    FIRST = COUNT + N_AVERAGE_FIELDS,
    PROBABILITY, /* and its other fields */
    N_COLUMNS = PROBABILITY + N_AVERAGE_FIELDS - AVERAGE_MEAN
};

/* The columns of a kind, and which of them its table has. */
struct columns {
    const char *names[N_COLUMNS];
    bool kept[N_COLUMNS];
};

/* The table of attributions has positions only if some are split by source. */
static struct columns columns_of(const struct mean_reading *mean) {
    const bool lens = mean->kind == WORK_LENS;
    struct columns c = {.names = {"metric", lens ? "place" : "component", "n_tokens",
                                  lens ? "position" : "source_position", "label", "count", "value",
                                  "value_se", "value_low", "value_high", "top1", "top_probability",
                                  "top_probability_se", "top_probability_low",
                                  "top_probability_high"}};
    bool positions = lens;
    for (size_t i = 0; i < mean->n_rows; i++)
        positions |= mean->rows[i].n_tokens || mean->rows[i].label >= 0;
    for (int i = 0; i < N_COLUMNS; i++) c.kept[i] = lens || i < FIRST;
    c.kept[N_TOKENS] = c.kept[POSITION] = c.kept[LABEL] = positions;
    return c;
}

static void write_row(FILE *out, const struct mean_reading *mean, const struct columns *columns,
                      const struct reading_row *row) {
    const struct reading_group *group = &mean->groups[row->group];
    const struct average_texts value = average_texts(&row->value),
                               probability = average_texts(&row->probability);
    char numbers[N_COLUMNS][NUMBER_SIZE] = {0}, item[ITEM_NAME_SIZE];
    const char *fields[N_COLUMNS];
    for (int c = 0; c < N_COLUMNS; c++) fields[c] = numbers[c];
    item_name(mean->kind, row->item, item);
    fields[ITEM] = item;
    if (row->n_tokens) csv_write_index(row->n_tokens, numbers[N_TOKENS]);
    csv_write_index(row->position, numbers[POSITION]);
    if (row->label >= 0) fields[LABEL] = mean->labels.items[row->label];
    snprintf(numbers[COUNT], NUMBER_SIZE, "%zu", row->count);
    for (int f = AVERAGE_MEAN; f < N_AVERAGE_FIELDS; f++) {
        fields[COUNT + f] = value.of[f];
        fields[PROBABILITY + f - AVERAGE_MEAN] = probability.of[f];
    }
    if (group->measured) {
        fields[METRIC] = measure_name(group->measure);
        number_format((float)((double)row->n_first / (double)row->count), numbers[FIRST]);
    }
    csv_write_kept(out, fields, columns->kept, N_COLUMNS);
}

char *mean_reading_text(const struct mean_reading *mean, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    const struct columns columns = columns_of(mean);
    csv_write_kept(s.out, columns.names, columns.kept, N_COLUMNS);
    for (size_t i = 0; i < mean->n_rows; i++) write_row(s.out, mean, &columns, &mean->rows[i]);
    return text_close(&s, size, "the table of the means", err);
}
