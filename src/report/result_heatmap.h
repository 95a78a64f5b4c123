/* result_heatmap.h: the heatmap of any result, by sites (result_map.h) or of edges and paths
 * (graph_map.h). */
#ifndef REPORT_RESULT_HEATMAP_H
#define REPORT_RESULT_HEATMAP_H

#include "report/cell_map.h"
#include "report/reading_board.h"
#include "report/token_names.h"

struct result_heatmap {
    const struct heatmap *map; /* which points into one of these */
    struct cell_map cells;
    struct board graph;
};

/* Makes it. names: the tokens as they are to be written. False and err as for result_map_make and
 * graph_map_make. Free with result_heatmap_free, also after failure. */
bool result_heatmap_make(const struct pg_model *model, const struct pg_result *result,
                         const struct token_names *names, const struct pg_picture *picture,
                         struct result_heatmap *out, struct pg_error *err);
void result_heatmap_free(struct result_heatmap *map);

#endif
