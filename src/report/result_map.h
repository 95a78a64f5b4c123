/* result_map.h: the heatmap of an experiment: which numbers, which words. How it is drawn is
 * heatmap.h's. */
#ifndef REPORT_RESULT_MAP_H
#define REPORT_RESULT_MAP_H

#include "report/heatmap.h"

/* How the tokens of an experiment are written in its heatmap. */
struct token_names {
    char **clean, **corrupt; /* one for each position */
    char *metric[2];         /* those whose logits are compared */
};

/* A heatmap with all that it points to. */
struct result_map {
    struct heatmap map;
    float *values;
    char **labels;
    bool *marked;
    char *title, *subtitles[2];
};

/* Makes the heatmap of a result that has cells: a row for each layer, a column for each position
 * from the first with cells to the last. False and err when memory is out. Free with
 * result_map_free, also after failure. */
bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     enum pg_colormap colormap, struct result_map *out, struct pg_error *err);
void result_map_free(struct result_map *made);

#endif
