/* graph_map.h: the heatmap of edges and that of paths: which numbers, which words. */
#ifndef REPORT_GRAPH_MAP_H
#define REPORT_GRAPH_MAP_H

#include "report/reading_board.h"
#include "report/token_names.h"

/* Makes the heatmap of a result of edges or paths. Edges: one panel, the senders that have edges by
 * the readers that do, in the order of the graph, with the layers as bands. Paths: layer by head,
 * the MLPs and the embeddings beside. What was not patched is grey. names: the tokens as they are
 * to be written. False and err when memory is out, or if what the picture is to show cannot be
 * computed (show_check). Free with board_free, also after failure. */
bool graph_map_make(const struct pg_model *model, const struct pg_result *result,
                    const struct token_names *names, const struct pg_picture *picture,
                    struct board *out, struct pg_error *err);

#endif
