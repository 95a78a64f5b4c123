/* canvas.c: see canvas.h. */
#include "plot/canvas.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

bool canvas_make(struct canvas *canvas, int width, int height, struct pg_error *err) {
    *canvas = (struct canvas){width, height, allocate((size_t)height, (size_t)width * 3, err)};
    if (canvas->pixels) memset(canvas->pixels, 0xff, (size_t)height * (size_t)width * 3);
    return canvas->pixels;
}

void canvas_free(struct canvas *canvas) {
    free(canvas->pixels);
    canvas->pixels = NULL;
}

static int within(int x, int size) {
    return x < 0 ? 0 : x > size ? size : x;
}

/* One channel of a pixel, coverage/255 of the way to paint, rounded. */
static uint8_t mix(uint8_t pixel, uint8_t paint, uint8_t coverage) {
    return (uint8_t)((pixel * (255 - coverage) + paint * coverage + 127) / 255);
}

static void stain_pixel(uint8_t *pixel, colour paint, uint8_t coverage) {
    pixel[0] = mix(pixel[0], paint >> 16 & 0xff, coverage);
    pixel[1] = mix(pixel[1], paint >> 8 & 0xff, coverage);
    pixel[2] = mix(pixel[2], paint & 0xff, coverage);
}

static uint8_t *pixel_at(const struct canvas *canvas, int x, int y) {
    return canvas->pixels + 3 * ((size_t)y * (size_t)canvas->width + (size_t)x);
}

/* The first row is painted pixel by pixel, the others are copies of it. */
void canvas_fill(struct canvas *canvas, int x, int y, int width, int height, colour paint) {
    const int left = within(x, canvas->width), right = within(x + width, canvas->width);
    const int top = within(y, canvas->height), bottom = within(y + height, canvas->height);
    if (left >= right || top >= bottom) return;
    const uint8_t *first = pixel_at(canvas, left, top);
    for (int column = left; column < right; column++)
        stain_pixel(pixel_at(canvas, column, top), paint, 255);
    for (int row = top + 1; row < bottom; row++)
        memcpy(pixel_at(canvas, left, row), first, 3 * (size_t)(right - left));
}

void canvas_stain(struct canvas *canvas, int x, int y, int width, int height, const uint8_t *mask,
                  colour paint) {
    int left = within(x, canvas->width), right = within(x + width, canvas->width);
    int top = within(y, canvas->height), bottom = within(y + height, canvas->height);
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++)
            stain_pixel(pixel_at(canvas, column, row), paint, mask[(row - y) * width + column - x]);
}
