/* heatmap.h: matrices of numbers as a picture: coloured cells, labelled rows and columns, one
 * colour bar. Knows neither models nor experiments: report/cell_map.h makes heatmaps of those, and
 * report/terminal_map.h writes them to a terminal. */
#ifndef PLOT_HEATMAP_H
#define PLOT_HEATMAP_H

#include "base/number.h"
#include "plot/font.h"
#include "plot/png.h"
#include "plot/ticks.h"

/* Consecutive rows or columns that belong together: bands. */
struct heatmap_bands {
    int n;
    const int *starts; /* the first of each band, ascending from 0 */
    const char *const *labels;
};

/* One matrix. All strings are UTF-8 and the caller's. */
struct heatmap_panel {
    const char *title;      /* above it, or "" */
    const float *values;    /* n_rows x n_columns; numbers that are not finite are grey */
    const bool *greyed;     /* n_rows x n_columns: cells that are grey all the same; NULL: none */
    int n_rows, n_columns;  /* at least 1 */
    int group;              /* rows in a group; lines between groups; 1: no groups */
    const int *row_numbers; /* one for each group, ascending */
    const char *const *row_labels;
    const int *column_numbers; /* above the columns, ascending; NULL: none */
    const char *const
        *column_labels;        /* below them; NULL: none, and columns may be one pixel wide */
    const bool *column_marked; /* whether the column is pointed out */
    const char *row_title, *column_title;
    const struct heatmap_bands *row_bands, *column_bands; /* lines are drawn between them, and where
                                         rows or columns are too narrow for labels of their own,
                                         their bands are labelled. NULL: none */
    const struct heatmap_bands *column_parts; /* of column_bands, labelled above the columns where
                                                 column_bands are labelled below; or NULL */
    const char *const *texts; /* of the cells, as values; written in them in place of the values,
                                 each where it fits. NULL: the values are written */
};

struct heatmap {
    const char *title;
    const char *subtitles[2]; /* on one line if they fit; either may be "" */
    const char *note;         /* a line below them, or NULL */
    const struct heatmap_panel *panels;
    int n_panels; /* at least 1 */
    const char *value_title;
    enum pg_colormap colormap;
    float low, high, center; /* of the colours, as in struct pg_picture; NAN: from the values */
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

/* Where the cells of a panel are. */
struct heatmap_grid {
    int left, top, cell_width, cell_height;
    int label_every;   /* columns between labels: 1 when each column has one */
    double value_size; /* size of the values written in the cells; 0: none are written */
    double value_room; /* the width for a value; a longer one is left out */
};

/* Where everything is, in pixels from the top left of the picture. */
struct heatmap_layout {
    int width, height;
    struct heatmap_grid *grids; /* one for each panel */
    int bar_left, bar_top, bar_width, bar_height;
    double low, high; /* the values at the bar's ends, low < high */
    int decimals;     /* of the values in cells */
    struct ticks ticks;
    int n_texts, n_boxes;
    struct heatmap_text *texts;
    struct heatmap_box *boxes; /* frames, tick marks, marks of columns */
};

/* The values at the ends of the colours: low < high. */
void heatmap_range(const struct heatmap *map, double *low, double *high);

/* The colour of a value in that range; grey if it is not finite. */
colour heatmap_colour(const struct heatmap *map, double low, double high, double value);

/* The number of decimals of values in cells for that range: three significant digits for the
 * largest, at most three decimals; -1: values too large or too small to be written there. */
int heatmap_decimals(double low, double high);

/* Writes a value as the cells do, with this number of decimals; -1: with three digits. */
void heatmap_number(float value, int decimals, char out[NUMBER_SIZE]);

/* Whether the i-th of n ascending numbers is written where there is room for one in `every`: the
 * multiples of `every`, or every n-th where the numbers have gaps. */
bool heatmap_is_numbered(const int *numbers, int n, int i, int every);

/* Lays the heatmap out. The layout points into the heatmap. False and err when memory is out. Free
 * with heatmap_layout_free, also after failure. */
bool heatmap_lay_out(const struct heatmap *map, const struct font *font,
                     struct heatmap_layout *layout, struct pg_error *err);
void heatmap_layout_free(struct heatmap_layout *layout);

/* The four corners (x, y) of the box around a text, in order: as long as its baseline, as high as
 * the font's letters. */
void heatmap_text_corners(const struct heatmap_text *text, double corners[4][2]);

/* Draws the heatmap on a new canvas. False and err when memory is out. Free with canvas_free, also
 * after failure. */
bool heatmap_draw(const struct heatmap *map, const struct font *font,
                  const struct heatmap_layout *layout, struct canvas *canvas, struct pg_error *err);

/* Lays the heatmap out, draws it and encodes it: the bytes of a PNG file, as from png_encode. */
uint8_t *heatmap_png(const struct heatmap *map, const struct font *font,
                     const struct png_note *notes, int n_notes, int threads, size_t *size,
                     struct pg_error *err);

#endif
