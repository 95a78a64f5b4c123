/* reading_board.h: a heatmap of a few panels with all that it points to, as the pictures of lenses
 * and direct attributions are made of, those of their means, and those of edges and paths. What
 * they show is reading_png.h's, batch/mean_reading_map.h's and graph_map.h's. */
#ifndef REPORT_READING_BOARD_H
#define REPORT_READING_BOARD_H

#include "plot/heatmap.h"

/* Bands, and what they point to. */
struct board_bands {
    struct heatmap_bands bands;
    int *starts;
    char **labels; /* NULL after the last */
};

/* What a panel points to. */
struct board_memory {
    float *values;
    char **row_labels, **column_labels, **texts; /* each list ends with NULL */
    int *row_numbers, *column_numbers;
    bool *marked, *greyed; /* greyed: a flag for each cell */
    char *title;
    struct board_bands row_bands, column_bands, column_parts;
};

struct board {
    struct font *font;
    struct heatmap map;
    struct heatmap_panel *panels;
    struct board_memory *memory;              /* of each panel */
    char *title, *subtitles[2], *value_title; /* owned, if not NULL; they are to be put into the map
                                                 too */
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

/* Adds a panel of layer by head without values, labelled, with the MLPs as one more column, and,
 * with_embed, the embeddings as another, which has one cell, in the first row. False and err when
 * memory is out. */
bool board_add_components(struct board *board, int n_layers, int n_heads, bool with_embed,
                          struct pg_error *err);

/* The cell of a head, an MLP or the embeddings in such a panel of n_columns. */
size_t board_component(int n_columns, int n_heads, enum pg_component component, int layer,
                       int head);

/* Makes room for up to n bands; there is no band yet. False and err when memory is out. */
bool board_bands_open(struct board_bands *bands, size_t n, struct pg_error *err);

/* Begins the next band at a row or column. Takes over the label; false if it is NULL. */
bool board_bands_add(struct board_bands *bands, int start, char *label);

/* Labels the columns of a panel with tokens, by position. False and err when memory is out. */
bool board_label_positions(struct board *board, int panel, const struct pg_model *model,
                           const int *ids, struct pg_error *err);

/* Labels the rows of a panel "0", "1", ..., or, of n heads a layer, "0.0", "0.1", ...: 0 for none.
 * False and err when memory is out. */
bool board_label_layers(struct board *board, int panel, int heads, struct pg_error *err);

/* Labels its rows with the places of a lens. */
bool board_label_places(struct board *board, int panel, struct pg_error *err);

#endif
