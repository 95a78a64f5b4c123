/* heatmap.c: paints what heatmap_layout.c has laid out. */
#include "report/heatmap.h"

#include <math.h>
#include <stddef.h>

static colour value_colour(const struct heatmap *map, const struct heatmap_layout *layout,
                           double value) {
    const colour missing = 0xdddddd;
    if (!isfinite(value)) return missing;
    return colormap_at(map->colormap, (value - layout->low) / (layout->high - layout->low));
}

static void draw_cells(const struct heatmap *map, const struct heatmap_layout *layout,
                       struct canvas *canvas) {
    for (int row = 0; row < map->n_rows; row++)
        for (int column = 0; column < map->n_columns; column++) {
            float value = map->values[(size_t)row * (size_t)map->n_columns + (size_t)column];
            canvas_fill(canvas, layout->left + column * layout->cell_width,
                        layout->top + row * layout->cell_height, layout->cell_width,
                        layout->cell_height, value_colour(map, layout, (double)value));
        }
}

static void draw_bar(const struct heatmap *map, const struct heatmap_layout *layout,
                     struct canvas *canvas) {
    int height = map->n_rows * layout->cell_height;
    for (int y = 0; y < height; y++)
        canvas_fill(canvas, layout->bar_left, layout->top + y, layout->bar_width, 1,
                    colormap_at(map->colormap, (height - y - 0.5) / height));
}

bool heatmap_draw(const struct heatmap *map, const struct font *font,
                  const struct heatmap_layout *layout, struct canvas *canvas,
                  struct pg_error *err) {
    if (!canvas_make(canvas, layout->width, layout->height, err)) return false;
    draw_cells(map, layout, canvas);
    draw_bar(map, layout, canvas);
    for (int i = 0; i < layout->n_boxes; i++) {
        const struct heatmap_box *box = &layout->boxes[i];
        canvas_fill(canvas, box->x, box->y, box->width, box->height, box->paint);
    }
    for (int i = 0; i < layout->n_texts; i++)
        if (!font_draw(font, layout->texts[i].text, layout->texts[i].pen, canvas, err))
            return false;
    return true;
}
