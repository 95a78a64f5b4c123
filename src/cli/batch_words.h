/* batch_words.h: what the reports of batch and merge call the lines and the means of a batch, which
 * depends on the kinds of work that are done. */
#ifndef CLI_BATCH_WORDS_H
#define CLI_BATCH_WORDS_H

#include "batch/work.h"

/* "experiments", or, if lines of other kinds of work are done, "lines". */
const char *work_noun(const size_t n_done[N_WORK_KINDS]);

/* Prints the names of the tables of means, and of their arrays, if these are written, each after a
 * comma: ", mean.csv, mean_direct.csv, mean.npz, mean_direct.npz". */
void print_mean_tables(const size_t n_done[N_WORK_KINDS], bool arrays);

#endif
