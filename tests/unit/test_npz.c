/* test_npz.c: report/npz.h: the bytes of the archive, read by an independent reader. */
#include "report/npz.h"

#include "npz_reader.h"
#include "scratch.h"

#include <math.h>
#include <unistd.h>

static const char *const words[] = {"a", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 end", "", "\xff"};

static bool write_all_types(void *context, struct npz *npz, struct pg_error *err) {
    struct npz_shape shape = npz_list("row", 2);
    (void)context;
    npz_add_axis(&shape, "column", 3);
    return npz_floats(npz, "floats", shape, (const float[]){1.5f, -2, NAN, 0, INFINITY, -0.0f},
                      err) &&
           npz_doubles(npz, "number", npz_scalar(), &(const double){0.1}, err) &&
           npz_ints(npz, "ints", npz_list("row", 3), (const int[]){50256, -1, 0}, err) &&
           npz_texts(npz, "words", npz_list("row", 4), words, err) &&
           npz_texts(npz, "nothing", npz_scalar(), (const char *const[]){""}, err) &&
           npz_floats(npz, "empty", npz_list("row", 0), NULL, err);
}

static void write_to(const char *path, npz_content *function, void *context) {
    struct pg_error err;
    if (!npz_write(path, function, context, &err)) fail_msg("%s", err.text);
}

static void every_type_of_array_reads_back(void **state) {
    (void)state;
    struct scratch s;
    scratch_open(&s);
    const char *path = scratch_path(&s, "all.npz");
    write_to(path, write_all_types, NULL);
    struct npz_file f = npz_open(path);
    assert_int_equal(f.n_entries, 6);
    struct npz_entry e = npz_find(&f, "floats");
    assert_shape(&e, "<f4", 2, (const size_t[]){2, 3});
    assert_true(npz_float(&e, 0) == 1.5f && npz_float(&e, 1) == -2 && isnan(npz_float(&e, 2)));
    assert_true(isinf(npz_float(&e, 4)) && signbit(npz_float(&e, 5)));
    e = npz_find(&f, "number");
    assert_shape(&e, "<f8", 0, NULL);
    assert_memory_equal(e.data, &(const double){0.1}, sizeof(double));
    e = npz_find(&f, "ints");
    assert_shape(&e, "<i8", 1, (const size_t[]){3});
    assert_true(npz_int(&e, 0) == 50256 && npz_int(&e, 1) == -1 && npz_int(&e, 2) == 0);
    e = npz_find(&f, "empty");
    assert_shape(&e, "<f4", 1, (const size_t[]){0});
    npz_close(&f);
    scratch_close(&s);
}

static void texts_are_characters_of_four_bytes_as_wide_as_the_longest(void **state) {
    (void)state;
    static const uint32_t expected[4][7] = {
        {'a'}, {0xe9, 0x20ac, 0x1f600, ' ', 'e', 'n', 'd'}, {0}, {0xfffd}};
    struct scratch s;
    scratch_open(&s);
    const char *path = scratch_path(&s, "all.npz");
    write_to(path, write_all_types, NULL);
    struct npz_file f = npz_open(path);
    struct npz_entry e = npz_find(&f, "words");
    assert_shape(&e, "<U7", 1, (const size_t[]){4});
    assert_memory_equal(e.data, expected, sizeof expected);
    e = npz_find(&f, "nothing");
    assert_shape(&e, "<U1", 0, NULL);
    npz_close(&f);
    scratch_close(&s);
}

static void two_runs_write_the_same_bytes(void **state) {
    (void)state;
    struct scratch s;
    scratch_open(&s);
    const char *paths[] = {scratch_path(&s, "a.npz"), scratch_path(&s, "b.npz")};
    for (int i = 0; i < 2; i++) write_to(paths[i], write_all_types, NULL);
    struct npz_file a = npz_open(paths[0]), b = npz_open(paths[1]);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
    npz_close(&a);
    npz_close(&b);
    scratch_close(&s);
}

/* ---- what cannot be written ---- */

/* Adds arrays of such a size; the numbers are not read. */
static bool write_large(void *context, struct npz *npz, struct pg_error *err) {
    const struct npz_shape *shape = context;
    return npz_floats(npz, "small", npz_list("row", 1), (const float[]){0}, err) &&
           npz_floats(npz, "large", *shape, NULL, err);
}

static bool write_many(void *context, struct npz *npz, struct pg_error *err) {
    (void)context;
    for (int i = 0; i < 70000; i++)
        if (!npz_floats(npz, "x", npz_scalar(), (const float[]){0}, err)) return false;
    return true;
}

static void assert_refused(npz_content *function, void *context, const char *part) {
    struct scratch s;
    struct pg_error err;
    scratch_open(&s);
    const char *path = scratch_path(&s, "x.npz");
    assert_false(npz_write(path, function, context, &err));
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in \"%s\"", part, err.text);
    assert_int_not_equal(access(path, F_OK), 0);
    scratch_close(&s);
}

static void more_than_an_archive_can_hold_is_refused_and_leaves_no_file(void **state) {
    (void)state;
    struct npz_shape shape = npz_list("row", (size_t)1 << 30); /* 4 GiB */
    assert_refused(write_large, &shape, "x.npz: its arrays take more than the 4 GiB");
    shape = npz_list("row", ((size_t)1 << 30) - 100);
    assert_refused(write_large, &shape, "more than the 4 GiB");
    shape = npz_list("row", SIZE_MAX / 2);
    assert_refused(write_large, &shape, "more than the 4 GiB");
    npz_add_axis(&shape, "column", 3);
    assert_refused(write_large, &shape, "more elements than memory can hold");
    assert_refused(write_many, NULL, "more than 65535 arrays");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_array_reads_back),
        cmocka_unit_test(texts_are_characters_of_four_bytes_as_wide_as_the_longest),
        cmocka_unit_test(two_runs_write_the_same_bytes),
        cmocka_unit_test(more_than_an_archive_can_hold_is_refused_and_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
