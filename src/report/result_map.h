/* result_map.h: the heatmap of an experiment: which numbers, which words. */
#ifndef REPORT_RESULT_MAP_H
#define REPORT_RESULT_MAP_H

#include "report/cell_map.h"
#include "report/token_names.h"

/* Makes the heatmap of a result that has cells: a panel for each site, with the rows and columns
 * that have cells. names: the tokens as they are to be written. False and err when memory is out,
 * or if what the picture is to show cannot be computed (show_check, picture_check). Free with
 * cell_map_free, also after failure. */
bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     const struct pg_picture *picture, struct cell_map *out, struct pg_error *err);

#endif
