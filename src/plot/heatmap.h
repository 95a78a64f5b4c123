/* heatmap.h: matrices of numbers as a picture: coloured cells, labelled rows and columns, one colour
 * bar. Knows neither models nor experiments; result_map.c makes heatmaps of those. How they look in
 * a terminal is terminal_map.h's. */
#ifndef PLOT_HEATMAP_H
#define PLOT_HEATMAP_H

#include "base/number.h"
#include "plot/font.h"
#include "plot/ticks.h"

/* One matrix. All strings are UTF-8 and the caller's. */
struct heatmap_panel {
    const char *title;      /* above it, or "" */
    const float *values;    /* n_rows x n_columns; what is not finite is drawn grey */
    int n_rows, n_columns;  /* at least 1 */
    int group;              /* rows come in groups of so many, with lines between them; 1: none */
    const int *row_numbers; /* one for each group, rising */
    const char *const *row_labels;
    const int *column_numbers;        /* above the columns, rising; NULL: none */
    const char *const *column_labels; /* below them */
    const bool *column_marked;        /* whether to point the column out */
    const char *row_title, *column_title;
};

struct heatmap {
    const char *title;
    const char *subtitles[2]; /* on one line if they fit; either may be "" */
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

/* Where the cells of a panel go. */
struct heatmap_place {
    int left, top, cell_width, cell_height;
    int label_every;   /* columns between labels: 1 when each column has one */
    double value_size; /* size of the values written in the cells; 0: they have no room */
    double value_room; /* the width that a value has; a longer one is left out */
};

/* Where everything goes, in pixels from the top left of the picture. */
struct heatmap_layout {
    int width, height;
    struct heatmap_place *places; /* one for each panel */
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

/* How many decimals values in that range have in cells: as many as give the largest three digits, and
 * at most three of them; -1: values too large or too small to be written there. */
int heatmap_decimals(double low, double high);

/* Writes a value as cells with this number of decimals do; with -1, three digits. */
void heatmap_number(float value, int decimals, char out[NUMBER_SIZE]);

/* Whether the i-th of n rising numbers is shown where there is room for one in `every`: round ones. */
bool heatmap_is_numbered(const int *numbers, int n, int i, int every);

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
