/* test_reference_circuits.c: ablations, windows, joint patches, neurons and single weights of
 * patterns, against figures that an independent float64 implementation computed. */
#include "reference.h"

static struct pg_result *run(const struct reference *r, const struct pg_request *request) {
    struct pg_error err;
    struct pg_result *result = pg_run(r->model, request, &err);
    if (!result) fail_msg("%s", err.text);
    return result;
}

/* Compares all values with a list of numbers, or of lists of them. */
static void check_values(const struct reference *r, const struct pg_request *request,
                         const cJSON *expected, const char *what) {
    struct pg_result *result = run(r, request);
    const cJSON *row, *value;
    size_t n = 0;
    assert_non_null(expected);
    cJSON_ArrayForEach(row, expected) {
        if (cJSON_IsNumber(row)) {
            assert_true(n < result->n_cells);
            assert_near((double)result->cells[n].value, row->valuedouble, what, (int)n);
            n++;
        }
        cJSON_ArrayForEach(value, row) {
            assert_true(n < result->n_cells);
            assert_near((double)result->cells[n].value, value->valuedouble, what, (int)n);
            n++;
        }
    }
    assert_int_equal(n, result->n_cells);
    pg_result_free(result);
}

/* Zero ablation of the run that the direction patches. */
static void check_zeros(const struct reference *r, const cJSON *expected, bool noising) {
    const cJSON *list;
    int n_sites = 0;
    cJSON_ArrayForEach(list, expected) {
        struct pg_request request = r->request;
        assert_true(pg_site_parse(list->string, &request.sites[0]));
        request.clean = noising ? r->request.clean : r->request.corrupt;
        request.corrupt = (struct pg_tokens){NULL, 0};
        request.with = PG_WITH_ZERO;
        check_values(r, &request, list, list->string);
        n_sites++;
    }
    assert_int_equal(n_sites, 15);
}

static void check_windows(const struct reference *r, const cJSON *expected, bool noising) {
    const cJSON *matrix;
    cJSON_ArrayForEach(matrix, expected) {
        struct pg_request request = r->request;
        assert_true(pg_site_parse(matrix->string, &request.sites[0]));
        request.noising = noising;
        request.window = 3;
        check_values(r, &request, matrix, matrix->string);
    }
}

static double number(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItem(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void check_joint(const struct reference *r, const cJSON *expected, bool noising) {
    static const struct pg_head heads[] = {{0, 0}, {0, 1}};
    static const int first_layer[] = {0};
    struct pg_request request = r->request;
    request.noising = noising;
    request.joint = true;
    request.sites[0] = PG_RESID_POST;
    request.layers = (struct pg_list){first_layer, 1};
    struct pg_result *result = run(r, &request);
    assert_near((double)result->cells[0].value,
                number(expected, "resid_post layer 0 all positions"), "joint", 0);
    pg_result_free(result);
    request.sites[0] = PG_Z_ALL;
    request.layers = (struct pg_list){NULL, 0};
    request.single_heads = heads, request.n_single_heads = 2;
    result = run(r, &request);
    assert_near((double)result->cells[0].value, number(expected, "z_all 0.0,0.1"), "joint", 1);
    pg_result_free(result);
}

static void check_small_parts(const struct reference *r, const cJSON *expected, bool noising) {
    struct pg_request request = r->request;
    request.noising = noising;
    request.sites[0] = PG_PATTERN_DEST_SRC;
    check_values(r, &request, cJSON_GetObjectItem(expected, "pattern_dest_src"), "weight");
    const int last = (int)request.clean.count - 1;
    request.sites[0] = PG_NEURON;
    request.positions = (struct pg_list){&last, 1};
    check_values(r, &request, cJSON_GetObjectItem(expected, "neuron_last_position"), "neuron");
}

/* Causal tracing: the mean probability of the first token. */
static void check_noise(const struct reference *r, const cJSON *expected) {
    const struct pg_tokens at = read_ids(cJSON_GetObjectItem(expected, "positions"));
    const struct pg_noise noise = {.positions = at.ids,
                                   .n_positions = at.count,
                                   .sigma = number(expected, "sigma"),
                                   .samples = (size_t)number(expected, "samples"),
                                   .seed = (unsigned)number(expected, "seed")};
    const struct pg_pair pair = {r->request.pairs[0].a, -1};
    struct pg_request request = r->request;
    request.corrupt = (struct pg_tokens){NULL, 0};
    request.metric = PG_PROB;
    request.pairs = &pair;
    request.noise = &noise;
    check_values(r, &request, cJSON_GetObjectItem(expected, "resid_post"), "noise");
    struct pg_result *result = run(r, &request);
    assert_near((double)result->corrupt_metric, number(expected, "low"), "low", 0);
    pg_result_free(result);
    free((void *)at.ids);
}

static void check_model(const char *name) {
    struct reference r = open_reference(name, "circuits.json");
    for (int noising = 0; noising < 2; noising++) {
        const cJSON *expected = cJSON_GetObjectItem(r.expected, noising ? "noising" : "denoising");
        check_zeros(&r, cJSON_GetObjectItem(expected, "zero"), noising);
        check_windows(&r, cJSON_GetObjectItem(expected, "window_3"), noising);
        check_joint(&r, cJSON_GetObjectItem(expected, "joint"), noising);
        check_small_parts(&r, expected, noising);
    }
    check_noise(&r, cJSON_GetObjectItem(r.expected, "noise"));
    close_reference(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_widths_untied_erf_scaled_by_block),
        cmocka_unit_test(transposed_matrices_with_prefix),
        cmocka_unit_test(bfloat_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
