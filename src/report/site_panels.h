/* site_panels.h: the cells of one site as panels: most sites have one; neurons have one for each
 * position, weights of patterns a column for each pair of positions, and heads that are not a grid
 * a row each. Used for experiments (result_map.h) and for means (batch/mean_map.h). */
#ifndef REPORT_SITE_PANELS_H
#define REPORT_SITE_PANELS_H

#include "report/cell_map.h"

/* At most this number of panels of neurons, one a position, and of columns of weights of patterns,
 * one a pair of positions. */
enum { MAX_NEURON_PANELS = 32, MAX_PAIR_COLUMNS = 4000 };

/* Whether the cells of a site are within these limits. False and err otherwise, or when memory is
 * out. */
bool site_panels_fit(enum pg_site site, const struct pg_cell *cells, size_t n,
                     struct pg_error *err);

/* How many panels they need. 0 and err when memory is out. */
size_t site_panels_count(enum pg_site site, const struct pg_cell *cells, size_t n,
                         struct pg_error *err);

/* Adds these panels. from->columns says what a cell's position is: POSITION_COLUMNS, LABEL_COLUMNS,
 * or HEAD_COLUMNS for a site without (weights of patterns have no labels); single_heads is chosen
 * here. Takes over the title; those of neurons have their position after it. False and err when
 * memory is out; also false if the title is NULL. */
bool site_panels_add(struct cell_map *map, const struct map_cells *from, char *title,
                     struct pg_error *err);

#endif
