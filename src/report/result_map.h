/* result_map.h: the heatmap of an experiment: which numbers, which words. That of edges and paths
 * is graph_map.h's, with these words. */
#ifndef REPORT_RESULT_MAP_H
#define REPORT_RESULT_MAP_H

#include "report/cell_map.h"
#include "report/token_names.h"

/* Fails if the result has no picture: a joint patch has one value, or there would be more
 * panels or columns than site_panels.h allows. */
bool picture_check(const struct pg_result *result, struct pg_error *err);

/* The words above the picture and beside its colour bar. */
struct picture_words result_words(const struct pg_result *result, const struct token_names *names,
                                  enum pg_show show);

/* The metrics of the runs, "clean run 3.42, corrupted run -1.25", with the decimals of the map
 * if it shows values. Free with free(). NULL and err when memory is out. */
char *result_runs(const struct pg_result *result, enum pg_show show, const struct heatmap *map,
                  struct pg_error *err);

/* Makes the heatmap of a result that has cells, but not edges or paths: a panel for each site (of
 * neurons: for each position), with the rows and columns that have cells. names: the tokens as they
 * are to be written. False and err when memory is out, or if what the picture is to show cannot be
 * computed (show_check, picture_check). Free with cell_map_free, also after failure. */
bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     const struct pg_picture *picture, struct cell_map *out, struct pg_error *err);

#endif
