/* result_csv.c: see result_csv.h; and pg_write_csv and pg_check_csv. */
#include "report/result_csv.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/plain_text.h"
#include "base/text_stream.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const csv_names[CSV_COLUMNS] = {
    "site",       "layer",       "head",          "position", "clean_id",
    "corrupt_id", "clean_token", "corrupt_token", "value",    "recovered"};

/* Whether a text begins as the tables of patchgpt 0.1.0 do, which have no ids, and U+FFFD for bytes
 * that are not UTF-8. */
static bool csv_is_old(const char *csv) {
    static const char beginning[] = "site,layer,head,position,clean_token,";
    return strncmp(csv, beginning, sizeof beginning - 1) == 0;
}

/* The fields of one record. It must not be copied: fields point to its own numbers. */
struct csv_record {
    const char *fields[CSV_COLUMNS];
    char numbers[CSV_COLUMNS][NUMBER_SIZE]; /* the text of the fields that are numbers */
};

static void fill_record(const struct pg_result *result, size_t cell, char *const *clean,
                        char *const *corrupt, struct csv_record *out) {
    const struct pg_cell *at = &result->cells[cell];
    *out = (struct csv_record){0};
    for (int i = 0; i < CSV_COLUMNS; i++) out->fields[i] = out->numbers[i];
    out->fields[CSV_SITE] = pg_site_name(at->site);
    csv_write_index(at->layer, out->numbers[CSV_LAYER]);
    csv_write_index(at->head, out->numbers[CSV_HEAD]);
    csv_write_index(at->position, out->numbers[CSV_POSITION]);
    if (at->position >= 0) {
        csv_write_index(result->clean_ids[at->position], out->numbers[CSV_CLEAN_ID]);
        csv_write_index(result->corrupt_ids[at->position], out->numbers[CSV_CORRUPT_ID]);
        out->fields[CSV_CLEAN] = clean[at->position];
        out->fields[CSV_CORRUPT] = corrupt[at->position];
    }
    number_format(at->value, out->numbers[CSV_VALUE]);
    float recovered = pg_recovered(at->value, result->clean_metric, result->corrupt_metric);
    if (!isnan(recovered)) number_format(recovered, out->numbers[CSV_RECOVERED]);
}

char *csv_text(const struct pg_result *result, char *const *clean, char *const *corrupt,
               size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    struct csv_record record;
    csv_write(s.out, csv_names, CSV_COLUMNS);
    for (size_t i = 0; i < result->n_cells; i++) {
        fill_record(result, i, clean, corrupt, &record);
        csv_write(s.out, record.fields, CSV_COLUMNS);
    }
    return text_close(&s, size, "the CSV", err);
}

char *result_csv(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err) {
    char *text = NULL;
    char **clean = token_texts(model, result->clean_ids, result->n_tokens, escape_invalid, err);
    char **corrupt = token_texts(model, result->corrupt_ids, result->n_tokens, escape_invalid, err);
    if (clean && corrupt) text = csv_text(result, clean, corrupt, size, err);
    free_strings(clean);
    free_strings(corrupt);
    return text;
}

bool pg_write_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err) {
    size_t size;
    char *text = result_csv(model, result, &size, err);
    bool ok = text && file_replace(path, text, size, err);
    free(text);
    return ok;
}

/* ---- comparing ---- */

/* The columns of a table of 0.1.0: all except the ids. */
static const int old_columns[] = {CSV_SITE,  CSV_LAYER,   CSV_HEAD,  CSV_POSITION,
                                  CSV_CLEAN, CSV_CORRUPT, CSV_VALUE, CSV_RECOVERED};
enum { OLD_COLUMNS = sizeof old_columns / sizeof *old_columns };

static bool read_header(struct csv_reader *reader, bool old, struct pg_error *err) {
    const char *names[OLD_COLUMNS];
    for (int i = 0; i < OLD_COLUMNS; i++) names[i] = csv_names[old_columns[i]];
    return old ? csv_read_header(reader, names, OLD_COLUMNS, err)
               : csv_read_header(reader, csv_names, CSV_COLUMNS, err);
}

/* Reads the fields of a record; the ids, which an old table does not have, are NULL there. */
static bool read_fields(struct csv_reader *reader, bool old, const char *fields[CSV_COLUMNS],
                        struct pg_error *err) {
    const char *found[OLD_COLUMNS];
    if (!old) return csv_read(reader, fields, CSV_COLUMNS, err);
    if (!csv_read(reader, found, OLD_COLUMNS, err)) return false;
    fields[CSV_CLEAN_ID] = fields[CSV_CORRUPT_ID] = NULL;
    for (int i = 0; i < OLD_COLUMNS; i++) fields[old_columns[i]] = found[i];
    return true;
}

/* Reads the record of a cell: everything except the numbers must be as expected. */
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

/* Accumulates one cell. Remembers the first cell with the largest difference; +0 against -0 counts
 * as different, with distance 0. */
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
        fill_record(result, i, clean, corrupt, &expected);
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
    bytes_to_text *to_text = csv && csv_is_old(csv) ? replace_invalid : escape_invalid;
    char **clean = token_texts(model, result->clean_ids, result->n_tokens, to_text, err);
    char **corrupt = token_texts(model, result->corrupt_ids, result->n_tokens, to_text, err);
    bool ok = csv && clean && corrupt &&
              csv_check(result, clean, corrupt, csv, size, path, tolerance, out, err);
    free_strings(clean);
    free_strings(corrupt);
    free(csv);
    return ok;
}
