/* graph.h: the graph of a model: components write to the residual stream, readers take their input
 * from it, and an edge leads from each component to each reader that comes after it. Names of both.
 * Definitions as in EAP (Syed et al. 2023, arXiv:2310.10348): 157 components, 445 readers and
 * 32,491 edges for gpt2. What an edge patch does is edges.h's. */
#ifndef PATCH_GRAPH_H
#define PATCH_GRAPH_H

#include "model/model.h"

/* How many components and readers a model has: 1 + L (H + 1), and L (3 H + 1) + 1. */
size_t graph_count_senders(const struct config *config);
size_t graph_count_receivers(const struct config *config);

/* Component and reader i in the order of the graph (pg_result.cells). */
struct pg_sender graph_sender(const struct config *config, size_t i);
struct pg_receiver graph_receiver(const struct config *config, size_t i);

/* Which they are: the inverse, for those that the model has. */
size_t graph_sender_index(const struct config *config, const struct pg_sender *sender);
size_t graph_receiver_index(const struct config *config, const struct pg_receiver *receiver);

/* Whether the model has such a component, such a reader. */
bool graph_has_sender(const struct config *config, const struct pg_sender *sender);
bool graph_has_receiver(const struct config *config, const struct pg_receiver *receiver);

/* Whether there is an edge: the component writes before the reader reads. Heads of a block do not
 * read each other; its MLP reads them. */
bool graph_has_edge(const struct pg_sender *sender, const struct pg_receiver *receiver);

/* Writes the cells of the edges that a request chooses, in the order of the graph, and returns how
 * many there are. cells may be NULL. */
size_t graph_list_edges(const struct config *config, const struct pg_request *request,
                        struct pg_cell *cells);

/* The same for paths: a cell for each sender from which one leads to a receiver. */
size_t graph_list_paths(const struct config *config, const struct pg_request *request,
                        struct pg_cell *cells);

/* Writes the receivers that a request names in the order of the graph. */
void graph_sort_receivers(const struct config *config, const struct pg_request *request,
                          struct pg_receiver *out);

enum { NODE_NAME_SIZE = 40 };

/* Writes a name: embed, L9H9, mlp8; L9H9.q, mlp8, logits. */
void sender_name(const struct pg_sender *sender, char out[NODE_NAME_SIZE]);
void receiver_name(const struct pg_receiver *receiver, char out[NODE_NAME_SIZE]);

/* Reads a name, also as other tools write it: 9.9 or a9.h9 for L9H9, m8 or mlp.8 for mlp8, input
 * for embed; 9.9.q or a9.h9<q> for L9H9.q. False if it is not one. */
bool sender_parse(const char *name, struct pg_sender *out);
bool receiver_parse(const char *name, struct pg_receiver *out);

#endif
