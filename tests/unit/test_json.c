/* test_json.c: base/json.h, on good JSON and on everything that only looks like it. */
#include "base/json.h"

#include "scratch.h"
#include "unit.h"

static struct pg_error err;

static void assert_error(const char *part) {
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in the error \"%s\"", part, err.text);
}

/* From memory that ends with the text, so that a sanitizer sees every byte that is read beyond it.
 */
static cJSON *parse_bytes(const char *text, size_t size) {
    char *exact = malloc(size ? size : 1);
    memcpy(exact, text, size);
    cJSON *root = json_parse_object(exact, size, "a.json", &err);
    free(exact);
    return root;
}

static cJSON *parse(const char *text) {
    return parse_bytes(text, strlen(text));
}

static void objects_parse(void **state) {
    (void)state;
    static const char *const good[] = {"{}",
                                       " {} ",
                                       "{\"a\":1}\n\n",
                                       "\t{\"a\":{\"b\":[1,2,{}]}}",
                                       "\xef\xbb\xbf{}",
                                       "{\"a\":\"\\\\u0000\"}",
                                       "{\"a\":\"\\\\ud800\"}",
                                       "{\"a\":\"\\ud83d\\uDE00\"}"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cJSON *root = parse(good[i]);
        assert_non_null(root);
        cJSON_Delete(root);
    }
}

static void other_texts_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"", "a.json is not valid JSON: unexpected text or end near byte 0"},
        {"   ", "not valid JSON"},
        {"{", "not valid JSON"},
        {"{\"a\":1,", "not valid JSON"}, /* cJSON 1.7.15 alone reads beyond this one */
        {"{\"a\":1,}", "unexpected text or end near byte 8"},
        {"{\"a\":}", "near byte 5"},
        {"{\n\"a\": 1,\n\"b\": nil}", "line 3, near byte 15"},
        {"{\"a\"", "not valid JSON"},
        {"{\"a", "not valid JSON"},
        {"{\"a\\", "not valid JSON"},
        {"{\"a\":-}", "not valid JSON"},
        {"{} {}", "near byte 3"},
        {"{}x", "near byte 2"},
        {"[1]", "a.json holds an array, expected a JSON object"},
        {"17", "a.json holds 17, expected"},
        {"\"x\"", "a.json holds \"x\", expected"},
        {"null", "a.json holds null, expected"},
        {"true", "a.json holds true, expected"},
        {"{\"a\":\"x\\u0000y\"}", "a zero character near byte 7"},
        {"{\"a\":\"\\ud800\"}",
         "half a surrogate pair (an escape \\ud800 to \\udfff alone) near byte 6"},
        {"{\"a\":\"x\\uDE00\"}",
         "half a surrogate pair (an escape \\ud800 to \\udfff alone) near byte 7"},
        {"{\"a\":\"\\ud83d\\ud83d\"}", "half a surrogate pair"},
        {"{\"a\":\"\\ud83dx\"}", "half a surrogate pair"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(parse(bad[i].text));
        assert_error(bad[i].part);
    }
}

static void zero_bytes_are_refused(void **state) {
    (void)state;
    assert_null(parse_bytes("{}\0", 3));
    assert_error("a zero character near byte 2");
    assert_null(parse_bytes("{\n\"a\0b\":1}", 10));
    assert_error("a zero character in line 2, near byte 4");
}

static void depth_is_limited(void **state) {
    (void)state;
    const size_t n = 100000;
    char *deep = malloc(n + 6);
    memcpy(deep, "{\"a\":", 5);
    memset(deep + 5, '[', n);
    assert_null(parse_bytes(deep, n + 5));
    assert_error("not valid JSON");
    free(deep);
}

static void files_are_read(void **state) {
    (void)state;
    struct scratch scratch;
    scratch_open(&scratch);
    const char *path = scratch_text(&scratch, "a.json", "{\"a\": 1}");
    cJSON *root = json_read_object(path, 100, &err);
    assert_non_null(root);
    cJSON_Delete(root);
    assert_null(json_read_object(path, 7, &err));
    assert_error("a.json has more than the 7 bytes");
    assert_null(json_read_object(scratch_text(&scratch, "b.json", "{]"), 100, &err));
    assert_error("/b.json is not valid JSON");
    assert_null(json_read_object(scratch_path(&scratch, "c.json"), 100, &err));
    assert_error("/c.json: No such file");
    scratch_close(&scratch);
}

static void sizes_are_exact_integers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool good;
        size_t value;
    } cases[] = {
        {"{\"a\":0}", true, 0},
        {"{\"a\":-0}", true, 0},
        {"{\"a\":768}", true, 768},
        {"{\"a\":1e3}", true, 1000},
        {"{\"a\":2.0}", true, 2},
        {"{\"a\":9007199254740991}", sizeof(size_t) == 8, (size_t)9007199254740991},
        {"{\"a\":9007199254740992}", false, 0},
        {"{\"a\":9007199254740993}", false, 0},
        {"{\"a\":18446744073709551616}", false, 0},
        {"{\"a\":1e999}", false, 0},
        {"{\"a\":-1}", false, 0},
        {"{\"a\":1.5}", false, 0},
        {"{\"a\":\"1\"}", false, 0},
        {"{\"a\":true}", false, 0},
        {"{\"a\":null}", false, 0},
        {"{\"a\":[1]}", false, 0},
        {"{\"b\":1}", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t value = 0;
        cJSON *root = parse(cases[i].text);
        assert_non_null(root);
        assert_int_equal(json_size(cJSON_GetObjectItem(root, "a"), &value), cases[i].good);
        assert_int_equal(value, cases[i].value);
        cJSON_Delete(root);
    }
}

static void integers_are_checked(void **state) {
    (void)state;
    int value = 7;
    cJSON *root = parse("{\"i\":12,\"n\":null,\"f\":1.5,\"s\":\"12\",\"big\":3e9,\"neg\":-1,"
                        "\"long\":\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\",\"I\":99}");
    assert_true(json_field_int(root, "a.json", "none", 0, 20, &value, &err));
    assert_true(json_field_int(root, "a.json", "n", 0, 20, &value, &err));
    assert_int_equal(value, 7);
    assert_true(json_field_int(root, "a.json", "i", 12, 12, &value, &err));
    assert_int_equal(value, 12);
    assert_false(json_field_int(root, "a.json", "i", 13, 20, &value, &err));
    assert_error("a.json: i is 12, expected an integer from 13 to 20");
    assert_false(json_field_int(root, "a.json", "f", 0, 20, &value, &err));
    assert_error("f is 1.5, expected an integer from 0 to 20");
    assert_false(json_field_int(root, "a.json", "s", 0, 20, &value, &err));
    assert_error("s is \"12\", expected");
    assert_false(json_field_int(root, "a.json", "big", 0, 20, &value, &err));
    assert_error("big is 3000000000, expected");
    assert_false(json_field_int(root, "a.json", "neg", 0, 20, &value, &err));
    assert_error("neg is -1, expected");
    assert_false(json_field_int(root, "a.json", "long", 0, 20, &value, &err));
    assert_error("long is \"aaaaaaaaaabbbbbbbbbbccccccccccdd...\", expected");
    assert_int_equal(value, 12);
    cJSON_Delete(root);
}

static void booleans_are_checked(void **state) {
    (void)state;
    bool value = true;
    cJSON *root = parse("{\"t\":true,\"f\":false,\"n\":null,\"i\":1,\"o\":{}}");
    assert_true(json_field_bool(root, "a.json", "n", &value, &err));
    assert_true(json_field_bool(root, "a.json", "none", &value, &err));
    assert_true(value);
    assert_true(json_field_bool(root, "a.json", "f", &value, &err));
    assert_false(value);
    assert_true(json_field_bool(root, "a.json", "t", &value, &err));
    assert_true(value);
    assert_false(json_field_bool(root, "a.json", "i", &value, &err));
    assert_error("a.json: i is 1, expected true or false");
    assert_false(json_field_bool(root, "a.json", "o", &value, &err));
    assert_error("o is an object, expected");
    cJSON_Delete(root);
}

static void numbers_are_checked(void **state) {
    (void)state;
    float value = 0.25f;
    cJSON *root = parse("{\"x\":1e-5,\"n\":null,\"s\":\"x\",\"a\":[],\"huge\":1e999}");
    assert_true(json_field_float(root, "a.json", "none", 0, 1, &value, &err));
    assert_true(json_field_float(root, "a.json", "n", 0, 1, &value, &err));
    assert_true(value == 0.25f);
    assert_true(json_field_float(root, "a.json", "x", 0, 1, &value, &err));
    assert_true(value == 1e-5f);
    assert_false(json_field_float(root, "a.json", "x", 0.5, 1, &value, &err));
    assert_error("a.json: x is 1.0000000000000001e-05, expected a number from 0.5 to 1");
    assert_false(json_field_float(root, "a.json", "huge", 0, 1, &value, &err));
    assert_error("huge is inf, expected a number");
    assert_false(json_field_float(root, "a.json", "s", 0, 1, &value, &err));
    assert_false(json_field_float(root, "a.json", "a", 0, 1, &value, &err));
    assert_error("a is an array, expected a number");
    cJSON_Delete(root);
}

static void strings_are_found(void **state) {
    (void)state;
    cJSON *root = parse("{\"s\":\"x\\u00e9\",\"i\":1,\"s\":\"second\"}");
    assert_string_equal(json_field_string(root, "s"), "x\xc3\xa9");
    assert_null(json_field_string(root, "S"));
    assert_null(json_field_string(root, "i"));
    assert_string_equal(json_describe(NULL).text, "nothing");
    cJSON_Delete(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_parse),          cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(zero_bytes_are_refused), cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(files_are_read),         cmocka_unit_test(sizes_are_exact_integers),
        cmocka_unit_test(integers_are_checked),   cmocka_unit_test(booleans_are_checked),
        cmocka_unit_test(numbers_are_checked),    cmocka_unit_test(strings_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
