/* png.c: see png.h. stb_image_write writes the file, zlib compresses it, and what stb does not
 * know, the chunk that says how large a pixel is, is put in between. */
#include "report/png.h"

#include "base/memory.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* stb_image_write asks for level 8: a heatmap is a fifth smaller then, and takes almost five times as long. */
enum { LEVEL = 3 };

/* What stb_image_write compresses with: malloc'ed bytes, or NULL. */
static unsigned char *deflate_with_zlib(unsigned char *data, int size, int *compressed_size,
                                        int level) {
    (void)level;
    uLongf room = compressBound((uLong)size);
    unsigned char *out = malloc(room);
    if (out && compress2(out, &room, data, (uLong)size, LEVEL) != Z_OK) {
        free(out);
        return NULL;
    }
    *compressed_size = (int)room;
    return out;
}

#define STBIW_ZLIB_COMPRESS deflate_with_zlib
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

enum { HEADER_SIZE = 8 + 25, SCALE_SIZE = 4 + 4 + 9 + 4 }; /* signature and IHDR; pHYs */

struct encoded {
    uint8_t *bytes;
    size_t size;
    struct pg_error *err;
};

static void put_big_endian(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The pHYs chunk: length, type, pixels per metre across and down, unit, checksum. */
static void put_scale(uint8_t out[SCALE_SIZE]) {
    const uint32_t per_metre = (uint32_t)(PNG_DPI / 0.0254 + 0.5);
    put_big_endian(out, 9);
    memcpy(out + 4, "pHYs", 4);
    put_big_endian(out + 8, per_metre);
    put_big_endian(out + 12, per_metre);
    out[16] = 1;
    put_big_endian(out + 17, (uint32_t)crc32(0, out + 4, 13));
}

/* Takes the file as stb wrote it and puts the scale behind its header. */
static void receive(void *context, void *data, int size) {
    struct encoded *png = context;
    png->size = (size_t)size + SCALE_SIZE;
    png->bytes = allocate(png->size, 1, png->err);
    if (!png->bytes) return;
    memcpy(png->bytes, data, HEADER_SIZE);
    put_scale(png->bytes + HEADER_SIZE);
    memcpy(png->bytes + HEADER_SIZE + SCALE_SIZE, (uint8_t *)data + HEADER_SIZE,
           (size_t)size - HEADER_SIZE);
}

/* Flat areas and letters compress best unfiltered, and trying filters takes as long as zlib does. The
 * variable is stb's, for all threads. */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void forbid_filters(void) {
    stbi_write_force_png_filter = 0;
}

uint8_t *png_encode(const struct canvas *canvas, size_t *size, struct pg_error *err) {
    struct encoded png = {.err = err};
    if (((int64_t)canvas->width * 3 + 1) * canvas->height > INT_MAX) { /* stb counts bytes in int */
        fail(err, "a picture of %d x %d pixels is too large", canvas->width, canvas->height);
        return NULL;
    }
    pthread_once(&once, forbid_filters);
    if (!stbi_write_png_to_func(receive, &png, canvas->width, canvas->height, 3, canvas->pixels, 0))
        fail(err, "out of memory: a picture of %d x %d pixels cannot be compressed", canvas->width,
             canvas->height);
    *size = png.size;
    return png.bytes;
}
