/* heatmap_layout.h: what laying out a panel (heatmap_panel.c), the picture of panels around it
 * (heatmap_layout.c) and a curve (curve.c) have in common: sizes, and lists of texts and boxes.
 * Internal to these three. */
#ifndef PLOT_HEATMAP_LAYOUT_H
#define PLOT_HEATMAP_LAYOUT_H

#include "plot/heatmap.h"

/* Sizes in pixels. Texts have the sizes of those in matplotlib's figures. */
static const double title_size = 11 * PNG_DPI / 72.0, text_size = 9 * PNG_DPI / 72.0,
                    small_size = 7.5 * PNG_DPI / 72.0, tiny_size = 6 * PNG_DPI / 72.0;
enum {
    GAP = 10,      /* between parts that belong together */
    WIDE_GAP = 28, /* between others */
    LINE = 2,      /* frames and tick marks */
    TICK = 10,     /* length of a tick mark */
    MARK = 8,      /* thickness of a column's mark */
};
static const colour black = 0x222222, grey = 0x6b6b6b, red = 0xd62728, white = 0xffffff;

/* The rectangle around some texts and boxes. */
struct bounds {
    double left, top, right, bottom;
};

/* How many texts and boxes a layout has at some moment: those between two such moments are a part
 * that can be measured and moved. */
struct moment {
    int n_texts, n_boxes;
};

/* The height of a line of text, from the top of its ascenders to the bottom of its descenders. */
double line_height(double size);

/* The distance from a baseline up to the middle of the letters. */
double half_letter(double size);

/* x, limited to low..high. */
int clamp(int x, int low, int high);

/* Adds a filled rectangle. */
void add_box(struct heatmap_layout *layout, int x, int y, int width, int height, colour paint);

/* Adds a frame around the rectangle. */
void add_frame(struct heatmap_layout *layout, int x, int y, int width, int height);

/* Adds a text whose baseline starts (anchor 0), has its middle (0.5) or ends (1) at the pen. */
struct heatmap_text *add_text(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double anchor, struct pen pen);

/* Adds a copy of a text, such as a tick label, which need not outlive the call. */
struct heatmap_text *add_copy(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double anchor, struct pen pen);

/* Adds a power of ten, "×10⁻⁶". */
void add_power(struct heatmap_layout *layout, const struct font *font, int exponent, double anchor,
               struct pen pen);

struct moment moment_of(const struct heatmap_layout *layout);

/* The bounds of all that was added since a moment. */
struct bounds bounds_since(const struct heatmap_layout *layout, struct moment start);

/* Moves all that was added between two moments. */
void move_between(struct heatmap_layout *layout, struct moment start, struct moment end, int dx,
                  int dy);

/* Which side of a panel the labels of bands are at. */
enum side { LEFT_SIDE, BELOW, ABOVE };

/* The bands along one side of a panel. */
struct band_axis {
    const struct heatmap_bands *bands;
    int n, size; /* rows or columns, and the pixels of one */
    int across;  /* the pixels of the panel in the other direction */
    enum side side;
};

/* Adds the lines between bands. */
void add_band_lines(const struct band_axis *axis, struct heatmap_layout *layout);

/* Adds tick marks at the bands' ends and the labels that have room, those of the first rows and of
 * the last columns before others; above, all or nothing. Returns the width of the widest label. */
double add_band_labels(const struct band_axis *axis, const struct font *font,
                       struct heatmap_layout *layout);

/* How large cells may be. */
struct cell_limits {
    int max_width;  /* of a cell */
    int max_size;   /* height of a cell */
    int good_width; /* of all cells of a panel, unless their labels need more */
    int max_height; /* of all cells of a panel */
};

/* Lays a panel out with its top left cell at (0, 0): adds its texts and boxes and fills grid. False
 * and err when memory is out. */
bool panel_lay_out(const struct heatmap_panel *panel, const struct font *font,
                   const struct cell_limits *limits, struct heatmap_layout *layout,
                   struct heatmap_grid *grid, struct pg_error *err);

#endif
