/* logits_file.c: see logits_file.h; and pg_write_logits and pg_check_logits. */
#include "report/logits_file.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "gpt2/predict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { POSITION, TOKEN_ID, LOGIT, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = {"position", "token_id", "logit"};

/* Whether a file of that name has an array: it ends in .npy, in any case. */
static bool is_npy_name(const char *name) {
    const char *ending = strrchr(name, '.');
    return ending && !strcasecmp(ending, ".npy");
}

/* ---- reading an array ---- */

static bool wrong_shape(const struct npy *a, const char *name, size_t n_tokens, size_t n_vocab,
                        struct pg_error *err) {
    char shape[NPY_SHAPE_SIZE];
    npy_shape(a, shape);
    return fail(err,
                "%s has the shape %s, expected (%zu,) for the last position or (%zu, %zu) for all, "
                "since the text has %zu tokens and the model knows %zu",
                name, shape, n_vocab, n_tokens, n_vocab, n_tokens, n_vocab);
}

static bool parse_array(const char *bytes, size_t size, const char *name, size_t n_tokens,
                        struct logits_file *out, struct pg_error *err) {
    struct npy *a = &out->array;
    if (!npy_parse(bytes, size, name, a, err)) return false;
    size_t ones = 0;
    while (ones + 1 < a->n_dims && a->shape[ones] == 1) ones++;
    const size_t *shape = &a->shape[ones], n_dims = a->n_dims - ones;
    out->n_rows = n_dims == 2 ? shape[0] : 1;
    if (a->n_dims > 0 && a->n_items == 0) return fail(err, "%s has no logits: it is empty", name);
    const bool fits = (n_dims == 1 && shape[0] == out->n_vocab) ||
                      (n_dims == 2 && shape[0] == n_tokens && shape[1] == out->n_vocab);
    return fits || wrong_shape(a, name, n_tokens, out->n_vocab, err);
}

/* ---- reading CSV ---- */

/* Whether a field is that number, without leading zeros or signs. */
static bool is_count(const char *field, size_t number) {
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%zu", number);
    return !strcmp(field, text);
}

static bool check_count(const struct csv_reader *reader, size_t line, int column, const char *field,
                        size_t expected, struct pg_error *err) {
    return is_count(field, expected) ||
           fail(err, "%s: line %zu: %s is \"%.200s\", expected %zu", reader->name, line,
                column_names[column], field, expected);
}

/* Reads record i. The first one says whether the file has all positions or the last alone. */
static bool read_record(struct csv_reader *reader, size_t i, size_t n_tokens,
                        struct logits_file *out, struct pg_error *err) {
    const char *fields[N_COLUMNS];
    const size_t line = reader->line;
    if (!csv_read(reader, fields, N_COLUMNS, err)) return false;
    if (i == 0) out->n_rows = is_count(fields[POSITION], n_tokens - 1) ? 1 : n_tokens;
    const size_t position = n_tokens - out->n_rows + i / out->n_vocab, token = i % out->n_vocab;
    return check_count(reader, line, POSITION, fields[POSITION], position, err) &&
           check_count(reader, line, TOKEN_ID, fields[TOKEN_ID], token, err) &&
           csv_read_number(reader, line, column_names[LOGIT], fields[LOGIT], &out->values[i], err);
}

/* The maximal number of records in size bytes: each takes five bytes and, except for the last, the
 * end of its line. */
static size_t max_records(size_t size) {
    return (size + 1) / sizeof "0,0,0";
}

static bool parse_csv(char *bytes, size_t size, const char *name, size_t n_tokens,
                      struct logits_file *out, struct pg_error *err) {
    struct csv_reader reader;
    if (!text_check(bytes, size, name, err)) return false;
    const size_t mark = text_bom_size(bytes, size);
    if (!csv_open(&reader, name, bytes + mark, size - mark, err) ||
        !csv_read_header(&reader, column_names, N_COLUMNS, err))
        return false;
    if (csv_at_end(&reader)) return fail(err, "%s has no logits: it has no rows", name);
    const size_t all = n_tokens * out->n_vocab, max = max_records(size);
    out->values = allocate_unset(all < max ? all : max, sizeof *out->values, err);
    if (!out->values) return false;
    size_t i = 0, expected = 1;
    for (; i < expected && !csv_at_end(&reader); i++) {
        if (!read_record(&reader, i, n_tokens, out, err)) return false;
        expected = out->n_rows * out->n_vocab;
    }
    if (i < expected)
        return fail(err, "%s: line %zu: the file ends after %zu rows, expected %zu", name,
                    reader.line, i, expected);
    return csv_at_end(&reader) ||
           fail(err, "%s: line %zu: the file goes on after the %zu rows that were expected", name,
                reader.line, expected);
}

/* ---- reading either ---- */

bool logits_file_parse(char *bytes, size_t size, const char *name, size_t n_tokens, size_t n_vocab,
                       struct logits_file *out, struct pg_error *err) {
    *out = (struct logits_file){.n_vocab = n_vocab};
    if (size == 0) return fail(err, "%s has no logits: it is empty", name);
    if (size > 1 && !memcmp(bytes, "PK", 2))
        return fail(err, "%s is an archive (.npz, .pt), expected one array of numpy.save, or CSV",
                    name);
    if (is_npy_name(name) || npy_begins(bytes, size))
        return parse_array(bytes, size, name, n_tokens, out, err);
    return parse_csv(bytes, size, name, n_tokens, out, err);
}

void logits_file_free(struct logits_file *file) {
    free(file->values);
    *file = (struct logits_file){0};
}

double logits_file_at(const struct logits_file *f, size_t row, size_t token) {
    const size_t in_c_order = row * f->n_vocab + token;
    if (f->values) return (double)f->values[in_c_order];
    return npy_item(&f->array, f->array.fortran ? token * f->n_rows + row : in_c_order);
}

/* ---- pg_write_logits ---- */

/* Logits that are being written. */
struct logits_writer {
    const struct pg_model *model;
    const int *ids;
    size_t count;
    bool all_positions;
    const char *path;
    FILE *out;
};

static bool check_stream(const struct logits_writer *w, struct pg_error *err) {
    const int why = errno;
    const char *name = strcmp(w->path, "-") ? w->path : "standard output";
    return !ferror(w->out) || fail(err, "cannot write %s: %s", name, strerror(why));
}

static bool write_binary_row(void *context, size_t position, const float *logits, size_t n_vocab,
                             struct pg_error *err) {
    const struct logits_writer *w = context;
    (void)position;
    fwrite(logits, sizeof *logits, n_vocab, w->out);
    return check_stream(w, err);
}

static bool write_text_row(void *context, size_t position, const float *logits, size_t n_vocab,
                           struct pg_error *err) {
    const struct logits_writer *w = context;
    char number[NUMBER_SIZE];
    for (size_t i = 0; i < n_vocab; i++) {
        number_format(logits[i], number);
        fprintf(w->out, "%zu,%zu,%s\n", position, i, number);
    }
    return check_stream(w, err);
}

static void write_csv_head(FILE *out) {
    fprintf(out, "%s,%s,%s\n", column_names[POSITION], column_names[TOKEN_ID], column_names[LOGIT]);
}

static void write_npy_head(const struct logits_writer *w) {
    const size_t shape[] = {w->count, (size_t)pg_model_info(w->model).n_vocab};
    char header[NPY_HEADER_SIZE];
    if (w->all_positions)
        npy_header("f4", shape, 2, header);
    else
        npy_header("f4", shape + 1, 1, header);
    fwrite(header, 1, sizeof header, w->out);
}

static bool write_content(void *context, FILE *out, struct pg_error *err) {
    struct logits_writer *w = context;
    const bool npy = is_npy_name(w->path);
    const size_t first = w->all_positions ? 0 : w->count - 1;
    w->out = out;
    if (npy)
        write_npy_head(w);
    else
        write_csv_head(out);
    return pg_logits(w->model, w->ids, w->count, first, npy ? write_binary_row : write_text_row, w,
                     err);
}

bool pg_write_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, struct pg_error *err) {
    struct logits_writer w = {model, ids, count, all_positions, path, NULL};
    return check_ids(model, ids, count, "the text", err) &&
           file_write(path, write_content, &w, err);
}

/* ---- pg_check_logits ---- */

/* Logits that are being compared. */
struct comparison {
    const struct logits_file *file;
    size_t first; /* the position of the file's first row */
    double tolerance;
    struct pg_logits_check *out;
};

/* Compares one logit. Returns whether its difference is the first or the largest so far. */
static bool compare(const struct comparison *c, size_t position, size_t token, float found) {
    struct pg_logits_check *out = c->out;
    const double expected = logits_file_at(c->file, position - c->first, token);
    const double apart = isfinite(expected) ? fabs((double)found - expected) : INFINITY;
    const bool furthest = out->n_compared++ == 0 || apart > out->largest;
    out->n_differing += apart > c->tolerance || isinf(apart);
    if (!furthest) return false;
    out->largest = apart;
    out->position = position;
    out->token = (int)token;
    out->expected = expected;
    out->found = found;
    return true;
}

/* Finds the most probable tokens of a row in both. */
static void find_tops(const struct comparison *c, size_t position, const float *logits) {
    struct pg_logits_check *out = c->out;
    double highest = -INFINITY;
    out->found_top = 0;
    out->expected_top = -1;
    for (size_t i = 0; i < c->file->n_vocab; i++) {
        const double expected = logits_file_at(c->file, position - c->first, i);
        if (logits[i] > logits[out->found_top]) out->found_top = (int)i;
        if (!(expected > highest)) continue;
        highest = expected;
        out->expected_top = (int)i;
    }
}

static bool compare_row(void *context, size_t position, const float *logits, size_t n_vocab,
                        struct pg_error *err) {
    const struct comparison *c = context;
    (void)err;
    bool furthest = false;
    for (size_t i = 0; i < n_vocab; i++) furthest |= compare(c, position, i, logits[i]);
    if (furthest) find_tops(c, position, logits);
    return true;
}

static bool compare_all(const struct pg_model *model, const int *ids, size_t count,
                        const struct logits_file *file, double tolerance,
                        struct pg_logits_check *out, struct pg_error *err) {
    struct comparison c = {file, count - file->n_rows, tolerance, out};
    *out = (struct pg_logits_check){0};
    return pg_logits(model, ids, count, c.first, compare_row, &c, err);
}

bool pg_check_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, double tolerance, struct pg_logits_check *out,
                     struct pg_error *err) {
    const size_t limit = (size_t)1 << 32, n_vocab = (size_t)pg_model_info(model).n_vocab;
    size_t size;
    struct logits_file file = {0};
    if (!check_ids(model, ids, count, "the text", err)) return false;
    char *bytes = file_read(path, limit, &size, err);
    bool done = bytes && logits_file_parse(bytes, size, path, count, n_vocab, &file, err);
    if (done && all_positions && file.n_rows != count)
        done = fail(err, "%s has the logits of the last position alone, expected all %zu", path,
                    count);
    done = done && compare_all(model, ids, count, &file, tolerance, out, err);
    logits_file_free(&file);
    free(bytes);
    return done;
}
