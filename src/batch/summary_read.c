/* summary_read.c: see summary.h; of its two directions the one from text. */
#include "batch/summary_columns.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "batch/cells.h"
#include "batch/graph_table.h"
#include "circuit/direct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TOKENS = 1000000, MAX_WINDOW = 1000000, MAX_SHAPE = 1000000 };

/* The form with this number of columns. Plain for any other number. */
static unsigned form_of_width(int n) {
    for (unsigned form = SUMMARY_WIDE; form < N_SUMMARY_FORMS; form++)
        if (width_of(form).n == n) return form;
    return SUMMARY_PLAIN;
}

/* A row that is being read. */
struct record {
    const char *name; /* of the file */
    size_t line;      /* in it */
    unsigned form;
    const char *fields[N_COLUMNS];
};

static bool wrong(const struct record *r, enum summary_column column, const char *expected,
                  struct pg_error *err) {
    return fail(err, "%s: line %zu: %s is \"%.200s\", expected %s", r->name, r->line,
                summary_names[column], r->fields[column], expected);
}

static bool read_hex(const struct record *r, enum summary_column column, uint32_t *out,
                     struct pg_error *err) {
    const char *text = r->fields[column];
    if (strlen(text) != 8 || strspn(text, "0123456789abcdef") != 8)
        return wrong(r, column, "8 hexadecimal digits", err);
    *out = (uint32_t)strtoul(text, NULL, 16);
    return true;
}

static bool read_number(const struct record *r, enum summary_column column, float *out,
                        struct pg_error *err) {
    return number_parse(r->fields[column], out) || wrong(r, column, "a float32 number", err);
}

static bool read_flag(const struct record *r, enum summary_column column, bool *out,
                      struct pg_error *err) {
    *out = !strcmp(r->fields[column], "1");
    return *out || !strcmp(r->fields[column], "0") || wrong(r, column, "0 or 1", err);
}

static bool read_intervention(const struct record *r, struct intervention *out,
                              struct pg_error *err) {
    size_t window;
    const char *joint = r->fields[JOINT];
    if (!with_parse(r->fields[WITH], &out->with)) return wrong(r, WITH, "text, zero or mean", err);
    if (!read_flag(r, NOISE, &out->noise, err)) return false;
    if (!read_digits(r->fields[WINDOW], 1, MAX_WINDOW, &window))
        return wrong(r, WINDOW, "a number from 1", err);
    out->window = window > 1 ? (int)window : 0;
    return !*joint || joint_sites_parse(joint, &out->joint) ||
           wrong(r, JOINT, "the names of sites with + between them", err);
}

static bool read_metric(const struct record *r, struct summary_row *row, struct pg_error *err) {
    if (!measure_parse(r->fields[METRIC], &row->measure))
        return wrong(r, METRIC, "the name of a metric", err);
    return read_flag(r, NOISING, &row->intervention.noising, err) &&
           (!(r->form & SUMMARY_WIDE) || read_intervention(r, &row->intervention, err));
}

/* Whether a label may stand after those of the row, whose names are in the table. Adds its name. */
static bool label_fits(const struct summary_row *row, const char *name, int position,
                       struct lookup *table, struct pg_error *err) {
    const size_t n = row->n_labels;
    const bool fits = label_is_valid(name) && (!n || row->labels[n - 1].position <= position);
    if (!fits || label_is_there(table, row->labels, name))
        return fail(err, "\"%.100s\" is out of order, there twice or not a name", name);
    return label_note(table, name, n, err);
}

/* Reads "S1:4" and adds it to the labels of the row. */
static bool read_label(struct summary_row *row, char *text, struct lookup *table,
                       struct pg_error *err) {
    size_t position;
    char *colon = strchr(text, ':');
    if (!colon || !read_digits(colon + 1, 0, (size_t)row->n_tokens - 1, &position))
        return fail(err, "\"%.100s\" is not a name and a position below %d", text, row->n_tokens);
    *colon = '\0';
    if (!label_fits(row, text, (int)position, table, err)) return false;
    struct position_label *label = &row->labels[row->n_labels];
    label->name = copy_string(text, err);
    label->position = (int)position;
    row->n_labels += label->name != NULL;
    return label->name;
}

static bool read_labels(const struct record *r, struct summary_row *row, struct pg_error *err) {
    size_t most = 1;
    for (const char *c = r->fields[LABELS]; *c; c++) most += *c == ';';
    if (!*r->fields[LABELS]) return true;
    char *text = copy_string(r->fields[LABELS], err), *rest = text;
    row->labels = allocate(most, sizeof *row->labels, err);
    bool done = text && row->labels;
    struct lookup table = {0};
    struct pg_error why;
    for (char *label; done && (label = strsep(&rest, ";"));)
        if (!(done = read_label(row, label, &table, &why)))
            fail(err, "%s: line %zu: labels: %s", r->name, r->line, why.text);
    lookup_free(&table);
    free(text);
    return done;
}

static bool read_largest(const struct record *r, struct summary_row *row, struct pg_error *err) {
    char recovered[NUMBER_SIZE];
    row->largest = (struct pg_cell){
        .layer = -1, .head = -1, .position = -1, .value = NAN, .neuron = -1, .source = -1};
    if (!*r->fields[SITE]) {
        for (enum summary_column c = LAYER; c <= RECOVERED; c++)
            if (*r->fields[c]) return wrong(r, c, "nothing where there is no site", err);
        return true;
    }
    if (!cell_place(r->name, r->line, &r->fields[SITE], row->n_tokens, row->intervention.joint,
                    &row->largest, err) ||
        !read_number(r, VALUE, &row->largest.value, err))
        return false;
    write_recovered(row, recovered);
    return !strcmp(r->fields[RECOVERED], recovered) ||
           wrong(r, RECOVERED, *recovered ? recovered : "nothing", err);
}

/* Reads the model's shape, "12x12x768". */
static bool read_shape(const struct record *r, struct graph_row *out, struct pg_error *err) {
    int *const numbers[] = {&out->n_layer, &out->n_head, &out->n_embd};
    char text[48];
    char *rest = text;
    const bool fits = strlen(r->fields[SHAPE]) < sizeof text;
    if (fits) strcpy(text, r->fields[SHAPE]);
    for (size_t i = 0, number; fits && i < 3; i++) {
        char *part = strsep(&rest, "x");
        if (!part || !read_digits(part, 1, MAX_SHAPE, &number)) break;
        *numbers[i] = (int)number;
    }
    return (fits && !rest && out->n_embd) ||
           wrong(r, SHAPE, "layers x heads x width, such as 12x12x768", err);
}

/* Reads the largest effect of edges or paths. */
static bool read_largest_edge(const struct record *r, struct summary_row *row,
                              struct pg_error *err) {
    const bool edges = row->kind == WORK_EDGES;
    const struct config config = graph_config(&row->graph);
    struct pg_cell *at = &row->largest;
    char recovered[NUMBER_SIZE];
    *at = (struct pg_cell){
        .layer = -1, .head = -1, .position = -1, .value = NAN, .neuron = -1, .source = -1};
    if (!*r->fields[SITE]) {
        for (enum summary_column c = LAYER; c <= RECOVERED; c++)
            if (*r->fields[c] && (edges || c != RECEIVER))
                return wrong(r, c, "nothing where there is no site", err);
        return true;
    }
    if (strcmp(r->fields[SITE], works[row->kind].name) != 0)
        return wrong(r, SITE, works[row->kind].name, err);
    at->site = edges ? PG_EDGES : PG_PATHS;
    for (enum summary_column c = LAYER; c <= SOURCE; c++)
        if (*r->fields[c]) return wrong(r, c, "nothing for edges and paths", err);
    if (!sender_parse(r->fields[SENDER], &at->sender) || !graph_has_sender(&config, &at->sender))
        return wrong(r, SENDER, "a component of the model", err);
    if (edges && !graph_read_edge(&config, r->fields[RECEIVER], &at->sender, &at->receiver))
        return wrong(r, RECEIVER, "a reader of the model that reads what the sender writes", err);
    if (!read_number(r, VALUE, &at->value, err)) return false;
    write_recovered(row, recovered);
    return !strcmp(r->fields[RECOVERED], recovered) ||
           wrong(r, RECOVERED, *recovered ? recovered : "nothing", err);
}

/* Reads what rows of edges and paths have besides. */
static bool read_graph(const struct record *r, struct summary_row *row, struct pg_error *err) {
    const char *mlps = r->fields[MLPS];
    row->graph.frozen_mlps = !strcmp(mlps, "frozen");
    if (row->kind == WORK_EDGES && *mlps) return wrong(r, MLPS, "nothing for edges", err);
    if (row->kind == WORK_PATHS && !row->graph.frozen_mlps && strcmp(mlps, "run") != 0)
        return wrong(r, MLPS, "run or frozen", err);
    if (row->kind == WORK_PATHS && !*r->fields[RECEIVER])
        return wrong(r, RECEIVER, "the readers that the paths lead to", err);
    if (row->kind == WORK_PATHS && !(row->graph.readers = copy_string(r->fields[RECEIVER], err)))
        return false;
    return read_shape(r, &row->graph, err) && read_largest_edge(r, row, err);
}

/* Reads the metric of the corrupted run, which an ablation does not have. */
static bool read_corrupt(const struct record *r, struct summary_row *row, struct pg_error *err) {
    if (row->intervention.with == PG_WITH_TEXT)
        return read_number(r, CORRUPT, &row->corrupt_metric, err);
    row->corrupt_metric = NAN;
    return !*r->fields[CORRUPT] || wrong(r, CORRUPT, "nothing for an ablation", err);
}

/* Reads the fields that are an experiment's. */
static bool read_experiment(const struct record *r, struct summary_row *row, struct pg_error *err) {
    static const enum summary_column of_graph[] = {SHAPE, MLPS, SENDER, RECEIVER};
    if (*r->fields[COMPONENT]) return wrong(r, COMPONENT, "nothing for an experiment", err);
    for (size_t i = 0; i < sizeof of_graph / sizeof *of_graph; i++)
        if (*r->fields[of_graph[i]] && !work_is_graph(row->kind))
            return wrong(r, of_graph[i], "nothing except for edges and paths", err);
    return read_metric(r, row, err) && read_number(r, CLEAN, &row->clean_metric, err) &&
           read_corrupt(r, row, err) &&
           (work_is_graph(row->kind) ? read_graph(r, row, err) : read_largest(r, row, err));
}

/* Reads the largest part of a direct attribution. */
static bool read_part(const struct record *r, struct summary_row *row, struct pg_error *err) {
    size_t source;
    if (!part_parse(r->fields[COMPONENT], &row->part))
        return wrong(r, COMPONENT, "the name of a component", err);
    if (*r->fields[SOURCE] &&
        (row->part.component != PG_HEAD ||
         !read_digits(r->fields[SOURCE], 0, (size_t)row->n_tokens - 1, &source)))
        return wrong(r, SOURCE, "a position for a head, or nothing", err);
    if (*r->fields[SOURCE]) row->part.source = (int)source;
    return read_number(r, VALUE, &row->part.value, err);
}

/* Reads those of a lens or a direct attribution. */
static bool read_reading(const struct record *r, struct summary_row *row, struct pg_error *err) {
    static const enum summary_column none[] = {NOISING, WITH,  NOISE,  WINDOW,   JOINT,  CORRUPT,
                                               SITE,    LAYER, HEAD,   POSITION, NEURON, RECOVERED,
                                               SHAPE,   MLPS,  SENDER, RECEIVER};
    const bool lens = row->kind == WORK_LENS, unmeasured = lens && !*r->fields[METRIC];
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (*r->fields[none[i]]) return wrong(r, none[i], "nothing for lens and direct", err);
    row->clean_metric = row->corrupt_metric = NAN;
    if (unmeasured && *r->fields[CLEAN]) return wrong(r, CLEAN, "nothing without a metric", err);
    if (!unmeasured && !measure_parse(r->fields[METRIC], &row->measure))
        return wrong(r, METRIC, "the name of a metric", err);
    if (!unmeasured && !read_number(r, CLEAN, &row->clean_metric, err)) return false;
    if (!unmeasured && isnan(row->clean_metric)) return wrong(r, CLEAN, "a number", err);
    if (!lens) return read_part(r, row, err);
    return (!*r->fields[COMPONENT] && !*r->fields[SOURCE] && !*r->fields[VALUE]) ||
           wrong(r, COMPONENT, "nothing for lens, nor a value", err);
}

/* Reads the fields after the id of an experiment that is done. */
static bool read_done(const struct record *r, struct summary_row *row, struct pg_error *err) {
    size_t tokens;
    if (!id_is_valid(row->id)) return wrong(r, ID, "a name that files can have", err);
    if (r->form & (SUMMARY_READINGS | SUMMARY_GRAPH) && !work_parse(r->fields[WHAT], &row->kind))
        return wrong(r, WHAT, "experiment, lens, direct, edges or paths", err);
    if (!read_digits(r->fields[N_TOKENS], 1, MAX_TOKENS, &tokens))
        return wrong(r, N_TOKENS, "a number from 1", err);
    row->n_tokens = (int)tokens;
    return read_hex(r, FINGERPRINT, &row->fingerprint, err) && read_labels(r, row, err) &&
           read_hex(r, CRC, &row->csv_crc, err) &&
           (row->kind == WORK_EXPERIMENT || work_is_graph(row->kind) ? read_experiment(r, row, err)
                                                                     : read_reading(r, row, err));
}

static bool read_row(struct csv_reader *reader, unsigned form, struct summary_row *row,
                     struct pg_error *err) {
    struct record r = {.name = reader->name, .line = reader->line, .form = form};
    if (!csv_read_kept(reader, r.fields, width_of(form).kept, N_COLUMNS, err)) return false;
    if (!read_digits(r.fields[LINE], 1, SIZE_MAX, &row->line))
        return wrong(&r, LINE, "a number from 1", err);
    if (!(row->id = copy_string(r.fields[ID], err))) return false;
    if (!*r.fields[ERROR]) return read_done(&r, row, err);
    for (enum summary_column c = ID + 1; c < ERROR; c++)
        if (*r.fields[c]) return wrong(&r, c, "nothing where there is an error", err);
    return (row->error = copy_string(r.fields[ERROR], err));
}

static unsigned next_form(const struct csv_reader *reader) {
    return form_of_width(csv_count_fields(reader));
}

/* Reads the rows of a file that is interrupted, or else in order, all of them of one form. */
static bool read_rows(struct csv_reader *reader, bool interrupted, unsigned form,
                      struct summary *out, struct pg_error *err) {
    size_t most = 1, before = 0;
    for (const char *c = reader->at; (c = strchr(c, '\n')); c++) most++;
    if (!(out->rows = allocate(most, sizeof *out->rows, err))) return false;
    while (!csv_at_end(reader)) {
        const size_t line = reader->line;
        struct summary_row *row = &out->rows[out->n++];
        if (interrupted) form = next_form(reader);
        if (!read_row(reader, form, row, err)) return false;
        if (!interrupted && row->line <= before)
            return fail(err, "%s: line %zu: line %zu of the experiments is after line %zu",
                        reader->name, line, row->line, before);
        before = row->line;
    }
    return true;
}

/* Refuses a summary of version 0.1.0, which had other columns, as its tables had. */
static bool refuse_old(const struct csv_reader *reader, struct pg_error *err) {
    static const char old[] = "line,id,fingerprint,metric,noising,tokens,";
    return strncmp(reader->at, old, sizeof old - 1) != 0 ||
           fail(err,
                "%s was written by patchgpt 0.1.0, whose tables have other columns: run the batch "
                "again, into a new folder",
                reader->name);
}

bool summary_read(const char *path, bool cut_off_allowed, struct summary *out,
                  struct pg_error *err) {
    size_t size;
    struct csv_reader reader;
    *out = (struct summary){0};
    char *text = text_read(path, CSV_MAX_SIZE, &size, err);
    if (!text) return false;
    if (cut_off_allowed) {
        while (size && text[size - 1] != '\n') size--;
        text[size] = '\0';
    }
    bool done = csv_open(&reader, path, text, size, err);
    if (done && !(cut_off_allowed && csv_at_end(&reader))) {
        const unsigned form = next_form(&reader);
        done = refuse_old(&reader, err) &&
               csv_read_header_kept(&reader, summary_names, width_of(form).kept, N_COLUMNS, err) &&
               read_rows(&reader, cut_off_allowed, form, out, err);
    }
    free(text);
    return done;
}
