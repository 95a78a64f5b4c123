/* heatmap_parts.h: what laying out a panel (heatmap_panel.c) and the figure of panels around it
 * (heatmap_layout.c) share: sizes, and adding texts and boxes. */
#ifndef PLOT_HEATMAP_PARTS_H
#define PLOT_HEATMAP_PARTS_H

#include "plot/heatmap.h"
#include "plot/png.h"

/* Sizes in pixels; texts have the sizes of matplotlib's figures. */
static const double title_size = 11 * PNG_DPI / 72.0, text_size = 9 * PNG_DPI / 72.0,
                    small_size = 7.5 * PNG_DPI / 72.0, tiny_size = 6 * PNG_DPI / 72.0;
enum {
    GAP = 10,      /* between things that belong together */
    WIDE_GAP = 28, /* between those that do not */
    LINE = 2,      /* frames and tick marks */
    TICK = 10,     /* length of a tick mark */
    MARK = 8,      /* thickness of a column's mark */
};
static const colour black = 0x222222, grey = 0x6b6b6b, red = 0xd62728, white = 0xffffff;

/* How far things reach. */
struct bounds {
    double left, top, right, bottom;
};

/* A place in the lists of a layout: the numbers of a text and a box. */
struct mark {
    int text, box;
};

/* Height of a line of text from its highest to its lowest ink. */
double line_height(double size);

/* From a baseline up to the middle of the letters. */
double half_letter(double size);

int clamp(int x, int low, int high);

void add_box(struct heatmap_layout *layout, int x, int y, int width, int height, colour paint);

/* Adds a frame around the rectangle. */
void add_frame(struct heatmap_layout *layout, int x, int y, int width, int height);

/* Adds a text whose baseline starts (share 0), has its middle (0.5) or ends (1) at the pen. */
struct heatmap_text *add_text(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double share, struct pen pen);

/* The same for a text that is copied: tick labels and the like. */
struct heatmap_text *add_copy(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double share, struct pen pen);

/* Where the next text and box will be; how far those from a mark on reach; moving those from one
 * mark up to another. */
struct mark mark_of(const struct heatmap_layout *layout);
struct bounds bounds_since(const struct heatmap_layout *layout, struct mark mark);
void move_parts(struct heatmap_layout *layout, struct mark from, struct mark to, int dx, int dy);

/* How large cells may be: each, and all of a panel together. */
struct limits {
    int cell, good_width, most_height;
};

/* Lays a panel out around its top left cell, which is at (0, 0): adds its texts and boxes and fills
 * place. False and err when memory is out. */
bool panel_lay_out(const struct heatmap_panel *panel, const struct font *font,
                   const struct limits *limits, struct heatmap_layout *layout,
                   struct heatmap_place *place, struct pg_error *err);

#endif
