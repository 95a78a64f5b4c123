/* summary.c: see summary.h; of its two directions the one to text. */
#include "batch/summary_columns.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text_stream.h"
#include "circuit/direct.h"
#include "patch/graph.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const summary_names[N_COLUMNS] = {[LINE] = "line",
                                              [ID] = "id",
                                              [FINGERPRINT] = "fingerprint",
                                              [WHAT] = "what",
                                              [SHAPE] = "shape",
                                              [METRIC] = "metric",
                                              [NOISING] = "noising",
                                              [WITH] = "with",
                                              [NOISE] = "noise",
                                              [WINDOW] = "window",
                                              [JOINT] = "joint",
                                              [MLPS] = "mlps",
                                              [N_TOKENS] = "n_tokens",
                                              [LABELS] = "labels",
                                              [CRC] = "csv_crc32",
                                              [CLEAN] = "clean_metric",
                                              [CORRUPT] = "corrupt_metric",
                                              [COMPONENT] = "component",
                                              [SITE] = "site",
                                              [LAYER] = "layer",
                                              [HEAD] = "head",
                                              [POSITION] = "position",
                                              [NEURON] = "neuron",
                                              [SOURCE] = "source_position",
                                              [SENDER] = "sender",
                                              [RECEIVER] = "receiver",
                                              [VALUE] = "value",
                                              [RECOVERED] = "recovered",
                                              [ERROR] = "error"};

struct width width_of(unsigned form) {
    static const unsigned needed_by[N_COLUMNS] = {
        [WITH] = SUMMARY_WIDE,
        [NOISE] = SUMMARY_WIDE,
        [WINDOW] = SUMMARY_WIDE,
        [JOINT] = SUMMARY_WIDE,
        [NEURON] = SUMMARY_WIDE,
        [SOURCE] = SUMMARY_WIDE | SUMMARY_READINGS,
        [WHAT] = SUMMARY_READINGS | SUMMARY_GRAPH,
        [COMPONENT] = SUMMARY_READINGS,
        [SHAPE] = SUMMARY_GRAPH,
        [MLPS] = SUMMARY_GRAPH,
        [SENDER] = SUMMARY_GRAPH,
        [RECEIVER] = SUMMARY_GRAPH,
    };
    struct width w = {.n = 0};
    for (int i = 0; i < N_COLUMNS; i++) {
        w.kept[i] = !needed_by[i] || needed_by[i] & form;
        w.n += w.kept[i];
    }
    return w;
}

unsigned summary_row_form(const struct summary_row *row) {
    if (row->error) return SUMMARY_PLAIN;
    const bool graph = work_is_graph(row->kind);
    if (row->kind != WORK_EXPERIMENT && !graph) return SUMMARY_READINGS;
    if (graph)
        return intervention_is_plain(&row->intervention) ? SUMMARY_GRAPH
                                                         : SUMMARY_GRAPH | SUMMARY_WIDE;
    return !intervention_is_plain(&row->intervention) || pg_site_has_neurons(row->largest.site) ||
                   pg_site_has_sources(row->largest.site)
               ? SUMMARY_WIDE
               : SUMMARY_PLAIN;
}

void summary_row_free(struct summary_row *row) {
    free(row->id);
    free(row->error);
    free(row->graph.readers);
    for (size_t i = 0; i < row->n_labels; i++) free(row->labels[i].name);
    free(row->labels);
    *row = (struct summary_row){0};
}

void summary_free(struct summary *s) {
    for (size_t i = 0; i < s->n; i++) summary_row_free(&s->rows[i]);
    free(s->rows);
    *s = (struct summary){0};
}

bool summary_row_has(const struct summary_row *row, enum work_kind kind) {
    return !row->error && row->kind == kind;
}

void write_recovered(const struct summary_row *row, char out[NUMBER_SIZE]) {
    const float recovered =
        pg_recovered(row->largest.value, row->clean_metric, row->corrupt_metric);
    *out = '\0';
    if (!isnan(recovered)) number_format(recovered, out);
}

/* ---- to text ---- */

/* The line of a record. */
static char *line_of(const char *const *fields, unsigned form, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    csv_write_kept(s.out, fields, width_of(form).kept, N_COLUMNS);
    return text_close(&s, size, "a row of the summary", err);
}

char *summary_header(unsigned form, size_t *size, struct pg_error *err) {
    return line_of(summary_names, form, size, err);
}

/* "S1:4;end:14". Free with free(). */
static char *labels_text(const struct summary_row *row, struct pg_error *err) {
    size_t room = 1;
    for (size_t i = 0; i < row->n_labels; i++) room += strlen(row->labels[i].name) + NUMBER_SIZE;
    char *text = allocate(room, 1, err), *out = text;
    for (size_t i = 0; text && i < row->n_labels; i++)
        out += sprintf(out, "%s%s:%d", i ? ";" : "", row->labels[i].name, row->labels[i].position);
    return text;
}

/* Texts of the fields of edges and paths. */
struct graph_texts {
    char shape[48], sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
};

static void write_intervention(const struct intervention *i, const struct words *joint,
                               char numbers[N_COLUMNS][NUMBER_SIZE],
                               const char *fields[N_COLUMNS]) {
    snprintf(numbers[NOISING], NUMBER_SIZE, "%d", i->noising);
    snprintf(numbers[NOISE], NUMBER_SIZE, "%d", i->noise);
    snprintf(numbers[WINDOW], NUMBER_SIZE, "%d", i->window ? i->window : 1);
    fields[WITH] = with_name(i->with);
    fields[JOINT] = joint->text;
}

static void write_largest(const struct summary_row *row, const struct words *joint,
                          char numbers[N_COLUMNS][NUMBER_SIZE], const char *fields[N_COLUMNS]) {
    const struct pg_cell *cell = &row->largest;
    if (*joint->text ? isnan(cell->value) : cell->layer < 0) return;
    fields[SITE] = *joint->text ? joint->text : pg_site_name(cell->site);
    csv_write_index(cell->layer, numbers[LAYER]);
    csv_write_index(cell->head, numbers[HEAD]);
    csv_write_index(cell->position, numbers[POSITION]);
    csv_write_index(cell->neuron, numbers[NEURON]);
    csv_write_index(cell->source, numbers[SOURCE]);
    number_format(cell->value, numbers[VALUE]);
    write_recovered(row, numbers[RECOVERED]);
}

/* Writes the fields that are an experiment's. */
static void write_experiment(const struct summary_row *row, const struct words *joint,
                             char numbers[N_COLUMNS][NUMBER_SIZE], const char *fields[N_COLUMNS]) {
    fields[METRIC] = measure_name(row->measure);
    write_intervention(&row->intervention, joint, numbers, fields);
    number_format(row->clean_metric, numbers[CLEAN]);
    if (row->intervention.with == PG_WITH_TEXT)
        number_format(row->corrupt_metric, numbers[CORRUPT]);
    write_largest(row, joint, numbers, fields);
}

/* Writes those of edges and paths, except for what all experiments have. */
static void write_graph(const struct summary_row *row, struct graph_texts *texts,
                        char numbers[N_COLUMNS][NUMBER_SIZE], const char *fields[N_COLUMNS]) {
    const struct graph_row *g = &row->graph;
    snprintf(texts->shape, sizeof texts->shape, "%dx%dx%d", g->n_layer, g->n_head, g->n_embd);
    fields[SHAPE] = texts->shape;
    if (row->kind == WORK_PATHS) {
        fields[MLPS] = g->frozen_mlps ? "frozen" : "run";
        fields[RECEIVER] = g->readers;
    }
    if (isnan(row->largest.value)) return;
    fields[SITE] = works[row->kind].name;
    sender_name(&row->largest.sender, texts->sender);
    fields[SENDER] = texts->sender;
    if (row->kind == WORK_EDGES) {
        receiver_name(&row->largest.receiver, texts->receiver);
        fields[RECEIVER] = texts->receiver;
    }
    number_format(row->largest.value, numbers[VALUE]);
    write_recovered(row, numbers[RECOVERED]);
}

/* Writes those of a lens or a direct attribution. */
static void write_reading(const struct summary_row *row, char component[PART_NAME_SIZE],
                          char numbers[N_COLUMNS][NUMBER_SIZE], const char *fields[N_COLUMNS]) {
    if (!isnan(row->clean_metric)) {
        fields[METRIC] = measure_name(row->measure);
        number_format(row->clean_metric, numbers[CLEAN]);
    }
    if (row->kind != WORK_DIRECT) return;
    part_name(&row->part, component);
    fields[COMPONENT] = component;
    csv_write_index(row->part.source, numbers[SOURCE]);
    number_format(row->part.value, numbers[VALUE]);
}

char *summary_row_text(const struct summary_row *row, unsigned form, size_t *size,
                       struct pg_error *err) {
    char numbers[N_COLUMNS][NUMBER_SIZE] = {0}, component[PART_NAME_SIZE];
    const char *fields[N_COLUMNS];
    for (int i = 0; i < N_COLUMNS; i++) fields[i] = numbers[i];
    snprintf(numbers[LINE], NUMBER_SIZE, "%zu", row->line);
    fields[ID] = row->id;
    if (row->error) {
        fields[ERROR] = row->error;
        return line_of(fields, form, size, err);
    }
    char *labels = labels_text(row, err);
    if (!labels) return NULL;
    fields[LABELS] = labels;
    fields[WHAT] = works[row->kind].name;
    snprintf(numbers[FINGERPRINT], NUMBER_SIZE, "%08" PRIx32, row->fingerprint);
    snprintf(numbers[CRC], NUMBER_SIZE, "%08" PRIx32, row->csv_crc);
    snprintf(numbers[N_TOKENS], NUMBER_SIZE, "%d", row->n_tokens);
    const struct words joint = joint_sites(row->intervention.joint);
    struct graph_texts texts;
    if (row->kind == WORK_EXPERIMENT || work_is_graph(row->kind))
        write_experiment(row, &joint, numbers, fields);
    else
        write_reading(row, component, numbers, fields);
    if (work_is_graph(row->kind)) write_graph(row, &texts, numbers, fields);
    char *text = line_of(fields, form, size, err);
    free(labels);
    return text;
}
