/* heatmap.c: the colours and numbers of a heatmap's values, and painting what heatmap_layout.c has
 * laid out. */
#include "plot/heatmap.h"

#include <math.h>
#include <stddef.h>

/* ---- from values to colours and numbers ---- */

/* The lowest and the highest finite value; 0 and 0 if no value is finite. */
static void find_ends(const struct heatmap *map, double *low, double *high) {
    *low = INFINITY;
    *high = -INFINITY;
    for (int p = 0; p < map->n_panels; p++) {
        const struct heatmap_panel *panel = &map->panels[p];
        for (size_t i = 0; i < (size_t)panel->n_rows * (size_t)panel->n_columns; i++) {
            if (!isfinite(panel->values[i])) continue;
            *low = fmin(*low, (double)panel->values[i]);
            *high = fmax(*high, (double)panel->values[i]);
        }
    }
    if (*low > *high) *low = *high = 0;
}

/* The distance of the ends of the colours from the only value, which is in their middle. */
static double default_width(double value) {
    return value == 0 ? 1 : fabs(value) / 10;
}

void heatmap_range(const struct heatmap *map, double *low, double *high) {
    const double given_low = (double)map->low, given_high = (double)map->high,
                 center = (double)map->center;
    find_ends(map, low, high);
    double half = fmax(fabs(*high - center), fabs(*low - center));
    if (isfinite(given_low)) {
        *low = given_low;
        half = center - given_low;
    }
    if (isfinite(given_high)) {
        *high = given_high;
        half = given_high - center;
    }
    if (isfinite(given_low) && isfinite(given_high)) return;
    if (half == 0) half = default_width(center);
    if (isfinite(center) && half > 0) {
        *low = center - half;
        *high = center + half;
    }
    if (*low < *high) return;
    const double value = isfinite(given_high) ? *high : *low; /* the only value */
    if (!isfinite(given_low)) *low = value - default_width(value);
    if (!isfinite(given_high)) *high = value + default_width(value);
}

colour heatmap_colour(const struct heatmap *map, double low, double high, double value) {
    const colour missing = 0xdddddd;
    if (!isfinite(value)) return missing;
    return colormap_at(map->colormap, (value - low) / (high - low));
}

int heatmap_decimals(double low, double high) {
    const double largest = fmax(fabs(low), fabs(high));
    if (largest >= 1e4 || largest < 0.01) return -1;
    return largest >= 100 ? 0 : largest >= 10 ? 1 : largest >= 0.1 ? 2 : 3;
}

void heatmap_number(float value, int decimals, char out[NUMBER_SIZE]) {
    if (decimals < 0)
        number_display(value, out);
    else
        number_fixed(value, decimals, out);
}

bool heatmap_is_numbered(const int *numbers, int n, int i, int every) {
    const bool counting = numbers[n - 1] - numbers[0] == n - 1;
    return (counting ? numbers[i] : i) % every == 0;
}

/* ---- cells and colour bar ---- */

static size_t cell_index(const struct heatmap_panel *panel, int row, int column) {
    return (size_t)row * (size_t)panel->n_columns + (size_t)column;
}

static double panel_value(const struct heatmap_panel *panel, int row, int column) {
    return (double)panel->values[cell_index(panel, row, column)];
}

static colour cell_colour(const struct heatmap *map, const struct heatmap_layout *layout, int panel,
                          int row, int column) {
    const struct heatmap_panel *p = &map->panels[panel];
    const bool greyed = p->greyed && p->greyed[cell_index(p, row, column)];
    return heatmap_colour(map, layout->low, layout->high,
                          greyed ? (double)NAN : panel_value(p, row, column));
}

static void draw_cells(const struct heatmap *map, const struct heatmap_layout *layout, int panel,
                       struct canvas *canvas) {
    const struct heatmap_panel *p = &map->panels[panel];
    const struct heatmap_grid *grid = &layout->grids[panel];
    for (int row = 0; row < p->n_rows; row++)
        for (int column = 0; column < p->n_columns; column++)
            canvas_fill(canvas, grid->left + column * grid->cell_width,
                        grid->top + row * grid->cell_height, grid->cell_width, grid->cell_height,
                        cell_colour(map, layout, panel, row, column));
}

static void draw_bar(const struct heatmap *map, const struct heatmap_layout *layout,
                     struct canvas *canvas) {
    const int height = layout->bar_height;
    for (int y = 0; y < height; y++)
        canvas_fill(canvas, layout->bar_left, layout->bar_top + y, layout->bar_width, 1,
                    colormap_at(map->colormap, (height - y - 0.5) / height));
}

/* ---- values in cells ---- */

/* Black or white, the one that has more contrast with this colour (WCAG). */
static colour readable_on(colour paper) {
    const double weights[] = {0.0722, 0.7152, 0.2126};
    double luminance = 0;
    for (int i = 0; i < 3; i++) {
        const double channel = (paper >> 8 * i & 0xff) / 255.0;
        luminance += weights[i] *
                     (channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4));
    }
    return luminance > 0.179 ? 0x000000 : 0xffffff; /* there both have the same contrast */
}

static bool draw_value(const struct heatmap *map, const struct font *font,
                       const struct heatmap_layout *layout, int panel, int row, int column,
                       struct canvas *canvas, struct pg_error *err) {
    const struct heatmap_grid *grid = &layout->grids[panel];
    const struct heatmap_panel *p = &map->panels[panel];
    const double value = panel_value(p, row, column);
    char number[NUMBER_SIZE];
    const char *text = p->texts ? p->texts[row * p->n_columns + column] : number;
    if (!p->texts && !isfinite(value)) return true;
    if (!p->texts) number_fixed((float)value, layout->decimals, number);
    const double size = grid->value_size, width = font_width(font, text, size);
    if (width > grid->value_room + 0.5)
        return true; /* another size than it was laid out with rounds differently */
    const struct pen pen = {
        .x = grid->left + (column + 0.5) * grid->cell_width - width / 2,
        .y = round(grid->top + (row + 0.5) * grid->cell_height + 0.36 * size),
        .size = size,
        .ink = readable_on(cell_colour(map, layout, panel, row, column)),
    };
    return font_draw(font, text, pen, canvas, err);
}

static bool draw_values(const struct heatmap *map, const struct font *font,
                        const struct heatmap_layout *layout, int panel, struct canvas *canvas,
                        struct pg_error *err) {
    const struct heatmap_panel *p = &map->panels[panel];
    if (layout->grids[panel].value_size == 0) return true;
    for (int row = 0; row < p->n_rows; row++)
        for (int column = 0; column < p->n_columns; column++)
            if (!draw_value(map, font, layout, panel, row, column, canvas, err)) return false;
    return true;
}

bool heatmap_draw(const struct heatmap *map, const struct font *font,
                  const struct heatmap_layout *layout, struct canvas *canvas,
                  struct pg_error *err) {
    if (!canvas_make(canvas, layout->width, layout->height, err)) return false;
    for (int i = 0; i < map->n_panels; i++) draw_cells(map, layout, i, canvas);
    draw_bar(map, layout, canvas);
    for (int i = 0; i < layout->n_boxes; i++) {
        const struct heatmap_box *box = &layout->boxes[i];
        canvas_fill(canvas, box->x, box->y, box->width, box->height, box->paint);
    }
    for (int i = 0; i < map->n_panels; i++)
        if (!draw_values(map, font, layout, i, canvas, err)) return false;
    for (int i = 0; i < layout->n_texts; i++)
        if (!font_draw(font, layout->texts[i].text, layout->texts[i].pen, canvas, err))
            return false;
    return true;
}

uint8_t *heatmap_png(const struct heatmap *map, const struct font *font,
                     const struct png_note *notes, int n_notes, int threads, size_t *size,
                     struct pg_error *err) {
    struct heatmap_layout layout;
    struct canvas canvas = {0};
    uint8_t *png = NULL;
    if (heatmap_lay_out(map, font, &layout, err) && heatmap_draw(map, font, &layout, &canvas, err))
        png = png_encode(&canvas, notes, n_notes, threads, size, err);
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    return png;
}
