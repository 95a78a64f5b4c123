/* csv_check.c: pg_check_csv: reads the CSV of an earlier result and compares. */
#include "base/file.h"
#include "report/csv.h"
#include "report/token_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A CSV that is being read. */
struct reader {
    const char *name; /* in errors */
    char *at;         /* what is unread, up to a zero byte */
    size_t line;      /* the line that `at` is in, from 1 */
};

/* Whether a line ends here, or the text. */
static bool at_line_end(const char *at) {
    return *at == '\0' || *at == '\n' || (at[0] == '\r' && at[1] == '\n');
}

/* Moves a field to before its quotes and reads over it. Returns its end, NULL and err if it has
 * none. */
static char *read_quoted(struct reader *reader, struct pg_error *err) {
    size_t first_line = reader->line;
    char *end = reader->at++;
    for (; reader->at[0] != '"' || reader->at[1] == '"'; reader->at++) {
        if (*reader->at == '\0') {
            fail(err, "%s: line %zu: a quote is opened that nothing closes", reader->name,
                 first_line);
            return NULL;
        }
        if (*reader->at == '"') reader->at++;
        if (*reader->at == '\n') reader->line++;
        *end++ = *reader->at;
    }
    reader->at++;
    if (*reader->at == ',' || at_line_end(reader->at)) return end;
    fail(err,
         "%s: line %zu: a closing quote is followed by '%c', expected a comma or the end of the "
         "line",
         reader->name, reader->line, *reader->at);
    return NULL;
}

/* Reads over a field without quotes. Returns its end, NULL and err if there is a quote in it. */
static char *read_plain(struct reader *reader, struct pg_error *err) {
    for (; *reader->at != ',' && !at_line_end(reader->at); reader->at++)
        if (*reader->at == '"') {
            fail(err, "%s: line %zu: a quote in the middle of a field", reader->name, reader->line);
            return NULL;
        }
    return reader->at;
}

/* Reads a field and what separates it from the next; *last tells whether that is the end of the
 * record. */
static bool read_field(struct reader *reader, const char **field, bool *last,
                       struct pg_error *err) {
    *field = reader->at;
    char *end = *reader->at == '"' ? read_quoted(reader, err) : read_plain(reader, err);
    if (!end) return false;
    *last = *reader->at != ',';
    if (*reader->at == '\r') reader->at++;
    if (*reader->at == '\n') reader->line++;
    if (*reader->at != '\0') reader->at++;
    *end = '\0'; /* only now: the separator may stand there */
    return true;
}

/* Reads a record, which must have as many fields as there are columns. */
static bool read_record(struct reader *reader, const char *fields[CSV_COLUMNS],
                        struct pg_error *err) {
    size_t line = reader->line;
    bool last = false;
    for (int i = 0; i < CSV_COLUMNS; i++) {
        if (last)
            return fail(err, "%s: line %zu has %d fields, expected %d", reader->name, line, i,
                        CSV_COLUMNS);
        if (!read_field(reader, &fields[i], &last, err)) return false;
    }
    if (!last)
        return fail(err, "%s: line %zu has more than %d fields", reader->name, line, CSV_COLUMNS);
    return true;
}

static bool check_header(struct reader *reader, struct pg_error *err) {
    const char *fields[CSV_COLUMNS];
    if (!read_record(reader, fields, err)) return false;
    for (int i = 0; i < CSV_COLUMNS; i++)
        if (strcmp(fields[i], csv_names[i]) != 0)
            return fail(err, "%s: line 1: column %d is \"%.200s\", expected \"%s\"", reader->name,
                        i + 1, fields[i], csv_names[i]);
    return true;
}

/* Reads the record of a cell: everything but the numbers must be as expected. */
static bool read_cell(struct reader *reader, const struct csv_record *expected, float *value,
                      struct pg_error *err) {
    size_t line = reader->line;
    const char *fields[CSV_COLUMNS];
    float recovered;
    if (!read_record(reader, fields, err)) return false;
    for (int i = 0; i < CSV_VALUE; i++)
        if (strcmp(fields[i], expected->fields[i]) != 0)
            return fail(err,
                        "%s: line %zu: %s is \"%.200s\", but this experiment has \"%.200s\" there",
                        reader->name, line, csv_names[i], fields[i], expected->fields[i]);
    if (!number_parse(fields[CSV_VALUE], value))
        return fail(err, "%s: line %zu: value is \"%.200s\", which is no float32 number",
                    reader->name, line, fields[CSV_VALUE]);
    if (*fields[CSV_RECOVERED] != '\0' && !number_parse(fields[CSV_RECOVERED], &recovered))
        return fail(err, "%s: line %zu: recovered is \"%.200s\", which is no float32 number",
                    reader->name, line, fields[CSV_RECOVERED]);
    return true;
}

/* How far apart two values are: 0 for two NaN, infinity for a NaN or an infinity and something
 * else. */
static double distance(float a, float b) {
    if (a == b || (isnan(a) && isnan(b))) return 0;
    double difference = fabs((double)a - (double)b);
    return isnan(difference) ? INFINITY : difference;
}

static bool same_bits(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* Takes a cell into account. The one that is kept is the first of those furthest apart; a
 * difference of sign between zeros is one without a distance. */
static void compare(const struct pg_cell *cell, float expected, double tolerance,
                    struct pg_check *out) {
    double apart = distance(cell->value, expected);
    bool differs = tolerance == 0 ? !same_bits(cell->value, expected) : apart > tolerance;
    if (apart > out->largest || (differs && out->n_differing == 0 && apart >= out->largest)) {
        out->largest = apart;
        out->cell = *cell;
        out->expected = expected;
    }
    out->n_differing += differs;
}

bool csv_check(const struct pg_result *result, char *const *clean, char *const *corrupt, char *csv,
               size_t size, const char *name, double tolerance, struct pg_check *out,
               struct pg_error *err) {
    struct reader reader = {name, csv, 1};
    *out = (struct pg_check){0};
    if (strlen(csv) != size) return fail(err, "%s is no CSV: it has zero bytes", name);
    if (!check_header(&reader, err)) return false;
    for (size_t i = 0; i < result->n_cells; i++) {
        struct csv_record expected;
        float value;
        if (*reader.at == '\0')
            return fail(err,
                        "%s: line %zu: the file ends after %zu rows, but this experiment has %zu",
                        name, reader.line, i, result->n_cells);
        csv_record(result, i, clean, corrupt, &expected);
        if (!read_cell(&reader, &expected, &value, err)) return false;
        if (i == 0) {
            out->cell = result->cells[0];
            out->expected = value;
        }
        compare(&result->cells[i], value, tolerance, out);
    }
    if (*reader.at != '\0')
        return fail(err, "%s: line %zu: the file goes on after the %zu rows of this experiment",
                    name, reader.line, result->n_cells);
    return true;
}

bool pg_check_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  double tolerance, struct pg_check *out, struct pg_error *err) {
    const size_t limit = (size_t)1 << 30;
    size_t size;
    char *csv = file_read(path, limit, &size, err);
    char **clean = token_list(model, result->clean_ids, result->n_tokens, err);
    char **corrupt = token_list(model, result->corrupt_ids, result->n_tokens, err);
    bool ok = csv && clean && corrupt &&
              csv_check(result, clean, corrupt, csv, size, path, tolerance, out, err);
    token_list_free(clean);
    token_list_free(corrupt);
    free(csv);
    return ok;
}
