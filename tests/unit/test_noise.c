/* test_noise.c: patches under noise give bit for bit the means over full forward passes with the
 * same noise on the embeddings. */
#include "base/normal.h"

#include "naive_patch.h"

static const struct shape shape = {
    .layers = 3, .heads = 3, .width = 27, .inner = 20, .context = 12, .vocab = 70};

static const int positions[] = {1, 3};
static const struct pg_noise noise = {
    .positions = positions, .n_positions = 2, .sigma = 0.3, .samples = 3, .seed = 5};

enum { T = 7 };

static struct pg_request noised_request(struct pg_request texts) {
    texts.corrupt = (struct pg_tokens){NULL, 0};
    texts.noise = &noise;
    return texts;
}

/* The noise of all samples as T x C rows, most of them 0. Adding 0 changes no bits but those of -0,
 * which random weights are not. */
static void draw(float rows[3][T][27]) {
    struct normal normal;
    normal_seed(&normal, noise.seed);
    memset(rows, 0, sizeof(float[3][T][27]));
    for (size_t k = 0; k < noise.samples; k++)
        for (size_t i = 0; i < noise.n_positions; i++)
            for (int j = 0; j < 27; j++)
                rows[k][positions[i]][j] = (float)(noise.sigma * normal_next(&normal));
}

static struct naive_cache keep_run(const struct pg_model *model, const int *ids,
                                   const float *rows) {
    struct naive_cache cache = empty_cache(model, T);
    free(naive_forward_noised(model, ids, rows, T, keep, &cache));
    return cache;
}

/* The mean over samples of the patched metric: clean into noise, or noise into clean. */
static float naive_value(const struct pg_model *model, const struct pg_request *r,
                         float rows[3][T][27], const struct naive_cache caches[4],
                         const struct pg_cell *cell) {
    double sum = 0;
    for (size_t k = 0; k < 3; k++) {
        const float *base = r->noising ? NULL : &rows[k][0][0];
        const struct naive_cache *source = r->noising ? &caches[1 + k] : &caches[0];
        float *logits = run_noised(model, r->clean.ids, base, source, cell, 1);
        sum += (double)logit_difference(logits, r->pairs);
    }
    return (float)(sum / 3);
}

static void every_site_is_a_mean_over_full_passes_with_noise(void **state) {
    (void)state;
    static const int some_neurons[] = {0, 7};
    static float rows[3][T][27];
    struct pg_model *model = random_model(&shape, 101);
    struct pg_request texts = random_request(T, shape.vocab, 0);
    struct naive_cache caches[4];
    draw(rows);
    caches[0] = keep_run(model, texts.clean.ids, NULL);
    for (int k = 0; k < 3; k++) caches[1 + k] = keep_run(model, texts.clean.ids, &rows[k][0][0]);
    for (enum pg_site site = 0; site < PG_EDGES; site++)
        for (int noising = 0; noising < 2; noising++) {
            struct pg_request request = noised_request(texts);
            request.sites[0] = site, request.noising = noising;
            if (pg_site_has_neurons(site)) request.neurons = (struct pg_list){some_neurons, 2};
            struct pg_result *result = run(model, &request);
            for (size_t i = 0; i < result->n_cells; i++)
                assert_same_bits(result->cells[i].value,
                                 naive_value(model, &request, rows, caches, &result->cells[i]),
                                 &result->cells[i]);
            pg_result_free(result);
        }
    for (int k = 0; k < 4; k++) free_cache(&caches[k]);
    free_request(&texts);
    pg_model_close(model);
}

static void one_sample_is_one_run_and_memory_does_not_matter(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 103);
    struct pg_request texts = random_request(T, shape.vocab, 0);
    struct pg_request request = noised_request(texts);
    struct pg_result *whole = run(model, &request);
    request.memory = 1;
    struct pg_result *again = run(model, &request);
    assert_true(whole->n_samples == noise.samples && !whole->corrupt_ids);
    assert_memory_equal(&whole->corrupt_metric, &again->corrupt_metric, sizeof(float));
    for (size_t i = 0; i < whole->n_cells; i++) {
        const struct pg_cell *cell = &whole->cells[i];
        assert_same_bits(again->cells[i].value, cell->value, cell);
        /* Before the noise nothing changes; the last row of the last block is the clean run's. */
        if (cell->position < 1) assert_same_bits(cell->value, whole->corrupt_metric, cell);
        if (cell->layer == 2 && cell->position == T - 1)
            assert_same_bits(cell->value, whole->clean_metric, cell);
    }
    pg_result_free(whole);
    pg_result_free(again);
    free_request(&texts);
    pg_model_close(model);
}

static void the_deviation_is_that_of_all_numbers_of_the_embeddings(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 107);
    struct pg_error err;
    const int ids[] = {3, 3, 60};
    double sum = 0, squares = 0, found;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 27; j++) sum += (double)weight(&model->wte, ids[i], j);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 27; j++)
            squares += pow((double)weight(&model->wte, ids[i], j) - sum / 81, 2);
    assert_true(pg_embedding_deviation(model, ids, 3, &found, &err));
    assert_true(fabs(found - sqrt(squares / 80)) < 1e-12);
    const int beyond = 70;
    assert_false(pg_embedding_deviation(model, &beyond, 1, &found, &err));
    assert_non_null(strstr(err.text, "token id 70"));
    assert_false(pg_embedding_deviation(model, ids, 0, &found, &err));
    pg_model_close(model);
}

static void noise_that_does_not_fit_is_refused(void **state) {
    (void)state;
    static const int beyond[] = {1, 7}, descending[] = {3, 1};
    struct pg_model *model = random_model(&shape, 109);
    struct pg_request texts = random_request(T, shape.vocab, 0);
    struct pg_noise bad = noise;
    struct pg_request request = noised_request(texts);
    request.noise = &bad;
    bad.positions = beyond;
    refuse(model, &request, "noise was asked for at position 7; there are 0 to 6");
    bad.positions = descending;
    refuse(model, &request, "ascending order: 1 after 3");
    bad = noise, bad.n_positions = 0;
    refuse(model, &request, "no position to add noise at");
    bad = noise, bad.samples = 0;
    refuse(model, &request, "at least 1 sample");
    bad = noise, bad.sigma = 0;
    refuse(model, &request, "must be above 0");
    bad.sigma = INFINITY;
    refuse(model, &request, "must be above 0");
    bad = noise, request.read_position = 0;
    refuse(model, &request, "changes nothing at position 0");
    request.read_position = -1, request.corrupt = texts.corrupt;
    refuse(model, &request, "in place of a corrupted text; there is one");
    request.corrupt.count = 0, request.with = PG_WITH_ZERO;
    refuse(model, &request, "one text without noise");
    free_request(&texts);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_site_is_a_mean_over_full_passes_with_noise),
        cmocka_unit_test(one_sample_is_one_run_and_memory_does_not_matter),
        cmocka_unit_test(the_deviation_is_that_of_all_numbers_of_the_embeddings),
        cmocka_unit_test(noise_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
