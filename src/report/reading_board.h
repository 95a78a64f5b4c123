/* reading_board.h: a heatmap of a few panels with all that it points to, as the pictures of lenses
 * and direct attributions are made of, and those of their means. What they show is reading_png.h's
 * and batch/mean_reading_map.h's. */
#ifndef REPORT_READING_BOARD_H
#define REPORT_READING_BOARD_H

#include "plot/heatmap.h"

/* What a panel points to. */
struct board_memory {
    float *values;
    char **row_labels, **column_labels, **texts; /* each list ends with NULL */
    int *row_numbers, *column_numbers;
    bool *marked, *greyed; /* greyed: a flag for each cell */
    char *title;
};

struct board {
    struct font *font;
    struct heatmap map;
    struct heatmap_panel *panels;
    struct board_memory *memory; /* of each panel */
    char *title, *subtitles[2];  /* owned, if not NULL; they are to be put into the map too */
};

/* Begins a heatmap without panels, with room for some, in the colours of a picture, rdbu being
 * centered at 0. False and err when memory is out. Free with board_free, also after failure. */
bool board_open(struct board *board, int max_panels, const struct pg_picture *picture,
                struct pg_error *err);
void board_free(struct board *board);

/* Adds a panel of rows in groups, numbered from 0 as its columns are, without labels and with
 * values of 0. False and err when memory is out. */
bool board_add(struct board *board, int rows, int group, int columns, struct pg_error *err);

/* Leaves the cells of a panel without values: they are grey. */
void board_clear(struct board *board, int panel);

/* Labels the columns of a panel with tokens, by position. False and err when memory is out. */
bool board_label_positions(struct board *board, int panel, const struct pg_model *model,
                           const int *ids, struct pg_error *err);

/* Labels the rows of a panel "0", "1", ..., or, of n heads a layer, "0.0", "0.1", ...: 0 for none.
 * Labels its columns with the numbers of heads, the last one MLP. False and err when memory is
 * out. */
bool board_label_layers(struct board *board, int panel, int heads, struct pg_error *err);
bool board_label_components(struct board *board, int panel, struct pg_error *err);

/* Labels its rows with the places of a lens. */
bool board_label_places(struct board *board, int panel, struct pg_error *err);

#endif
