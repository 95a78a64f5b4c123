/* test_gpt2.c: the published gpt2, where it is found on this machine (scripts/fetch_model.sh
 * gpt2); skipped elsewhere. The twenty most probable continuations as the minGPT-based assignment
 * prints them, and its heatmap's findings. */
#include "patchgpt.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct pg_model *open_gpt2(void) {
    struct pg_error err;
    struct pg_model *model = pg_model_open("gpt2", &err);
    if (!model) {
        fprintf(stderr, "skipped: %s\n", err.text);
        skip();
    }
    return model;
}

static struct pg_tokens tokens_of(const struct pg_model *model, const char *text) {
    struct pg_tokens tokens;
    struct pg_error err;
    if (!pg_tokenize(model, text, strlen(text), &tokens, &err)) fail_msg("%s", err.text);
    return tokens;
}

static void twenty_continuations(void **state) {
    (void)state;
    static const struct {
        int id;
        double probability;
    } expected[20] = {
        {373, 0.1634},  {5437, 0.1396}, {338, 0.0806},  {550, 0.0491},  {318, 0.0229},
        {290, 0.0227},  {11, 0.0222},   {531, 0.0134},  {468, 0.0120},  {635, 0.0117},
        {1625, 0.0091}, {1297, 0.0084}, {1422, 0.0070}, {2993, 0.0067}, {1816, 0.0061},
        {561, 0.0061},  {3111, 0.0055}, {750, 0.0054},  {2486, 0.0053}, {2492, 0.0050},
    };
    struct pg_model *model = open_gpt2();
    struct pg_tokens text = tokens_of(model, "Michelle Jones was a top-notch student. Michelle");
    struct pg_prediction found[20];
    struct pg_error err;
    assert_int_equal(text.count, 11);
    if (!pg_predict(model, text.ids, text.count, 20, found, &err)) fail_msg("%s", err.text);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(found[i].token, expected[i].id);
        assert_true(fabs((double)found[i].probability - expected[i].probability) <= 0.5001e-4);
    }
    pg_tokens_free(&text);
    pg_model_close(model);
}

static float cell(const struct pg_result *result, int layer, int position) {
    return result->cells[layer * 11 + position].value;
}

static void the_name_moves_to_the_last_position(void **state) {
    (void)state;
    struct pg_model *model = open_gpt2();
    struct pg_error err;
    struct pg_request request = pg_request_default();
    request.clean = tokens_of(model, "Michelle Jones was a top-notch student. Michelle");
    request.corrupt = tokens_of(model, "Michelle Smith was a top-notch student. Michelle");
    struct pg_pair pair = {4176, 5437};
    request.pairs = &pair;
    request.n_pairs = 1;
    struct pg_result *result = pg_run(model, &request, &err);
    if (!result) fail_msg("%s", err.text);
    assert_true(result->clean_metric < 0 && result->corrupt_metric > 0);
    assert_true(cell(result, 0, 0) == result->corrupt_metric);
    assert_true(cell(result, 0, 1) < 0 && cell(result, 11, 1) == result->corrupt_metric);
    assert_true(cell(result, 0, 10) > 0 && cell(result, 11, 10) == result->clean_metric);
    pg_result_free(result);
    pg_tokens_free(&request.clean);
    pg_tokens_free(&request.corrupt);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_continuations),
        cmocka_unit_test(the_name_moves_to_the_last_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
