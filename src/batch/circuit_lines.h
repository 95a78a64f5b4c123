/* circuit_lines.h: circuits on the experiments of a file, with the means over them. What is in a
 * line is line.h's. */
#ifndef BATCH_CIRCUIT_LINES_H
#define BATCH_CIRCUIT_LINES_H

#include "batch/measure.h"
#include "circuit/circuit_sizes.h"
#include "spec/spec.h"

/* Runs circuits on every line of a file, an experiment each, of which texts, tokens, metric and
 * read position are used, and fills in the means. *measure: what all of them measure. progress may
 * be NULL. False and err, which names file and line, at the first line that is wrong, fails, or
 * measures something else than the first. */
bool circuit_lines_run(const struct pg_model *model, const struct spec *defaults, const char *file,
                       pg_progress *progress, void *progress_context,
                       struct sized_circuits *circuits, struct measure *measure,
                       struct pg_error *err);

#endif
