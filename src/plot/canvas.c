/* canvas.c: see canvas.h; and the names of the colour maps, which are in patchgpt.h. */
#include "plot/canvas.h"

#include "base/memory.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

/* ---- colour maps ---- */

/* viridis by Stefan van der Walt and Nathaniel Smith, the table of matplotlib's _cm_listed.py
 * (CC0), rounded to 8 bits. */
static const colour viridis[256] = {
    0x440154, 0x440256, 0x450457, 0x450559, 0x46075a, 0x46085c, 0x460a5d, 0x460b5e, 0x470d60,
    0x470e61, 0x471063, 0x471164, 0x471365, 0x481467, 0x481668, 0x481769, 0x48186a, 0x481a6c,
    0x481b6d, 0x481c6e, 0x481d6f, 0x481f70, 0x482071, 0x482173, 0x482374, 0x482475, 0x482576,
    0x482677, 0x482878, 0x482979, 0x472a7a, 0x472c7a, 0x472d7b, 0x472e7c, 0x472f7d, 0x46307e,
    0x46327e, 0x46337f, 0x463480, 0x453581, 0x453781, 0x453882, 0x443983, 0x443a83, 0x443b84,
    0x433d84, 0x433e85, 0x423f85, 0x424086, 0x424186, 0x414287, 0x414487, 0x404588, 0x404688,
    0x3f4788, 0x3f4889, 0x3e4989, 0x3e4a89, 0x3e4c8a, 0x3d4d8a, 0x3d4e8a, 0x3c4f8a, 0x3c508b,
    0x3b518b, 0x3b528b, 0x3a538b, 0x3a548c, 0x39558c, 0x39568c, 0x38588c, 0x38598c, 0x375a8c,
    0x375b8d, 0x365c8d, 0x365d8d, 0x355e8d, 0x355f8d, 0x34608d, 0x34618d, 0x33628d, 0x33638d,
    0x32648e, 0x32658e, 0x31668e, 0x31678e, 0x31688e, 0x30698e, 0x306a8e, 0x2f6b8e, 0x2f6c8e,
    0x2e6d8e, 0x2e6e8e, 0x2e6f8e, 0x2d708e, 0x2d718e, 0x2c718e, 0x2c728e, 0x2c738e, 0x2b748e,
    0x2b758e, 0x2a768e, 0x2a778e, 0x2a788e, 0x29798e, 0x297a8e, 0x297b8e, 0x287c8e, 0x287d8e,
    0x277e8e, 0x277f8e, 0x27808e, 0x26818e, 0x26828e, 0x26828e, 0x25838e, 0x25848e, 0x25858e,
    0x24868e, 0x24878e, 0x23888e, 0x23898e, 0x238a8d, 0x228b8d, 0x228c8d, 0x228d8d, 0x218e8d,
    0x218f8d, 0x21908d, 0x21918c, 0x20928c, 0x20928c, 0x20938c, 0x1f948c, 0x1f958b, 0x1f968b,
    0x1f978b, 0x1f988b, 0x1f998a, 0x1f9a8a, 0x1e9b8a, 0x1e9c89, 0x1e9d89, 0x1f9e89, 0x1f9f88,
    0x1fa088, 0x1fa188, 0x1fa187, 0x1fa287, 0x20a386, 0x20a486, 0x21a585, 0x21a685, 0x22a785,
    0x22a884, 0x23a983, 0x24aa83, 0x25ab82, 0x25ac82, 0x26ad81, 0x27ad81, 0x28ae80, 0x29af7f,
    0x2ab07f, 0x2cb17e, 0x2db27d, 0x2eb37c, 0x2fb47c, 0x31b57b, 0x32b67a, 0x34b679, 0x35b779,
    0x37b878, 0x38b977, 0x3aba76, 0x3bbb75, 0x3dbc74, 0x3fbc73, 0x40bd72, 0x42be71, 0x44bf70,
    0x46c06f, 0x48c16e, 0x4ac16d, 0x4cc26c, 0x4ec36b, 0x50c46a, 0x52c569, 0x54c568, 0x56c667,
    0x58c765, 0x5ac864, 0x5cc863, 0x5ec962, 0x60ca60, 0x63cb5f, 0x65cb5e, 0x67cc5c, 0x69cd5b,
    0x6ccd5a, 0x6ece58, 0x70cf57, 0x73d056, 0x75d054, 0x77d153, 0x7ad151, 0x7cd250, 0x7fd34e,
    0x81d34d, 0x84d44b, 0x86d549, 0x89d548, 0x8bd646, 0x8ed645, 0x90d743, 0x93d741, 0x95d840,
    0x98d83e, 0x9bd93c, 0x9dd93b, 0xa0da39, 0xa2da37, 0xa5db36, 0xa8db34, 0xaadc32, 0xaddc30,
    0xb0dd2f, 0xb2dd2d, 0xb5de2b, 0xb8de29, 0xbade28, 0xbddf26, 0xc0df25, 0xc2df23, 0xc5e021,
    0xc8e020, 0xcae11f, 0xcde11d, 0xd0e11c, 0xd2e21b, 0xd5e21a, 0xd8e219, 0xdae319, 0xdde318,
    0xdfe318, 0xe2e418, 0xe5e419, 0xe7e419, 0xeae51a, 0xece51b, 0xefe51c, 0xf1e51d, 0xf4e61e,
    0xf6e620, 0xf8e621, 0xfbe723, 0xfde725,
};

/* RdBu with 11 classes and Greys with 9 by Cynthia Brewer (colorbrewer2.org); matplotlib draws the
 * straight lines between them. */
static const colour rdbu[] = {0x67001f, 0xb2182b, 0xd6604d, 0xf4a582, 0xfddbc7, 0xf7f7f7,
                              0xd1e5f0, 0x92c5de, 0x4393c3, 0x2166ac, 0x053061};
static const colour greys[] = {0xffffff, 0xf0f0f0, 0xd9d9d9, 0xbdbdbd, 0x969696,
                               0x737373, 0x525252, 0x252525, 0x000000};

/* magma by the authors of viridis (CC0): every 17th of its 256 colours, which straight lines
 * between them follow closely. */
static const colour magma[] = {0x000004, 0x0b0924, 0x20114b, 0x3b0f70, 0x57157e, 0x721f81,
                               0x8c2981, 0xa8327d, 0xc43c75, 0xde4968, 0xf1605d, 0xfa7f5e,
                               0xfe9f6d, 0xfebf84, 0xfddea0, 0xfcfdbf};

/* The colour at a step of 255 along the lines between n colours. */
static colour between(const colour *colours, int n, int step) {
    double place = step / 255.0 * (n - 1);
    int left = step == 255 ? n - 2 : (int)place;
    double share = place - left;
    colour mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double a = colours[left] >> shift & 0xff, b = colours[left + 1] >> shift & 0xff;
        mixed = mixed << 8 | (colour)(a * (1 - share) + b * share + 0.5);
    }
    return mixed;
}

static const char *const names[PG_N_COLORMAPS] = {
    [PG_VIRIDIS] = "viridis",
    [PG_RDBU] = "rdbu",
    [PG_MAGMA] = "magma",
    [PG_GREYS] = "greys",
};

const char *pg_colormap_name(enum pg_colormap map) {
    return names[map];
}

bool pg_colormap_parse(const char *name, enum pg_colormap *out) {
    const int found = find_name(name, names, PG_N_COLORMAPS);
    if (found >= 0) *out = (enum pg_colormap)found;
    return found >= 0;
}

colour colormap_at(enum pg_colormap map, double t) {
    int step = t >= 1 ? 255 : t > 0 ? (int)(t * 256) : 0;
    switch (map) {
    case PG_RDBU:
        return between(rdbu, sizeof rdbu / sizeof *rdbu, step);
    case PG_MAGMA:
        return between(magma, sizeof magma / sizeof *magma, step);
    case PG_GREYS:
        return between(greys, sizeof greys / sizeof *greys, step);
    case PG_VIRIDIS:
    case PG_N_COLORMAPS:
        break;
    }
    return viridis[step];
}

/* ---- pixels ---- */

bool canvas_make(struct canvas *canvas, int width, int height, struct pg_error *err) {
    *canvas = (struct canvas){width, height, allocate((size_t)height, (size_t)width * 3, err)};
    if (canvas->pixels) memset(canvas->pixels, 0xff, (size_t)height * (size_t)width * 3);
    return canvas->pixels;
}

void canvas_free(struct canvas *canvas) {
    free(canvas->pixels);
    canvas->pixels = NULL;
}

/* x limited to 0..size. */
static int clamp_to(int x, int size) {
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
    const int left = clamp_to(x, canvas->width), right = clamp_to(x + width, canvas->width);
    const int top = clamp_to(y, canvas->height), bottom = clamp_to(y + height, canvas->height);
    if (left >= right || top >= bottom) return;
    const uint8_t *first = pixel_at(canvas, left, top);
    for (int column = left; column < right; column++)
        stain_pixel(pixel_at(canvas, column, top), paint, 255);
    for (int row = top + 1; row < bottom; row++)
        memcpy(pixel_at(canvas, left, row), first, 3 * (size_t)(right - left));
}

void canvas_stain(struct canvas *canvas, int x, int y, int width, int height, const uint8_t *mask,
                  colour paint) {
    int left = clamp_to(x, canvas->width), right = clamp_to(x + width, canvas->width);
    int top = clamp_to(y, canvas->height), bottom = clamp_to(y + height, canvas->height);
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++)
            stain_pixel(pixel_at(canvas, column, row), paint, mask[(row - y) * width + column - x]);
}
