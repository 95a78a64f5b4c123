/* mean_csv.h: the means over a batch as text: mean.csv. */
#ifndef BATCH_MEAN_CSV_H
#define BATCH_MEAN_CSV_H

#include "batch/mean.h"

/* The whole table, after mean_order. Free with free(). NULL and err when memory is out. */
char *mean_text(const struct mean *mean, size_t *size, struct pg_error *err);

#endif
