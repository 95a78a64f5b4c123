/* png.c: see png.h. stb_image_write writes the file and zlib compresses it; the chunks that stb
 * does not write, the size of a pixel and the notes, are put in after the header. */
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

/* Of zlib. At level 8, which stb_image_write asks for, a heatmap is a fifth smaller and takes
 * almost five times as long. */
enum { LEVEL = 3 };

/* The rows are compressed as SEGMENTS segments, in parallel; their number is fixed, so that the
 * bytes do not depend on the number of threads. Each segment starts with the window before it as
 * its dictionary, so together they are hardly larger than one stream. */
enum { SEGMENTS = 4, WINDOW_BITS = 15, WINDOW = 1 << WINDOW_BITS };

struct segment {
    uint8_t *out; /* NULL until it is compressed, and if that fails */
    uLong size, check;
};

struct compression {
    uint8_t *data;
    size_t size;
    struct segment segments[SEGMENTS];
};

static size_t segment_begin(const struct compression *c, int i) {
    return c->size * (size_t)i / SEGMENTS;
}

/* Compresses segment i to deflate blocks that end at a whole byte; the last one ends the stream. */
static void deflate_segment(void *context, int i, int worker) {
    (void)worker;
    struct compression *c = context;
    struct segment *segment = &c->segments[i];
    const size_t begin = segment_begin(c, i), size = segment_begin(c, i + 1) - begin;
    const size_t before = begin < WINDOW ? begin : WINDOW;
    z_stream z = {.next_in = c->data + begin, .avail_in = (uInt)size};
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, -WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return;
    const uLong room = deflateBound(&z, (uLong)size) + 16; /* and the marker of the flush */
    uint8_t *out = malloc(room);
    z.next_out = out;
    z.avail_out = (uInt)room;
    if (before) deflateSetDictionary(&z, c->data + begin - before, (uInt)before);
    const bool last = i == SEGMENTS - 1;
    const int code = out ? deflate(&z, last ? Z_FINISH : Z_SYNC_FLUSH) : Z_MEM_ERROR;
    const bool done = last ? code == Z_STREAM_END : code == Z_OK && z.avail_out > 0;
    segment->size = z.total_out;
    segment->check = adler32(adler32(0, NULL, 0), c->data + begin, (uInt)size);
    deflateEnd(&z);
    if (done)
        segment->out = out;
    else
        free(out);
}

/* Joins the segments to a zlib stream, malloc'ed, or NULL. */
static uint8_t *join_segments(const struct compression *c, size_t *size) {
    enum { HEAD = 2, CHECK = 4 };
    size_t room = HEAD + CHECK;
    for (int i = 0; i < SEGMENTS; i++) {
        if (!c->segments[i].out) return NULL;
        room += c->segments[i].size;
    }
    uint8_t *out = malloc(room), *end = out + HEAD;
    if (!out) return NULL;
    memcpy(out, "\x78\x5e", HEAD); /* deflate with a window of 32 KB, fast; no dictionary */
    uLong check = adler32(0, NULL, 0);
    for (int i = 0; i < SEGMENTS; i++) {
        memcpy(end, c->segments[i].out, c->segments[i].size);
        end += c->segments[i].size;
        check = adler32_combine(check, c->segments[i].check,
                                (z_off_t)(segment_begin(c, i + 1) - segment_begin(c, i)));
    }
    put_big_endian(end, (uint32_t)check);
    *size = room;
    return out;
}

/* The number of threads for the picture that this thread encodes: stb's callback has no context. */
static _Thread_local int threads_of_picture = 1;

/* stb_image_write's compressor: malloc'ed bytes, or NULL. */
static unsigned char *deflate_with_zlib(unsigned char *data, int size, int *compressed_size,
                                        int level) {
    (void)level;
    struct compression c = {.data = data, .size = (size_t)size};
    size_t joined_size = 0;
    pool_run_once(threads_of_picture < SEGMENTS ? threads_of_picture : SEGMENTS, SEGMENTS,
                  deflate_segment, &c);
    uint8_t *joined = join_segments(&c, &joined_size);
    for (int i = 0; i < SEGMENTS; i++) free(c.segments[i].out);
    *compressed_size = (int)joined_size;
    return joined;
}

#define STBIW_ZLIB_COMPRESS deflate_with_zlib
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

enum {
    HEADER_SIZE = 8 + 25,  /* signature and IHDR */
    FRAME_SIZE = 4 + 4 + 4 /* of a chunk: length and type before, checksum after the content */
};

/* The file, and what stb's writer is to put into it. */
struct encoded {
    const struct png_note *notes;
    int n_notes;
    uint8_t *bytes;
    size_t size;
    struct pg_error *err;
};

/* Completes a chunk whose content is already in place, 8 bytes after out. Returns its end. */
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

/* A note's chunk: its name, a NUL byte and the text. iTXt has four more NUL bytes before the text:
 * not compressed, compression method 0, no language, no translated name. */
static uint8_t *put_note(uint8_t *out, const struct png_note *note) {
    const size_t zeros = is_ascii(note->text) ? 1 : 5;
    uint8_t *end = out + 8;
    end = mempcpy(end, note->name, strlen(note->name));
    memset(end, 0, zeros);
    end = mempcpy(end + zeros, note->text, strlen(note->text));
    return frame_chunk(out, zeros == 1 ? "tEXt" : "iTXt", (size_t)(end - out) - 8);
}

/* An upper bound of the size of the chunks that are put in. */
static size_t extra_size(const struct png_note *notes, int n) {
    size_t size = FRAME_SIZE + 9;
    for (int i = 0; i < n; i++)
        size += FRAME_SIZE + strlen(notes[i].name) + 5 + strlen(notes[i].text);
    return size;
}

/* Receives the file that stb wrote and puts the other chunks after the header. */
static void receive(void *context, void *data, int size) {
    struct encoded *png = context;
    png->bytes = allocate((size_t)size + extra_size(png->notes, png->n_notes), 1, png->err);
    if (!png->bytes) return;
    uint8_t *end = put_scale(mempcpy(png->bytes, data, HEADER_SIZE));
    for (int i = 0; i < png->n_notes; i++) end = put_note(end, &png->notes[i]);
    end = mempcpy(end, (uint8_t *)data + HEADER_SIZE, (size_t)size - HEADER_SIZE);
    png->size = (size_t)(end - png->bytes);
}

/* Flat areas and letters compress best unfiltered, and trying filters takes as long as zlib. The
 * setting is a global variable of stb's. */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void forbid_filters(void) {
    stbi_write_force_png_filter = 0;
}

uint8_t *png_encode(const struct canvas *canvas, const struct png_note *notes, int n_notes,
                    int threads, size_t *size, struct pg_error *err) {
    struct encoded png = {.notes = notes, .n_notes = n_notes, .err = err};
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
