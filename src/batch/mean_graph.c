/* mean_graph.c: see mean_graph.h. */
#include "batch/mean_graph.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/text_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

static bool same_graphs(const struct graph_row *a, const struct graph_row *b) {
    return a->n_layer == b->n_layer && a->n_head == b->n_head && a->n_embd == b->n_embd &&
           a->frozen_mlps == b->frozen_mlps && (!a->readers || !strcmp(a->readers, b->readers));
}

/* Finds the group of the row, which is added if it is missing. SIZE_MAX and err when memory is
 * out. */
static size_t find_group(struct mean_graph *mean, const struct summary_row *row,
                         struct pg_error *err) {
    size_t i = 0;
    for (; i < mean->n_groups; i++)
        if (measure_same(mean->groups[i].measure, row->measure) &&
            intervention_same(&mean->groups[i].intervention, &row->intervention) &&
            same_graphs(&mean->groups[i].graph, &row->graph))
            return i;
    struct graph_group *groups = list_insert(mean->groups, i, sizeof *groups, i, err);
    if (!groups) return SIZE_MAX;
    mean->groups = groups;
    groups[i] = (struct graph_group){
        .measure = row->measure, .intervention = row->intervention, .graph = row->graph};
    const char *readers = row->graph.readers;
    if (readers && !(groups[i].graph.readers = copy_string(readers, err))) return SIZE_MAX;
    mean->n_groups++;
    return i;
}

/* An edge that is looked for. */
struct wanted_edge {
    const struct mean_graph *mean;
    const struct edge_mean *place;
};

static bool is_edge(const void *context, size_t at) {
    const struct wanted_edge *wanted = context;
    const struct edge_mean *a = &wanted->mean->edges[at], *b = wanted->place;
    return a->sender == b->sender && a->receiver == b->receiver && a->group == b->group;
}

/* The edge of a cell, which is added if it is missing. */
static struct edge_mean *find_edge(struct mean_graph *mean, size_t group,
                                   const struct edge_cell *cell, struct pg_error *err) {
    const struct edge_mean place = {
        .group = group, .sender = cell->sender, .receiver = cell->receiver};
    const size_t key[] = {group, cell->sender, cell->receiver}, n = mean->n_edges;
    const uint32_t hash = lookup_hash(0, key, sizeof key);
    const struct wanted_edge wanted = {mean, &place};
    const size_t at = lookup_find(&mean->places, hash, is_edge, &wanted);
    if (at < n) return &mean->edges[at];
    struct edge_mean *edges = list_insert(mean->edges, n, sizeof *edges, n, err);
    if (!edges) return NULL;
    mean->edges = edges;
    edges[n] = place;
    if (!lookup_add(&mean->places, hash, n, err)) return NULL;
    mean->n_edges++;
    return &edges[n];
}

/* ---- one experiment ---- */

static int count_averages(const struct mean_graph *mean) {
    return mean->kind == WORK_EDGES ? N_EDGE_AVERAGES : EDGE_SCORE;
}

static float number_of(const struct edge_cell *cell, int average) {
    return average == EDGE_VALUE   ? cell->value
           : average == EDGE_SCORE ? cell->score
                                   : cell->recovered;
}

/* Adds the cells, or, if there is a resampling, adds them to that. */
static bool add_cells(struct mean_graph *mean, const struct summary_row *row,
                      const struct edge_cells *cells, struct resampling *resampling,
                      struct pg_error *err) {
    const size_t group = find_group(mean, row, err), n = (size_t)count_averages(mean);
    if (group == SIZE_MAX) return false;
    if (!resampling) mean->groups[group].count++;
    for (size_t i = 0; i < cells->n; i++) {
        struct edge_mean *edge = find_edge(mean, group, &cells->items[i], err);
        if (!edge) return false;
        for (size_t k = 0; k < n; k++) {
            const double x = (double)number_of(&cells->items[i], (int)k);
            if (k == EDGE_RECOVERED && isnan(x)) continue;
            if (resampling)
                resampling_add(resampling, (size_t)(edge - mean->edges) * n + k, x);
            else
                average_add(&edge->averages[k], x);
        }
    }
    return true;
}

bool mean_graph_add(struct mean_graph *mean, const struct summary_row *row,
                    const struct edge_cells *cells, struct pg_error *err) {
    return add_cells(mean, row, cells, NULL, err);
}

/* ---- intervals ---- */

bool mean_graph_resample(struct mean_graph *mean, const struct summary_row *row,
                         const struct edge_cells *cells, struct resampling *resampling,
                         struct pg_error *err) {
    resampling_begin(resampling, row->id);
    return add_cells(mean, row, cells, resampling, err);
}

bool mean_graph_intervals(struct mean_graph *mean, const struct bootstrap *bootstrap,
                          resampling_pass *pass, void *context, struct pg_error *err) {
    const size_t each = (size_t)count_averages(mean), n = mean->n_edges * each;
    mean->bootstrap = *bootstrap;
    if (bootstrap->replicates == BOOTSTRAP_DEFAULT)
        mean->bootstrap.replicates = bootstrap_default(n);
    struct interval *intervals = allocate(n, sizeof *intervals, err);
    const bool done =
        intervals && bootstrap_intervals(&mean->bootstrap, n, pass, context, intervals, err);
    for (size_t i = 0; done && i < n; i++)
        mean->edges[i / each].averages[i % each].interval = intervals[i];
    free(intervals);
    return done;
}

/* ---- the end ---- */

void mean_graph_free(struct mean_graph *mean) {
    for (size_t i = 0; i < mean->n_groups; i++) free(mean->groups[i].graph.readers);
    free(mean->groups);
    free(mean->edges);
    lookup_free(&mean->places);
    *mean = (struct mean_graph){0};
}

static int compare_edges(const void *left, const void *right) {
    const struct edge_mean *a = left, *b = right;
    int order = compare_numbers((long long)a->group, (long long)b->group);
    if (!order) order = compare_numbers((long long)a->receiver, (long long)b->receiver);
    return order ? order : compare_numbers((long long)a->sender, (long long)b->sender);
}

void mean_graph_order(struct mean_graph *mean) {
    if (mean->n_edges) qsort(mean->edges, mean->n_edges, sizeof *mean->edges, compare_edges);
    lookup_free(&mean->places);
}

/* ---- text ---- */

enum mean_graph_column {
    METRIC,
    NOISING,
    WITH,
    NOISE,
    MLPS,
    SENDER,
    RECEIVER,
    COUNT,
    SCORE, /* and the fields of an average after it */
    VALUE = SCORE + N_AVERAGE_FIELDS - AVERAGE_MEAN,
    RECOVERED_COUNT = VALUE + N_AVERAGE_FIELDS - AVERAGE_MEAN,
    N_COLUMNS = RECOVERED_COUNT + N_AVERAGE_FIELDS
};

static const char *const names[N_COLUMNS] = {
    "metric",        "noising",         "with",      "noise",        "mlps",
    "sender",        "receiver",        "count",     "score",        "score_se",
    "score_low",     "score_high",      "value",     "value_se",     "value_low",
    "value_high",    "recovered_count", "recovered", "recovered_se", "recovered_low",
    "recovered_high"};

/* The columns that the table has. */
struct kept {
    bool columns[N_COLUMNS];
};

static struct kept columns_of(const struct mean_graph *mean) {
    struct kept k;
    bool plain = true;
    for (size_t i = 0; i < mean->n_groups; i++)
        plain &= intervention_is_plain(&mean->groups[i].intervention);
    const bool edges = mean->kind == WORK_EDGES;
    for (int i = 0; i < N_COLUMNS; i++) k.columns[i] = edges || i < SCORE || i >= VALUE;
    k.columns[WITH] = k.columns[NOISE] = !plain;
    k.columns[MLPS] = !edges;
    return k;
}

static void write_edge(FILE *out, const struct mean_graph *mean, const struct kept *kept,
                       const struct edge_mean *edge) {
    const struct graph_group *group = &mean->groups[edge->group];
    const struct config config = graph_config(&group->graph);
    const struct pg_sender from = graph_sender(&config, edge->sender);
    const struct pg_receiver to = graph_receiver(&config, edge->receiver);
    const char *fields[N_COLUMNS];
    char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
    struct average_texts texts[N_EDGE_AVERAGES];
    sender_name(&from, sender);
    receiver_name(&to, receiver);
    for (int i = 0; i < N_EDGE_AVERAGES; i++) texts[i] = average_texts(&edge->averages[i]);
    fields[METRIC] = measure_name(group->measure);
    fields[NOISING] = group->intervention.noising ? "1" : "0";
    fields[WITH] = with_name(group->intervention.with);
    fields[NOISE] = group->intervention.noise ? "1" : "0";
    fields[MLPS] = group->graph.frozen_mlps ? "frozen" : "run";
    fields[SENDER] = sender;
    fields[RECEIVER] = group->graph.readers ? group->graph.readers : receiver;
    fields[COUNT] = texts[EDGE_VALUE].of[AVERAGE_COUNT];
    fields[RECOVERED_COUNT] = texts[EDGE_RECOVERED].of[AVERAGE_COUNT];
    for (int f = AVERAGE_MEAN; f < N_AVERAGE_FIELDS; f++) {
        fields[SCORE + f - AVERAGE_MEAN] = texts[EDGE_SCORE].of[f];
        fields[VALUE + f - AVERAGE_MEAN] = texts[EDGE_VALUE].of[f];
        fields[RECOVERED_COUNT + f] = texts[EDGE_RECOVERED].of[f];
    }
    csv_write_kept(out, fields, kept->columns, N_COLUMNS);
}

char *mean_graph_text(const struct mean_graph *mean, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    const struct kept kept = columns_of(mean);
    csv_write_kept(s.out, names, kept.columns, N_COLUMNS);
    for (size_t i = 0; i < mean->n_edges; i++) write_edge(s.out, mean, &kept, &mean->edges[i]);
    return text_close(&s, size, "the table of the means", err);
}
