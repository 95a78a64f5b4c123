/* path_split.h: a mediation split as a table: how far each sender moves the metric on all paths to
 * the readers, and on those of each kind. Numbers are changes: the metric of the patched run minus
 * that of the run that is patched. */
#ifndef REPORT_PATH_SPLIT_H
#define REPORT_PATH_SPLIT_H

#include "patch/mediation.h"
#include "report/csv_compare.h"
#include "report/table.h"

enum {
    SPLIT_SENDER,
    SPLIT_RECEIVER,
    SPLIT_TOTAL, /* from here in the order of enum mediation_part */
    SPLIT_VIA_MLPS,
    SPLIT_VIA_ATTENTION,
    SPLIT_DIRECT,
    SPLIT_INTERACTION, /* total - via MLPs - via attention + direct, from the metrics in double */
    N_SPLIT_COLUMNS
};

/* The columns: sender,receiver,total,via_mlps,via_attention,direct,interaction. */
extern const struct csv_columns path_split_columns;

/* A number of a sender: its cell, and a column from SPLIT_TOTAL on. */
float path_split_number(const struct mediation *mediation, size_t cell, int column);

/* The table as CSV; receiver is the list of all. Free with free(). NULL and err when memory is
 * out. */
char *path_split_csv(const struct mediation *mediation, size_t *size, struct pg_error *err);

/* Writes the 20 senders with the largest total effects as a table. */
void write_path_split(FILE *out, const struct mediation *mediation, enum table_form form);

#endif
