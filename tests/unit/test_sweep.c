/* test_sweep.c: the sweep gives, bit for bit, what one full forward pass per patch gives: for odd
 * widths, texts of every length, any number of threads, any memory budget, both directions. */
#include "naive.h"
#include "random_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- the definition of a patch ---- */

struct naive_cache {
    int T, C;
    float *resid_post[8]; /* per block */
};

static void keep(void *context, enum activation_name name, int block, float *x) {
    struct naive_cache *cache = context;
    const size_t size = (size_t)(cache->T * cache->C) * sizeof *x;
    if (name != RESID_POST) return;
    cache->resid_post[block] = malloc(size);
    memcpy(cache->resid_post[block], x, size);
}

struct naive_patch {
    const struct naive_cache *source;
    const struct pg_cell *cell;
};

static void replace(void *context, enum activation_name name, int block, float *x) {
    const struct naive_patch *p = context;
    const int C = p->source->C, at = p->cell->position * C;
    if (name == RESID_POST && block == p->cell->layer)
        memcpy(x + at, p->source->resid_post[block] + at, (size_t)C * sizeof *x);
}

static float logit_difference(float *logits, const int *tokens) {
    float value = logits[tokens[0]] - logits[tokens[1]];
    free(logits);
    return value;
}

static void assert_same_bits(float found, float expected, const struct pg_cell *cell) {
    if (memcmp(&found, &expected, sizeof found) != 0)
        fail_msg("layer %d position %d: %.9g (%a), one full pass gives %.9g (%a)", cell->layer,
                 cell->position, (double)found, (double)found, (double)expected, (double)expected);
}

static void compare(const struct pg_model *model, const struct pg_request *request,
                    const struct pg_result *result) {
    const int T = (int)request->clean.count;
    const int *base = request->noising ? request->clean.ids : request->corrupt.ids;
    const int *source = request->noising ? request->corrupt.ids : request->clean.ids;
    struct naive_cache cache = {.T = T, .C = model->config.n_embd};
    free(naive_forward(model, source, T, keep, &cache));
    for (size_t i = 0; i < result->n_cells; i++) {
        struct naive_patch patch = {&cache, &result->cells[i]};
        float *logits = naive_forward(model, base, T, replace, &patch);
        assert_same_bits(result->cells[i].value, logit_difference(logits, request->tokens),
                         &result->cells[i]);
    }
    for (int b = 0; b < model->config.n_layer; b++) free(cache.resid_post[b]);
}

/* ---- experiments on random models ---- */

static int *random_ids(int n, int vocab) {
    int *ids = malloc((size_t)n * sizeof *ids);
    for (int i = 0; i < n; i++) ids[i] = (int)((random_number() + 1) / 2 * (float)vocab) % vocab;
    return ids;
}

static struct pg_request random_request(int T, int vocab, int first_difference) {
    struct pg_request r = pg_request_default();
    r.top = 3;
    r.tokens[1] = vocab - 1;
    r.clean = (struct pg_tokens){random_ids(T, vocab), (size_t)T};
    r.corrupt = (struct pg_tokens){malloc((size_t)T * sizeof(int)), (size_t)T};
    memcpy(r.corrupt.ids, r.clean.ids, (size_t)T * sizeof(int));
    r.corrupt.ids[first_difference] = (r.clean.ids[first_difference] + 1) % vocab;
    return r;
}

static struct pg_result *run(const struct pg_model *model, const struct pg_request *request) {
    struct pg_error err;
    struct pg_result *result = pg_run(model, request, &err);
    if (!result) fail_msg("%s", err.text);
    return result;
}

static void check(const struct pg_model *model, struct pg_request request) {
    for (int noising = 0; noising < 2; noising++) {
        request.noising = noising;
        struct pg_result *result = run(model, &request);
        compare(model, &request, result);
        pg_result_free(result);
    }
    pg_tokens_free(&request.clean);
    pg_tokens_free(&request.corrupt);
}

static void every_length_and_odd_widths(void **state) {
    (void)state;
    static const struct shape shapes[] = {
        {.layers = 1, .heads = 1, .width = 1, .inner = 3, .context = 4, .vocab = 5},
        {.layers = 2,
         .heads = 3,
         .width = 51,
         .inner = 77,
         .context = 20,
         .vocab = 70,
         .activation = "gelu"},
        {.layers = 3,
         .heads = 2,
         .width = 34,
         .inner = 40,
         .context = 37,
         .vocab = 33,
         .transposed = true,
         .activation = "relu"},
        {.layers = 2, .heads = 1, .width = 64, .inner = 256, .context = 18, .vocab = 40},
    };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct pg_model *model = random_model(&shapes[s], (uint32_t)s + 1);
        const int lengths[] = {1, 2, shapes[s].context / 2, shapes[s].context};
        for (int i = 0; i < 4; i++) {
            check(model, random_request(lengths[i], shapes[s].vocab, 0));
            check(model, random_request(lengths[i], shapes[s].vocab, lengths[i] / 3));
            check(model, random_request(lengths[i], shapes[s].vocab, lengths[i] - 1));
        }
        pg_model_close(model);
    }
}

static void any_threads_and_any_budget(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 4, .heads = 3, .width = 39, .inner = 100, .context = 30, .vocab = 50};
    struct pg_model *model = random_model(&shape, 7);
    struct pg_request request = random_request(23, shape.vocab, 2);
    struct pg_result *expected = run(model, &request);
    compare(model, &request, expected);
    static const size_t budgets[] = {1, 5000, 20000, 100000, 0};
    for (int threads = 1; threads <= 5; threads++) {
        pg_set_threads(threads);
        for (int i = 0; i < 5; i++) {
            request.memory = budgets[i];
            struct pg_result *result = run(model, &request);
            for (size_t c = 0; c < result->n_cells; c++)
                assert_same_bits(result->cells[c].value, expected->cells[c].value,
                                 &result->cells[c]);
            assert_memory_equal(result->clean_top, expected->clean_top,
                                3 * sizeof *result->clean_top);
            assert_memory_equal(result->corrupt_top, expected->corrupt_top,
                                3 * sizeof *result->corrupt_top);
            pg_result_free(result);
        }
    }
    pg_set_threads(0);
    pg_result_free(expected);
    pg_tokens_free(&request.clean);
    pg_tokens_free(&request.corrupt);
    pg_model_close(model);
}

static void ranges_are_parts_of_the_whole(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 4, .heads = 2, .width = 32, .inner = 64, .context = 16, .vocab = 50};
    struct pg_model *model = random_model(&shape, 9);
    struct pg_request request = random_request(9, shape.vocab, 1);
    struct pg_result *whole = run(model, &request);
    request.first_layer = 1, request.last_layer = 2, request.first_position = 3,
    request.last_position = 8;
    struct pg_result *part = run(model, &request);
    assert_int_equal(part->n_cells, 2 * 6);
    for (size_t i = 0; i < part->n_cells; i++) {
        const struct pg_cell *cell = &part->cells[i];
        assert_same_bits(cell->value, whole->cells[cell->layer * 9 + cell->position].value, cell);
    }
    pg_result_free(whole);
    pg_result_free(part);
    pg_tokens_free(&request.clean);
    pg_tokens_free(&request.corrupt);
    pg_model_close(model);
}

/* Before the first differing token nothing can change; patching the whole last row gives the
 * other run. */
static void known_cells(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 32, .inner = 64, .context = 16, .vocab = 50};
    struct pg_model *model = random_model(&shape, 11);
    struct pg_request request = random_request(10, shape.vocab, 4);
    struct pg_result *result = run(model, &request);
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct pg_cell *cell = &result->cells[i];
        if (cell->position < 4) assert_same_bits(cell->value, result->corrupt_metric, cell);
        if (cell->layer == 2 && cell->position == 9)
            assert_same_bits(cell->value, result->clean_metric, cell);
        if (cell->layer == 2 && cell->position < 9)
            assert_same_bits(cell->value, result->corrupt_metric, cell);
    }
    assert_true(result->clean_metric != result->corrupt_metric);
    assert_true(pg_recovered(result, result->clean_metric) == 1);
    assert_true(pg_recovered(result, result->corrupt_metric) == 0);
    pg_result_free(result);

    memcpy(request.corrupt.ids, request.clean.ids, 10 * sizeof(int));
    result = run(model, &request);
    for (size_t i = 0; i < result->n_cells; i++)
        assert_same_bits(result->cells[i].value, result->clean_metric, &result->cells[i]);
    assert_true(isnan(pg_recovered(result, result->clean_metric)));
    pg_result_free(result);
    pg_tokens_free(&request.clean);
    pg_tokens_free(&request.corrupt);
    pg_model_close(model);
}

static void refuse(const struct pg_model *model, const struct pg_request *request,
                   const char *sentence) {
    struct pg_error err;
    assert_null(pg_run(model, request, &err));
    if (!strstr(err.text, sentence)) fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

static void requests_that_do_not_fit(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 2, .heads = 2, .width = 8, .inner = 16, .context = 6, .vocab = 10};
    struct pg_model *model = random_model(&shape, 13);
    const struct pg_request good = random_request(5, shape.vocab, 1);
    struct pg_request bad = good;
    bad.corrupt.count = 4;
    refuse(model, &bad, "clean text has 5 tokens and the corrupted text 4");
    bad = good, bad.clean.count = 0;
    refuse(model, &bad, "clean text is empty");
    bad = good, bad.clean.count = 7;
    refuse(model, &bad, "has room for 6");
    bad = good, bad.tokens[1] = 10;
    refuse(model, &bad, "token id 10");
    bad = good, bad.tokens[0] = -1;
    refuse(model, &bad, "token id -1");
    bad = good, bad.top = 11;
    refuse(model, &bad, "11 most probable");
    bad = good, bad.first_layer = 1, bad.last_layer = 2;
    refuse(model, &bad, "layers 1 to 2");
    bad = good, bad.first_position = 3, bad.last_position = 2;
    refuse(model, &bad, "positions 3 to 2");
    bad = good, bad.last_position = 5;
    refuse(model, &bad, "there are 0 to 4");
    struct pg_tokens clean = good.clean, corrupt = good.corrupt;
    pg_tokens_free(&clean);
    pg_tokens_free(&corrupt);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_and_odd_widths),
        cmocka_unit_test(any_threads_and_any_budget),
        cmocka_unit_test(ranges_are_parts_of_the_whole),
        cmocka_unit_test(known_cells),
        cmocka_unit_test(requests_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
