/* test_reference.c: predictions and patches of small checkpoints, each stored another way,
 * against figures that an independent float64 implementation computed
 * (tests/fixtures/models/README.md). */
#include "reference.h"

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
    struct reference r = open_reference(name, "expected.json");
    for (enum pg_site site = 0; site <= PG_PATTERN_ALL; site++) {
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_precision_with_mask_buffers),
        cmocka_unit_test(odd_widths_untied_erf_scaled_by_block),
        cmocka_unit_test(transposed_matrices_with_prefix),
        cmocka_unit_test(bfloat_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
