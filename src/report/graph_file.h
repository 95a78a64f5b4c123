/* graph_file.h: edges as files for other tools: a graph in the JSON of EAP-IG and MIB, and a
 * drawing for Graphviz. Both return malloc'ed text of *size bytes, or NULL and err: the result has
 * no edges, or memory is out. */
#ifndef REPORT_GRAPH_FILE_H
#define REPORT_GRAPH_FILE_H

#include "base/error.h"

enum { DOT_EDGES = 40 }; /* the strongest, which are drawn */

/* As pg_write_graph and pg_write_dot write them. */
char *graph_json(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err);
char *graph_dot(const struct pg_model *model, const struct pg_result *result, size_t *size,
                struct pg_error *err);

#endif
