/* test_ablation.c: ablations give bit for bit what one full forward pass gives in which the
 * activation is replaced by zeros, or by the mean of the activations of several full passes. */
#include "naive_patch.h"

/* ---- what is put in, as its definition reads ---- */

static struct naive_cache zeros(const struct pg_model *model, int n_tokens) {
    struct naive_cache cache = empty_cache(model, n_tokens);
    for (int b = 0; b < model->config.n_layer; b++)
        for (int name = 0; name < N_ACTIVATIONS; name++)
            cache.kept[b][name] = calloc(count_numbers(&cache, name), sizeof(float));
    return cache;
}

/* The mean of number i of an activation over the texts; or over positions too. */
static float mean_of(const struct naive_cache *runs, size_t n, int b, enum activation_name name,
                     size_t i, bool over_positions) {
    double sum = 0, count = 0;
    for (size_t k = 0; k < n; k++) {
        const size_t width = count_numbers(&runs[k], name) / (size_t)runs[k].T;
        if (!over_positions) sum += (double)runs[k].kept[b][name][i], count++;
        for (size_t t = 0; over_positions && t < (size_t)runs[k].T; t++, count++)
            sum += (double)runs[k].kept[b][name][t * width + i % width];
    }
    return (float)(sum / count);
}

static struct naive_cache mean(const struct pg_model *model, const struct pg_tokens *texts,
                               size_t n, bool over_positions, int n_tokens) {
    struct naive_cache cache = empty_cache(model, n_tokens), runs[8];
    for (size_t k = 0; k < n; k++) {
        runs[k] = empty_cache(model, (int)texts[k].count);
        free(naive_forward(model, texts[k].ids, runs[k].T, keep, &runs[k]));
    }
    for (int b = 0; b < model->config.n_layer; b++)
        for (int a = 0; a < N_ACTIVATIONS; a++) {
            const enum activation_name name = (enum activation_name)a;
            const size_t count = count_numbers(&cache, name);
            cache.kept[b][name] = malloc(count * sizeof(float));
            for (size_t i = 0; i < count; i++)
                if (name != PATTERN || !over_positions)
                    cache.kept[b][name][i] = mean_of(runs, n, b, name, i, over_positions);
        }
    for (size_t k = 0; k < n; k++) free_cache(&runs[k]);
    return cache;
}

/* ---- comparing ---- */

static void compare(const struct pg_model *model, const struct pg_request *request,
                    const struct naive_cache *source) {
    struct pg_result *result = run(model, request);
    assert_true(isnan(result->corrupt_metric));
    for (size_t i = 0; i < result->n_cells; i++) {
        float *logits = run_replaced(model, request->clean.ids, source, &result->cells[i], 1);
        assert_same_bits(result->cells[i].value, logit_difference(logits, request->pairs),
                         &result->cells[i]);
    }
    struct pg_request joint = *request;
    joint.joint = true;
    struct pg_result *all = run(model, &joint);
    float *logits = run_replaced(model, request->clean.ids, source, result->cells, result->n_cells);
    assert_same_bits(all->cells[0].value, logit_difference(logits, request->pairs), &all->cells[0]);
    pg_result_free(all);
    pg_result_free(result);
}

/* A request of one text: the corrupted one of a random request goes to the texts of the mean. */
static struct pg_request one_text(struct pg_request request, enum pg_site site) {
    static const int neurons[] = {0, 3, 9};
    request.corrupt = (struct pg_tokens){NULL, 0};
    request.sites[0] = site;
    if (pg_site_has_neurons(site)) request.neurons = (struct pg_list){neurons, 3};
    return request;
}

static const struct shape shape = {
    .layers = 3, .heads = 3, .width = 51, .inner = 20, .context = 20, .vocab = 70};

static void zero_ablation_of_every_site(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 81);
    static const int lengths[] = {1, 2, 9};
    for (int i = 0; i < 3; i++) {
        struct pg_request texts = random_request(lengths[i], shape.vocab, 0);
        struct naive_cache source = zeros(model, lengths[i]);
        for (enum pg_site site = 0; site < PG_EDGES; site++) {
            struct pg_request request = one_text(texts, site);
            request.with = PG_WITH_ZERO;
            compare(model, &request, &source);
        }
        free_cache(&source);
        free_request(&texts);
    }
    pg_model_close(model);
}

static void mean_ablation_of_every_site(void **state) {
    (void)state;
    enum { N = 3, T = 8 };
    struct pg_model *model = random_model(&shape, 83);
    struct pg_error err;
    struct pg_request texts = random_request(T, shape.vocab, 2), more = random_request(T, 70, 0);
    const struct pg_tokens over[N] = {texts.clean, texts.corrupt, more.clean};
    struct naive_cache source = mean(model, over, N, false, T);
    for (enum pg_site site = 0; site < PG_EDGES; site++) {
        struct pg_mean *made = pg_mean_make(model, over, N, false, &site, 1, &err);
        assert_non_null(made);
        struct pg_request request = one_text(texts, site);
        request.with = PG_WITH_MEAN, request.mean = made;
        compare(model, &request, &source);
        pg_mean_free(made);
    }
    free_cache(&source);
    free_request(&texts);
    free_request(&more);
    pg_model_close(model);
}

static void a_mean_over_positions_is_of_texts_of_all_lengths(void **state) {
    (void)state;
    enum { N = 4 };
    struct pg_model *model = random_model(&shape, 87);
    struct pg_error err;
    struct pg_request texts = random_request(6, shape.vocab, 2), more = random_request(11, 70, 0);
    const struct pg_tokens over[N] = {texts.clean, more.clean, texts.corrupt, more.corrupt};
    struct naive_cache source = mean(model, over, N, true, 6);
    for (enum pg_site site = 0; site < PG_EDGES; site++) {
        const bool pattern =
            site == PG_PATTERN || site == PG_PATTERN_ALL || site == PG_PATTERN_DEST_SRC;
        struct pg_mean *made = pg_mean_make(model, over, N, true, &site, 1, &err);
        assert_true(pattern ? !made : made != NULL);
        if (pattern) {
            assert_non_null(strstr(err.text, "patterns have no mean over positions"));
            continue;
        }
        struct pg_request request = one_text(texts, site);
        request.with = PG_WITH_MEAN, request.mean = made;
        compare(model, &request, &source);
        pg_mean_free(made);
    }
    free_cache(&source);
    free_request(&texts);
    free_request(&more);
    pg_model_close(model);
}

static void one_mean_serves_texts_of_many_and_sites_of_few(void **state) {
    (void)state;
    enum { N = 40, T = 5 };
    struct pg_model *model = random_model(&shape, 89);
    struct pg_error err;
    struct pg_request texts[N];
    struct pg_tokens over[N];
    enum pg_site sites[] = {PG_NEURON, PG_Z, PG_PATTERN_ALL, PG_MLP_OUT};
    for (int i = 0; i < N; i++)
        texts[i] = random_request(T, shape.vocab, 0), over[i] = texts[i].clean;
    struct pg_mean *all = pg_mean_make(model, over, N, false, sites, 4, &err);
    for (int i = 0; i < 4; i++) {
        struct pg_mean *one = pg_mean_make(model, over, N, false, &sites[i], 1, &err);
        struct pg_request request = one_text(texts[0], sites[i]);
        request.with = PG_WITH_MEAN, request.mean = one, request.read_position = 3;
        struct pg_result *expected = run(model, &request);
        request.mean = all;
        struct pg_result *result = run(model, &request);
        for (size_t c = 0; c < result->n_cells; c++)
            assert_same_bits(result->cells[c].value, expected->cells[c].value, &result->cells[c]);
        pg_result_free(result);
        pg_result_free(expected);
        pg_mean_free(one);
    }
    pg_mean_free(all);
    for (int i = 0; i < N; i++) free_request(&texts[i]);
    pg_model_close(model);
}

static void ablations_in_one_walk_with_patches_are_the_same(void **state) {
    (void)state;
    enum { N = 6 };
    struct pg_model *model = random_model(&shape, 91);
    struct pg_request requests[N], texts[N];
    struct pg_result *results[N];
    for (int i = 0; i < N; i++) {
        texts[i] = requests[i] = random_request(4 + i, shape.vocab, 1);
        if (i % 2) continue;
        requests[i] = one_text(requests[i], i ? PG_ATTN_OUT : PG_PATTERN);
        requests[i].with = PG_WITH_ZERO;
    }
    assert_int_equal(pg_run_many(model, requests, N, results, NULL), N);
    for (int i = 0; i < N; i++) {
        struct pg_result *expected = run(model, &requests[i]);
        for (size_t c = 0; c < expected->n_cells; c++)
            assert_same_bits(results[i]->cells[c].value, expected->cells[c].value,
                             &expected->cells[c]);
        assert_memory_equal(&results[i]->clean_metric, &expected->clean_metric, sizeof(float));
        pg_result_free(expected);
        pg_result_free(results[i]);
        free_request(&texts[i]);
    }
    pg_model_close(model);
}

/* ---- refusals ---- */

static void ablations_that_cannot_be_done_are_refused(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 93), *other = random_model(&shape, 94);
    struct pg_error err;
    struct pg_request texts = random_request(5, shape.vocab, 1), more = random_request(6, 70, 0);
    const enum pg_site site = PG_Z, beyond = PG_N_SITES;
    const struct pg_tokens over[] = {texts.clean, more.clean};
    struct pg_request bad = texts;
    bad.with = PG_WITH_ZERO;
    refuse(model, &bad, "ablation is of one text; there is a corrupted one");
    bad.corrupt.count = 0, bad.noising = true;
    refuse(model, &bad, "no direction");
    bad.noising = false, bad.with = PG_N_WITH;
    refuse(model, &bad, "no source 3 of activations");
    bad.with = PG_WITH_MEAN;
    refuse(model, &bad, "no mean to put in");
    struct pg_mean *made = pg_mean_make(model, &more.clean, 1, false, &site, 1, &err);
    bad.mean = made, bad.sites[0] = PG_Z;
    refuse(model, &bad, "the text has 5 tokens, and those that the mean is over have 6");
    bad.sites[0] = PG_NEURON;
    refuse(model, &bad, "not made for these sites");
    bad.sites[0] = PG_PATTERN;
    refuse(model, &bad, "not made for these sites");
    bad.sites[0] = PG_Z;
    refuse(other, &bad, "another model's");
    pg_mean_free(made);
    assert_null(pg_mean_make(model, over, 2, false, &site, 1, &err));
    assert_non_null(strstr(err.text, "the first has 5, number 2 has 6"));
    assert_null(pg_mean_make(model, over, 0, false, &site, 1, &err));
    assert_non_null(strstr(err.text, "no text to take a mean over"));
    assert_null(pg_mean_make(model, over, 1, false, &beyond, 1, &err));
    assert_non_null(strstr(err.text, "there is no site"));
    pg_mean_free(NULL);
    free_request(&texts);
    free_request(&more);
    pg_model_close(model);
    pg_model_close(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_ablation_of_every_site),
        cmocka_unit_test(mean_ablation_of_every_site),
        cmocka_unit_test(a_mean_over_positions_is_of_texts_of_all_lengths),
        cmocka_unit_test(one_mean_serves_texts_of_many_and_sites_of_few),
        cmocka_unit_test(ablations_in_one_walk_with_patches_are_the_same),
        cmocka_unit_test(ablations_that_cannot_be_done_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
