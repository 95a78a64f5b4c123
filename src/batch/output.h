/* output.h: the files of a batch: a table and a picture for each experiment, and at the end the
 * means and the summary. Rows of a batch that is still running are batch/folder.h's; what is in a
 * table, a picture and the means is that of the kind of work (batch/work.h). */
#ifndef BATCH_OUTPUT_H
#define BATCH_OUTPUT_H

#include "batch/folder.h"
#include "batch/work.h"

/* How results are saved. */
struct save_options {
    const struct pg_model *model;
    const char *folder;
    const struct pg_picture *looks; /* of <id>.png, for each kind of work; NULL: no pictures */
    const char *reference;          /* the folder to compare with, or NULL */
    double tolerance;
};

enum saved {
    SAVED,
    SAVED_DIFFERENT, /* saved, but not equal to the reference */
    SAVE_FAILED,     /* it cannot be compared or drawn */
    SAVE_UNWRITABLE, /* a file cannot be written; others could not either */
};

struct saving {
    const struct summary_row *row;
    const void *result;
    /* Filled by save_results: */
    enum saved outcome;
    uint32_t csv_crc;    /* unless outcome is SAVE_UNWRITABLE */
    struct pg_error err; /* unless outcome is SAVED */
};

/* Writes <id>.csv, and <id>.png if pictures are wanted, of n results, several at once, and compares
 * them with <id>.csv in the reference folder. */
void save_results(const struct save_options *options, struct saving *items, size_t n);

/* Writes into the folder the means of all rows that are done, one kind of work after the other, and
 * last summary.csv. Rows must be in ascending order of lines. Pictures carry
 * the batch's checksum, unless whole->count is 0. False and err if a CSV is not what its row says,
 * or a file cannot be written; summary.csv is unchanged then. Fills report, whose joint is to be
 * freed with free(), also after failure. */
bool finish_folder(const char *folder, const struct summary *summary,
                   const struct shard_label *whole, const struct mean_options *means,
                   struct mean_report *report, struct pg_error *err);

#endif
