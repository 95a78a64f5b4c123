/* mean_map.h: the heatmap of the means over a batch: which numbers, which words. */
#ifndef BATCH_MEAN_MAP_H
#define BATCH_MEAN_MAP_H

#include "batch/mean.h"
#include "report/cell_map.h"

/* A picture has at most this number of panels: those with the most experiments. */
enum { MEAN_MAX_PANELS = 12 };

/* Makes the heatmap of a kind: of the mean metric, or of what is recovered. There is a panel for
 * each site and number of tokens, and one for the labels: a row for each layer, or each layer and
 * head, and a column for each position, label or, where all positions are patched at once, head.
 * `grey`:
 * cells where a patch may have no effect are grey: the interval of the change of the metric holds
 * 0, that of what is recovered 0, or 1 where the clean run is patched, or it is not known. low,
 * high and center of `look` are for the metric. Where no mean is a finite number, the map has
 * no panels and must not be drawn. False and err when memory is out. Free with cell_map_free, also
 * after failure. */
bool mean_map_make(const struct mean *mean, size_t kind, bool recovered, bool grey,
                   const struct font *font, const struct pg_picture *look, struct cell_map *out,
                   struct pg_error *err);

#endif
