/* output.h: the files of a batch: a table and a picture for each experiment, and at the end the
 * means and the summary. Rows of a batch that is still running are batch/folder.h's. */
#ifndef BATCH_OUTPUT_H
#define BATCH_OUTPUT_H

#include "batch/folder.h"

/* How results are saved. */
struct save_options {
    const struct pg_model *model;
    const char *folder;
    const struct pg_picture *look; /* of <id>.png; NULL: no pictures */
    const char *reference;         /* the folder to compare with, or NULL */
    double tolerance;
};

enum saved {
    SAVED,
    SAVED_DIFFERENT, /* saved, but not equal to the reference */
    SAVE_FAILED,     /* it cannot be compared or drawn */
    SAVE_UNWRITABLE, /* a file cannot be written; others could not either */
};

struct saving {
    const char *id;
    const struct pg_result *result;
    /* Filled by save_results: */
    enum saved outcome;
    uint32_t csv_crc;    /* unless outcome is SAVE_UNWRITABLE */
    struct pg_error err; /* unless outcome is SAVED */
};

/* Writes <id>.csv, and <id>.png if pictures are wanted, of n results, several at once, and compares
 * them with <id>.csv in the reference folder. */
void save_results(const struct save_options *options, struct saving *items, size_t n);

/* Reads <id>.csv of all rows that are done, and writes into the folder mean.csv, mean.png and
 * mean_recovered.png, those of other metrics, interventions and directions
 * (mean_<measure>[_noise|_zero|_mean][_noising].png and the same with _recovered), and last
 * summary.csv. Pictures of these names that have nothing to show are removed. Rows must be in
 * ascending order of lines. The colours of look are for all pictures, its limits for those of the
 * metric. Pictures carry the batch's checksum, unless whole->count is 0. False and err if a CSV is
 * not what its row says, or a file cannot be written; summary.csv is unchanged then. */
bool finish_folder(const char *folder, const struct summary *summary,
                   const struct shard_label *whole, const struct pg_picture *look,
                   struct pg_error *err);

#endif
