/* canvas.c: see canvas.h. */
#include "report/canvas.h"

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

void canvas_fill(struct canvas *canvas, int x, int y, int width, int height, colour paint) {
    int left = within(x, canvas->width), right = within(x + width, canvas->width);
    int top = within(y, canvas->height), bottom = within(y + height, canvas->height);
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++)
            stain_pixel(canvas->pixels + 3 * ((size_t)row * (size_t)canvas->width + (size_t)column),
                        paint, 255);
}

void canvas_stain(struct canvas *canvas, int x, int y, int width, int height, const uint8_t *mask,
                  colour paint) {
    int left = within(x, canvas->width), right = within(x + width, canvas->width);
    int top = within(y, canvas->height), bottom = within(y + height, canvas->height);
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++)
            stain_pixel(canvas->pixels + 3 * ((size_t)row * (size_t)canvas->width + (size_t)column),
                        paint, mask[(row - y) * width + column - x]);
}
