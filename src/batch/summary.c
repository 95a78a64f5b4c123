/* summary.c: see summary.h. */
#include "batch/summary.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/plain_text.h"
#include "base/text_stream.h"
#include "batch/cells.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum summary_column {
    LINE,
    ID,
    FINGERPRINT,
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

static const char *const names[N_COLUMNS] = {
    "line",   "id",        "fingerprint",  "metric",         "noising",
    "with",   "noise",     "window",       "joint",          "n_tokens",
    "labels", "csv_crc32", "clean_metric", "corrupt_metric", "site",
    "layer",  "head",      "position",     "neuron",         "source_position",
    "value",  "recovered", "error"};

enum { MAX_TOKENS = 1000000, MAX_ID = 200, MAX_WINDOW = 1000000 };

/* Whether a row has more columns than one of plain patching. */
struct width {
    bool kept[N_COLUMNS];
    int n;
};

static struct width width_of(bool wide) {
    static const enum summary_column more[] = {WITH, NOISE, WINDOW, JOINT, NEURON, SOURCE};
    struct width w;
    w.n = N_COLUMNS;
    for (int i = 0; i < N_COLUMNS; i++) w.kept[i] = true;
    for (size_t i = 0; !wide && i < sizeof more / sizeof *more; i++, w.n--) w.kept[more[i]] = false;
    return w;
}

bool summary_row_is_wide(const struct summary_row *row) {
    return !row->error &&
           (!intervention_is_plain(&row->intervention) || pg_site_has_neurons(row->largest.site) ||
            pg_site_has_sources(row->largest.site));
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

struct named {
    const struct position_label *labels;
    const char *name;
};

static bool has_name(const void *context, size_t index) {
    const struct named *named = context;
    return !strcmp(named->labels[index].name, named->name);
}

bool label_is_valid(const char *name) {
    const size_t length = strlen(name);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) return false;
    return length >= 1 && length <= MAX_LABEL;
}

bool label_is_there(const struct lookup *table, const struct position_label *labels,
                    const char *name) {
    const uint32_t hash = lookup_hash(0, name, strlen(name));
    return lookup_find(table, hash, has_name, &(struct named){labels, name}) != SIZE_MAX;
}

bool label_note(struct lookup *table, const char *name, size_t index, struct pg_error *err) {
    return lookup_add(table, lookup_hash(0, name, strlen(name)), index, err);
}

bool id_is_valid(const char *id) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const size_t length = strlen(id);
    if (!length || length > MAX_ID || *id == '.' || strspn(id, allowed) != length) return false;
    return strcasecmp(id, "mean") != 0 && strcasecmp(id, "summary") != 0 &&
           strncasecmp(id, "mean_", 5) != 0 && strncasecmp(id, "summary_", 8) != 0;
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
static char *line_of(const char *const *fields, bool wide, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    csv_write_kept(s.out, fields, width_of(wide).kept, N_COLUMNS);
    return text_close(&s, size, "a row of the summary", err);
}

char *summary_header(bool wide, size_t *size, struct pg_error *err) {
    return line_of(names, wide, size, err);
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

char *summary_row_text(const struct summary_row *row, bool wide, size_t *size,
                       struct pg_error *err) {
    char numbers[N_COLUMNS][NUMBER_SIZE] = {0};
    const char *fields[N_COLUMNS];
    for (int i = 0; i < N_COLUMNS; i++) fields[i] = numbers[i];
    snprintf(numbers[LINE], NUMBER_SIZE, "%zu", row->line);
    fields[ID] = row->id;
    if (row->error) {
        fields[ERROR] = row->error;
        return line_of(fields, wide, size, err);
    }
    char *labels = labels_text(row, err);
    if (!labels) return NULL;
    fields[LABELS] = labels;
    fields[METRIC] = measure_name(row->measure);
    snprintf(numbers[FINGERPRINT], NUMBER_SIZE, "%08" PRIx32, row->fingerprint);
    snprintf(numbers[CRC], NUMBER_SIZE, "%08" PRIx32, row->csv_crc);
    const struct words joint = joint_sites(row->intervention.joint);
    write_intervention(&row->intervention, &joint, numbers, fields);
    snprintf(numbers[N_TOKENS], NUMBER_SIZE, "%d", row->n_tokens);
    number_format(row->clean_metric, numbers[CLEAN]);
    if (row->intervention.with == PG_WITH_TEXT)
        number_format(row->corrupt_metric, numbers[CORRUPT]);
    write_largest(row, &joint, numbers, fields);
    char *text = line_of(fields, wide, size, err);
    free(labels);
    return text;
}

/* ---- from text ---- */

/* A row that is being read. */
struct record {
    const char *name; /* of the file */
    size_t line;      /* in it */
    bool wide;
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
           (!r->wide || read_intervention(r, &row->intervention, err));
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

/* Reads the fields after the id of an experiment that is done. */
static bool read_done(const struct record *r, struct summary_row *row, struct pg_error *err) {
    size_t tokens;
    if (!id_is_valid(row->id)) return wrong(r, ID, "a name that files can have", err);
    if (!read_digits(r->fields[N_TOKENS], 1, MAX_TOKENS, &tokens))
        return wrong(r, N_TOKENS, "a number from 1", err);
    row->n_tokens = (int)tokens;
    return read_hex(r, FINGERPRINT, &row->fingerprint, err) && read_metric(r, row, err) &&
           read_labels(r, row, err) && read_hex(r, CRC, &row->csv_crc, err) &&
           read_number(r, CLEAN, &row->clean_metric, err) && read_corrupt(r, row, err) &&
           read_largest(r, row, err);
}

static bool read_row(struct csv_reader *reader, bool wide, struct summary_row *row,
                     struct pg_error *err) {
    struct record r = {.name = reader->name, .line = reader->line, .wide = wide};
    if (!csv_read_kept(reader, r.fields, width_of(wide).kept, N_COLUMNS, err)) return false;
    if (!read_digits(r.fields[LINE], 1, SIZE_MAX, &row->line))
        return wrong(&r, LINE, "a number from 1", err);
    if (!(row->id = copy_string(r.fields[ID], err))) return false;
    if (!*r.fields[ERROR]) return read_done(&r, row, err);
    for (enum summary_column c = ID + 1; c < ERROR; c++)
        if (*r.fields[c]) return wrong(&r, c, "nothing where there is an error", err);
    return (row->error = copy_string(r.fields[ERROR], err));
}

/* Whether the next record has all columns. */
static bool next_is_wide(const struct csv_reader *reader) {
    return csv_count_fields(reader) == N_COLUMNS;
}

/* Reads the rows of a file that is interrupted, or else in order, all of them wide or none. */
static bool read_rows(struct csv_reader *reader, bool interrupted, bool wide, struct summary *out,
                      struct pg_error *err) {
    size_t most = 1, before = 0;
    for (const char *c = reader->at; (c = strchr(c, '\n')); c++) most++;
    if (!(out->rows = allocate(most, sizeof *out->rows, err))) return false;
    while (!csv_at_end(reader)) {
        const size_t line = reader->line;
        struct summary_row *row = &out->rows[out->n++];
        if (interrupted) wide = next_is_wide(reader);
        if (!read_row(reader, wide, row, err)) return false;
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
        const bool wide = next_is_wide(&reader);
        done = refuse_old(&reader, err) &&
               csv_read_header_kept(&reader, names, width_of(wide).kept, N_COLUMNS, err) &&
               read_rows(&reader, cut_off_allowed, wide, out, err);
    }
    free(text);
    return done;
}
