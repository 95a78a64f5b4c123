/* mean_reading_files.h: the means of a folder's lenses, or direct attributions, as files:
 * mean_lens.csv, mean_direct.csv and their pictures. */
#ifndef BATCH_MEAN_READING_FILES_H
#define BATCH_MEAN_READING_FILES_H

#include "batch/work.h"

/* Reads <id>.csv of all lines of the kind that are done, and writes into the folder
 * mean_<kind>.csv, mean_<kind>.png for the measure of the first of them, and
 * mean_<kind>_<measure>.png for each other, "top" being that of lenses without tokens. Such files
 * that have nothing to show are removed. False and err if a CSV is not what its row says, or a file
 * cannot be written. */
bool mean_readings_write(enum work_kind kind, const struct mean_output *output,
                         struct pg_error *err);

#endif
