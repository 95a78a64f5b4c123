/* mean_reading_map.h: the heatmap of the means over lenses or direct attributions: which numbers,
 * which words. */
#ifndef BATCH_MEAN_READING_MAP_H
#define BATCH_MEAN_READING_MAP_H

#include "batch/mean_reading.h"
#include "report/reading_board.h"

/* Makes the heatmap of a group, after mean_reading_order, in the form of a single one's: of lenses
 * place by position, or by label; of attributions layer by head with the MLPs beside, and, where
 * they are split by source, head by position or label. Of different lengths of texts at most
 * MEAN_MAX_PANELS (mean_map.h) have a panel: those of the most lines. grey: cells whose interval
 * holds 0, or is not known, are grey; not those of lenses without tokens. False and err when memory
 * is out. Free with board_free, also after failure. */
bool mean_reading_map_make(const struct mean_reading *mean, size_t group, bool grey,
                           const struct pg_picture *look, struct board *out, struct pg_error *err);

#endif
