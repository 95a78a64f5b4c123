/* summary.h: summary.csv, a row for each experiment of a batch: rows to text and text to rows.
 * Where its file is, and when it is written, is batch/folder.h's and batch/output.h's. */
#ifndef BATCH_SUMMARY_H
#define BATCH_SUMMARY_H

#include "base/lookup.h"
#include "batch/measure.h"
#include "batch/work.h"
#include "report/intervention.h"

/* A name that a line gives to one of its positions. */
struct position_label {
    char *name;   /* 1 to 40 bytes without control characters, ';' and ':' */
    int position; /* 0 to the number of tokens - 1 */
};

/* An experiment. The fields after error are valid only if it is NULL. The row owns its pointers. */
struct summary_row {
    size_t line; /* of the file of experiments, from 1 */
    char *id;    /* valid by id_is_valid, if the experiment is done */
    char *error; /* why it failed; NULL: done */
    enum work_kind kind;
    uint32_t fingerprint, csv_crc;
    struct measure measure;
    struct intervention intervention;
    int n_tokens;
    struct position_label *labels; /* by position; names differ, positions may be the same */
    size_t n_labels;
    float clean_metric, corrupt_metric; /* corrupt: NaN for ablation */
    struct pg_cell
        largest; /* the cell with the largest effect; value NaN and layer -1: no cell has one */
};

struct summary {
    struct summary_row *rows;
    size_t n;
};

/* Frees what the row or the summary points to, and leaves it zeroed. */
void summary_row_free(struct summary_row *row);
void summary_free(struct summary *s);

/* Whether the row is of an experiment of this kind that is done. */
bool summary_row_has(const struct summary_row *row, enum work_kind kind);

/* Whether a name has 1 to MAX_LABEL bytes without control characters. */
enum { MAX_LABEL = 40 };
bool label_is_valid(const char *name);

/* Whether one of the labels that were noted in the table has this name. */
bool label_is_there(const struct lookup *table, const struct position_label *labels,
                    const char *name);

/* Notes that the label at an index of the list has this name. False and err when memory is out. */
bool label_note(struct lookup *table, const char *name, size_t index, struct pg_error *err);

/* Whether files can have this name: 1 to 200 letters, digits, '-', '_' and '.', the first not '.',
 * and not, in any case, a name of the batch's own files: some file systems do not tell cases
 * apart. */
bool id_is_valid(const char *id);

/* Whether a row needs the columns that plain patching between two texts does not have: with, noise,
 * window, joint, neuron and source_position. */
bool summary_row_is_wide(const struct summary_row *row);

/* The header of a summary, and the line of a row, each with its newline, in *size bytes, with those
 * columns if it is wide. Free with free(). NULL and err when memory is out. */
char *summary_header(bool wide, size_t *size, struct pg_error *err);
char *summary_row_text(const struct summary_row *row, bool wide, size_t *size,
                       struct pg_error *err);

/* Reads a summary, except one of version 0.1.0, which had other columns. Every field is checked,
 * and rows must be in ascending order of lines. cut_off_allowed is for summary_partial.csv: text
 * after the last newline is left out, the header may be missing, rows are in any order, and each is
 * wide or not. False
 * and err, which names file, line and column, otherwise. Free with summary_free, also after
 * failure. */
bool summary_read(const char *path, bool cut_off_allowed, struct summary *out,
                  struct pg_error *err);

#endif
