/* edge_scores.h: a model's edges with their scores, read from a file, and the order that the scores
 * give them. What a circuit of the strongest is worth is circuit_sizes.h's. */
#ifndef CIRCUIT_EDGE_SCORES_H
#define CIRCUIT_EDGE_SCORES_H

#include "model/model.h"
#include "patchgpt.h"

/* An edge, by the numbers of patch/graph.h. */
struct ranked_edge {
    size_t receiver, sender;
    float score; /* finite */
};

struct edge_scores {
    struct ranked_edge *edges; /* in the order of the graph, each once */
    size_t count;
};

/* Reads a file, "-" being standard input. One that begins with '{' is a graph in EAP-IG's JSON:
 * {"cfg": {"n_layers", "n_heads", "d_model"}, "edges": {"a0.h0->a1.h3<q>": {"score"}}}, what else
 * there is being ignored. Any other is a CSV whose header has sender, receiver and score among its
 * columns, as that of --site edges. An edge that is not there has no score. False and err, which
 * names file and line or field, if it is malformed or of another shape of model, if the model has
 * not such an edge, or if an edge is there twice or without a score. Free with edge_scores_free,
 * also after failure. */
bool edge_scores_read(const struct pg_model *model, const char *path, struct edge_scores *out,
                      struct pg_error *err);
void edge_scores_free(struct edge_scores *scores);

/* Puts the edges into descending order of their absolute scores or, by_sign, of the scores
 * themselves; those of one score in the order of the graph. */
void edge_scores_rank(struct edge_scores *scores, bool by_sign);

#endif
