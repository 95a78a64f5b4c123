/* result_map.h: the heatmap of an experiment: which numbers, which words. */
#ifndef REPORT_RESULT_MAP_H
#define REPORT_RESULT_MAP_H

#include "report/cell_map.h"
#include "report/token_names.h"

/* Fails if the result has no picture: a joint patch has one value, or there would be more
 * panels or columns than site_panels.h allows. */
bool picture_check(const struct pg_result *result, struct pg_error *err);

/* Makes the heatmap of a result that has cells: a panel for each site (of neurons: for each
 * position), with the rows and columns that have cells. names: the tokens as they are to be
 * written. False and err when memory is out, or if what the picture is to show cannot be computed
 * (show_check, picture_check). Free with cell_map_free, also after failure. */
bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     const struct pg_picture *picture, struct cell_map *out, struct pg_error *err);

#endif
