/* test_golden.c: the README's pictures and their tables, made again with the demo model: the same
 * pixels, the same text, and what the README reads in them. After a change that is meant to show,
 * the README's commands with --output tests/fixtures/golden/NAME make the files new (the
 * assignment's with --png tests/fixtures/golden/NAME.png). */
#include "base/file.h"
#include "patchgpt.h"

#include "scratch.h"
#include "unit.h"

#include <math.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

struct golden {
    const char *name, *clean, *corrupt, *a, *b; /* b: NULL for a metric of one token */
    enum pg_site sites[5];
    size_t n_sites;
    enum pg_metric metric;
};

static const struct golden michelle = {.name = "michelle",
                                       .clean = "Michelle Jones was a top-notch student. Michelle",
                                       .corrupt =
                                           "Michelle Smith was a top-notch student. Michelle",
                                       .a = " Smith",
                                       .b = " Jones",
                                       .sites = {PG_RESID_POST},
                                       .n_sites = 1};

static const struct golden giving = {
    .name = "giving",
    .clean = "When Mary and John went to the store, John gave a drink to",
    .corrupt = "When Mary and John went to the store, Mary gave a drink to",
    .a = " Mary",
    .b = " John",
    .sites = {PG_Z_ALL, PG_Q_ALL, PG_K_ALL, PG_V_ALL, PG_PATTERN_ALL},
    .n_sites = 5};

/* The rest of the assignment, of which only the pictures are stored. */
static const struct golden gap = {.name = "gap",
                                  .clean = "Michelle Jones was a top-notch student. Michelle",
                                  .corrupt = "Michelle Smith was a top-notch student. Michelle",
                                  .a = " Jones",
                                  .sites = {PG_RESID_POST},
                                  .n_sites = 1,
                                  .metric = PG_LOGIT};
static const struct golden jessica = {.name = "jessica",
                                      .clean = "Michelle Jones was a top-notch student. Michelle",
                                      .corrupt = "Jessica Jones was a top-notch student. Michelle",
                                      .a = " Smith",
                                      .b = " Jones",
                                      .sites = {PG_RESID_POST},
                                      .n_sites = 1};
static const struct golden teacher = {.name = "teacher",
                                      .clean = "Michelle Jones was a top-notch student. Michelle",
                                      .corrupt = "Michelle Jones was a top-notch teacher. Michelle",
                                      .a = " Smith",
                                      .b = " Jones",
                                      .sites = {PG_RESID_POST},
                                      .n_sites = 1};

/* ---- running ---- */

static struct pg_tokens tokens_of(const struct pg_model *model, const char *text) {
    struct pg_tokens tokens;
    struct pg_error err;
    if (!pg_tokenize(model, text, strlen(text), &tokens, &err)) fail_msg("%s", err.text);
    return tokens;
}

static int token_of(const struct pg_model *model, const char *text) {
    struct pg_tokens tokens = tokens_of(model, text);
    assert_int_equal(tokens.count, 1);
    const int id = tokens.ids[0];
    pg_tokens_free(&tokens);
    return id;
}

static struct pg_result *run(const struct pg_model *model, const struct golden *g) {
    struct pg_error err;
    struct pg_pair pair = {token_of(model, g->a), g->b ? token_of(model, g->b) : -1};
    struct pg_request request = pg_request_default();
    request.clean = tokens_of(model, g->clean);
    request.corrupt = tokens_of(model, g->corrupt);
    request.pairs = &pair;
    request.n_pairs = 1;
    memcpy(request.sites, g->sites, sizeof g->sites);
    request.n_sites = g->n_sites;
    request.metric = g->metric;
    struct pg_result *result = pg_run(model, &request, &err);
    if (!result) fail_msg("%s", err.text);
    pg_tokens_free(&request.clean);
    pg_tokens_free(&request.corrupt);
    return result;
}

/* ---- comparing ---- */

static void same_text(const char *path, const char *expected_path) {
    struct pg_error err;
    size_t size, expected_size;
    char *text = file_read(path, 1 << 20, &size, &err);
    char *expected = file_read(expected_path, 1 << 20, &expected_size, &err);
    if (!text || !expected) fail_msg("%s", err.text);
    assert_string_equal(text, expected);
    free(text), free(expected);
}

static void same_pixels(const char *path, const char *expected_path) {
    int width, height, channels, expected_width, expected_height;
    stbi_uc *pixels = stbi_load(path, &width, &height, &channels, 3);
    stbi_uc *expected = stbi_load(expected_path, &expected_width, &expected_height, &channels, 3);
    assert_non_null(pixels);
    assert_non_null(expected);
    assert_int_equal(width, expected_width);
    assert_int_equal(height, expected_height);
    assert_memory_equal(pixels, expected, (size_t)(width * height * 3));
    stbi_image_free(pixels), stbi_image_free(expected);
}

static void compare_files(const struct pg_model *model, const struct golden *g,
                          const struct pg_result *result) {
    const struct pg_picture picture = {
        .colormap = PG_VIRIDIS, .low = NAN, .high = NAN, .center = NAN};
    struct pg_error err;
    struct scratch scratch;
    char expected[512];
    scratch_open(&scratch);
    const char *csv = scratch_path(&scratch, "csv"), *png = scratch_path(&scratch, "png");
    if (!pg_write_csv(model, result, csv, &err) ||
        !pg_write_png(model, result, &picture, png, &err))
        fail_msg("%s", err.text);
    snprintf(expected, sizeof expected, "%s/golden/%s.csv", FIXTURES, g->name);
    same_text(csv, expected);
    snprintf(expected, sizeof expected, "%s/golden/%s.png", FIXTURES, g->name);
    same_pixels(png, expected);
    scratch_close(&scratch);
}

/* Draws an experiment's picture and compares it; the limits are those of the README's command. */
static void check_picture(const struct golden *g, struct pg_picture picture) {
    struct pg_error err;
    struct scratch scratch;
    char expected[512];
    struct pg_model *model = pg_model_open("demo", &err);
    if (!model) fail_msg("%s", err.text);
    struct pg_result *result = run(model, g);
    scratch_open(&scratch);
    const char *png = scratch_path(&scratch, "png");
    if (!pg_write_png(model, result, &picture, png, &err)) fail_msg("%s", err.text);
    snprintf(expected, sizeof expected, "%s/golden/%s.png", FIXTURES, g->name);
    same_pixels(png, expected);
    scratch_close(&scratch);
    pg_result_free(result);
    pg_model_close(model);
}

/* Runs an experiment, compares its files and looks at its findings. */
static void check(const struct golden *g,
                  void (*findings)(const struct pg_model *, const struct pg_result *)) {
    struct pg_error err;
    struct pg_model *model = pg_model_open("demo", &err);
    if (!model) fail_msg("%s", err.text);
    struct pg_result *result = run(model, g);
    compare_files(model, g, result);
    findings(model, result);
    pg_result_free(result);
    pg_model_close(model);
}

/* ---- findings ---- */

/* Nothing left of the differing token, the token itself in early layers, the last position in late
 * ones. */
static void the_name_moves(const struct pg_model *model, const struct pg_result *result) {
    const int last_layer = pg_model_info(model).n_layer - 1, last = (int)result->n_tokens - 1;
    assert_int_equal(result->clean_top[0].token, result->pairs[0].b);
    assert_int_equal(result->corrupt_top[0].token, result->pairs[0].a);
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct pg_cell *cell = &result->cells[i];
        const float recovered =
            pg_recovered(cell->value, result->clean_metric, result->corrupt_metric);
        if (cell->position == 0) assert_true(recovered == 0);
        if (cell->position == 1 && cell->layer == 0) assert_true(recovered > 0.8f);
        if (cell->position == 1 && cell->layer == last_layer) assert_true(recovered == 0);
        if (cell->position == last && cell->layer == 0) assert_true(recovered < 0.2f);
        if (cell->position == last && cell->layer == last_layer) assert_true(recovered == 1);
    }
}

/* Head 0.2 alone recovers most, by where it looks: its queries and pattern, not its keys and
 * values. */
static void a_head_stands_out(const struct pg_model *model, const struct pg_result *result) {
    (void)model;
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct pg_cell *cell = &result->cells[i];
        const bool looks = cell->site != PG_K_ALL && cell->site != PG_V_ALL;
        const bool the_head = cell->layer == 0 && cell->head == 2;
        assert_true((pg_recovered(cell->value, result->clean_metric, result->corrupt_metric) >
                     0.6f) == (looks && the_head));
    }
}

static void the_picture_of_the_surname_is_that_of_the_readme(void **state) {
    (void)state;
    check(&michelle, the_name_moves);
}

static void the_picture_of_the_indirect_object_is_that_of_the_readme(void **state) {
    (void)state;
    check(&giving, a_head_stands_out);
}

static void the_picture_of_the_assignment_is_that_of_the_readme(void **state) {
    (void)state;
    check_picture(&gap, (struct pg_picture){PG_RDBU, NAN, NAN, NAN, PG_SHOW_GAP});
    check_picture(&jessica, (struct pg_picture){PG_VIRIDIS, NAN, NAN, NAN, PG_SHOW_VALUE});
    check_picture(&teacher, (struct pg_picture){PG_VIRIDIS, -15, 17, NAN, PG_SHOW_VALUE});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_of_the_surname_is_that_of_the_readme),
        cmocka_unit_test(the_picture_of_the_indirect_object_is_that_of_the_readme),
        cmocka_unit_test(the_picture_of_the_assignment_is_that_of_the_readme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
