/* search_state.h: a search in a file, from which it goes on, and which has the circuit that it has
 * found: a graph in EAP-IG's JSON whose edges are those that are left, each with the score 1, and
 * beside them how far the search is. edge_scores.h reads it too. */
#ifndef CIRCUIT_SEARCH_STATE_H
#define CIRCUIT_SEARCH_STATE_H

#include "circuit/search.h"

/* Writes the file, or replaces it. checksum: of what is searched. False and err if it cannot be
 * written. */
bool search_save(const struct search *search, uint32_t checksum, const char *path,
                 struct pg_error *err);

/* Goes on with the search of the file, if there is one. The search has just begun. False and err if
 * the file is not of a search, or of another one. */
bool search_load(struct search *search, uint32_t checksum, const char *path, struct pg_error *err);

#endif
