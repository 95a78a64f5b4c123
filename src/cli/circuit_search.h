/* circuit_search.h: circuit --search: a search with its progress and its state in a file. */
#ifndef CLI_CIRCUIT_SEARCH_H
#define CLI_CIRCUIT_SEARCH_H

#include "circuit/edge_set.h"
#include "cli/reading.h"

/* Searches for the circuit that the options ask for, and saves the state of the search at once,
 * every few seconds and at the end where --state names a file. False and err otherwise. Free *found
 * with edge_set_free, also after failure. */
bool circuit_search(const struct reading *reading, struct edge_set *found, struct pg_error *err);

#endif
