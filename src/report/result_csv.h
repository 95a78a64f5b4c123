/* result_csv.h: a result as CSV text and the comparison of a result with such text, without files and
 * models. Records end in LF, which every reader of RFC 4180's CRLF takes too and Unix tools
 * prefer. */
#ifndef REPORT_RESULT_CSV_H
#define REPORT_RESULT_CSV_H

#include "base/error.h"
#include "base/number.h"

enum {
    CSV_SITE,
    CSV_LAYER,
    CSV_HEAD,
    CSV_POSITION,
    CSV_CLEAN_ID,
    CSV_CORRUPT_ID,
    CSV_CLEAN,
    CSV_CORRUPT,
    CSV_VALUE,
    CSV_RECOVERED,
    CSV_COLUMNS
};

/* The names of the columns. */
extern const char *const csv_names[CSV_COLUMNS];

/* The fields of one record, without quotes. */
struct csv_record {
    const char *fields[CSV_COLUMNS];
    char numbers[CSV_COLUMNS][NUMBER_SIZE]; /* where those fields are that are numbers */
};

/* Whether a text begins as the tables of 0.1.0 do, which have no ids, and U+FFFD for bytes that are no
 * UTF-8. */
bool csv_is_old(const char *csv);

/* The record of a result's cell. clean and corrupt are the texts of the tokens, one for each
 * position. */
void csv_record(const struct pg_result *result, size_t cell, char *const *clean,
                char *const *corrupt, struct csv_record *out);

/* The whole CSV: a header record, then one for each cell. Free with free(). NULL and err when
 * memory is out. */
char *csv_text(const struct pg_result *result, char *const *clean, char *const *corrupt,
               size_t *size, struct pg_error *err);

/* The same with the tokens of a model: what pg_write_csv writes. */
char *result_csv(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err);

/* Compares as pg_check_csv does, also with a table of 0.1.0, for which clean and corrupt are written as it
 * wrote them; csv is size bytes of text and a zero byte after them, is taken apart
 * in place, and is called name in errors. */
bool csv_check(const struct pg_result *result, char *const *clean, char *const *corrupt, char *csv,
               size_t size, const char *name, double tolerance, struct pg_check *out,
               struct pg_error *err);

#endif
