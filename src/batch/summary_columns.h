/* summary_columns.h: the columns of summary.csv, and which of them a form has. For summary.c, which
 * writes rows, and summary_read.c, which reads them. */
#ifndef BATCH_SUMMARY_COLUMNS_H
#define BATCH_SUMMARY_COLUMNS_H

#include "batch/summary.h"

enum summary_column {
    LINE,
    ID,
    FINGERPRINT,
    WHAT,
    SHAPE,
    METRIC,
    NOISING,
    WITH,
    NOISE,
    WINDOW,
    JOINT,
    MLPS,
    N_TOKENS,
    LABELS,
    CRC,
    CLEAN,
    CORRUPT,
    COMPONENT,
    SITE,
    LAYER,
    HEAD,
    POSITION,
    NEURON,
    SOURCE,
    SENDER,
    RECEIVER,
    VALUE,
    RECOVERED,
    ERROR,
    N_COLUMNS
};
extern const char *const summary_names[N_COLUMNS];

/* The columns of a form. */
struct width {
    bool kept[N_COLUMNS];
    int n;
};
struct width width_of(unsigned form);

/* Writes what the row's largest effect recovers; nothing for 0/0. */
void write_recovered(const struct summary_row *row, char out[NUMBER_SIZE]);

#endif
