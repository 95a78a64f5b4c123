/* write_png.c: pg_write_png: from a result by way of its heatmap to a PNG file. */
#include "base/file.h"
#include "report/png.h"
#include "report/result_map.h"
#include "report/token_list.h"

#include <stdlib.h>

static bool name_tokens(const struct pg_model *model, const struct pg_result *result,
                        const struct font *font, struct token_names *names, struct pg_error *err) {
    names->clean = token_list(model, font, result->clean_ids, result->n_tokens, err);
    if (names->clean)
        names->corrupt = token_list(model, font, result->corrupt_ids, result->n_tokens, err);
    for (int i = 0; i < 2 && names->corrupt; i++) {
        names->metric[i] = token_label(model, font, result->tokens[i], TOKEN_QUOTED, err);
        if (!names->metric[i]) return false;
    }
    return names->corrupt;
}

static void names_free(struct token_names *names) {
    token_list_free(names->clean);
    token_list_free(names->corrupt);
    free(names->metric[0]);
    free(names->metric[1]);
}

static bool write_picture(const struct heatmap *map, const struct font *font, const char *path,
                          struct pg_error *err) {
    struct heatmap_layout layout;
    struct canvas canvas = {0};
    size_t size;
    uint8_t *png = NULL;
    if (heatmap_lay_out(map, font, &layout, err) && heatmap_draw(map, font, &layout, &canvas, err))
        png = png_encode(&canvas, &size, err);
    bool ok = png && file_replace(path, png, size, err);
    free(png);
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    return ok;
}

bool pg_write_png(const struct pg_model *model, const struct pg_result *result,
                  enum pg_colormap colormap, const char *path, struct pg_error *err) {
    struct font *font = font_open(err);
    struct token_names names = {0};
    struct result_map made = {0};
    bool ok = font && name_tokens(model, result, font, &names, err) &&
              result_map_make(result, &names, colormap, &made, err) &&
              write_picture(&made.map, font, path, err);
    result_map_free(&made);
    names_free(&names);
    font_close(font);
    return ok;
}
