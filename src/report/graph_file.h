/* graph_file.h: edges as files for other tools: a graph in the JSON of EAP-IG and MIB, and a
 * drawing for Graphviz. Both return malloc'ed text of *size bytes, or NULL and err: the result has
 * no edges, or memory is out. */
#ifndef REPORT_GRAPH_FILE_H
#define REPORT_GRAPH_FILE_H

#include "patch/graph.h"

#include <cjson/cJSON.h>

enum { DOT_EDGES = 40 }; /* the strongest, which are drawn */

/* As pg_write_graph and pg_write_dot write them. */
char *graph_json(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err);
char *graph_dot(const struct pg_model *model, const struct pg_result *result, size_t *size,
                struct pg_error *err);

/* An edge, and its score or the mean of its scores. */
struct graph_edge {
    struct pg_sender sender;
    struct pg_receiver receiver;
    float score;
};

/* The JSON of n edges of a model, each once, whose n_layer, n_head and n_embd are used. meta: what
 * graph_meta has made. */
char *graph_json_of(const struct config *config, const struct graph_edge *edges, size_t n,
                    const char *meta, size_t *size, struct pg_error *err);

/* What edges are of as one line of JSON, with the program and its version. Takes over object; NULL:
 * memory is out. Free with free(). */
char *graph_meta(cJSON *object, struct pg_error *err);

#endif
