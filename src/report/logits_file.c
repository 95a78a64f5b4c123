/* logits_file.c: see logits_file.h. */
#include "report/logits_file.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/plain_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const logits_names[LOGITS_COLUMNS] = {"position", "token_id", "logit"};

bool logits_are_npy(const char *name) {
    const char *ending = strrchr(name, '.');
    return ending && !strcasecmp(ending, ".npy");
}

/* ---- an array ---- */

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

/* ---- CSV ---- */

/* Whether a field is that number, as it is written. */
static bool is_count(const char *field, size_t number) {
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%zu", number);
    return !strcmp(field, text);
}

static bool wrong_count(const struct csv_reader *reader, size_t line, int column, const char *field,
                        size_t expected, struct pg_error *err) {
    return fail(err, "%s: line %zu: %s is \"%.200s\", expected %zu", reader->name, line,
                logits_names[column], field, expected);
}

/* A record. The first one says whether the file begins with the first position or the last. */
static bool read_record(struct csv_reader *reader, size_t i, size_t n_tokens,
                        struct logits_file *out, struct pg_error *err) {
    const char *fields[LOGITS_COLUMNS];
    const size_t line = reader->line;
    if (!csv_read(reader, fields, LOGITS_COLUMNS, err)) return false;
    if (i == 0) out->n_rows = is_count(fields[LOGITS_POSITION], n_tokens - 1) ? 1 : n_tokens;
    const size_t position = n_tokens - out->n_rows + i / out->n_vocab, token = i % out->n_vocab;
    if (!is_count(fields[LOGITS_POSITION], position))
        return wrong_count(reader, line, LOGITS_POSITION, fields[LOGITS_POSITION], position, err);
    if (!is_count(fields[LOGITS_TOKEN], token))
        return wrong_count(reader, line, LOGITS_TOKEN, fields[LOGITS_TOKEN], token, err);
    return csv_read_number(reader, line, logits_names[LOGITS_LOGIT], fields[LOGITS_LOGIT],
                           &out->values[i], err);
}

/* How many records there can be at most: each takes five bytes and, but for the last, the end of its line. */
static size_t most_records(size_t size) {
    return (size + 1) / sizeof "0,0,0";
}

static bool parse_csv(char *bytes, size_t size, const char *name, size_t n_tokens,
                      struct logits_file *out, struct pg_error *err) {
    struct csv_reader reader;
    if (!text_check(bytes, size, name, err)) return false;
    const size_t mark = text_mark(bytes, size);
    if (!csv_open(&reader, name, bytes + mark, size - mark, err) ||
        !csv_read_header(&reader, logits_names, LOGITS_COLUMNS, err))
        return false;
    if (csv_at_end(&reader)) return fail(err, "%s has no logits: it has no rows", name);
    const size_t all = n_tokens * out->n_vocab, most = most_records(size);
    out->values = allocate_unset(all < most ? all : most, sizeof *out->values, err);
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

/* ---- either ---- */

bool logits_file_parse(char *bytes, size_t size, const char *name, size_t n_tokens, size_t n_vocab,
                       struct logits_file *out, struct pg_error *err) {
    *out = (struct logits_file){.n_vocab = n_vocab};
    if (size == 0) return fail(err, "%s has no logits: it is empty", name);
    if (size > 1 && !memcmp(bytes, "PK", 2))
        return fail(err, "%s is an archive (.npz, .pt), expected one array of numpy.save, or CSV",
                    name);
    if (logits_are_npy(name) || npy_begins(bytes, size))
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
