/* test_npy.c: report/npy.h: all forms of NumPy's files, and files that are not such. */
#include "report/npy.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The bytes of a file. */
struct bytes {
    char data[1024];
    size_t size;
};

/* A file of this version with that header and n bytes after it. */
static struct bytes file_of(int version, const char *header, const void *data, size_t n) {
    struct bytes f = {.size = 8};
    const size_t length = strlen(header), length_size = version == 1 ? 2 : 4;
    memcpy(f.data, "\x93NUMPY", 6);
    f.data[6] = (char)version;
    for (size_t i = 0; i < length_size; i++) f.data[f.size++] = (char)(length >> (8 * i));
    memcpy(f.data + f.size, header, length);
    if (n) memcpy(f.data + f.size + length, data, n);
    f.size += length + n;
    return f;
}

static void assert_refused(const struct bytes *f, const char *part) {
    struct npy a;
    struct pg_error err = {""};
    assert_false(npy_parse(f->data, f->size, "x.npy", &a, &err));
    assert_non_null(strstr(err.text, "x.npy"));
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in the error \"%s\"", part, err.text);
}

static void both_widths_and_byte_orders_read_the_same(void **state) {
    (void)state;
    static const struct {
        const char *type, data[16];
        size_t size;
    } cases[] = {
        {"<f4", "\x00\x00\xc0\x3f\x00\x00\x00\xc0", 8},
        {">f4", "\x3f\xc0\x00\x00\xc0\x00\x00\x00", 8},
        {"<f8", "\x00\x00\x00\x00\x00\x00\xf8\x3f\x00\x00\x00\x00\x00\x00\x00\xc0", 16},
        {">f8", "\x3f\xf8\x00\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x00", 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int version = 1; version <= 3; version++) {
            char header[128];
            struct npy a;
            struct pg_error err;
            snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }    \n",
                     cases[i].type);
            const struct bytes f = file_of(version, header, cases[i].data, cases[i].size);
            assert_true(npy_parse(f.data, f.size, "x.npy", &a, &err));
            assert_int_equal(a.n_dims, 1);
            assert_int_equal(a.n_items, 2);
            assert_true(npy_item(&a, 0) == 1.5 && npy_item(&a, 1) == -2.0);
        }
}

static void the_dictionary_may_be_written_in_any_way_that_python_reads(void **state) {
    (void)state;
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }\n",
        "{\"shape\":(1L,2L),\"fortran_order\":True,\"descr\":\"<f4\"}",
        " { 'fortran_order' : True , 'shape' : ( 1 , 2 , ) , 'descr' : '<f4' } \t\r\n",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct npy a;
        struct pg_error err;
        char shape[NPY_SHAPE_SIZE];
        const struct bytes f = file_of(1, headers[i], "\0\0\0\0\0\0\0\0", 8);
        assert_true(npy_parse(f.data, f.size, "x.npy", &a, &err));
        assert_true(a.fortran);
        npy_shape(&a, shape);
        assert_string_equal(shape, "(1, 2)");
    }
}

static void what_is_claimed_must_be_there(void **state) {
    (void)state;
    static const struct {
        const char *shape, *part;
    } cases[] = {
        {"(3,)", "is cut short: its shape (3,) takes 12 bytes, and 8 are there"},
        {"(1,)", "goes on after its array: its shape (1,) takes 4 bytes, and 8 are there"},
        {"()", "its shape () takes 4 bytes"},
        {"(0, 7)", "its shape (0, 7) takes 0 bytes"},
        {"(4611686018427387904,)", "claims the shape (4611686018427387904,), more than any file"},
        {"(4294967296, 4294967296)", "more than any file can hold"},
        {"(99999999999999999999,)", "a dimension of its shape is too large"},
        {"(18446744073709551616,)", "a dimension of its shape is too large"},
        {"(1,1,1,1,1,1,1,1,2)", "more than 8 dimensions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[160];
        snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': %s}",
                 cases[i].shape);
        const struct bytes f = file_of(1, header, "\0\0\0\0\0\0\0\0", 8);
        assert_refused(&f, cases[i].part);
    }
}

static void other_types_and_headers_are_named(void **state) {
    (void)state;
    static const struct {
        const char *header, *part;
    } cases[] = {
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (2,)}", "has the type '<f2', expected"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "has the type '|O'"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", "has records"},
        {"{'descr': '<f4', 'shape': (2,)}", "its header has no fortran_order"},
        {"{'fortran_order': False, 'shape': (2,)}", "its header has no descr"},
        {"{'descr': '<f4', 'fortran_order': False}", "its header has no shape"},
        {"{'descr': '<f4', 'descr': '<f4'}", "its header has descr twice"},
        {"{'dtype': '<f4'}", "its header has the field dtype"},
        {"{'descr': '<f4', 'fortran_order': 0", "expected True or False at \"0\""},
        {"{'descr': '<f4', 'shape': 2}", "expected a shape at \"2}\""},
        {"{'descr': '<f4', 'shape': (-2,)}", "expected a whole number at \"-2,)}\""},
        {"{'descr': '<f4', 'shape': (2 3)}", "expected a comma or the end of the shape"},
        {"{'descr': '<f4' 'shape': (2,)}", "expected a comma or }"},
        {"{'descr': '<f4", "expected a short string"},
        {"{'descr", "expected a short string"},
        {"{'descr'", "expected a colon"},
        {"{", "expected a string"},
        {"", "expected {"},
        {"[]", "expected {"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", "expected its end at \"x\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bytes f = file_of(1, cases[i].header, "\0\0\0\0\0\0\0\0", 8);
        assert_refused(&f, cases[i].part);
    }
}

static void every_cut_is_refused(void **state) {
    (void)state;
    struct bytes f = file_of(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
                             "\0\0\0\0\0\0\0\0", 8);
    for (const size_t whole = f.size; f.size-- > 0;) {
        struct bytes cut = {.size = f.size};
        memcpy(cut.data, f.data, f.size);
        assert_refused(&cut, f.size < 6           ? "not a .npy file"
                             : f.size < whole - 8 ? "is cut short: its"
                                                  : "takes 8 bytes, and");
    }
    f = file_of(4, "{}", "", 0);
    assert_refused(&f, "has version 4 of the .npy format, expected 1, 2 or 3");
    f = file_of(2, "{}", "", 0);
    memset(f.data + 8, 0xff, 4);
    assert_refused(&f, "end within the header");
}

/* The bytes of numpy.save, down to the spaces. */
static void the_header_is_that_of_numpy(void **state) {
    (void)state;
    char found[NPY_HEADER_SIZE], expected[NPY_HEADER_SIZE];
    const size_t shape[] = {3, 1700};
    npy_header("f4", shape, 2, found);
    memset(expected, ' ', NPY_HEADER_SIZE);
    memcpy(expected, "\x93NUMPY\x01\0v\0", 10);
    const char text[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1700), }";
    memcpy(expected + 10, text, strlen(text));
    expected[NPY_HEADER_SIZE - 1] = '\n';
    assert_memory_equal(found, expected, NPY_HEADER_SIZE);

    struct npy a;
    struct pg_error err;
    const size_t most[] = {SIZE_MAX, SIZE_MAX};
    npy_header("f4", most, 2, found);
    assert_false(npy_parse(found, sizeof found, "x.npy", &a, &err));
    assert_non_null(strstr(err.text, "more than any file can hold"));
    npy_header("f4", &(const size_t){0}, 1, found);
    assert_true(npy_parse(found, sizeof found, "x.npy", &a, &err));
    assert_int_equal(a.n_items, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_widths_and_byte_orders_read_the_same),
        cmocka_unit_test(the_dictionary_may_be_written_in_any_way_that_python_reads),
        cmocka_unit_test(what_is_claimed_must_be_there),
        cmocka_unit_test(other_types_and_headers_are_named),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(the_header_is_that_of_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
