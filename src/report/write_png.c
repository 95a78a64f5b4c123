/* write_png.c: see write_png.h; and pg_write_png. */
#include "report/write_png.h"

#include "base/error.h"
#include "base/file.h"
#include "plot/heatmap.h"
#include "report/result_map.h"
#include "report/token_names.h"

#include <math.h>
#include <stdlib.h>

/* Whether there can be colours from low over center to high. */
static bool check_picture(const struct pg_picture *p, struct pg_error *err) {
    if (p->low >= p->high || p->low >= p->center || p->center >= p->high)
        return fail(err, "the colours from %g over %g to %g are not in rising order",
                    (double)p->low, (double)p->center, (double)p->high);
    if (isnan(p->low) || isnan(p->high) || isnan(p->center)) return true;
    return fail(err, "low, high and center of a picture are all given; one has to be NAN");
}

uint8_t *result_png(const struct pg_model *model, const struct pg_result *result,
                    const struct pg_picture *picture, int threads, size_t *size,
                    struct pg_error *err) {
    if (!check_picture(picture, err)) return NULL;
    struct font *font = font_open(err);
    struct token_names names = {0};
    struct result_map made = {0};
    struct picture_notes notes = {0};
    uint8_t *png = NULL;
    if (font && notes_add_program(&notes, err) &&
        notes_add_result(&notes, model, result, picture->show, err) &&
        token_names_make(model, result, font, &names, err) &&
        result_map_make(result, &names, picture, &made, err))
        png = heatmap_png(&made.map, font, notes.items, notes.n, threads, size, err);
    notes_free(&notes);
    result_map_free(&made);
    token_names_free(&names);
    font_close(font);
    return png;
}

bool pg_write_png(const struct pg_model *model, const struct pg_result *result,
                  const struct pg_picture *picture, const char *path, struct pg_error *err) {
    size_t size;
    const struct pg_picture plain = pg_picture_default();
    uint8_t *png = result_png(model, result, picture ? picture : &plain, pg_threads(), &size, err);
    bool ok = png && file_replace(path, png, size, err);
    free(png);
    return ok;
}
