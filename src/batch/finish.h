/* finish.h: the end of a batch: from its rows and the CSVs of its experiments to the files that are
 * about all of them. */
#ifndef BATCH_FINISH_H
#define BATCH_FINISH_H

#include "batch/shard.h"
#include "batch/summary.h"

/* Reads <id>.csv of all rows that are done, and writes into the folder mean.csv, mean.png and
 * mean_recovered.png, those of other metrics and directions (mean_<measure>[_noising].png and
 * mean_<measure>[_noising]_recovered.png), and at last summary.csv. Pictures of these names that
 * have nothing to show are removed. Rows rise by line. The colours of look are for all pictures,
 * its values for those of the metric. Pictures carry which batch they are of, which is not known where
 * whole->count is 0. False and err if a CSV is not what its row says, or a file
 * cannot be written; summary.csv is as it was then. */
bool finish_folder(const char *folder, const struct summary *summary,
                   const struct shard_label *whole, const struct pg_picture *look,
                   struct pg_error *err);

#endif
