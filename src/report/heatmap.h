/* heatmap.h: a matrix of numbers as a picture: coloured cells, numbered rows, numbered and
 * labelled columns, a colour bar. Knows neither models nor experiments; result_map.c makes
 * heatmaps of those. */
#ifndef REPORT_HEATMAP_H
#define REPORT_HEATMAP_H

#include "report/font.h"
#include "report/ticks.h"

/* What is shown. All strings are UTF-8 and the caller's. */
struct heatmap {
    const char *title;
    const char *subtitles[2];    /* on one line if they fit; either may be "" */
    const float *values;         /* n_rows x n_columns; what is not finite is drawn grey */
    int n_rows, n_columns;       /* at least 1 */
    int first_row, first_column; /* their numbers; the following ones count up */
    const char *row_title, *column_title, *value_title;
    const char *const *column_labels; /* n_columns texts below the cells */
    const bool *column_marked;        /* n_columns: whether to point the column out */
    enum pg_colormap colormap;
    float centre; /* PG_RDBU: the value in the middle of the colours */
};

struct heatmap_text {
    const char *text; /* the heatmap's, or copy */
    char copy[48];
    double width; /* along the baseline */
    struct pen pen;
};

struct heatmap_box {
    int x, y, width, height;
    colour paint;
};

/* Where everything goes, in pixels from the top left of the picture. */
struct heatmap_layout {
    int width, height;
    int left, top, cell_width, cell_height; /* the cells */
    int bar_left, bar_width;                /* the colour bar, as high as the cells */
    double low, high;                       /* the values at its ends, low < high */
    struct ticks ticks;
    int label_every; /* columns between labels: 1 when each column has one */
    int n_texts, n_boxes;
    struct heatmap_text *texts;
    struct heatmap_box *boxes; /* frames, tick marks, marks of columns */
};

/* Lays the heatmap out. The layout points into the heatmap. False and err when memory is out.
 * Free with heatmap_layout_free, also after failure. */
bool heatmap_lay_out(const struct heatmap *map, const struct font *font,
                     struct heatmap_layout *layout, struct pg_error *err);
void heatmap_layout_free(struct heatmap_layout *layout);

/* The corners (x, y) of the box around a text, in order: as long as its baseline, as high as the
 * font's letters. */
void heatmap_text_corners(const struct heatmap_text *text, double corners[4][2]);

/* Draws it into a canvas that is made here; canvas_free it, also after failure. */
bool heatmap_draw(const struct heatmap *map, const struct font *font,
                  const struct heatmap_layout *layout, struct canvas *canvas, struct pg_error *err);

#endif
