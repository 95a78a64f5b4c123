/* panel.h: a panel of a heatmap from the cells of one site: where they stand, their values and the labels
 * of the rows. What the columns are called is for the caller to know. */
#ifndef REPORT_PANEL_H
#define REPORT_PANEL_H

#include "plot/heatmap.h"
#include "report/axis.h"

/* What a panel points to. */
struct panel_store {
    float *values;
    int *row_numbers, *column_numbers;
    char **row_labels, **column_labels; /* NULL behind the last */
    bool *marked;
};

void panel_store_free(struct panel_store *store);

/* n cells of one site and their axes. The columns are positions, or heads where all positions are
 * patched at once; otherwise heads, where a site has them, share the rows with the layers. */
struct panel_cells {
    const struct pg_cell *cells; /* the caller's */
    size_t n;
    struct axis layers, heads, positions; /* the last two are empty for sites without them */
};

/* False and err when memory is out. Free with panel_cells_close, also after failure. */
bool panel_cells_open(const struct pg_cell *cells, size_t n, enum pg_site site,
                      struct panel_cells *out, struct pg_error *err);
void panel_cells_close(struct panel_cells *cells);

/* The axis along the columns. */
const struct axis *panel_columns(const struct panel_cells *cells);

/* Fills a panel but for its titles and its columns' labels; what it points to is in the store. False
 * and err when memory is out. */
bool panel_fill(const struct panel_cells *cells, struct heatmap_panel *panel,
                struct panel_store *store, struct pg_error *err);

/* Makes room for the labels and marks of a panel's columns, and lets the panel point to them. */
bool panel_add_columns(struct heatmap_panel *panel, struct panel_store *store,
                       struct pg_error *err);

#endif
