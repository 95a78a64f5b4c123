/* png.c: see png.h. stb_image_write writes the file, zlib compresses it, and what stb does not
 * know, the chunks that say how large a pixel is and what the picture is, are put in between. */
#include "plot/png.h"

#include "base/memory.h"
#include "base/pool.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put_big_endian(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* stb_image_write asks for level 8: a heatmap is a fifth smaller then, and takes almost five times as long. */
enum { LEVEL = 3 };

/* The rows are compressed in so many parts at the same time, always as many, so that the bytes are the same
 * whatever the threads. Each knows the bytes before it, so together they are hardly larger. */
enum { PARTS = 4, WINDOW_BITS = 15, WINDOW = 1 << WINDOW_BITS };

struct part {
    uint8_t *out; /* NULL until it is done, and if it cannot be */
    uLong size, check;
};

struct compression {
    uint8_t *data;
    size_t size;
    struct part parts[PARTS];
};

static size_t part_begin(const struct compression *c, int i) {
    return c->size * (size_t)i / PARTS;
}

/* Part i as blocks of deflate that end at a whole byte; the last one ends the stream. */
static void deflate_part(void *context, int i, int member) {
    (void)member;
    struct compression *c = context;
    struct part *part = &c->parts[i];
    const size_t begin = part_begin(c, i), size = part_begin(c, i + 1) - begin;
    const size_t before = begin < WINDOW ? begin : WINDOW;
    z_stream z = {.next_in = c->data + begin, .avail_in = (uInt)size};
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, -WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return;
    const uLong room = deflateBound(&z, (uLong)size) + 16; /* and what ends it at a whole byte */
    uint8_t *out = malloc(room);
    z.next_out = out;
    z.avail_out = (uInt)room;
    if (before) deflateSetDictionary(&z, c->data + begin - before, (uInt)before);
    const bool last = i == PARTS - 1;
    const int code = out ? deflate(&z, last ? Z_FINISH : Z_SYNC_FLUSH) : Z_MEM_ERROR;
    const bool done = last ? code == Z_STREAM_END : code == Z_OK && z.avail_out > 0;
    part->size = z.total_out;
    part->check = adler32(adler32(0, NULL, 0), c->data + begin, (uInt)size);
    deflateEnd(&z);
    if (done)
        part->out = out;
    else
        free(out);
}

/* The zlib stream of the parts, malloc'ed, or NULL. */
static uint8_t *join_parts(const struct compression *c, size_t *size) {
    enum { HEAD = 2, CHECK = 4 };
    size_t room = HEAD + CHECK;
    for (int i = 0; i < PARTS; i++) {
        if (!c->parts[i].out) return NULL;
        room += c->parts[i].size;
    }
    uint8_t *out = malloc(room), *end = out + HEAD;
    if (!out) return NULL;
    memcpy(out, "\x78\x5e", HEAD); /* deflate with a window of 32 KB, fast; no dictionary */
    uLong check = adler32(0, NULL, 0);
    for (int i = 0; i < PARTS; i++) {
        memcpy(end, c->parts[i].out, c->parts[i].size);
        end += c->parts[i].size;
        check = adler32_combine(check, c->parts[i].check,
                                (z_off_t)(part_begin(c, i + 1) - part_begin(c, i)));
    }
    put_big_endian(end, (uint32_t)check);
    *size = room;
    return out;
}

/* How many threads the picture that this thread encodes may have: stb's call has no room for it. */
static _Thread_local int threads_of_picture = 1;

/* What stb_image_write compresses with: malloc'ed bytes, or NULL. */
static unsigned char *deflate_with_zlib(unsigned char *data, int size, int *compressed_size,
                                        int level) {
    (void)level;
    struct compression c = {.data = data, .size = (size_t)size};
    size_t joined_size = 0;
    pool_run_once(threads_of_picture < PARTS ? threads_of_picture : PARTS, PARTS, deflate_part, &c);
    uint8_t *joined = join_parts(&c, &joined_size);
    for (int i = 0; i < PARTS; i++) free(c.parts[i].out);
    *compressed_size = (int)joined_size;
    return joined;
}

#define STBIW_ZLIB_COMPRESS deflate_with_zlib
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

enum {
    HEADER_SIZE = 8 + 25, /* signature and IHDR */
    FRAME_SIZE =
        4 + 4 + 4 /* of a chunk: its length and type before, its checksum after the content */
};

struct encoded {
    const struct picture_notes *notes;
    uint8_t *bytes;
    size_t size;
    struct pg_error *err;
};

/* Writes a chunk whose content lies where it is to be, 8 bytes after out. Returns its end. */
static uint8_t *frame_chunk(uint8_t *out, const char *type, size_t size) {
    put_big_endian(out, (uint32_t)size);
    memcpy(out + 4, type, 4);
    put_big_endian(out + 8 + size, (uint32_t)crc32_z(0, out + 4, 4 + size));
    return out + FRAME_SIZE + size;
}

/* The pHYs chunk: pixels per metre across and down, unit. */
static uint8_t *put_scale(uint8_t *out) {
    const uint32_t per_metre = (uint32_t)(PNG_DPI / 0.0254 + 0.5);
    put_big_endian(out + 8, per_metre);
    put_big_endian(out + 12, per_metre);
    out[16] = 1;
    return frame_chunk(out, "pHYs", 9);
}

static bool is_ascii(const char *text) {
    while (*text && !(*text & 0x80)) text++;
    return !*text;
}

/* A note's chunk: its name, a zero byte, and the text; iTXt has four more zero bytes before the text: not
 * compressed, by no method, in no language in particular, under no translated name. */
static uint8_t *put_note(uint8_t *out, const struct picture_note *note) {
    const size_t zeros = is_ascii(note->text) ? 1 : 5;
    uint8_t *end = out + 8;
    end = mempcpy(end, note->name, strlen(note->name));
    memset(end, 0, zeros);
    end = mempcpy(end + zeros, note->text, strlen(note->text));
    return frame_chunk(out, zeros == 1 ? "tEXt" : "iTXt", (size_t)(end - out) - 8);
}

/* The most that the chunks put in between can take. */
static size_t extra_size(const struct picture_notes *notes) {
    size_t size = FRAME_SIZE + 9;
    for (int i = 0; i < notes->n; i++)
        size += FRAME_SIZE + strlen(notes->items[i].name) + 5 + strlen(notes->items[i].text);
    return size;
}

/* Takes the file as stb wrote it and puts its own chunks after the header. */
static void receive(void *context, void *data, int size) {
    struct encoded *png = context;
    png->bytes = allocate((size_t)size + extra_size(png->notes), 1, png->err);
    if (!png->bytes) return;
    uint8_t *end = put_scale(mempcpy(png->bytes, data, HEADER_SIZE));
    for (int i = 0; i < png->notes->n; i++) end = put_note(end, &png->notes->items[i]);
    end = mempcpy(end, (uint8_t *)data + HEADER_SIZE, (size_t)size - HEADER_SIZE);
    png->size = (size_t)(end - png->bytes);
}

/* Flat areas and letters compress best unfiltered, and trying filters takes as long as zlib does. The
 * variable is stb's, for all threads. */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void forbid_filters(void) {
    stbi_write_force_png_filter = 0;
}

uint8_t *png_encode(const struct canvas *canvas, const struct picture_notes *notes, int threads,
                    size_t *size, struct pg_error *err) {
    struct encoded png = {.notes = notes, .err = err};
    if (((int64_t)canvas->width * 3 + 1) * canvas->height > INT_MAX) { /* stb counts bytes in int */
        fail(err, "a picture of %d x %d pixels is too large", canvas->width, canvas->height);
        return NULL;
    }
    pthread_once(&once, forbid_filters);
    threads_of_picture = threads;
    if (!stbi_write_png_to_func(receive, &png, canvas->width, canvas->height, 3, canvas->pixels, 0))
        fail(err, "out of memory: a picture of %d x %d pixels cannot be compressed", canvas->width,
             canvas->height);
    *size = png.size;
    return png.bytes;
}
