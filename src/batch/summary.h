/* summary.h: summary.csv, a row for each experiment of a batch: rows to text and text to rows.
 * Where its file is, and when it is written, is batch/folder.h's and batch/output.h's. */
#ifndef BATCH_SUMMARY_H
#define BATCH_SUMMARY_H

#include "batch/measure.h"
#include "batch/names.h"
#include "batch/work.h"
#include "report/intervention.h"

/* What rows of edges and paths have besides. */
struct graph_row {
    int n_layer, n_head, n_embd; /* of the model, whose graph it is */
    bool frozen_mlps;            /* of paths */
    char *readers;               /* where paths end: "L9H9.q,L9H9.k"; NULL for edges */
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
    float clean_metric, corrupt_metric; /* corrupt: NaN for ablation, lens and direct; both are NaN
                                           for a lens without tokens, whose measure says nothing */
    /* Of an experiment the cell with the largest effect; value NaN and layer -1: no cell has one.
     */
    struct pg_cell largest;
    struct pg_part part; /* of a direct attribution the largest part */
    struct graph_row graph;
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

/* The columns that a row needs besides those of plain patching between two texts: with, noise,
 * window, joint, neuron and source_position; what, component and source_position; what, shape,
 * mlps, sender and receiver. No two forms have equally many: rows without a header are told apart
 * by that. */
enum summary_form {
    SUMMARY_PLAIN = 0,
    SUMMARY_WIDE = 1,
    SUMMARY_READINGS = 2,
    SUMMARY_GRAPH = 4,
    N_SUMMARY_FORMS = 8
};

/* The form of a row: a sum of those values. */
unsigned summary_row_form(const struct summary_row *row);

/* The header of a summary, and the line of a row, each with its newline, in *size bytes, with the
 * columns of a form. Free with free(). NULL and err when memory is out. */
char *summary_header(unsigned form, size_t *size, struct pg_error *err);
char *summary_row_text(const struct summary_row *row, unsigned form, size_t *size,
                       struct pg_error *err);

/* Reads a summary, except one of version 0.1.0, which had other columns. Every field is checked,
 * and rows must be in ascending order of lines. cut_off_allowed is for summary_partial.csv: text
 * after the last newline is left out, the header may be missing, rows are in any order, and each
 * has a form of its own. False and err, which names file, line and column, otherwise. Free with
 * summary_free, also after failure. */
bool summary_read(const char *path, bool cut_off_allowed, struct summary *out,
                  struct pg_error *err);

#endif
