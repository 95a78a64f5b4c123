/* edge_set.h: sets of a model's edges, one flag an edge. */
#ifndef CIRCUIT_EDGE_SET_H
#define CIRCUIT_EDGE_SET_H

#include "model/model.h"
#include "patchgpt.h"

/* has[receiver n_senders + sender]; numbers as in patch/graph.h. Only edges of the graph are
 * there. */
struct edge_set {
    size_t n_senders, n_receivers, count;
    unsigned char *has;
};

/* Makes a set without edges. False and err when memory is out. Free with edge_set_free. */
bool edge_set_init(struct edge_set *set, const struct config *config, struct pg_error *err);
void edge_set_free(struct edge_set *set);

/* Removes all edges. */
void edge_set_clear(struct edge_set *set);

/* Adds edge (sender, receiver), if it is not there. */
void edge_set_add(struct edge_set *set, size_t receiver, size_t sender);

/* The senders of a receiver: n_senders flags. */
const unsigned char *edge_set_into(const struct edge_set *set, size_t receiver);

/* Whether a receiver has a sender. */
bool edge_set_reaches(const struct edge_set *set, size_t receiver);

/* Adds all edges of the graph. */
void edge_set_fill(struct edge_set *set, const struct config *config);

/* Makes it the set of all other edges of the graph. */
void edge_set_complement(struct edge_set *set, const struct config *config);

/* Adds an edge. False and err, which names it, if it does not exist or is there already. */
bool edge_set_put(struct edge_set *set, const struct pg_model *model, const struct pg_edge *edge,
                  struct pg_error *err);

/* Adds the edges of a circuit. False and err, which names it, if one does not exist or is given
 * twice. */
bool edge_set_read(struct edge_set *set, const struct pg_model *model,
                   const struct pg_circuit *circuit, struct pg_error *err);

/* Removes the edges of components that nothing reads, and of heads and MLPs that read nothing,
 * again and again until none is left. */
void edge_set_prune(struct edge_set *set, const struct config *config);

#endif
