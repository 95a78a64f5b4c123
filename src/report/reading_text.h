/* reading_text.h: a lens and a direct attribution as text for people. Writes to the stream that it
 * is given and leaves errors in it. */
#ifndef REPORT_READING_TEXT_H
#define REPORT_READING_TEXT_H

#include "report/outcome.h"

/* Writes a table of the read position, a row a place, and the outcome. */
void write_lens(FILE *out, const struct pg_model *model, const struct pg_lens *lens,
                const struct outcome *outcome, size_t n_compared, enum table_form form);

/* Writes the `top` largest parts by size, the sum of all parts beside the metric, and the outcome.
 * False and err when memory is out. */
bool write_direct(FILE *out, const struct pg_model *model, const struct pg_direct *direct,
                  size_t top, const struct outcome *outcome, size_t n_compared,
                  enum table_form form, struct pg_error *err);

#endif
