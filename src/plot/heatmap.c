/* heatmap.c: paints what heatmap_layout.c has laid out. */
#include "plot/heatmap.h"

#include "base/number.h"

#include <math.h>
#include <stddef.h>

static double panel_value(const struct heatmap_panel *panel, int row, int column) {
    return (double)panel->values[(size_t)row * (size_t)panel->n_columns + (size_t)column];
}

static void draw_cells(const struct heatmap *map, const struct heatmap_layout *layout, int panel,
                       struct canvas *canvas) {
    const struct heatmap_panel *p = &map->panels[panel];
    const struct heatmap_place *place = &layout->places[panel];
    for (int row = 0; row < p->n_rows; row++)
        for (int column = 0; column < p->n_columns; column++)
            canvas_fill(
                canvas, place->left + column * place->cell_width,
                place->top + row * place->cell_height, place->cell_width, place->cell_height,
                heatmap_colour(map, layout->low, layout->high, panel_value(p, row, column)));
}

static void draw_bar(const struct heatmap *map, const struct heatmap_layout *layout,
                     struct canvas *canvas) {
    const int height = layout->bar_height;
    for (int y = 0; y < height; y++)
        canvas_fill(canvas, layout->bar_left, layout->bar_top + y, layout->bar_width, 1,
                    colormap_at(map->colormap, (height - y - 0.5) / height));
}

/* ---- values in cells ---- */

/* Black or white, whichever is easier to read on this colour. */
static colour readable_on(colour paper) {
    const double weights[] = {0.0722, 0.7152, 0.2126};
    double luminance = 0;
    for (int i = 0; i < 3; i++) {
        const double channel = (paper >> 8 * i & 0xff) / 255.0;
        luminance += weights[i] *
                     (channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4));
    }
    return luminance > 0.179 ? 0x000000 : 0xffffff; /* where both have the same contrast */
}

static bool draw_value(const struct heatmap *map, const struct font *font,
                       const struct heatmap_layout *layout, int panel, int row, int column,
                       struct canvas *canvas, struct pg_error *err) {
    const struct heatmap_place *place = &layout->places[panel];
    const double value = panel_value(&map->panels[panel], row, column);
    char text[NUMBER_SIZE];
    if (!isfinite(value)) return true;
    number_fixed((float)value, layout->decimals, text);
    const double size = place->value_size, width = font_width(font, text, size);
    if (width > place->value_room + 0.5) return true; /* rounded otherwise than when laid out */
    const struct pen pen = {
        .x = place->left + (column + 0.5) * place->cell_width - width / 2,
        .y = round(place->top + (row + 0.5) * place->cell_height + 0.36 * size),
        .size = size,
        .ink = readable_on(heatmap_colour(map, layout->low, layout->high, value)),
    };
    return font_draw(font, text, pen, canvas, err);
}

static bool draw_values(const struct heatmap *map, const struct font *font,
                        const struct heatmap_layout *layout, int panel, struct canvas *canvas,
                        struct pg_error *err) {
    const struct heatmap_panel *p = &map->panels[panel];
    if (layout->places[panel].value_size == 0) return true;
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
