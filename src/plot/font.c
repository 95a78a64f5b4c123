/* font.c: see font.h. stb_truetype reads the outlines and fills them; slanted text is drawn from
 * turned outlines, so it is as sharp as level text. To fill a turned outline, stbtt_Rasterize is
 * called directly, whose argument type stbtt__bitmap is private by its name: a new version of stb
 * may rename it, and then this file does not compile. */
#include "plot/font.h"

#include "base/assets.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The memory that stb_truetype allocates for one letter. It does not report, or not even check,
 * that an allocation failed; so letter_allocate leaves the letter with longjmp, and all that was
 * allocated for it is freed together. */
struct letter_memory {
    struct memory_block *blocks;
    jmp_buf failure;
};

struct memory_block {
    struct memory_block *next;
    max_align_t data[];
};

static void *letter_allocate(size_t size, struct letter_memory *memory) {
    struct memory_block *block = malloc(sizeof *block + size);
    if (!block) longjmp(memory->failure, 1);
    block->next = memory->blocks;
    memory->blocks = block;
    return block->data;
}

static void letter_free_all(struct letter_memory *memory) {
    for (struct memory_block *block = memory->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
}

#define STBTT_malloc(size, memory) letter_allocate(size, memory)
#define STBTT_free(data, memory)   ((void)(data), (void)(memory))
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
        fail(err, "the embedded font is not a TrueType font");
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

/* A glyph of a text. */
struct cursor {
    const char *rest;  /* the text after it */
    int glyph;         /* 0 before the first */
    double x, advance; /* its distance from the start of the text and its width, in font units */
};

/* Moves on to the next glyph; false at the end of the text. Bytes that are not UTF-8 show as
 * U+FFFD. */
static bool next_glyph(const struct font *font, struct cursor *at) {
    if (!*at->rest) return false;
    size_t size;
    const int32_t character = utf8_next(at->rest, SIZE_MAX, &size);
    at->rest += size;
    int glyph = stbtt_FindGlyphIndex(&font->info, character < 0 ? 0xfffd : character), advance;
    stbtt_GetGlyphHMetrics(&font->info, glyph, &advance, NULL);
    at->x += at->advance;
    if (at->glyph) at->x += stbtt_GetGlyphKernAdvance(&font->info, at->glyph, glyph);
    at->glyph = glyph;
    at->advance = advance;
    return true;
}

double font_width(const struct font *font, const char *text, double size) {
    struct cursor at = {.rest = text};
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

/* Where the origin of a letter is. */
struct origin {
    double x, y; /* in pixels */
    float scale; /* pixels in one unit of the font */
};

/* Fills an outline that is already turned. */
static void fill_outline(stbtt_vertex *outline, int count, struct box box, struct origin at,
                         colour ink, struct canvas *canvas, struct letter_memory *memory) {
    const double x = at.x, y = at.y, scale = (double)at.scale;
    /* One pixel more on each side: stb_truetype rounds to float and wants every edge inside. */
    int left = (int)floor(x + box.left * scale) - 1, right = (int)ceil(x + box.right * scale) + 1;
    int top = (int)floor(y - box.top * scale) - 1, bottom = (int)ceil(y - box.bottom * scale) + 1;
    stbtt__bitmap mask = {.w = right - left, .h = bottom - top, .stride = right - left};
    const size_t size = (size_t)mask.w * (size_t)mask.h;
    mask.pixels = memset(letter_allocate(size, memory), 0, size);
    const float flatness = 0.1f; /* pixels that a straight piece may stray from its curve */
    stbtt_Rasterize(&mask, flatness, outline, count, at.scale, at.scale, (float)(x - left),
                    (float)(y - top), 0, 0, 1, memory);
    canvas_stain(canvas, left, top, mask.w, mask.h, mask.pixels, ink);
}

static void draw_glyph(const struct font *font, int glyph, struct origin at, const struct pen *pen,
                       struct canvas *canvas, struct letter_memory *memory) {
    stbtt_vertex *outline;
    stbtt_fontinfo info = font->info;
    info.userdata = memory;
    int count = stbtt_GetGlyphShape(&info, glyph, &outline);
    if (count <= 0) return; /* a space */
    struct box box = turn_outline(outline, count, pen->direction);
    fill_outline(outline, count, box, at, pen->ink, canvas, memory);
}

static bool draw_letter(const struct font *font, int glyph, struct origin at, const struct pen *pen,
                        struct canvas *canvas, struct pg_error *err) {
    struct letter_memory memory = {.blocks = NULL};
    if (setjmp(memory.failure) == 0) {
        draw_glyph(font, glyph, at, pen, canvas, &memory);
        letter_free_all(&memory);
        return true;
    }
    letter_free_all(&memory);
    return fail(err, "out of memory: a letter cannot be drawn");
}

bool font_draw(const struct font *font, const char *text, struct pen pen, struct canvas *canvas,
               struct pg_error *err) {
    float scale = stbtt_ScaleForMappingEmToPixels(&font->info, (float)pen.size);
    double dx, dy;
    direction_vector(pen.direction, &dx, &dy);
    struct cursor at = {.rest = text};
    while (next_glyph(font, &at)) {
        double far = at.x * (double)scale;
        const struct origin origin = {pen.x + far * dx, pen.y + far * dy, scale};
        if (!draw_letter(font, at.glyph, origin, &pen, canvas, err)) return false;
    }
    return true;
}
