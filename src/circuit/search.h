/* search.h: a circuit found by removing edges one at a time, each time running what is left (the
 * order and the rule are those of ACDC, Conmy et al. 2023, arXiv:2304.14997, but for the threshold,
 * which is of the whole loss here, and for the runs, which are exact). */
#ifndef CIRCUIT_SEARCH_H
#define CIRCUIT_SEARCH_H

#include "circuit/circuit.h"

/* A search that is under way. Edges are tried from the last reader to the first, the senders of
 * each from the last to the first. An edge is removed if the loss of the circuit without it is at
 * most max_loss:
 *
 *     loss = |m(all edges) - m(circuit)|, or, for the metric kl, the divergence from the clean run
 *
 * With it go the edges of components that nothing reads then, or that read nothing, which changes
 * no value (not in an ablation, where a component that reads nothing has an effect). */
struct search {
    const struct circuit_base *base;
    struct edge_set circuit; /* what is left */
    size_t next;             /* how many edges have been tried */
    float value;             /* of the circuit */
    double max_loss;
    bool last_removed; /* what the last decision was */
    size_t n_runs;     /* circuits that were run */
};

/* Begins with all edges. The base must outlive the search. False and err when memory is out. Free
 * with search_free, also after failure. */
bool search_begin(const struct circuit_base *base, double max_loss, struct search *out,
                  struct pg_error *err);
void search_free(struct search *search);

/* Decides about some more edges, one at least. Several circuits are run at a time, each without the
 * edges that are tried before it or with them, whichever the last decision suggests; what would
 * not have been run one by one is thrown away, so that the circuit is that of one by one. False and
 * err when memory or threads are out. */
bool search_go_on(struct search *search, struct pg_error *err);

/* Whether all edges have been tried. */
bool search_is_done(const struct search *search);

/* The part of all edges that has been decided about: 0 to 1. */
double search_part(const struct search *search);

#endif
