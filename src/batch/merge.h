/* merge.h: the folders of a batch's shards become the one folder that the whole batch would have
 * written. */
#ifndef BATCH_MERGE_H
#define BATCH_MERGE_H

#include "batch/work.h"

/* What was merged. */
struct merged {
    size_t n_done, n_failed;      /* experiments */
    size_t of_kind[N_WORK_KINDS]; /* done, of each kind of work */
    /* Lines below the last one that no folder has, unless the folders say that they are all. */
    size_t n_missing, first_missing;
    struct mean_report report; /* whose joint is to be freed with free() */
};

/* Copies <id>.csv and <id>.png of all experiments into the folder output, which is made and locked,
 * and finishes it as finish_folder does. False and err if a folder is not finished, the folders are
 * not the shards of one batch, a line or an id is in two of them, a CSV is not what its row says,
 * output is one of them or has results already, or a file cannot be read or written. What was
 * written until then stays, and the next merge replaces it. */
bool merge_folders(const char *const *folders, size_t n, const char *output,
                   const struct mean_options *means, struct merged *out, struct pg_error *err);

#endif
