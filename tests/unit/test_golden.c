/* test_golden.c: the README's picture and its table, made again with the demo model: the same
 * pixels, the same text. After a change that is meant to show, the README's first command with
 * --output tests/fixtures/golden/michelle makes both files new. */
#include "base/file.h"
#include "patchgpt.h"
#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

static struct pg_model *model;
static struct pg_result *result;
static struct pg_request request;
static struct pg_pair pair;

static struct pg_tokens tokens_of(const char *text) {
    struct pg_tokens tokens;
    struct pg_error err;
    if (!pg_tokenize(model, text, strlen(text), &tokens, &err)) fail_msg("%s", err.text);
    return tokens;
}

static int token_of(const char *text) {
    struct pg_tokens tokens = tokens_of(text);
    assert_int_equal(tokens.count, 1);
    const int id = tokens.ids[0];
    pg_tokens_free(&tokens);
    return id;
}

static int run_experiment(void **state) {
    (void)state;
    struct pg_error err;
    model = pg_model_open("demo", &err);
    if (!model) fail_msg("%s", err.text);
    request = pg_request_default();
    request.clean = tokens_of("Michelle Jones was a top-notch student. Michelle");
    request.corrupt = tokens_of("Michelle Smith was a top-notch student. Michelle");
    pair = (struct pg_pair){token_of(" Smith"), token_of(" Jones")};
    request.pairs = &pair;
    request.n_pairs = 1;
    result = pg_run(model, &request, &err);
    if (!result) fail_msg("%s", err.text);
    return 0;
}

static int free_experiment(void **state) {
    (void)state;
    pg_result_free(result);
    pg_tokens_free(&request.clean);
    pg_tokens_free(&request.corrupt);
    pg_model_close(model);
    return 0;
}

static void the_table(void **state) {
    (void)state;
    struct pg_error err;
    struct scratch scratch;
    scratch_open(&scratch);
    const char *path = scratch_path(&scratch, "michelle.csv");
    if (!pg_write_csv(model, result, path, &err)) fail_msg("%s", err.text);
    size_t size, expected_size;
    char *text = file_read(path, 1 << 20, &size, &err);
    char *expected = file_read(FIXTURES "/golden/michelle.csv", 1 << 20, &expected_size, &err);
    if (!text || !expected) fail_msg("%s", err.text);
    assert_string_equal(text, expected);
    free(text), free(expected);
    scratch_close(&scratch);
}

static void the_picture(void **state) {
    (void)state;
    struct pg_error err;
    const struct pg_picture picture = {
        .colormap = PG_VIRIDIS, .low = NAN, .high = NAN, .centre = NAN};
    int width, height, channels, expected_width, expected_height;
    struct scratch scratch;
    scratch_open(&scratch);
    const char *path = scratch_path(&scratch, "michelle.png");
    if (!pg_write_png(model, result, &picture, path, &err)) fail_msg("%s", err.text);
    stbi_uc *pixels = stbi_load(path, &width, &height, &channels, 3);
    stbi_uc *expected =
        stbi_load(FIXTURES "/golden/michelle.png", &expected_width, &expected_height, &channels, 3);
    assert_non_null(pixels);
    assert_non_null(expected);
    assert_int_equal(width, expected_width);
    assert_int_equal(height, expected_height);
    assert_memory_equal(pixels, expected, (size_t)(width * height * 3));
    stbi_image_free(pixels), stbi_image_free(expected);
    scratch_close(&scratch);
}

/* What the README says of it: nothing left of the differing token, the token itself in early
 * layers, the last position in late ones. */
static void the_findings(void **state) {
    (void)state;
    const int last_layer = pg_model_info(model).n_layer - 1, last = (int)result->n_tokens - 1;
    assert_int_equal(result->clean_top[0].token, pair.b);
    assert_int_equal(result->corrupt_top[0].token, pair.a);
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct pg_cell *cell = &result->cells[i];
        if (cell->position == 0) assert_true(cell->value == result->corrupt_metric);
        if (cell->position == 1 && cell->layer == 0)
            assert_true(pg_recovered(result, cell->value) > 0.8f);
        if (cell->position == 1 && cell->layer == last_layer)
            assert_true(cell->value == result->corrupt_metric);
        if (cell->position == last && cell->layer == 0)
            assert_true(pg_recovered(result, cell->value) < 0.2f);
        if (cell->position == last && cell->layer == last_layer)
            assert_true(cell->value == result->clean_metric);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(the_picture),
        cmocka_unit_test(the_findings),
    };
    return cmocka_run_group_tests(tests, run_experiment, free_experiment);
}
