/* test_safetensors.c: tensor/safetensors.h, on files built by hand: good ones, each way of being
 * malformed, shards. The bytes after the header are 0, 1, 2, ... */
#include "model/safetensors.h"

#include "scratch.h"
#include "unit.h"

#include <unistd.h>

static struct pg_error err;

static void assert_error(const char *part) {
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in the error \"%s\"", part, err.text);
}

struct bytes {
    uint8_t *data;
    size_t size;
};

/* A file of this header, whose length is said to be `length`, and n bytes behind it. */
static struct bytes make_file(uint64_t length, const char *header, size_t n) {
    size_t header_size = strlen(header);
    struct bytes file = {malloc(8 + header_size + n), 8 + header_size + n};
    for (int i = 0; i < 8; i++) file.data[i] = (uint8_t)(length >> 8 * i);
    memcpy(file.data + 8, header, header_size);
    for (size_t i = 0; i < n; i++) file.data[8 + header_size + i] = (uint8_t)i;
    return file;
}

static void assert_refused(uint64_t length, const char *header, size_t n, const char *part) {
    struct checkpoint checkpoint;
    struct bytes file = make_file(length, header, n);
    err.text[0] = '\0';
    if (checkpoint_open_memory(file.data, file.size, "m.safetensors", &checkpoint, &err))
        fail_msg("accepted: %s", header);
    assert_error(part);
    assert_error("m.safetensors");
    assert_null(checkpoint.tensors);
    free(file.data);
}

/* ---- good files ---- */

static void tensors_are_found_by_name(void **state) {
    (void)state;
    static const char header[] =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[6,14]},"
        "\"__metadata__\":{\"format\":\"pt\"},"
        "\"h\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[0,6]},"
        "\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[14,16]},"
        "\"empty\":{\"dtype\":\"F32\",\"shape\":[4,0],\"data_offsets\":[6,6]},"
        "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[1,1,1,1,1,1,1,2],\"data_offsets\":[16,18]},"
        "\"odd\":{\"dtype\":\"F4_WITH_A_LONG_NAME\",\"shape\":[99],\"data_offsets\":[18,19]}}   ";
    struct bytes file = make_file(strlen(header), header, 19);
    const uint8_t *buffer = file.data + 8 + strlen(header);
    struct checkpoint c;
    assert_true(checkpoint_open_memory(file.data, file.size, "m", &c, &err));
    assert_int_equal(c.n_tensors, 6);
    assert_int_equal(c.file_bytes, file.size);
    assert_int_equal(c.n_files, 0);
    for (size_t i = 1; i < c.n_tensors; i++)
        assert_true(strcmp(c.tensors[i - 1].name, c.tensors[i].name) < 0);

    const struct tensor *w = checkpoint_find(&c, "w");
    assert_non_null(w);
    assert_int_equal(w->dtype, DTYPE_F32);
    assert_string_equal(w->dtype_name, "F32");
    assert_int_equal(w->n_dims, 2);
    assert_int_equal(w->shape[0], 2);
    assert_int_equal(w->shape[1], 1);
    assert_int_equal(w->size, 8);
    assert_ptr_equal(w->data, buffer + 6);

    assert_int_equal(checkpoint_find(&c, "h")->dtype, DTYPE_F16);
    assert_ptr_equal(checkpoint_find(&c, "h")->data, buffer);
    assert_int_equal(checkpoint_find(&c, "b")->dtype, DTYPE_BF16);
    assert_int_equal(checkpoint_find(&c, "b")->n_dims, 0);
    assert_int_equal(checkpoint_find(&c, "b")->size, 2);
    assert_int_equal(checkpoint_find(&c, "empty")->size, 0);
    assert_int_equal(checkpoint_find(&c, "mask")->dtype, DTYPE_OTHER);
    assert_int_equal(checkpoint_find(&c, "mask")->n_dims, TENSOR_MAX_DIMS);
    assert_int_equal(checkpoint_find(&c, "odd")->dtype, DTYPE_OTHER);
    assert_string_equal(checkpoint_find(&c, "odd")->dtype_name, "F4_WITH_A_LONG_");
    assert_null(checkpoint_find(&c, "__metadata__"));
    assert_null(checkpoint_find(&c, ""));
    assert_null(checkpoint_find(&c, "z"));
    checkpoint_close(&c);
    assert_null(c.tensors);
    checkpoint_close(&c);
    free(file.data);
}

static void every_dtype_has_its_size(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int bytes;
    } sizes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2},  {"BF16", 2},    {"I64", 8},
                 {"I32", 4}, {"I16", 2}, {"I8", 1},   {"U64", 8},     {"U32", 4},
                 {"U16", 2}, {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int n = 3 * sizes[i].bytes;
        char header[128];
        snprintf(header, sizeof header,
                 "{\"t\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%d]}}", sizes[i].name,
                 n);
        struct bytes file = make_file(strlen(header), header, (size_t)n);
        struct checkpoint c;
        assert_true(checkpoint_open_memory(file.data, file.size, "m", &c, &err));
        checkpoint_close(&c);
        free(file.data);
        snprintf(header, sizeof header,
                 "{\"t\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%d]}}", sizes[i].name,
                 n + 1);
        assert_refused(strlen(header), header, (size_t)n + 1, "tensor t: data_offsets span");
    }
}

static void a_file_without_tensors_is_good(void **state) {
    (void)state;
    struct bytes file = make_file(2, "{}", 0);
    struct checkpoint c;
    assert_true(checkpoint_open_memory(file.data, file.size, "m", &c, &err));
    assert_int_equal(c.n_tensors, 0);
    assert_null(checkpoint_find(&c, "a"));
    checkpoint_close(&c);
    free(file.data);
}

/* ---- malformed files ---- */

static void short_files_are_refused(void **state) {
    (void)state;
    static const char header[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}";
    struct bytes file = make_file(strlen(header), header, 4);
    struct checkpoint c;
    for (size_t n = 0; n < file.size; n++) {
        uint8_t *cut = malloc(n ? n : 1);
        memcpy(cut, file.data, n);
        assert_false(checkpoint_open_memory(cut, n, "cut", &c, &err));
        assert_error(n < 8                    ? "expected at least 8"
                     : n < 8 + strlen(header) ? "cut short"
                                              : "is cut short: it has ");
        free(cut);
    }
    assert_true(checkpoint_open_memory(file.data, file.size, "whole", &c, &err));
    checkpoint_close(&c);
    free(file.data);
}

static void bad_lengths_are_refused(void **state) {
    (void)state;
    assert_refused(0, "{}", 0, "does not start with '{'");
    assert_refused(1, "{}", 0, "not valid JSON");
    assert_refused(3, "{}", 0, "its header has 3 bytes, the file has 2 more");
    assert_refused(100000000, "{}", 0, "its header has 100000000 bytes");
    assert_refused(100000001, "{}", 0, "a header length of 100000001, expected at most 100000000");
    assert_refused(UINT64_MAX, "{}", 0, "a header length of 18446744073709551615");
    assert_refused(UINT64_MAX - 7, "{}", 0, "a header length of");
}

#define T(name, dtype, shape, offsets)                                                             \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void bad_headers_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t n;
        const char *part;
    } bad[] = {
        {"[]", 0, "does not start with '{'"},
        {" {}", 0, "does not start with '{'"},
        {"{\"a\":", 0, "the header of m.safetensors is not valid JSON"},
        {"{} x", 0, "not valid JSON"},
        {"{\"__metadata__\":3}", 0, "__metadata__ is 3, expected an object"},
        {"{\"__metadata__\":{\"k\":3}}", 0, "__metadata__: k is 3, expected a string"},
        {"{\"a\":3}", 0, "tensor a is 3, expected an object"},
        {"{\"a\":[]}", 0, "tensor a is an array, expected an object"},
        {"{\"a\":{}}", 0, "tensor a: dtype is nothing, expected a string"},
        {"{\"a\":{\"dtype\":4}}", 0, "tensor a: dtype is 4, expected a string"},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "tensor a: shape is nothing, expected an array"},
        {"{" T("a", "U8", "4", "[0,4]") "}", 4, "shape is 4, expected an array"},
        {"{" T("a", "U8", "[\"4\"]", "[0,4]") "}", 4,
         "shape contains \"4\", expected non-negative"},
        {"{" T("a", "U8", "[-4]", "[0,4]") "}", 4, "shape contains -4, expected"},
        {"{" T("a", "U8", "[4.5]", "[0,4]") "}", 4, "shape contains 4.5, expected"},
        {"{" T("a", "U8", "[1e300]", "[0,4]") "}", 4, "shape contains 1.0"},
        {"{" T("a", "U8", "[null]", "[0,4]") "}", 4, "shape contains null, expected"},
        {"{" T("a", "U8", "[1,1,1,1,1,1,1,1,4]", "[0,4]") "}", 4,
         "9 dimensions, expected at most 8"},
        {"{" T("a", "U8", "[4294967296,4294967296]", "[0,4]") "}", 4,
         "product of its shape overflows"},
        {"{" T("a", "F32", "[2147483648,2147483648]", "[0,4]") "}", 4,
         "product of its shape overflows"},
        {"{" T("a", "NEW", "[4294967296,4294967296]", "[0,4]") "}", 4,
         "product of its shape overflows"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "4") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[]") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[0]") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[0,4,4]") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[0,\"4\"]") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[-1,3]") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[0.5,4]") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[0,1e30]") "}", 4, "data_offsets are not two"},
        {"{" T("a", "U8", "[4]", "[4,0]") "}", 4, "data_offsets are [4, 0], expected a range"},
        {"{" T("a", "U8", "[4]", "[0,5]") "}", 4, "data_offsets are [0, 5], expected a range"},
        {"{" T("a", "U8", "[4]", "[9007199254740990,9007199254740991]") "}", 4, "expected a range"},
        {"{" T("a", "F32", "[2]", "[0,4]") "}", 4, "span 4 bytes, expected 8 for 2 of F32"},
        {"{" T("a", "U8", "[4]", "[0,4]") "," T("b", "U8", "[3]", "[3,6]") "}", 6,
         "tensor b begins at byte 3, inside tensor a"},
        {"{" T("a", "U8", "[4]", "[0,4]") "," T("b", "U8", "[4]", "[0,4]") "}", 4, "inside tensor"},
        {"{" T("b", "U8", "[9]", "[0,9]") "," T("a", "U8", "[0]", "[5,5]") "}", 9,
         "tensor a begins at byte 5, inside tensor b"},
        {"{" T("a", "U8", "[1]", "[0,1]") "," T("b", "U8", "[1]", "[2,3]") "}", 3,
         "tensor b begins at byte 2, expected 1: a hole"},
        {"{" T("a", "U8", "[1]", "[1,2]") "}", 2, "tensor a begins at byte 1, expected 0: a hole"},
        {"{" T("a", "U8", "[1]", "[0,1]") "}", 2,
         "tensors end at byte 1 after the header, the file at byte 2"},
        {"{}", 1, "tensors end at byte 0 after the header, the file at byte 1"},
        {"{" T("a", "U8", "[1]", "[0,1]") "," T("a", "U8", "[1]", "[1,2]") "}", 2,
         "tensor a is there twice"},
        {"{" T("a\\u0000b", "U8", "[1]", "[0,1]") "}", 1, "a zero character"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(strlen(bad[i].header), bad[i].header, bad[i].n, bad[i].part);
}

/* ---- files ---- */

static struct scratch scratch;

static int setup(void **state) {
    (void)state;
    scratch_open(&scratch);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    scratch_close(&scratch);
    return 0;
}

/* Writes a good file with one or two tensors of four bytes each (second may be NULL). */
static const char *write_good(const char *file_name, const char *first, const char *second) {
    static const char form[] = "\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}";
    char header[512] = "{";
    sprintf(header + 1, form, first, 0, 4);
    if (second) {
        strcat(header, ",");
        sprintf(header + strlen(header), form, second, 4, 8);
    }
    strcat(header, "}");
    struct bytes file = make_file(strlen(header), header, second ? 8 : 4);
    const char *path = scratch_write(&scratch, file_name, file.data, file.size);
    free(file.data);
    return path;
}

static void assert_unopened(const char *path, const char *part) {
    struct checkpoint c;
    err.text[0] = '\0';
    if (checkpoint_open(path, &c, &err)) fail_msg("opened: %s", path);
    assert_error(part);
    assert_int_equal(c.n_files, 0);
    assert_null(c.maps);
    assert_null(c.tensors);
}

static void a_file_opens(void **state) {
    (void)state;
    struct checkpoint c;
    assert_true(checkpoint_open(write_good("m.safetensors", "b", "a"), &c, &err));
    assert_int_equal(c.n_files, 1);
    assert_int_equal(c.n_tensors, 2);
    assert_int_equal(c.file_bytes, c.maps[0].size);
    assert_memory_equal(checkpoint_find(&c, "a")->data, "\4\5\6\7", 4);
    checkpoint_close(&c);
}

static void other_files_are_recognised(void **state) {
    (void)state;
    static const uint8_t zip[] = {'P', 'K', 3, 4, 0, 0, 8, 8, 0, 0},
                         pickle[] = {0x80, 2, 0x8a, 10, 'l', 0xfc, 0x9c, 'F', 0xf9};
    static const uint8_t valid_80[] = {0x80, 2, 0, 0, 0, 0, 0, 0, '{'}; /* a length of 640 */
    assert_unopened(
        scratch_write(&scratch, "a.bin", zip, sizeof zip),
        "/a.bin is a PyTorch checkpoint; convert it with scripts/convert_checkpoint.py");
    assert_unopened(scratch_write(&scratch, "b.pt", pickle, sizeof pickle),
                    "/b.pt is a PyTorch checkpoint");
    assert_unopened(scratch_write(&scratch, "c", valid_80, sizeof valid_80),
                    "/c is cut short: its header has 640 bytes");
    assert_unopened(
        scratch_text(&scratch, "d", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        "/d is a Git LFS pointer, not the weights");
    assert_unopened(scratch_text(&scratch, "e", "<!DOCTYPE html>"), "/e is a web page");
    assert_unopened(scratch_text(&scratch, "f", "{\"n_layer\": 12}"), "/f is JSON");
    assert_unopened(scratch_text(&scratch, "g", "any other text"), "/g is no safetensors file");
    assert_unopened(scratch_text(&scratch, "h", ""), "/h is no safetensors file: it has 0 bytes");
    assert_unopened(scratch_path(&scratch, "none.safetensors"), "/none.safetensors: No such file");
    assert_unopened(scratch.path, "it is a folder");
}

static const char *write_index(const char *text) {
    return scratch_text(&scratch, "model.safetensors.index.json", text);
}

static void shards_open_as_one(void **state) {
    (void)state;
    struct checkpoint c;
    write_good("1.safetensors", "d", "b");
    write_good("2.safetensors", "a", "c");
    write_good("3.safetensors", "unused", NULL);
    assert_true(checkpoint_open(write_index("{\"metadata\":{\"total_size\":16},\"weight_map\":{"
                                            "\"a\":\"2.safetensors\",\"b\":\"1.safetensors\","
                                            "\"d\":\"1.safetensors\"}}"),
                                &c, &err));
    assert_int_equal(c.n_files, 2);
    assert_int_equal(c.n_tensors, 4);
    assert_int_equal(c.file_bytes, c.maps[0].size + c.maps[1].size);
    assert_string_equal(c.tensors[0].name, "a");
    assert_string_equal(c.tensors[3].name, "d");
    assert_memory_equal(checkpoint_find(&c, "b")->data, "\4\5\6\7", 4);
    assert_memory_equal(checkpoint_find(&c, "d")->data, "\0\1\2\3", 4);
    assert_non_null(checkpoint_find(&c, "c")); /* in a shard, though not in the index */
    assert_null(checkpoint_find(&c, "unused"));
    checkpoint_close(&c);
}

static void an_index_in_the_current_folder_opens(void **state) {
    (void)state;
    struct checkpoint c;
    char here[4096];
    write_good("1.safetensors", "a", NULL);
    write_index("{\"weight_map\":{\"a\":\"1.safetensors\"}}");
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(scratch.path), 0);
    bool good = checkpoint_open("model.safetensors.index.json", &c, &err);
    assert_int_equal(chdir(here), 0);
    assert_true(good);
    checkpoint_close(&c);
}

static void bad_indexes_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *index, *part;
    } bad[] = {
        {"[]", "holds an array, expected a JSON object"},
        {"{", "index.json is not valid JSON"},
        {"{}", "index.json: weight_map is nothing, expected an object"},
        {"{\"weight_map\":[1]}", "weight_map is an array, expected an object"},
        {"{\"weight_map\":{}}", "weight_map is empty, expected an object"},
        {"{\"weight_map\":{\"a\":1}}", "weight_map: a is 1, expected the plain name of a file"},
        {"{\"weight_map\":{\"a\":\"\"}}", "weight_map: a is \"\", expected the plain name"},
        {"{\"weight_map\":{\"a\":\"..\"}}", "weight_map: a is \"..\", expected the plain name"},
        {"{\"weight_map\":{\"a\":\"../1.safetensors\"}}", "expected the plain name"},
        {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}", "expected the plain name"},
        {"{\"weight_map\":{\"a\":\"x/1.safetensors\"}}", "expected the plain name"},
        {"{\"weight_map\":{\"a\":\"1.safetensors\",\"z\":\"9.safetensors\"}}",
         "/9.safetensors, which "},
        {"{\"weight_map\":{\"a\":\"1.safetensors\",\"z\":\"1.safetensors\"}}",
         "/1.safetensors has no tensor z, expected after "},
        {"{\"weight_map\":{\"a\":\"1.safetensors\",\"c\":\"2.safetensors\"}}",
         "tensor b is there twice"},
        {"{\"weight_map\":{\"a\":\"1.safetensors\",\"x\":\"broken\"}}", "/broken is cut short"},
        {"{\"weight_map\":{\"a\":\"1.safetensors\",\"x\":\"torch.bin\"}}",
         "/torch.bin is a PyTorch checkpoint"},
    };
    write_good("1.safetensors", "a", "b");
    write_good("2.safetensors", "b", "c");
    scratch_write(&scratch, "broken", "\x80\0\0\0\0\0\0\0{", 9);
    scratch_write(&scratch, "torch.bin", "PK\3\4\0\0\10\10", 8);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_unopened(write_index(bad[i].index), bad[i].part);
    assert_unopened(scratch_path(&scratch, "none.index.json"), "/none.index.json: No such file");
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_found_by_name),
        cmocka_unit_test(every_dtype_has_its_size),
        cmocka_unit_test(a_file_without_tensors_is_good),
        cmocka_unit_test(short_files_are_refused),
        cmocka_unit_test(bad_lengths_are_refused),
        cmocka_unit_test(bad_headers_are_refused),
        FILE_TEST(a_file_opens),
        FILE_TEST(other_files_are_recognised),
        FILE_TEST(shards_open_as_one),
        FILE_TEST(an_index_in_the_current_folder_opens),
        FILE_TEST(bad_indexes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
