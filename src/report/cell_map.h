/* cell_map.h: cells as a heatmap: rows are layers, or layers and heads; columns are positions,
 * labels, pairs of positions, heads or neurons. Used for experiments (result_map.h) and for means
 * over a batch (batch/mean_map.h). plot/heatmap.h and terminal_map.h draw it. */
#ifndef REPORT_CELL_MAP_H
#define REPORT_CELL_MAP_H

#include "plot/heatmap.h"
#include "report/show.h"

struct panel_memory;

/* A heatmap with all that it points to. */
struct cell_map {
    struct heatmap map;
    struct heatmap_panel *panels;
    struct panel_memory *memory; /* one for each panel, which points into it */
    char *title, *subtitles[2], *note, *value_title;
};

/* Begins a heatmap without panels that has room for max_panels. False and err when memory is out.
 * Free with cell_map_free, also after failure. */
bool cell_map_open(struct cell_map *out, size_t max_panels, struct pg_error *err);
void cell_map_free(struct cell_map *map);

enum map_columns {
    HEAD_COLUMNS,
    POSITION_COLUMNS,
    LABEL_COLUMNS, /* position is the number of a label */
    PAIR_COLUMNS,  /* likewise, for pairs of positions */
    NEURON_COLUMNS
};

/* What a panel is made of. */
struct map_cells {
    enum pg_site site;
    const struct pg_cell *cells; /* of this site; head and position are -1 only if it has none */
    size_t n;                    /* at least 1 */
    const bool *greyed;          /* n: cells that are drawn grey; NULL: none */
    enum map_columns columns;
    int single_heads;    /* not 0: rows are the heads that there are, not all of all layers; it is
                            more than the head of any cell */
    const void *context; /* for the functions below */

    /* The number shown for a cell's value; NULL: the value itself. */
    float (*shown)(const void *context, float value);
    /* The text below the column of a position or label, malloc'ed, or NULL and err. */
    char *(*label)(const void *context, int number, struct pg_error *err);
    /* Whether that column is marked. */
    bool (*is_marked)(const void *context, int number);
};

/* Adds a panel with the numbers shown for the cells, NAN elsewhere. Takes over the title, which
 * must be malloc'ed. False and err when memory is out; also false if the title is NULL, so that
 * copy_string(...) can be passed as it is. */
bool cell_map_add(struct cell_map *map, const struct map_cells *from, char *title,
                  struct pg_error *err);

/* Sets the title, the title of the colour bar, and the two subtitles, which are taken over as the
 * title of a panel is. */
bool cell_map_finish(struct cell_map *map, const struct picture_words *words, char *subtitle,
                     char *runs, struct pg_error *err);

/* Adds a line below the subtitles, which is taken over likewise. */
bool cell_map_note(struct cell_map *map, char *note);

/* The label of a column, malloc'ed: the token or, if clean and corrupted texts differ there, both
 * tokens. NULL and err when memory is out. */
char *column_label(const char *clean, const char *corrupt, bool differ, struct pg_error *err);

/* The metrics of the clean and the corrupted run, written with the decimals of the cells if the map
 * shows metrics, else with those that the two need. */
struct run_metrics {
    char clean[NUMBER_SIZE], corrupt[NUMBER_SIZE];
};
struct run_metrics run_metrics(const struct heatmap *map, bool shows_metric, double clean,
                               double corrupt);

#endif
