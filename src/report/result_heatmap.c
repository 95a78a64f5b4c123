/* result_heatmap.c: see result_heatmap.h. */
#include "report/result_heatmap.h"

#include "report/graph_cells.h"
#include "report/graph_map.h"
#include "report/result_map.h"

bool result_heatmap_make(const struct pg_model *model, const struct pg_result *result,
                         const struct token_names *names, const struct pg_picture *picture,
                         struct result_heatmap *out, struct pg_error *err) {
    *out = (struct result_heatmap){0};
    out->map = is_graph(result) ? &out->graph.map : &out->cells.map;
    if (is_graph(result)) return graph_map_make(model, result, names, picture, &out->graph, err);
    return result_map_make(result, names, picture, &out->cells, err);
}

void result_heatmap_free(struct result_heatmap *map) {
    cell_map_free(&map->cells);
    board_free(&map->graph);
}
