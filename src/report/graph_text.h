/* graph_text.h: the strongest edges or paths of an experiment, for people. */
#ifndef REPORT_GRAPH_TEXT_H
#define REPORT_GRAPH_TEXT_H

#include "patchgpt.h"
#include "report/metric_text.h"
#include "report/table.h"

/* Writes what was patched: "479 edges"; "6 senders on paths to L1H0.q, MLPs frozen". */
void write_graph_count(FILE *out, const struct pg_result *result);

/* What paths lead to: "paths to L1H0.q,L1H1.q, MLPs frozen", "paths to ... and 3 more"; or "edges".
 */
struct words graph_words(const struct pg_result *result);

/* Writes the 20 edges or paths with the largest effects as a table. */
void write_graph_effects(FILE *out, const struct pg_result *result, enum table_form form);

#endif
