/* test_result_map.c: what becomes of an experiment on the way to a heatmap and a PNG file. */
#include "report/metric_text.h"
#include "report/result_map.h"

#include "scratch.h"
#include "unit.h"

#include <math.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

/* Layers 4 and 5, positions 1 to 3, one cell missing; then heads 1 and 3 of layers 0 and 2. */
static struct pg_cell cells[] = {{PG_RESID_POST, 4, -1, 1, 0.5f, -1, -1},
                                 {PG_RESID_POST, 4, -1, 2, 1, -1, -1},
                                 {PG_RESID_POST, 4, -1, 3, 2, -1, -1},
                                 {PG_RESID_POST, 5, -1, 1, 3, -1, -1},
                                 {PG_RESID_POST, 5, -1, 3, 4, -1, -1},
                                 {PG_Z_ALL, 0, 1, -1, 5, -1, -1},
                                 {PG_Z_ALL, 0, 3, -1, 6, -1, -1},
                                 {PG_Z_ALL, 2, 1, -1, 7, -1, -1},
                                 {PG_Z_ALL, 2, 3, -1, 8, -1, -1},
                                 {PG_V, 3, 0, 2, 9, -1, -1},
                                 {PG_V, 3, 0, 4, 10, -1, -1},
                                 {PG_V, 3, 2, 2, 11, -1, -1},
                                 {PG_V, 3, 2, 4, 12, -1, -1}};
static int clean_ids[] = {0, 1, 2, 3, 4}, corrupt_ids[] = {0, 1, 5, 3, 4};
static struct pg_pair pairs[] = {{7, 8}, {1, 2}};
static const struct pg_picture in_rdbu = {PG_RDBU, NAN, NAN, NAN, PG_SHOW_VALUE};

static struct pg_result some_result(void) {
    return (struct pg_result){.n_tokens = 5,
                              .clean_ids = clean_ids,
                              .corrupt_ids = corrupt_ids,
                              .n_pairs = 1,
                              .pairs = pairs,
                              .n_sites = 1,
                              .sites = {PG_RESID_POST, PG_Z_ALL, PG_V},
                              .read_position = 4,
                              .clean_metric = 3.4234f,
                              .corrupt_metric = -1.25f,
                              .n_cells = 5,
                              .cells = cells};
}

static struct token_names some_names(void) {
    static char *clean[] = {"a", "b", "c", "d", "e"}, *corrupt[] = {"a", "b", "C", "d", "e"};
    return (struct token_names){clean, corrupt, "logit(\" Smith\") \u2212 logit(\" Jones\")"};
}

static void a_result_becomes_a_heatmap(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    struct cell_map made;
    assert_true(result_map_make(&result, &names, &in_rdbu, &made, &err));
    assert_int_equal(made.map.n_panels, 1);
    const struct heatmap_panel *panel = made.map.panels;
    assert_int_equal(panel->n_rows, 2);
    assert_int_equal(panel->n_columns, 3);
    assert_int_equal(panel->row_numbers[0], 4);
    assert_string_equal(panel->row_labels[1], "5");
    assert_int_equal(panel->column_numbers[0], 1);
    static const float values[] = {0.5f, 1, 2, 3, NAN, 4};
    for (int i = 0; i < 6; i++)
        assert_true(i == 4 ? isnan(panel->values[i]) : panel->values[i] == values[i]);
    assert_string_equal(panel->column_labels[0], "b");
    assert_string_equal(panel->column_labels[1], "c \u2192 C");
    assert_string_equal(panel->column_labels[2], "d");
    assert_true(!panel->column_marked[0] && panel->column_marked[1] && !panel->column_marked[2]);
    assert_string_equal(panel->title, "");
    assert_string_equal(made.map.title, "logit(\" Smith\") \u2212 logit(\" Jones\")");
    assert_string_equal(made.map.subtitles[0], "patching resid_post, clean \u2192 corrupted");
    assert_string_equal(made.map.subtitles[1], "clean run 3.42, corrupted run \u22121.25");
    assert_string_equal(made.map.value_title, "logit difference");
    assert_true(made.map.center == -1.25f);
    cell_map_free(&made);

    result.noising = true;
    assert_true(result_map_make(&result, &names, &in_rdbu, &made, &err));
    assert_string_equal(made.map.subtitles[0], "patching resid_post, corrupted \u2192 clean");
    assert_true(made.map.center == 3.4234f);
    cell_map_free(&made);
}

/* A picture, its first value (0.5; clean 3.4234, corrupted -1.25), title, bar and colours. */
static void check_show(enum pg_colormap colormap, enum pg_show show, bool noising, float first,
                       const char *title, const char *bar, float low, float center) {
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    const struct pg_picture picture = {colormap, NAN, NAN, NAN, show};
    struct cell_map made;
    result.noising = noising;
    assert_true(result_map_make(&result, &names, &picture, &made, &err));
    const struct heatmap *map = &made.map;
    assert_true(map->panels->values[0] == first);
    assert_true(isnan(map->panels->values[4])); /* without a cell */
    assert_string_equal(map->title, title);
    assert_string_equal(map->value_title, bar);
    assert_true(isnan(low) ? isnan(map->low) : map->low == low && map->high == 1);
    assert_true(isnan(center) ? isnan(map->center) : map->center == center);
    assert_string_equal(map->subtitles[1], "clean run 3.42, corrupted run \u22121.25");
    cell_map_free(&made);
}

static void values_become_what_is_shown(void **state) {
    (void)state;
    const float clean = 3.4234f, corrupt = -1.25f;
    const char *formula = "logit(\" Smith\") \u2212 logit(\" Jones\")";
    char recovered[96], change[96], gap[96];
    sprintf(recovered, "recovered share of %s", formula);
    sprintf(change, "change of %s", formula);
    sprintf(gap, "%s less the clean run's", formula);
    check_show(PG_VIRIDIS, PG_SHOW_VALUE, false, 0.5f, formula, "logit difference", NAN, NAN);
    check_show(PG_RDBU, PG_SHOW_RECOVERED, false, (0.5f - corrupt) / (clean - corrupt), recovered,
               "recovered", 0, NAN);
    check_show(PG_VIRIDIS, PG_SHOW_RECOVERED, true, (0.5f - corrupt) / (clean - corrupt), recovered,
               "recovered", 0, NAN);
    check_show(PG_RDBU, PG_SHOW_CHANGE, false, 0.5f - corrupt, change,
               "change of the logit difference", NAN, 0);
    check_show(PG_RDBU, PG_SHOW_CHANGE, true, 0.5f - clean, change,
               "change of the logit difference", NAN, 0);
    check_show(PG_RDBU, PG_SHOW_GAP, false, 0.5f - clean, gap,
               "logit difference less the clean run's", NAN, 0);
    check_show(PG_VIRIDIS, PG_SHOW_GAP, true, 0.5f - clean, gap,
               "logit difference less the clean run's", NAN, NAN);
}

static void recovered_goes_from_0_to_1(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    struct cell_map made;
    struct pg_picture picture = {PG_RDBU, -0.5f, NAN, NAN, PG_SHOW_RECOVERED};
    double low, high;
    assert_true(result_map_make(&result, &names, &picture, &made, &err));
    heatmap_range(&made.map, &low, &high);
    assert_true(low == -0.5 && high == 1.5);
    cell_map_free(&made);

    result.corrupt_metric = result.clean_metric;
    assert_false(result_map_make(&result, &names, &picture, &made, &err));
    assert_non_null(strstr(err.text, "same metric, 3.4234"));
    cell_map_free(&made);
    picture.show = PG_SHOW_GAP;
    assert_true(result_map_make(&result, &names, &picture, &made, &err));
    cell_map_free(&made);
}

static void sites_become_panels(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    struct cell_map made;
    result.n_sites = 3;
    result.n_cells = 13;
    result.metric = PG_LOGPROB;
    names.formula = "log p(\" Smith\") \u2212 log p(\" Jones\")";
    result.n_pairs = 2;
    result.read_position = 3;
    assert_true(result_map_make(&result, &names, &in_rdbu, &made, &err));
    assert_int_equal(made.map.n_panels, 3);
    const struct heatmap_panel *heads = &made.panels[1], *both = &made.panels[2];
    assert_string_equal(made.panels[0].title, "resid_post");
    assert_string_equal(heads->title, "z_all");
    assert_string_equal(heads->row_labels[1], "2");
    assert_string_equal(heads->column_labels[1], "3");
    assert_string_equal(heads->column_title, "head");
    assert_null(heads->column_numbers);
    for (int i = 0; i < 4; i++) assert_true(heads->values[i] == (float)(5 + i));
    assert_int_equal(both->group, 2);
    assert_string_equal(both->row_labels[1], "3.2");
    assert_string_equal(both->column_labels[0], "c \u2192 C");
    assert_string_equal(both->column_labels[1], "e");
    assert_int_equal(both->column_numbers[1], 4);
    for (int i = 0; i < 4; i++) assert_true(both->values[i] == (float)(9 + i));
    assert_string_equal(made.map.title,
                        "log p(\" Smith\") \u2212 log p(\" Jones\"), \u2026: mean over 2 pairs");
    assert_string_equal(made.map.subtitles[0], "patching clean \u2192 corrupted");
    assert_string_equal(made.map.subtitles[1],
                        "after position 3: clean run 3.4, corrupted run \u22121.2");
    assert_string_equal(made.map.value_title, "log probability difference");
    cell_map_free(&made);
}

static void titles_follow_the_metric(void **state) {
    (void)state;
    static const struct {
        enum pg_metric metric;
        bool two;
        const char *formula, *quantity;
    } cases[] = {
        {PG_LOGIT, false, "logit(a)", "logit"},
        {PG_LOGIT, true, "logit(a) - logit(b)", "logit difference"},
        {PG_PROB, false, "p(a)", "probability"},
        {PG_PROB, true, "p(a) - p(b)", "probability difference"},
        {PG_LOGPROB, false, "log p(a)", "log probability"},
        {PG_LOSS, false, "-log p(a)", "loss (nats)"},
        {PG_KL, false, "KL(clean || run)", "KL divergence (nats)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pg_pair pair = {1, cases[i].two ? 2 : -1};
        const struct question question = {cases[i].metric, &pair, 1, {0}, {0}};
        assert_string_equal(
            metric_formula(cases[i].metric, "a", cases[i].two ? "b" : NULL, "-").text,
            cases[i].formula);
        assert_string_equal(metric_quantity(cases[i].metric, metric_tokens(&question)),
                            cases[i].quantity);
    }
}

/* By way of the public function, with a model that has no tokenizer: tokens are ids. */
static void a_picture_is_written_as_a_whole_or_not_at_all(void **state) {
    (void)state;
    struct pg_error err;
    struct scratch scratch;
    struct pg_model *model = pg_model_open(FIXTURES "/models/hf-odd", &err);
    assert_non_null(model);
    struct pg_result result = some_result();
    struct pg_picture picture = {PG_VIRIDIS, NAN, NAN, NAN, PG_SHOW_VALUE};
    scratch_open(&scratch);
    const char *path = scratch_path(&scratch, "out.png");
    assert_true(pg_write_png(model, &result, &picture, path, &err));
    int width, height, channels;
    uint8_t *pixels = stbi_load(path, &width, &height, &channels, 3);
    assert_non_null(pixels);
    assert_true(width > 400 && height > 400);
    stbi_image_free(pixels);
    assert_false(
        pg_write_png(model, &result, &picture, scratch_path(&scratch, "none/out.png"), &err));
    assert_non_null(strstr(err.text, "none/out.png"));
    picture.low = 2;
    picture.high = 1;
    assert_false(pg_write_png(model, &result, &picture, path, &err));
    assert_string_equal(err.text, "the colours from 2 over nan to 1 are not in ascending order");
    scratch_close(&scratch);
    pg_model_close(model);
}

/* The map of cells of one site. */
static struct cell_map map_of_site(enum pg_site site, struct pg_cell *cell, size_t n) {
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    struct cell_map made;
    result.sites[0] = site;
    result.cells = cell;
    result.n_cells = n;
    if (!result_map_make(&result, &names, &in_rdbu, &made, &err)) fail_msg("%s", err.text);
    return made;
}

static void neurons_have_a_panel_for_each_position(void **state) {
    (void)state;
    struct pg_cell neurons[12];
    for (int i = 0; i < 12; i++) /* layers 0 and 1, neurons 7 to 9, positions 2 and 4 */
        neurons[i] =
            (struct pg_cell){PG_NEURON, i / 6, -1, i % 2 ? 4 : 2, (float)i, 7 + i / 2 % 3, -1};
    struct cell_map made = map_of_site(PG_NEURON, neurons, 12);
    assert_int_equal(made.map.n_panels, 2);
    const struct heatmap_panel *second = &made.map.panels[1];
    assert_string_equal(made.map.panels[0].title, "position 2: c \u2192 C");
    assert_string_equal(second->title, "position 4: e");
    assert_true(second->n_rows == 2 && second->n_columns == 3);
    assert_null(second->column_labels);
    assert_int_equal(second->column_numbers[2], 9);
    assert_string_equal(second->column_title, "neuron");
    for (int i = 0; i < 6; i++) assert_true(second->values[i] == (float)(2 * i + 1));
    cell_map_free(&made);
}

static void weights_of_patterns_have_a_column_for_each_pair(void **state) {
    (void)state;
    struct pg_cell weights[] = {
        {PG_PATTERN_DEST_SRC, 0, 1, 1, 1, -1, 0}, {PG_PATTERN_DEST_SRC, 0, 1, 1, 2, -1, 1},
        {PG_PATTERN_DEST_SRC, 0, 1, 3, 3, -1, 2}, {PG_PATTERN_DEST_SRC, 2, 1, 1, 4, -1, 0},
        {PG_PATTERN_DEST_SRC, 2, 1, 1, 5, -1, 1}, {PG_PATTERN_DEST_SRC, 2, 1, 3, 6, -1, 2}};
    struct cell_map made = map_of_site(PG_PATTERN_DEST_SRC, weights, 6);
    const struct heatmap_panel *panel = &made.map.panels[0];
    assert_true(made.map.n_panels == 1 && panel->n_rows == 2 && panel->n_columns == 3);
    assert_string_equal(panel->row_labels[1], "2.1");
    assert_string_equal(panel->column_labels[0], "1 b \u2190 0 a");
    assert_string_equal(panel->column_labels[2], "3 d \u2190 2 c \u2192 C");
    assert_true(!panel->column_marked[0] && panel->column_marked[2]);
    for (int i = 0; i < 6; i++) assert_true(panel->values[i] == (float)(i + 1));
    cell_map_free(&made);
}

static void rows_are_the_heads_that_there_are(void **state) {
    (void)state;
    struct pg_cell heads[] = {{PG_Z_ALL, 0, 11, -1, 1, -1, -1}, {PG_Z_ALL, 3, 2, -1, 2, -1, -1}};
    struct pg_cell rows[] = {{PG_Z, 0, 1, 2, 1, -1, -1},
                             {PG_Z, 0, 1, 4, 2, -1, -1},
                             {PG_Z, 1, 0, 2, 3, -1, -1},
                             {PG_Z, 1, 0, 4, 4, -1, -1}};
    struct cell_map made = map_of_site(PG_Z_ALL, heads, 2);
    const struct heatmap_panel *panel = &made.map.panels[0];
    assert_true(panel->n_rows == 2 && panel->n_columns == 1 && panel->group == 1);
    assert_string_equal(panel->row_labels[0], "0.11");
    assert_string_equal(panel->row_labels[1], "3.2");
    assert_true(panel->values[0] == 1 && panel->values[1] == 2);
    assert_string_equal(panel->column_title, "all positions");
    cell_map_free(&made);
    made = map_of_site(PG_Z, rows, 4);
    panel = &made.map.panels[0];
    assert_true(panel->n_rows == 2 && panel->n_columns == 2);
    assert_string_equal(panel->row_labels[1], "1.0");
    for (int i = 0; i < 4; i++) assert_true(panel->values[i] == (float)(i + 1));
    cell_map_free(&made);
}

static void an_ablation_has_one_run(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    struct cell_map made;
    result.with = PG_WITH_MEAN;
    result.window = 10;
    result.corrupt_ids = NULL;
    result.corrupt_metric = NAN;
    names.corrupt = NULL;
    assert_true(result_map_make(&result, &names, &in_rdbu, &made, &err));
    assert_string_equal(made.map.subtitles[0], "mean ablation of resid_post, windows of 10 layers");
    assert_string_equal(made.map.subtitles[1], "clean run 3.42");
    assert_string_equal(made.map.panels[0].column_labels[1], "c");
    assert_true(made.map.center == 3.4234f);
    cell_map_free(&made);
    const struct pg_picture recovered = {PG_RDBU, NAN, NAN, NAN, PG_SHOW_RECOVERED};
    assert_false(result_map_make(&result, &names, &recovered, &made, &err));
    assert_non_null(strstr(err.text, "an ablation has no corrupted run"));
    cell_map_free(&made);
}

static void noise_says_its_samples(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    struct cell_map made;
    result.n_samples = 10;
    result.corrupt_ids = NULL;
    names.corrupt = NULL;
    assert_true(result_map_make(&result, &names, &in_rdbu, &made, &err));
    assert_string_equal(made.map.subtitles[0], "patching resid_post, clean \u2192 noise");
    assert_string_equal(made.map.subtitles[1],
                        "clean run 3.42, with noise \u22121.25 (mean over 10 samples)");
    cell_map_free(&made);
}

static void some_results_have_no_picture(void **state) {
    (void)state;
    static struct pg_cell many[4001];
    struct pg_error err;
    struct pg_result result = some_result();
    result.joint = true;
    assert_false(picture_check(&result, &err));
    assert_non_null(strstr(err.text, "a joint patch has one value"));
    result.joint = false;
    result.cells = many;
    for (result.n_cells = 0; result.n_cells < 33; result.n_cells++)
        many[result.n_cells] = (struct pg_cell){PG_NEURON, 0, -1, (int)result.n_cells, 0, 0, -1};
    result.sites[0] = PG_NEURON;
    assert_false(picture_check(&result, &err));
    assert_non_null(strstr(err.text, "at most 32, not 33: choose positions"));
    result.n_cells = 32;
    assert_true(picture_check(&result, &err));
    for (result.n_cells = 0; result.n_cells < 4001; result.n_cells++)
        many[result.n_cells] =
            (struct pg_cell){PG_PATTERN_DEST_SRC, 0, 0, (int)result.n_cells, 0, -1, 0};
    result.sites[0] = PG_PATTERN_DEST_SRC;
    assert_false(picture_check(&result, &err));
    assert_non_null(strstr(err.text, "at most 4000, not 4001"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_becomes_a_heatmap),
        cmocka_unit_test(values_become_what_is_shown),
        cmocka_unit_test(recovered_goes_from_0_to_1),
        cmocka_unit_test(sites_become_panels),
        cmocka_unit_test(titles_follow_the_metric),
        cmocka_unit_test(a_picture_is_written_as_a_whole_or_not_at_all),
        cmocka_unit_test(neurons_have_a_panel_for_each_position),
        cmocka_unit_test(weights_of_patterns_have_a_column_for_each_pair),
        cmocka_unit_test(rows_are_the_heads_that_there_are),
        cmocka_unit_test(an_ablation_has_one_run),
        cmocka_unit_test(noise_says_its_samples),
        cmocka_unit_test(some_results_have_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
