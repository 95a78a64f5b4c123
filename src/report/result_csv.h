/* result_csv.h: a result as CSV text, and the comparison of a result with such text. Records end in
 * LF, which every reader of RFC 4180's CRLF takes too and Unix tools prefer. */
#ifndef REPORT_RESULT_CSV_H
#define REPORT_RESULT_CSV_H

#include "base/error.h"

enum {
    CSV_SITE,
    CSV_LAYER,
    CSV_HEAD,
    CSV_POSITION,
    CSV_NEURON,
    CSV_SOURCE,
    CSV_CLEAN_ID,
    CSV_CORRUPT_ID,
    CSV_CLEAN,
    CSV_CORRUPT,
    CSV_SENDER,
    CSV_RECEIVER,
    CSV_VALUE,
    CSV_RECOVERED,
    CSV_SCORE,
    CSV_COLUMNS
};

/* The names of the columns. */
extern const char *const csv_names[CSV_COLUMNS];

/* The columns of a table, a flag for each. Of sites: up to CSV_CORRUPT, CSV_NEURON and CSV_SOURCE
 * only if one of the sites has neurons or source positions; value and recovered. */
struct csv_columns {
    bool kept[CSV_COLUMNS];
};
struct csv_columns csv_columns(bool neurons, bool sources);

/* Of edges and paths: sender, receiver, value, recovered; of edges, score too. */
struct csv_columns csv_graph_columns(bool scores);

/* The whole CSV: a header record, then one for each cell; a joint patch has the names of its sites
 * with '+' between them. clean and corrupt are the texts of the tokens, one for each position;
 * corrupt may be NULL if the result has no corrupted text. Free with free(). NULL and err when
 * memory is out. */
char *csv_text(const struct pg_result *result, char *const *clean, char *const *corrupt,
               size_t *size, struct pg_error *err);

/* csv_text with the tokens of the model: the bytes that pg_write_csv writes. */
char *result_csv(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err);

/* Compares as pg_check_csv does. csv: size bytes that a NUL byte follows, taken apart in place;
 * name is used in errors. It may be a table of patchgpt 0.1.0, if clean and corrupt are the texts
 * that 0.1.0 wrote. */
bool csv_check(const struct pg_result *result, char *const *clean, char *const *corrupt, char *csv,
               size_t size, const char *name, double tolerance, struct pg_check *out,
               struct pg_error *err);

#endif
