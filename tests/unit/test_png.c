/* test_png.c: the bytes of a PNG file: chunks, pixels and notes. */
#include "plot/png.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Every chunk's checksum is right; returns the pixels per metre that pHYs says. */
static uint32_t check_chunks(const uint8_t *png, size_t size) {
    uint32_t scale = 0;
    for (size_t at = 8; at < size;) {
        uint32_t length = big_endian(png + at);
        assert_true(at + 12 + length <= size);
        assert_int_equal(crc32(0, png + at + 4, length + 4), big_endian(png + at + 8 + length));
        if (!memcmp(png + at + 4, "pHYs", 4)) scale = big_endian(png + at + 8);
        at += 12 + length;
    }
    return scale;
}

/* A picture as heatmaps are: flat areas, and some pixels of other colours. */
static struct canvas some_picture(void) {
    struct pg_error err;
    struct canvas canvas;
    assert_true(canvas_make(&canvas, 900, 500, &err));
    for (int i = 0; i < 40; i++)
        canvas_fill(&canvas, 20 * i, 10 * i, 60, 40, colormap_at(PG_VIRIDIS, i / 40.0));
    return canvas;
}

static void the_pixels_of_the_file_are_those_of_the_canvas(void **state) {
    (void)state;
    struct pg_error err;
    struct canvas canvas = some_picture();
    size_t size;
    uint8_t *png = png_encode(&canvas, NULL, 0, 1, &size, &err);
    assert_non_null(png);
    assert_int_equal(check_chunks(png, size), 7874); /* 200 dots per inch */
    int width, height, channels;
    uint8_t *pixels = stbi_load_from_memory(png, (int)size, &width, &height, &channels, 0);
    assert_non_null(pixels);
    assert_true(width == canvas.width && height == canvas.height && channels == 3);
    assert_memory_equal(pixels, canvas.pixels, (size_t)width * (size_t)height * 3);
    stbi_image_free(pixels);
    free(png);
    canvas_free(&canvas);
}

static void the_bytes_do_not_depend_on_the_number_of_threads(void **state) {
    (void)state;
    struct pg_error err;
    struct canvas canvas = some_picture();
    size_t size, other_size;
    uint8_t *png = png_encode(&canvas, NULL, 0, 1, &size, &err);
    assert_non_null(png);
    for (int threads = 2; threads <= 6; threads++) {
        uint8_t *other = png_encode(&canvas, NULL, 0, threads, &other_size, &err);
        assert_non_null(other);
        assert_int_equal(other_size, size);
        assert_memory_equal(other, png, size);
        free(other);
    }
    free(png);
    canvas_free(&canvas);
}

/* Noise, which cannot be compressed, and pictures smaller than the segments that are compressed. */
static void any_pixels_survive(void **state) {
    (void)state;
    const int sizes[][2] = {{1, 1}, {1, 2}, {2, 1}, {5, 3}, {300, 200}, {1, 70000}};
    struct pg_error err;
    uint32_t random = 1;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct canvas canvas;
        assert_true(canvas_make(&canvas, sizes[s][0], sizes[s][1], &err));
        const size_t n = 3 * (size_t)canvas.width * (size_t)canvas.height;
        for (size_t i = 0; i < n; i++)
            canvas.pixels[i] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
        size_t size;
        uint8_t *png = png_encode(&canvas, NULL, 0, 2, &size, &err);
        assert_non_null(png);
        check_chunks(png, size);
        int width, height, channels;
        uint8_t *pixels = stbi_load_from_memory(png, (int)size, &width, &height, &channels, 0);
        assert_non_null(pixels);
        assert_true(width == canvas.width && height == canvas.height && channels == 3);
        assert_memory_equal(pixels, canvas.pixels, n);
        stbi_image_free(pixels);
        free(png);
        canvas_free(&canvas);
    }
}

/* Whether this chunk, with this content, is in the PNG. */
static bool has_chunk(const uint8_t *png, size_t size, const char *type, const char *content,
                      size_t length) {
    for (size_t at = 8; at + 12 <= size;) {
        const size_t n = big_endian(png + at);
        if (!memcmp(png + at + 4, type, 4) && n == length && !memcmp(png + at + 8, content, n))
            return true;
        at += n + 12;
    }
    return false;
}

static void notes_are_chunks_of_text(void **state) {
    (void)state;
    struct pg_error err;
    struct canvas canvas;
    const struct png_note notes[] = {{"model", "gpt2"}, {"clean", "caf\u00e9"}, {"empty", ""}};
    assert_true(canvas_make(&canvas, 3, 2, &err));
    size_t size;
    uint8_t *png = png_encode(&canvas, notes, 3, 2, &size, &err);
    assert_non_null(png);
    check_chunks(png, size);
    assert_true(has_chunk(png, size, "tEXt", "model\0gpt2", 10));
    assert_true(has_chunk(png, size, "iTXt", "clean\0\0\0\0\0caf\xc3\xa9", 15));
    assert_true(has_chunk(png, size, "tEXt", "empty\0", 6));
    free(png);
    canvas_free(&canvas);
}

static void a_picture_that_is_too_large_is_refused(void **state) {
    (void)state;
    struct pg_error err;
    struct canvas canvas = {100000, 100000, NULL};
    size_t size;
    assert_null(png_encode(&canvas, NULL, 0, 2, &size, &err));
    assert_string_equal(err.text, "a picture of 100000 x 100000 pixels is too large");
}

/* The standard wants IHDR first, pHYs before IDAT and IEND last; nothing follows it. */
static void chunks_are_in_the_order_of_the_standard(void **state) {
    (void)state;
    struct pg_error err;
    struct canvas canvas = some_picture();
    const struct png_note notes[] = {{"model", "gpt2"}, {"clean", "caf\u00e9"}};
    const char *const expected[] = {"IHDR", "pHYs", "tEXt", "iTXt", "IDAT", "IEND"};
    size_t size, at = 8;
    uint8_t *png = png_encode(&canvas, notes, 2, 2, &size, &err);
    assert_non_null(png);
    assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(at + 12 <= size);
        assert_memory_equal(png + at + 4, expected[i], 4);
        at += 12 + big_endian(png + at);
    }
    assert_int_equal(at, size);
    free(png);
    canvas_free(&canvas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pixels_of_the_file_are_those_of_the_canvas),
        cmocka_unit_test(the_bytes_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(any_pixels_survive),
        cmocka_unit_test(notes_are_chunks_of_text),
        cmocka_unit_test(a_picture_that_is_too_large_is_refused),
        cmocka_unit_test(chunks_are_in_the_order_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
