/* summary.c: see summary.h. */
#include "batch/summary.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/plain_text.h"
#include "base/text_stream.h"
#include "batch/cells.h"
#include "circuit/direct.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum summary_column {
    LINE,
    ID,
    FINGERPRINT,
    WHAT,
    METRIC,
    NOISING,
    WITH,
    NOISE,
    WINDOW,
    JOINT,
    N_TOKENS,
    LABELS,
    CRC,
    CLEAN,
    CORRUPT,
    COMPONENT,
    SITE,
    LAYER,
    HEAD,
    POSITION,
    NEURON,
    SOURCE,
    VALUE,
    RECOVERED,
    ERROR,
    N_COLUMNS
};

static const char *const names[N_COLUMNS] = {"line",           "id",
                                             "fingerprint",    "what",
                                             "metric",         "noising",
                                             "with",           "noise",
                                             "window",         "joint",
                                             "n_tokens",       "labels",
                                             "csv_crc32",      "clean_metric",
                                             "corrupt_metric", "component",
                                             "site",           "layer",
                                             "head",           "position",
                                             "neuron",         "source_position",
                                             "value",          "recovered",
                                             "error"};

enum { MAX_TOKENS = 1000000, MAX_WINDOW = 1000000 };

/* The columns of a form. */
struct width {
    bool kept[N_COLUMNS];
    int n;
};

static struct width width_of(unsigned form) {
    static const unsigned needed_by[N_COLUMNS] = {
        [WITH] = SUMMARY_WIDE,     [NOISE] = SUMMARY_WIDE,
        [WINDOW] = SUMMARY_WIDE,   [JOINT] = SUMMARY_WIDE,
        [NEURON] = SUMMARY_WIDE,   [SOURCE] = SUMMARY_WIDE | SUMMARY_READINGS,
        [WHAT] = SUMMARY_READINGS, [COMPONENT] = SUMMARY_READINGS,
    };
    struct width w = {.n = 0};
    for (int i = 0; i < N_COLUMNS; i++) {
        w.kept[i] = !needed_by[i] || needed_by[i] & form;
        w.n += w.kept[i];
    }
    return w;
}

/* The form with this number of columns. Plain for any other number. */
static unsigned form_of_width(int n) {
    for (unsigned form = SUMMARY_WIDE; form <= (SUMMARY_WIDE | SUMMARY_READINGS); form++)
        if (width_of(form).n == n) return form;
    return SUMMARY_PLAIN;
}

unsigned summary_row_form(const struct summary_row *row) {
    if (row->error) return SUMMARY_PLAIN;
    if (row->kind != WORK_EXPERIMENT) return SUMMARY_READINGS;
    return !intervention_is_plain(&row->intervention) || pg_site_has_neurons(row->largest.site) ||
                   pg_site_has_sources(row->largest.site)
               ? SUMMARY_WIDE
               : SUMMARY_PLAIN;
}

void summary_row_free(struct summary_row *row) {
    free(row->id);
    free(row->error);
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

/* Writes what the row's largest effect recovers; nothing for 0/0. */
static void write_recovered(const struct summary_row *row, char out[NUMBER_SIZE]) {
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
    return line_of(names, form, size, err);
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
    if (row->kind == WORK_EXPERIMENT)
        write_experiment(row, &joint, numbers, fields);
    else
        write_reading(row, component, numbers, fields);
    char *text = line_of(fields, form, size, err);
    free(labels);
    return text;
}

/* ---- from text ---- */

/* A row that is being read. */
struct record {
    const char *name; /* of the file */
    size_t line;      /* in it */
    unsigned form;
    const char *fields[N_COLUMNS];
};

static bool wrong(const struct record *r, enum summary_column column, const char *expected,
                  struct pg_error *err) {
    return fail(err, "%s: line %zu: %s is \"%.200s\", expected %s", r->name, r->line, names[column],
                r->fields[column], expected);
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

/* Reads the metric of the corrupted run, which an ablation does not have. */
static bool read_corrupt(const struct record *r, struct summary_row *row, struct pg_error *err) {
    if (row->intervention.with == PG_WITH_TEXT)
        return read_number(r, CORRUPT, &row->corrupt_metric, err);
    row->corrupt_metric = NAN;
    return !*r->fields[CORRUPT] || wrong(r, CORRUPT, "nothing for an ablation", err);
}

/* Reads the fields that are an experiment's. */
static bool read_experiment(const struct record *r, struct summary_row *row, struct pg_error *err) {
    if (*r->fields[COMPONENT]) return wrong(r, COMPONENT, "nothing for an experiment", err);
    return read_metric(r, row, err) && read_number(r, CLEAN, &row->clean_metric, err) &&
           read_corrupt(r, row, err) && read_largest(r, row, err);
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
    static const enum summary_column none[] = {NOISING, WITH,  NOISE, WINDOW,   JOINT,  CORRUPT,
                                               SITE,    LAYER, HEAD,  POSITION, NEURON, RECOVERED};
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
    if (r->form & SUMMARY_READINGS && !work_parse(r->fields[WHAT], &row->kind))
        return wrong(r, WHAT, "experiment, lens or direct", err);
    if (!read_digits(r->fields[N_TOKENS], 1, MAX_TOKENS, &tokens))
        return wrong(r, N_TOKENS, "a number from 1", err);
    row->n_tokens = (int)tokens;
    return read_hex(r, FINGERPRINT, &row->fingerprint, err) && read_labels(r, row, err) &&
           read_hex(r, CRC, &row->csv_crc, err) &&
           (row->kind == WORK_EXPERIMENT ? read_experiment(r, row, err)
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
               csv_read_header_kept(&reader, names, width_of(form).kept, N_COLUMNS, err) &&
               read_rows(&reader, cut_off_allowed, form, out, err);
    }
    free(text);
    return done;
}
