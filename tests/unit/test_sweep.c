/* test_sweep.c: the sweep gives, bit for bit, what one full forward pass per patch gives: for odd
 * widths, texts of every length, any number of threads, any memory budget, both directions. */
#include "patch/experiment.h"

#include "naive_patch.h"

static void compare(const struct pg_model *model, const struct pg_request *request,
                    const struct pg_result *result) {
    const int T = (int)request->clean.count;
    const int *base = request->noising ? request->clean.ids : request->corrupt.ids;
    const int *source = request->noising ? request->corrupt.ids : request->clean.ids;
    struct naive_cache cache = empty_cache(model, T);
    free(naive_forward(model, source, T, keep, &cache));
    for (size_t i = 0; i < result->n_cells; i++) {
        float *logits = run_replaced(model, base, &cache, &result->cells[i], 1);
        assert_same_bits(result->cells[i].value, logit_difference(logits, request->pairs),
                         &result->cells[i]);
    }
    free_cache(&cache);
}

/* ---- experiments on random models ---- */

static void check(const struct pg_model *model, struct pg_request request) {
    for (int noising = 0; noising < 2; noising++) {
        request.noising = noising;
        struct pg_result *result = run(model, &request);
        compare(model, &request, result);
        pg_result_free(result);
    }
    free_request(&request);
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

static void every_site(void **state) {
    (void)state;
    static const struct shape shapes[] = {
        {.layers = 3, .heads = 3, .width = 51, .inner = 60, .context = 40, .vocab = 70},
        {.layers = 2,
         .heads = 2,
         .width = 80,
         .inner = 33,
         .context = 40,
         .vocab = 70,
         .transposed = true},
    };
    for (int s = 0; s < 2; s++) {
        struct pg_model *model = random_model(&shapes[s], (uint32_t)s + 20);
        for (enum pg_site site = 0; site < PG_EDGES; site++) {
            static const int lengths[][2] = {{1, 0}, {2, 1}, {9, 2}, {9, 8}};
            for (int i = 0; i < 4; i++) {
                struct pg_request request = random_request(lengths[i][0], 70, lengths[i][1]);
                static const int some_neurons[] = {0, 1, 17, 32};
                request.sites[0] = site;
                if (pg_site_has_neurons(site)) request.neurons = (struct pg_list){some_neurons, 4};
                request.memory = i == 2 ? 30000 : 0;
                check(model, request);
            }
        }
        struct pg_request request = random_request(37, 70, 3);
        request.sites[0] = PG_K_ALL;
        check(model, request);
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
    free_request(&request);
    pg_model_close(model);
}

static void ranges_are_parts_of_the_whole(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 4, .heads = 2, .width = 32, .inner = 64, .context = 16, .vocab = 50};
    struct pg_model *model = random_model(&shape, 9);
    struct pg_request request = random_request(9, shape.vocab, 1);
    struct pg_result *whole = run(model, &request);
    int layers[] = {1, 2}, positions[] = {3, 4, 5, 8};
    request.layers = (struct pg_list){layers, 2};
    request.positions = (struct pg_list){positions, 4};
    struct pg_result *part = run(model, &request);
    assert_int_equal(part->n_cells, 2 * 4);
    for (size_t i = 0; i < part->n_cells; i++) {
        const struct pg_cell *cell = &part->cells[i];
        assert_same_bits(cell->value, whole->cells[cell->layer * 9 + cell->position].value, cell);
    }
    pg_result_free(whole);
    pg_result_free(part);
    free_request(&request);
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
    assert_true(pg_recovered(result->clean_metric, result->clean_metric, result->corrupt_metric) ==
                1);
    assert_true(
        pg_recovered(result->corrupt_metric, result->clean_metric, result->corrupt_metric) == 0);
    pg_result_free(result);

    memcpy((int *)request.corrupt.ids, request.clean.ids, 10 * sizeof(int));
    result = run(model, &request);
    for (size_t i = 0; i < result->n_cells; i++)
        assert_same_bits(result->cells[i].value, result->clean_metric, &result->cells[i]);
    assert_true(
        isnan(pg_recovered(result->clean_metric, result->clean_metric, result->corrupt_metric)));
    pg_result_free(result);
    free_request(&request);
    pg_model_close(model);
}

/* ---- metrics ---- */

/* The definition of a metric, in double, from the logits of a run and of the clean run. */
static double naive_metric(const struct pg_request *r, int n_vocab, const float *logits,
                           const float *clean) {
    double sum = 0, clean_sum = 0, divergence = 0, total = 0;
    for (int i = 0; i < n_vocab; i++)
        sum += exp((double)logits[i]), clean_sum += exp((double)clean[i]);
    for (int i = 0; i < n_vocab; i++)
        divergence += exp((double)clean[i]) / clean_sum *
                      ((double)clean[i] - log(clean_sum) - (double)logits[i] + log(sum));
    if (r->metric == PG_KL) return divergence;
    for (size_t i = 0; i < r->n_pairs; i++)
        for (int second = 0; second < 2; second++) {
            const int token = second ? r->pairs[i].b : r->pairs[i].a;
            if (token < 0) continue;
            const double logit = (double)logits[token], log_p = logit - log(sum);
            const double value = r->metric == PG_LOGPROB ? log_p
                                 : r->metric == PG_PROB  ? exp(log_p)
                                 : r->metric == PG_LOSS  ? -log_p
                                                         : logit;
            total += second ? -value : value;
        }
    return total / (double)r->n_pairs;
}

static void check_metric(const struct pg_model *model, const struct pg_request *r) {
    struct pg_result *result = run(model, r);
    const int T = (int)r->clean.count;
    struct naive_cache cache = empty_cache(model, T);
    float *clean = naive_forward(model, r->clean.ids, T, keep, &cache);
    for (size_t i = 0; i < result->n_cells; i++) {
        float *logits = run_replaced(model, r->corrupt.ids, &cache, &result->cells[i], 1);
        const double expected = naive_metric(r, model->config.n_vocab, logits, clean);
        if (!(fabs((double)result->cells[i].value - expected) < 2e-6 * fmax(1, fabs(expected))))
            fail_msg("%s: %.9g, expected %.9g", pg_metric_name(r->metric),
                     (double)result->cells[i].value, expected);
        free(logits);
    }
    free(clean);
    free_cache(&cache);
    pg_result_free(result);
}

static void every_metric(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 2, .heads = 2, .width = 32, .inner = 64, .context = 16, .vocab = 83};
    struct pg_model *model = random_model(&shape, 31);
    for (enum pg_metric metric = 0; metric < PG_N_METRICS; metric++)
        for (int tokens = pg_metric_min_tokens(metric); tokens <= pg_metric_max_tokens(metric);
             tokens++) {
            struct pg_request request = random_request(6, shape.vocab, 2);
            struct pg_pair pairs[] = {{5, tokens == 2 ? 82 : -1}, {40, tokens == 2 ? 0 : -1}};
            free((void *)request.pairs);
            request.pairs = memcpy(malloc(sizeof pairs), pairs, sizeof pairs);
            request.metric = metric;
            for (request.n_pairs = tokens ? 1 : 0; request.n_pairs <= (tokens ? 2 : 0);
                 request.n_pairs++)
                check_metric(model, &request);
            free_request(&request);
        }
    pg_model_close(model);
}

/* Several sites in one walk are what each is alone; a metric read earlier is the experiment on
 * shorter texts. */
static void sites_together_and_reading_earlier(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 32, .inner = 64, .context = 16, .vocab = 83};
    struct pg_model *model = random_model(&shape, 37);
    struct pg_request request = random_request(9, shape.vocab, 2);
    request.memory = 40000;
    request.n_sites = PG_EDGES;
    for (enum pg_site site = 0; site < PG_EDGES; site++) request.sites[site] = PG_EDGES - 1 - site;
    struct pg_result *together = run(model, &request);
    size_t n = 0;
    for (enum pg_site site = 0; site < PG_EDGES; site++) {
        struct pg_request alone = request;
        alone.sites[0] = PG_EDGES - 1 - site, alone.n_sites = 1, alone.memory = 0;
        struct pg_result *result = run(model, &alone);
        for (size_t i = 0; i < result->n_cells; i++, n++) {
            assert_int_equal(together->cells[n].site, alone.sites[0]);
            assert_same_bits(together->cells[n].value, result->cells[i].value, &result->cells[i]);
        }
        pg_result_free(result);
    }
    assert_int_equal(n, together->n_cells);
    pg_result_free(together);

    request.sites[0] = PG_RESID_MID, request.n_sites = 1, request.read_position = 5;
    struct pg_result *early = run(model, &request);
    struct pg_request shorter = request;
    shorter.clean.count = shorter.corrupt.count = 6, shorter.read_position = -1;
    struct pg_result *expected = run(model, &shorter);
    for (size_t i = 0; i < early->n_cells; i++) {
        const struct pg_cell *cell = &early->cells[i];
        assert_same_bits(cell->value,
                         cell->position > 5
                             ? early->corrupt_metric
                             : expected->cells[cell->layer * 6 + cell->position].value,
                         cell);
    }
    pg_result_free(early);
    pg_result_free(expected);
    request.read_position = 1; /* before the first difference */
    early = run(model, &request);
    for (size_t i = 0; i < early->n_cells; i++)
        assert_same_bits(early->cells[i].value, early->clean_metric, &early->cells[i]);
    pg_result_free(early);
    free_request(&request);
    pg_model_close(model);
}

/* ---- experiments together ---- */

static void assert_same_result(const struct pg_result *found, const struct pg_result *expected) {
    assert_int_equal(found->n_cells, expected->n_cells);
    for (size_t i = 0; i < found->n_cells; i++) {
        assert_int_equal(found->cells[i].site, expected->cells[i].site);
        assert_same_bits(found->cells[i].value, expected->cells[i].value, &found->cells[i]);
    }
    assert_memory_equal(&found->clean_metric, &expected->clean_metric, sizeof(float));
    assert_memory_equal(&found->corrupt_metric, &expected->corrupt_metric, sizeof(float));
    assert_memory_equal(found->clean_top, expected->clean_top, 3 * sizeof *found->clean_top);
    assert_memory_equal(found->corrupt_top, expected->corrupt_top, 3 * sizeof *found->corrupt_top);
}

/* Runs all requests, a group at a time; returns how many times that was. */
static int run_all(const struct pg_model *model, const struct pg_request *requests, size_t n,
                   struct pg_result **results, struct pg_error *errors) {
    int groups = 0;
    for (size_t i = 0; i < n; groups++) {
        const size_t done = run_group(model, requests + i, n - i, results + i, errors + i);
        assert_in_range(done, 1, n - i);
        i += done;
    }
    return groups;
}

/* Experiments of all lengths, sites, metrics and both directions, one of them wrong, together give
 * what each gives alone. */
static void experiments_together(void **state) {
    (void)state;
    enum { N = 24, WRONG = 12 };
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 36, .inner = 70, .context = 16, .vocab = 90};
    struct pg_model *model = random_model(&shape, 41);
    struct pg_request requests[N];
    struct pg_result *expected[N], *results[N];
    struct pg_error errors[N], err;
    for (int i = 0; i < N; i++) {
        struct pg_request *r = &requests[i];
        *r = random_request(3 + i % 14, shape.vocab, i % 3);
        r->sites[0] = (enum pg_site)(i % PG_NEURON); /* neurons would be too many rows */
        r->metric = (enum pg_metric)(i / 2 % PG_N_METRICS);
        r->noising = i % 5 == 0;
        if (pg_metric_max_tokens(r->metric) < 2) ((struct pg_pair *)r->pairs)->b = -1;
        if (r->metric == PG_KL) r->n_pairs = 0;
        if (i == WRONG) ((struct pg_pair *)r->pairs)->a = shape.vocab;
        expected[i] = pg_run(model, r, &err);
        assert_true(i == WRONG ? !expected[i] : expected[i] != NULL);
    }
    static const size_t budgets[] = {0, 1, 300000};
    for (int b = 0; b < 3; b++) {
        for (int i = 0; i < N; i++) requests[i].memory = budgets[b];
        const int groups = run_all(model, requests, N, results, errors);
        if (b == 0) assert_int_equal(groups, 1);
        if (b == 1) assert_in_range(groups, N - 1, N);
        if (b == 2) assert_in_range(groups, 2, N - 2);
        for (int i = 0; i < N; i++) {
            if (i == WRONG) {
                assert_null(results[i]);
                assert_non_null(strstr(errors[i].text, "token"));
                continue;
            }
            assert_same_result(results[i], expected[i]);
            pg_result_free(results[i]);
        }
    }
    assert_int_equal(pg_run_many(model, requests, N, results, NULL), N - 1);
    for (int i = 0; i < N; i++) {
        if (i == WRONG) {
            assert_null(results[i]);
            continue;
        }
        assert_same_result(results[i], expected[i]);
        pg_result_free(results[i]);
    }
    assert_int_equal(pg_run_many(model, requests, 0, results, errors), 0);
    for (int i = 0; i < N; i++) {
        pg_result_free(expected[i]);
        free_request(&requests[i]);
    }
    pg_model_close(model);
}

/* ---- refusals ---- */

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
    struct pg_pair pair = {1, 10};
    bad = good, bad.pairs = &pair;
    refuse(model, &bad, "token id 10");
    pair = (struct pg_pair){-1, 1};
    refuse(model, &bad, "token id -1");
    pair = (struct pg_pair){1, -1};
    refuse(model, &bad, "logit_diff needs two tokens");
    bad.metric = PG_KL;
    refuse(model, &bad, "kl takes no tokens");
    pair = (struct pg_pair){1, 2};
    bad.metric = PG_LOSS;
    refuse(model, &bad, "loss takes one token");
    struct pg_pair mixed[] = {{1, 2}, {3, -1}};
    bad.metric = PG_PROB, bad.pairs = mixed, bad.n_pairs = 2;
    refuse(model, &bad, "some pairs of the metric prob have one token and others have two");
    bad = good, bad.n_pairs = 0;
    refuse(model, &bad, "logit_diff needs a token");
    bad = good, bad.top = 11;
    refuse(model, &bad, "11 most probable");
    bad = good, bad.n_sites = 0;
    refuse(model, &bad, "no site");
    bad = good, bad.sites[1] = bad.sites[0], bad.n_sites = 2;
    refuse(model, &bad, "resid_post is given twice");
    int items[] = {1, 2};
    bad = good, bad.layers = (struct pg_list){items, 2};
    refuse(model, &bad, "layer 2 was asked for; there are 0 to 1");
    bad = good, bad.heads = (struct pg_list){items, 1};
    refuse(model, &bad, "resid_post has no heads");
    bad.sites[0] = PG_Z_ALL, bad.positions = (struct pg_list){items, 1};
    refuse(model, &bad, "z_all patches all positions");
    items[1] = 5;
    bad = good, bad.positions = (struct pg_list){items, 2};
    refuse(model, &bad, "position 5 was asked for; there are 0 to 4");
    items[1] = 0;
    refuse(model, &bad, "ascending");
    bad = good, bad.read_position = 5;
    refuse(model, &bad, "read at position 5");
    struct pg_request request = good;
    free_request(&request);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_and_odd_widths),
        cmocka_unit_test(every_site),
        cmocka_unit_test(every_metric),
        cmocka_unit_test(sites_together_and_reading_earlier),
        cmocka_unit_test(experiments_together),
        cmocka_unit_test(any_threads_and_any_budget),
        cmocka_unit_test(ranges_are_parts_of_the_whole),
        cmocka_unit_test(known_cells),
        cmocka_unit_test(requests_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
