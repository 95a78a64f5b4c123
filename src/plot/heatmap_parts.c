/* heatmap_parts.c: see heatmap_parts.h. */
#include "plot/heatmap_parts.h"

#include <math.h>
#include <stdio.h>

double line_height(double size) {
    return (FONT_ASCENT + FONT_DESCENT) * size;
}

double half_letter(double size) {
    return 0.36 * size;
}

int clamp(int x, int low, int high) {
    return x < low ? low : x > high ? high : x;
}

void add_box(struct heatmap_layout *layout, int x, int y, int width, int height, colour paint) {
    layout->boxes[layout->n_boxes++] = (struct heatmap_box){x, y, width, height, paint};
}

void add_frame(struct heatmap_layout *layout, int x, int y, int width, int height) {
    add_box(layout, x - LINE, y - LINE, width + 2 * LINE, LINE, black);
    add_box(layout, x - LINE, y + height, width + 2 * LINE, LINE, black);
    add_box(layout, x - LINE, y, LINE, height, black);
    add_box(layout, x + width, y, LINE, height, black);
}

struct heatmap_text *add_text(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double share, struct pen pen) {
    struct heatmap_text *added = &layout->texts[layout->n_texts++];
    added->text = text;
    added->width = font_width(font, text, pen.size);
    double dx, dy;
    direction_vector(pen.direction, &dx, &dy);
    pen.x -= share * added->width * dx;
    pen.y -= share * added->width * dy;
    if (pen.direction == RIGHTWARDS) pen.y = round(pen.y); /* sharp feet */
    if (pen.direction == UPWARDS) pen.x = round(pen.x);
    added->pen = pen;
    return added;
}

struct heatmap_text *add_copy(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double share, struct pen pen) {
    char *copy = layout->texts[layout->n_texts].copy;
    snprintf(copy, sizeof layout->texts->copy, "%s", text);
    return add_text(layout, font, copy, share, pen);
}

void heatmap_text_corners(const struct heatmap_text *text, double corners[4][2]) {
    double dx, dy, up = FONT_ASCENT * text->pen.size, down = -FONT_DESCENT * text->pen.size;
    direction_vector(text->pen.direction, &dx, &dy);
    for (int i = 0; i < 4; i++) {
        double along = i == 1 || i == 2 ? text->width : 0, above = i < 2 ? up : down;
        corners[i][0] = text->pen.x + along * dx + above * dy;
        corners[i][1] = text->pen.y + along * dy - above * dx;
    }
}

struct mark mark_of(const struct heatmap_layout *layout) {
    return (struct mark){layout->n_texts, layout->n_boxes};
}

static void include(struct bounds *bounds, double left, double top, double right, double bottom) {
    bounds->left = fmin(bounds->left, left);
    bounds->top = fmin(bounds->top, top);
    bounds->right = fmax(bounds->right, right);
    bounds->bottom = fmax(bounds->bottom, bottom);
}

struct bounds bounds_since(const struct heatmap_layout *layout, struct mark mark) {
    struct bounds bounds = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (int i = mark.text; i < layout->n_texts; i++) {
        double corners[4][2];
        heatmap_text_corners(&layout->texts[i], corners);
        for (int j = 0; j < 4; j++)
            include(&bounds, corners[j][0], corners[j][1], corners[j][0], corners[j][1]);
    }
    for (int i = mark.box; i < layout->n_boxes; i++) {
        const struct heatmap_box *box = &layout->boxes[i];
        include(&bounds, box->x, box->y, box->x + box->width, box->y + box->height);
    }
    return bounds;
}

void move_parts(struct heatmap_layout *layout, struct mark from, struct mark to, int dx, int dy) {
    for (int i = from.box; i < to.box; i++) {
        layout->boxes[i].x += dx;
        layout->boxes[i].y += dy;
    }
    for (int i = from.text; i < to.text; i++) {
        layout->texts[i].pen.x += dx;
        layout->texts[i].pen.y += dy;
    }
}
