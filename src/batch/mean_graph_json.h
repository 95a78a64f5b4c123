/* mean_graph_json.h: the graph of a model with mean scores of its edges as JSON, in the format of
 * EAP-IG and the circuit track of MIB: "cfg", the sizes of the model; "nodes", its components and
 * the logits; "edges", each {"score", "in_graph"}. Names there: input, a0.h1, m0, logits;
 * a0.h1->a2.h3<q>. */
#ifndef BATCH_MEAN_GRAPH_JSON_H
#define BATCH_MEAN_GRAPH_JSON_H

#include "base/error.h"
#include "patch/graph.h"

struct scored_edge {
    struct pg_sender sender;
    struct pg_receiver receiver;
    float score; /* what is not finite is null in the file */
};

/* The whole file, which has all nodes and these edges, all of them in the graph. config: n_layer,
 * n_head and n_embd are used. *size bytes, to be freed with free(). NULL and err when memory is
 * out. */
char *mean_graph_json(const struct config *config, const struct scored_edge *edges, size_t n,
                      size_t *size, struct pg_error *err);

#endif
