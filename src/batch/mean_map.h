/* mean_map.h: the heatmap of the means over a batch: which numbers, which words. How it is drawn is
 * heatmap.h's. */
#ifndef BATCH_MEAN_MAP_H
#define BATCH_MEAN_MAP_H

#include "batch/mean.h"
#include "report/result_map.h"

/* A picture has at most so many panels: those with most experiments. */
enum { MEAN_MOST_PANELS = 12 };

/* A heatmap with all that it points to. */
struct mean_map {
    struct result_map made;
    char **titles; /* of the panels */
};

/* Makes the heatmap of a kind: of the mean metric, or of what is recovered. A panel for each site
 * and number of tokens, and one for the labels: a row for each layer, or each layer and head, and a
 * column for each position, label or, where all positions are patched at once, head. Of look, low,
 * high and center are for the metric. Where no mean is a finite number, the map has no panels and
 * is not to be drawn. False and err when memory is out. Free with mean_map_free, also after
 * failure. */
bool mean_map_make(const struct mean *mean, size_t kind, bool recovered, const struct font *font,
                   const struct pg_picture *look, struct mean_map *out, struct pg_error *err);
void mean_map_free(struct mean_map *map);

#endif
