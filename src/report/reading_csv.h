/* reading_csv.h: a lens and a direct attribution as CSV text. */
#ifndef REPORT_READING_CSV_H
#define REPORT_READING_CSV_H

#include "report/csv_compare.h"

/* The columns of the two tables; those of an attribution by source are others. */
extern const struct csv_columns lens_columns;
const struct csv_columns *direct_columns(bool by_source);

/* place,position,token_id,token,value,rank,top_id,top_token,top_probability, a row for each place
 * and position; without pairs value and rank are empty. *size bytes and a NUL byte: free with
 * free(). NULL and err when memory is out. */
char *lens_csv(const struct pg_model *model, const struct pg_lens *lens, size_t *size,
               struct pg_error *err);

/* component,value, a row for each part; by source component,source_position,token,value. */
char *direct_csv(const struct pg_model *model, const struct pg_direct *direct, size_t *size,
                 struct pg_error *err);

#endif
