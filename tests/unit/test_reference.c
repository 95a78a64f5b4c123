/* test_reference.c: predictions and patches of small checkpoints, each stored another way,
 * against figures that an independent float64 implementation computed
 * (tests/fixtures/models/README.md). */
#include "base/json.h"
#include "patchgpt.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double TOLERANCE = 1e-4;

struct reference {
    struct pg_model *model;
    cJSON *expected;
    struct pg_request request;
};

static struct pg_tokens read_ids(const cJSON *array) {
    const size_t n = (size_t)cJSON_GetArraySize(array);
    int *ids = calloc(n, sizeof *ids);
    for (size_t i = 0; i < n; i++) ids[i] = cJSON_GetArrayItem(array, (int)i)->valueint;
    return (struct pg_tokens){ids, n};
}

static struct reference open_reference(const char *name) {
    char path[512];
    struct pg_error err;
    struct reference r;
    snprintf(path, sizeof path, "%s/models/%s", FIXTURES, name);
    r.model = pg_model_open(path, &err);
    if (!r.model) fail_msg("%s", err.text);
    snprintf(path, sizeof path, "%s/models/%s/expected.json", FIXTURES, name);
    r.expected = json_read_object(path, 1 << 20, &err);
    if (!r.expected) fail_msg("%s", err.text);
    r.request = pg_request_default();
    r.request.clean = read_ids(cJSON_GetObjectItem(r.expected, "clean_ids"));
    r.request.corrupt = read_ids(cJSON_GetObjectItem(r.expected, "corrupt_ids"));
    const cJSON *pair = cJSON_GetObjectItem(r.expected, "token_ids");
    struct pg_pair *pairs = calloc(1, sizeof *pairs);
    pairs->a = cJSON_GetArrayItem(pair, 0)->valueint;
    pairs->b = cJSON_GetArrayItem(pair, 1)->valueint;
    r.request.pairs = pairs;
    r.request.n_pairs = 1;
    return r;
}

static void close_reference(struct reference *r) {
    pg_model_close(r->model);
    cJSON_Delete(r->expected);
    pg_tokens_free(&r->request.clean);
    pg_tokens_free(&r->request.corrupt);
    free((void *)r->request.pairs);
}

static void assert_near(double found, double expected, const char *what, int i) {
    if (!(fabs(found - expected) <= TOLERANCE))
        fail_msg("%s %d: %.9g, expected %.9g", what, i, found, expected);
}

static void check_predictions(const cJSON *expected, const struct pg_prediction *found) {
    for (int i = 0; i < cJSON_GetArraySize(expected); i++) {
        const cJSON *e = cJSON_GetArrayItem(expected, i);
        assert_int_equal(found[i].token, cJSON_GetObjectItem(e, "token_id")->valueint);
        assert_near((double)found[i].logit, cJSON_GetObjectItem(e, "logit")->valuedouble, "logit",
                    i);
        assert_near((double)found[i].probability,
                    cJSON_GetObjectItem(e, "probability")->valuedouble, "probability", i);
    }
}

static void check_experiment(struct reference *r, enum pg_site site, bool noising) {
    char name[64];
    struct pg_error err;
    snprintf(name, sizeof name, "%s%s", pg_site_name(site), noising ? "/noising" : "");
    r->request.sites[0] = site;
    r->request.noising = noising;
    struct pg_result *result = pg_run(r->model, &r->request, &err);
    if (!result) fail_msg("%s", err.text);
    const cJSON *baseline = cJSON_GetObjectItem(r->expected, "baseline");
    assert_near((double)result->clean_metric, cJSON_GetObjectItem(baseline, "clean")->valuedouble,
                "clean metric", 0);
    assert_near((double)result->corrupt_metric,
                cJSON_GetObjectItem(baseline, "corrupt")->valuedouble, "corrupt metric", 0);
    check_predictions(cJSON_GetObjectItem(r->expected, "clean_top20"), result->clean_top);
    check_predictions(cJSON_GetObjectItem(r->expected, "corrupt_top20"), result->corrupt_top);

    size_t n = 0;
    const cJSON *row, *value;
    const cJSON *matrix =
        cJSON_GetObjectItem(cJSON_GetObjectItem(r->expected, "logit_difference"), name);
    assert_non_null(matrix);
    cJSON_ArrayForEach(row, matrix) {
        cJSON_ArrayForEach(value, row) {
            assert_true(n < result->n_cells);
            assert_near((double)result->cells[n].value, value->valuedouble, name, (int)n);
            n++;
        }
    }
    assert_int_equal(n, result->n_cells);
    pg_result_free(result);
}

static void check_model(const char *name) {
    struct reference r = open_reference(name);
    for (enum pg_site site = 0; site < PG_N_SITES; site++) {
        check_experiment(&r, site, false);
        check_experiment(&r, site, true);
    }
    struct pg_prediction top[20];
    struct pg_error err;
    assert_true(pg_predict(r.model, r.request.clean.ids, r.request.clean.count, 20, top, &err));
    check_predictions(cJSON_GetObjectItem(r.expected, "clean_top20"), top);
    close_reference(&r);
}

static void half_precision_with_mask_buffers(void **state) {
    (void)state;
    check_model("hf-f16");
}

static void odd_widths_untied_erf_scaled_by_block(void **state) {
    (void)state;
    check_model("hf-odd");
}

static void transposed_matrices_with_prefix(void **state) {
    (void)state;
    check_model("mingpt");
}

static void bfloat_shards(void **state) {
    (void)state;
    check_model("bf16-shards");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_precision_with_mask_buffers),
        cmocka_unit_test(odd_widths_untied_erf_scaled_by_block),
        cmocka_unit_test(transposed_matrices_with_prefix),
        cmocka_unit_test(bfloat_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
