/* font.c: see font.h. stb_truetype reads the outlines and fills them; slanted text is drawn from
 * turned outlines, so it is as sharp as level text. */
#include "report/font.h"

#include "base/assets.h"
#include "base/memory.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <utf8proc.h>

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb_truetype.h>

struct font {
    stbtt_fontinfo info;
};

struct font *font_open(struct pg_error *err) {
    struct font *font = allocate(1, sizeof *font, err);
    if (!font) return NULL;
    if (!stbtt_InitFont(&font->info, (const unsigned char *)asset_font, 0)) {
        fail(err, "the embedded font is no TrueType font");
        font_close(font);
        return NULL;
    }
    return font;
}

void font_close(struct font *font) {
    free(font);
}

bool font_has(const struct font *font, int32_t character) {
    return stbtt_FindGlyphIndex(&font->info, character) != 0;
}

void direction_vector(enum direction direction, double *x, double *y) {
    const double half_root = 0.70710678118654752;
    *x = direction == RIGHTWARDS ? 1 : direction == SLANTED ? half_root : 0;
    *y = direction == RIGHTWARDS ? 0 : direction == SLANTED ? -half_root : -1;
}

/* Where a text's next glyph stands. */
struct cursor {
    const utf8proc_uint8_t *rest;
    int glyph;         /* the current one */
    double x, advance; /* its start from the start of the text and its width, in font units */
};

/* Moves on to the next glyph; false at the end of the text. What is no UTF-8 shows as U+FFFD. */
static bool next_glyph(const struct font *font, struct cursor *at) {
    if (!*at->rest) return false;
    utf8proc_int32_t character;
    utf8proc_ssize_t length = utf8proc_iterate(at->rest, -1, &character);
    at->rest += length > 0 ? length : 1;
    int glyph = stbtt_FindGlyphIndex(&font->info, length > 0 ? character : 0xfffd), advance;
    stbtt_GetGlyphHMetrics(&font->info, glyph, &advance, NULL);
    at->x += at->advance;
    if (at->glyph) at->x += stbtt_GetGlyphKernAdvance(&font->info, at->glyph, glyph);
    at->glyph = glyph;
    at->advance = advance;
    return true;
}

double font_width(const struct font *font, const char *text, double size) {
    struct cursor at = {.rest = (const utf8proc_uint8_t *)text};
    while (next_glyph(font, &at)) {
    }
    return (at.x + at.advance) * (double)stbtt_ScaleForMappingEmToPixels(&font->info, (float)size);
}

/* Turns a point of an outline (y up) from rightwards to the direction (x, y) (y down). */
static void turn(stbtt_vertex_type *px, stbtt_vertex_type *py, double x, double y) {
    double right = *px, up = *py;
    *px = (stbtt_vertex_type)lround(right * x + up * y);
    *py = (stbtt_vertex_type)lround(up * x - right * y);
}

/* The box around points of an outline, y up. */
struct box {
    int left, bottom, right, top;
};

static void take_in(struct box *box, int x, int y) {
    if (x < box->left) box->left = x;
    if (x > box->right) box->right = x;
    if (y < box->bottom) box->bottom = y;
    if (y > box->top) box->top = y;
}

/* Turns an outline of at least one point and returns the box around it. */
static struct box turn_outline(stbtt_vertex *outline, int count, enum direction direction) {
    struct box box = {INT_MAX, INT_MAX, INT_MIN, INT_MIN};
    double x, y;
    direction_vector(direction, &x, &y);
    for (int i = 0; i < count; i++) {
        stbtt_vertex *v = &outline[i];
        turn(&v->x, &v->y, x, y);
        turn(&v->cx, &v->cy, x, y);
        take_in(&box, v->x, v->y);
        if (v->type == STBTT_vcurve) take_in(&box, v->cx, v->cy);
    }
    return box;
}

/* Fills an outline that is already turned, its origin at (x, y). */
static bool fill_outline(stbtt_vertex *outline, int count, struct box box, double x, double y,
                         float scale, colour ink, struct canvas *canvas, struct pg_error *err) {
    /* One pixel more on each side: stb_truetype rounds to float and wants every edge inside. */
    int left = (int)floor(x + box.left * (double)scale) - 1,
        right = (int)ceil(x + box.right * (double)scale) + 1;
    int top = (int)floor(y - box.top * (double)scale) - 1,
        bottom = (int)ceil(y - box.bottom * (double)scale) + 1;
    stbtt__bitmap mask = {.w = right - left, .h = bottom - top, .stride = right - left};
    mask.pixels = allocate((size_t)mask.w, (size_t)mask.h, err);
    if (!mask.pixels) return false;
    const float flatness = 0.1f; /* pixels that a straight piece may stray from its curve */
    stbtt_Rasterize(&mask, flatness, outline, count, scale, scale, (float)(x - left),
                    (float)(y - top), 0, 0, 1, NULL);
    canvas_stain(canvas, left, top, mask.w, mask.h, mask.pixels, ink);
    free(mask.pixels);
    return true;
}

bool font_draw(const struct font *font, const char *text, struct pen pen, struct canvas *canvas,
               struct pg_error *err) {
    float scale = stbtt_ScaleForMappingEmToPixels(&font->info, (float)pen.size);
    double dx, dy;
    direction_vector(pen.direction, &dx, &dy);
    struct cursor at = {.rest = (const utf8proc_uint8_t *)text};
    while (next_glyph(font, &at)) {
        stbtt_vertex *outline;
        int count = stbtt_GetGlyphShape(&font->info, at.glyph, &outline);
        if (count <= 0) continue; /* a space */
        struct box box = turn_outline(outline, count, pen.direction);
        double far = at.x * (double)scale;
        bool ok = fill_outline(outline, count, box, pen.x + far * dx, pen.y + far * dy, scale,
                               pen.ink, canvas, err);
        stbtt_FreeShape(&font->info, outline);
        if (!ok) return false;
    }
    return true;
}
