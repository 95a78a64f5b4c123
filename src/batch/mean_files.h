/* mean_files.h: the means of a folder's experiments as files: mean.csv, its pictures and arrays. */
#ifndef BATCH_MEAN_FILES_H
#define BATCH_MEAN_FILES_H

#include "batch/work.h"

/* Reads <id>.csv of all experiments that are done, and writes into the folder mean.csv, mean.png
 * and mean_recovered.png, those of other metrics, interventions and directions
 * (mean_<measure>[_noise|_zero|_mean][_noising].png and the same with _recovered). With
 * options->arrays also mean.npz. Files of these names that are not written are removed. The colours
 * of the look are for all pictures, its limits for those of the metric. False and err if a CSV is
 * not what its row says, or a file cannot be written. */
bool mean_files_write(const struct mean_output *output, struct pg_error *err);

#endif
