/* circuit_csv.h: the values of circuits as CSV text. */
#ifndef REPORT_CIRCUIT_CSV_H
#define REPORT_CIRCUIT_CSV_H

#include "circuit/circuit_sizes.h"
#include "report/csv_compare.h"

/* The columns of the table; those of means over experiments are others. */
const struct csv_columns *circuit_columns(bool means);

/* top,edges,value,faithfulness, a row for each circuit; faithfulness is empty where it is not a
 * number; of means also mean_faithfulness. *size bytes and a NUL byte: free with free(). NULL and
 * err when memory is out. */
char *circuit_csv(const struct sized_circuits *circuits, size_t *size, struct pg_error *err);

#endif
