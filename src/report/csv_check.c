/* csv_check.c: pg_check_csv: compares with the CSV of an earlier result. */
#include "base/csv.h"
#include "base/plain_text.h"
#include "report/label.h"
#include "report/result_csv.h"
#include "report/token_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The columns of a table of 0.1.0: all but the ids. */
static const int old_columns[] = {CSV_SITE,  CSV_LAYER,   CSV_HEAD,  CSV_POSITION,
                                  CSV_CLEAN, CSV_CORRUPT, CSV_VALUE, CSV_RECOVERED};
enum { OLD_COLUMNS = sizeof old_columns / sizeof *old_columns };

static bool read_header(struct csv_reader *reader, bool old, struct pg_error *err) {
    const char *names[OLD_COLUMNS];
    for (int i = 0; i < OLD_COLUMNS; i++) names[i] = csv_names[old_columns[i]];
    return old ? csv_read_header(reader, names, OLD_COLUMNS, err)
               : csv_read_header(reader, csv_names, CSV_COLUMNS, err);
}

/* Reads the fields of a record; ids that an old table does not have are NULL. */
static bool read_fields(struct csv_reader *reader, bool old, const char *fields[CSV_COLUMNS],
                        struct pg_error *err) {
    const char *found[OLD_COLUMNS];
    if (!old) return csv_read(reader, fields, CSV_COLUMNS, err);
    if (!csv_read(reader, found, OLD_COLUMNS, err)) return false;
    fields[CSV_CLEAN_ID] = fields[CSV_CORRUPT_ID] = NULL;
    for (int i = 0; i < OLD_COLUMNS; i++) fields[old_columns[i]] = found[i];
    return true;
}

/* Reads the record of a cell: everything but the numbers must be as expected. */
static bool read_cell(struct csv_reader *reader, bool old, const struct csv_record *expected,
                      float *value, struct pg_error *err) {
    size_t line = reader->line;
    const char *fields[CSV_COLUMNS];
    float recovered;
    if (!read_fields(reader, old, fields, err)) return false;
    for (int i = 0; i < CSV_VALUE; i++)
        if (fields[i] && strcmp(fields[i], expected->fields[i]) != 0)
            return fail(err,
                        "%s: line %zu: %s is \"%.200s\", but this experiment has \"%.200s\" there",
                        reader->name, line, csv_names[i], fields[i], expected->fields[i]);
    if (!csv_read_number(reader, line, "value", fields[CSV_VALUE], value, err)) return false;
    return !*fields[CSV_RECOVERED] ||
           csv_read_number(reader, line, "recovered", fields[CSV_RECOVERED], &recovered, err);
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
    struct csv_reader reader;
    const bool old = csv_is_old(csv);
    *out = (struct pg_check){0};
    if (!csv_open(&reader, name, csv, size, err) || !read_header(&reader, old, err)) return false;
    for (size_t i = 0; i < result->n_cells; i++) {
        struct csv_record expected;
        float value;
        if (csv_at_end(&reader))
            return fail(err,
                        "%s: line %zu: the file ends after %zu rows, but this experiment has %zu",
                        name, reader.line, i, result->n_cells);
        csv_record(result, i, clean, corrupt, &expected);
        if (!read_cell(&reader, old, &expected, &value, err)) return false;
        if (i == 0) {
            out->cell = result->cells[0];
            out->expected = value;
        }
        compare(&result->cells[i], value, tolerance, out);
    }
    if (!csv_at_end(&reader))
        return fail(err, "%s: line %zu: the file goes on after the %zu rows of this experiment",
                    name, reader.line, result->n_cells);
    return true;
}

bool pg_check_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  double tolerance, struct pg_check *out, struct pg_error *err) {
    size_t size;
    char *csv = text_read(path, CSV_MAX_SIZE, &size, err);
    token_writer *writer = csv && csv_is_old(csv) ? label_text : label_escaped;
    char **clean = token_list(model, result->clean_ids, result->n_tokens, writer, err);
    char **corrupt = token_list(model, result->corrupt_ids, result->n_tokens, writer, err);
    bool ok = csv && clean && corrupt &&
              csv_check(result, clean, corrupt, csv, size, path, tolerance, out, err);
    token_list_free(clean);
    token_list_free(corrupt);
    free(csv);
    return ok;
}
