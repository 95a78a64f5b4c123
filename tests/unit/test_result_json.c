/* test_result_json.c: report/result_json.h: what the command line cannot make: numbers that are
 * none, all bits of a float, and no memory. */
#include "report/result_json.h"

#include "random_model.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static struct pg_model *open_tiny(void) {
    const struct shape shape = {
        .layers = 1, .heads = 1, .width = 4, .inner = 4, .context = 4, .vocab = 9};
    return random_model(&shape, 1);
}

static cJSON *parse_prediction(struct pg_prediction p) {
    struct pg_error err;
    struct pg_model *model = open_tiny();
    char *text = json_prediction(model, &(struct pg_tokens){0}, "top", &p, 1,
                                 &(struct logits_outcome){0}, &err);
    assert_non_null(text);
    assert_null(strchr(text, '\n'));
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    free(text);
    pg_model_close(model);
    return json;
}

static const cJSON *first(const cJSON *json, const char *name) {
    return cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "top"), 0), name);
}

static void floats_read_back(void **state) {
    (void)state;
    uint32_t bits = 12345;
    for (int i = 0; i < 200; i++) {
        struct pg_prediction p = {.token = 3};
        bits = bits * 1664525u + 1013904223u;
        memcpy(&p.logit, &bits, sizeof bits);
        if (!isfinite(p.logit)) continue;
        cJSON *json = parse_prediction(p);
        float read = (float)first(json, "logit")->valuedouble;
        assert_memory_equal(&read, &p.logit, sizeof read);
        cJSON_Delete(json);
    }
}

static void numbers_that_are_not_finite_are_null(void **state) {
    (void)state;
    cJSON *json = parse_prediction((struct pg_prediction){3, NAN, INFINITY, 1});
    assert_true(cJSON_IsNull(first(json, "logit")));
    assert_true(cJSON_IsNull(first(json, "probability")));
    assert_true(cJSON_IsNull(first(json, "token")));
    assert_int_equal(first(json, "token_id")->valueint, 3);
    cJSON_Delete(json);
}

/* ---- without memory ---- */

static int allocations_left;

static void *limited_malloc(size_t size) {
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* Wherever cJSON's memory runs out: NULL and a sentence, or the whole text; never a part. */
static void running_out_of_memory_is_an_error_without_leaks(void **state) {
    (void)state;
    struct pg_error err;
    int ids[] = {1, 2};
    struct pg_prediction top = {3, 1.5f, 0.25f, 1};
    struct pg_pair pairs[] = {{1, 2}, {3, -1}};
    struct pg_result result = {.n_tokens = 2,
                               .clean_ids = ids,
                               .corrupt_ids = ids,
                               .n_pairs = 2,
                               .pairs = pairs,
                               .n_sites = 2,
                               .sites = {PG_Z, PG_RESID_PRE},
                               .read_position = 1,
                               .n_top = 1,
                               .clean_top = &top,
                               .corrupt_top = &top,
                               .n_named = 1,
                               .clean_named = &top,
                               .corrupt_named = &top};
    struct outcome outcome = {.csv = "a.csv", .png = "a.png", .checked = "b.csv"};
    struct pg_model *model = open_tiny();
    char *whole = json_experiment(model, &result, &outcome, &err), *text = NULL;
    assert_non_null(strstr(whole, "\"pairs\":[[{\"id\":1,\"text\":null},{\"id\":2,\"text\":null}],"
                                  "[{\"id\":3,\"text\":null}]],\"read_position\":1,"
                                  "\"site\":\"z,resid_pre\""));
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = limited_malloc, .free_fn = free});
    int limit = 0;
    do {
        allocations_left = limit++;
        strcpy(err.text, "");
        text = json_experiment(model, &result, &outcome, &err);
        if (!text) assert_string_equal(err.text, "out of memory writing JSON");
    } while (!text);
    cJSON_InitHooks(NULL);
    assert_true(limit > 50);
    assert_string_equal(text, whole);
    free(text);
    free(whole);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_read_back),
        cmocka_unit_test(numbers_that_are_not_finite_are_null),
        cmocka_unit_test(running_out_of_memory_is_an_error_without_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
