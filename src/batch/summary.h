/* summary.h: summary.csv, a row for each experiment of a batch: rows, and their text both ways.
 * Which experiments there are, and where the files go, is known elsewhere. */
#ifndef BATCH_SUMMARY_H
#define BATCH_SUMMARY_H

#include "base/lookup.h"
#include "batch/measure.h"

/* A name that a line gives one of its positions. */
struct position_label {
    char *name;   /* 1 to 40 bytes without control characters, ';' and ':' */
    int position; /* 0 to the number of tokens - 1 */
};

/* An experiment. What is behind error counts only where that is NULL. Pointers are its own. */
struct summary_row {
    size_t line; /* of the file of experiments, from 1 */
    char *id;    /* of one that is done: as id_is_valid has it */
    char *error; /* why it failed; NULL: it is done */
    uint32_t fingerprint, csv_crc;
    struct measure measure;
    bool noising;
    int n_tokens;
    struct position_label *labels; /* by position; names differ, positions may be the same */
    size_t n_labels;
    float clean_metric, corrupt_metric;
    struct pg_cell largest; /* layer -1: there is none */
};

struct summary {
    struct summary_row *rows;
    size_t n;
};

/* Frees what the row or the summary points to, and leaves it zeroed. */
void summary_row_free(struct summary_row *row);
void summary_free(struct summary *s);

/* Whether a name has 1 to MAX_LABEL bytes without control characters. */
enum { MAX_LABEL = 40 };
bool label_is_valid(const char *name);

/* Whether one of the labels whose names were noted in the table has this name; notes that the label
 * at that place has it, which is false, with err, when memory is out. */
bool label_is_there(const struct lookup *table, const struct position_label *labels,
                    const char *name);
bool label_note(struct lookup *table, const char *name, size_t place, struct pg_error *err);

/* Whether files can have this name: 1 to 200 letters, digits, '-', '_' and '.', the first no '.',
 * and none of the names that the batch has for its own files, in any case: some file systems do not
 * tell cases apart. */
bool id_is_valid(const char *id);

/* The cell whose value is furthest from the metric of the run that is patched, the first of those;
 * NaN is never far. One with layer -1 if all are NaN. */
struct pg_cell largest_effect(const struct pg_result *result);

/* The first line of a summary, and that of a row, each with its newline and size bytes long. Free
 * with free(). NULL and err when memory is out. */
char *summary_header(size_t *size, struct pg_error *err);
char *summary_row_text(const struct summary_row *row, size_t *size, struct pg_error *err);

/* Reads a summary, not one of version 0.1.0, which had other columns. It must be one in every
 * field, and rows must rise by line. cut_off_allowed is for summary_partial.csv: what is behind the
 * last newline does not count, not even the header is needed, and rows are in any order. False and
 * err, which names file, line and column, otherwise. Free with summary_free, also after failure. */
bool summary_read(const char *path, bool cut_off_allowed, struct summary *out,
                  struct pg_error *err);

#endif
