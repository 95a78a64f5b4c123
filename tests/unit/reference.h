/* reference.h: small checkpoints with figures that an independent float64 implementation computed
 * (tests/fixtures/models/README.md). For tests. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

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

static struct reference open_reference(const char *name, const char *figures) {
    char path[512];
    struct pg_error err;
    struct reference r;
    snprintf(path, sizeof path, "%s/models/%s", FIXTURES, name);
    r.model = pg_model_open(path, &err);
    if (!r.model) fail_msg("%s", err.text);
    snprintf(path, sizeof path, "%s/models/%s/%s", FIXTURES, name, figures);
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

/* ---- the models ---- */

/* Defined by each test program: compares what it tests with the figures of a model. */
static void check_model(const char *name);

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

#endif
