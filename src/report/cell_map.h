/* cell_map.h: heatmaps of cells: rows are layers, or layers and heads; columns are positions,
 * labels or heads. Experiments (result_map.h) and means over a batch (batch/mean_map.h) are drawn
 * with it. Drawing is plot/heatmap.h and terminal_map.h. */
#ifndef REPORT_CELL_MAP_H
#define REPORT_CELL_MAP_H

#include "plot/heatmap.h"
#include "report/show.h"

struct panel_store;

/* A heatmap with all that it points to. */
struct cell_map {
    struct heatmap map;
    struct heatmap_panel *panels;
    struct panel_store *stores; /* what each panel points to */
    char *title, *subtitles[2], *value_title;
};

/* Begins a heatmap without panels that has room for max_panels. False and err when memory is out.
 * Free with cell_map_free, also after failure. */
bool cell_map_open(struct cell_map *out, size_t max_panels, struct pg_error *err);
void cell_map_free(struct cell_map *map);

enum map_columns { HEAD_COLUMNS, POSITION_COLUMNS, LABEL_COLUMNS };

/* What a panel is made of. */
struct map_cells {
    enum pg_site site;
    const struct pg_cell *cells; /* all of this site; none has a negative layer, nor, if the site
                                  * has heads or positions, a negative head or position */
    size_t n;                    /* at least 1 */
    enum map_columns columns;    /* LABEL_COLUMNS: position is the number of a label */

    /* What is shown of a cell's value; NULL: the value. */
    float (*shown)(const void *context, float value);
    /* Of a position or label: the text below its column, to be freed with free(), or NULL and err;
     * and whether it is marked. */
    char *(*label)(const void *context, int number, struct pg_error *err);
    bool (*is_marked)(const void *context, int number);
    const void *context;
};

/* Adds a panel, with the values of the cells and NAN where there is none. The title is a string
 * that is freed with the map; NULL, for memory that is out, makes this fail. False and err when
 * memory is out. */
bool cell_map_add(struct cell_map *map, const struct map_cells *from, char *title,
                  struct pg_error *err);

/* Sets title and colour bar to these words. The subtitles are taken as the title above is. */
bool cell_map_finish(struct cell_map *map, const struct picture_words *words, char *subtitle,
                     char *runs, struct pg_error *err);

/* The label of a column: the token or, if clean and corrupted texts differ there, both. */
char *column_label(const char *clean, const char *corrupt, bool differ, struct pg_error *err);

/* The metrics of the clean and the corrupted run, written with the decimals of the cells if the map
 * shows metrics, else with those that the two need. */
struct run_metrics {
    char clean[NUMBER_SIZE], corrupt[NUMBER_SIZE];
};
struct run_metrics run_metrics(const struct heatmap *map, bool shows_metric, double clean,
                               double corrupt);

#endif
