/* test_edits.c: patches of several cells at once, windows of layers and joint patches, give bit for
 * bit what one full forward pass with all of them replaced gives. */
#include "patch/experiment.h"

#include "naive_patch.h"

/* ---- the cells that a value patches ---- */

/* Windows as their definition reads. cells: room for n_layer. */
static size_t window_of(const struct pg_cell *value, int window, int n_layer,
                        struct pg_cell *cells) {
    size_t n = 0;
    for (int l = 0; l < n_layer; l++) {
        if (l < value->layer - window / 2 || l >= value->layer - window / 2 + window) continue;
        cells[n] = *value;
        cells[n++].layer = l;
    }
    return n;
}

static struct naive_cache keep_source(const struct pg_model *model, const struct pg_request *r) {
    struct naive_cache cache = empty_cache(model, (int)r->clean.count);
    const int *source = r->noising ? r->corrupt.ids : r->clean.ids;
    free(naive_forward(model, source, cache.T, keep, &cache));
    return cache;
}

static const int *base_ids(const struct pg_request *r) {
    return r->noising ? r->clean.ids : r->corrupt.ids;
}

/* ---- windows ---- */

static void windows_are_full_passes_with_all_their_layers_replaced(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 5, .heads = 3, .width = 51, .inner = 60, .context = 20, .vocab = 70};
    static const enum pg_site sites[] = {PG_RESID_PRE, PG_RESID_MID, PG_RESID_POST, PG_ATTN_OUT,
                                         PG_MLP_OUT};
    struct pg_model *model = random_model(&shape, 51);
    for (int window = 1; window <= shape.layers + 2; window++)
        for (int noising = 0; noising < 2; noising++) {
            struct pg_request request = random_request(9, shape.vocab, 2);
            request.window = window, request.noising = noising;
            request.n_sites = 5;
            memcpy(request.sites, sites, sizeof sites);
            struct pg_result *result = run(model, &request);
            struct naive_cache source = keep_source(model, &request);
            assert_int_equal(result->n_cells, 5 * 5 * 9);
            for (size_t i = 0; i < result->n_cells; i++) {
                struct pg_cell cells[5];
                const size_t n = window_of(&result->cells[i], window, 5, cells);
                float *logits = run_replaced(model, base_ids(&request), &source, cells, n);
                assert_same_bits(result->cells[i].value, logit_difference(logits, request.pairs),
                                 &result->cells[i]);
            }
            free_cache(&source);
            pg_result_free(result);
            free_request(&request);
        }
    pg_model_close(model);
}

/* ---- joint patches ---- */

/* Compares the one value of a joint patch with a full pass that replaces what each of the sites
 * alone would list. */
static void check_joint(const struct pg_model *model, struct pg_request *request) {
    struct pg_request each = *request;
    each.joint = false;
    struct pg_result *parts = run(model, &each);
    request->joint = true;
    struct pg_result *result = run(model, request);
    struct naive_cache source = keep_source(model, request);
    assert_int_equal(result->n_cells, 1);
    float *logits = run_replaced(model, base_ids(request), &source, parts->cells, parts->n_cells);
    assert_same_bits(result->cells[0].value, logit_difference(logits, request->pairs),
                     &result->cells[0]);
    free_cache(&source);
    pg_result_free(result);
    pg_result_free(parts);
}

static void a_joint_patch_of_any_site_is_one_full_pass(void **state) {
    (void)state;
    static const struct shape shapes[] = {
        {.layers = 4, .heads = 3, .width = 51, .inner = 20, .context = 20, .vocab = 70},
        {.layers = 3,
         .heads = 2,
         .width = 80,
         .inner = 33,
         .context = 20,
         .vocab = 70,
         .transposed = true},
    };
    static const int layers[] = {0, 2}, positions[] = {1, 3, 7, 8}, neurons[] = {0, 11};
    for (int s = 0; s < 2; s++) {
        struct pg_model *model = random_model(&shapes[s], (uint32_t)s + 60);
        for (enum pg_site site = 0; site < PG_EDGES; site++)
            for (int restricted = 0; restricted < 2; restricted++) {
                struct pg_request request = random_request(9, shapes[s].vocab, 2);
                request.sites[0] = site;
                request.noising = site % 2;
                if (restricted) request.layers = (struct pg_list){layers, 2};
                if (restricted && pg_site_has_positions(site))
                    request.positions = (struct pg_list){positions, 4};
                if (restricted && pg_site_has_neurons(site))
                    request.neurons = (struct pg_list){neurons, 2};
                check_joint(model, &request);
                free_request(&request);
            }
        pg_model_close(model);
    }
}

/* What comes later in a block overwrites what came before it: all pairs of sites at once. */
static void joint_patches_of_two_sites_set_the_later_activation_last(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 36, .inner = 10, .context = 12, .vocab = 50};
    static const int layers[] = {1}, positions[] = {3, 5};
    struct pg_model *model = random_model(&shape, 71);
    for (enum pg_site a = 0; a < PG_EDGES; a++)
        for (enum pg_site b = 0; b < PG_EDGES; b++) {
            if (a == b) continue;
            struct pg_request request = random_request(7, shape.vocab, 2);
            request.sites[0] = a, request.sites[1] = b, request.n_sites = 2;
            request.layers = (struct pg_list){layers, 1};
            if (pg_site_has_positions(a) || pg_site_has_positions(b))
                request.positions = (struct pg_list){positions, 2};
            check_joint(model, &request);
            free_request(&request);
        }
    pg_model_close(model);
}

static void single_heads_are_those_cells_of_the_whole(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 3, .width = 36, .inner = 10, .context = 12, .vocab = 50};
    static const struct pg_head heads[] = {{0, 2}, {2, 0}, {2, 1}};
    struct pg_model *model = random_model(&shape, 73);
    struct pg_request request = random_request(7, shape.vocab, 2);
    request.sites[0] = PG_Z_ALL;
    struct pg_result *whole = run(model, &request);
    request.single_heads = heads, request.n_single_heads = 3;
    struct pg_result *result = run(model, &request);
    assert_int_equal(result->n_cells, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct pg_cell *cell = &result->cells[i];
        assert_int_equal(cell->layer, heads[i].layer);
        assert_int_equal(cell->head, heads[i].head);
        assert_same_bits(cell->value, whole->cells[cell->layer * 3 + cell->head].value, cell);
    }
    pg_result_free(result);
    check_joint(model, &request);
    pg_result_free(whole);
    free_request(&request);
    pg_model_close(model);
}

static void a_joint_cell_names_what_all_its_cells_share(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 3, .width = 36, .inner = 10, .context = 12, .vocab = 50};
    static const struct pg_head heads[] = {{0, 1}, {1, 2}, {2, 1}}, same[] = {{1, 0}, {1, 2}};
    static const int layers[] = {2};
    struct pg_model *model = random_model(&shape, 73);
    struct pg_request request = random_request(7, shape.vocab, 2);
    request.joint = true, request.sites[0] = PG_Z_ALL;
    request.single_heads = heads, request.n_single_heads = 3;
    struct pg_result *result = run(model, &request);
    assert_int_equal(result->cells[0].layer, -1);
    assert_int_equal(result->cells[0].head, -1);
    pg_result_free(result);
    request.single_heads = same, request.n_single_heads = 2;
    result = run(model, &request);
    assert_int_equal(result->cells[0].layer, 1);
    assert_int_equal(result->cells[0].head, -1);
    pg_result_free(result);
    request.n_single_heads = 0, request.sites[0] = PG_RESID_POST;
    request.layers = (struct pg_list){layers, 1};
    result = run(model, &request);
    assert_int_equal(result->cells[0].layer, 2);
    assert_int_equal(result->cells[0].position, -1);
    pg_result_free(result);
    free_request(&request);
    pg_model_close(model);
}

/* ---- several experiments and small budgets ---- */

static void joint_patches_in_one_walk_with_others_are_the_same(void **state) {
    (void)state;
    enum { N = 6 };
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 36, .inner = 10, .context = 12, .vocab = 50};
    struct pg_model *model = random_model(&shape, 79);
    struct pg_request requests[N];
    struct pg_result *results[N];
    for (int i = 0; i < N; i++) {
        requests[i] = random_request(5 + i, shape.vocab, i % 3);
        requests[i].sites[0] = i % 2 ? PG_RESID_POST : PG_PATTERN;
        requests[i].joint = i % 3 == 0;
        if (!requests[i].joint && i % 2) requests[i].window = 2;
    }
    for (size_t memory = 0; memory <= 40000; memory += 40000) {
        for (int i = 0; i < N; i++) requests[i].memory = memory;
        assert_int_equal(pg_run_many(model, requests, N, results, NULL), N);
        for (int i = 0; i < N; i++) {
            struct pg_request alone = requests[i];
            alone.memory = 0;
            struct pg_result *expected = run(model, &alone);
            assert_int_equal(results[i]->n_cells, expected->n_cells);
            for (size_t c = 0; c < expected->n_cells; c++)
                assert_same_bits(results[i]->cells[c].value, expected->cells[c].value,
                                 &expected->cells[c]);
            pg_result_free(expected);
            pg_result_free(results[i]);
        }
    }
    for (int i = 0; i < N; i++) free_request(&requests[i]);
    pg_model_close(model);
}

/* ---- refusals ---- */

static void sets_that_do_not_fit_are_refused(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 8, .inner = 16, .context = 6, .vocab = 10};
    struct pg_model *model = random_model(&shape, 13);
    const struct pg_request good = random_request(5, shape.vocab, 1);
    struct pg_request bad = good;
    bad.window = 0;
    refuse(model, &bad, "a window of 0 layers");
    bad.window = 2, bad.sites[0] = PG_Z;
    refuse(model, &bad, "for sites by layer and position");
    bad.sites[0] = PG_NEURON;
    refuse(model, &bad, "for sites by layer and position");
    bad.sites[0] = PG_RESID_POST, bad.joint = true;
    refuse(model, &bad, "a joint patch has no window");
    static const struct pg_head beyond[] = {{0, 1}, {3, 0}}, descending[] = {{1, 0}, {0, 1}};
    static const int some[] = {1, 3};
    bad = good, bad.single_heads = beyond, bad.n_single_heads = 2;
    refuse(model, &bad, "not every site is of heads");
    bad.sites[0] = PG_Z;
    refuse(model, &bad, "head 3.0 was asked for; there are 0.0 to 2.1");
    bad.single_heads = descending;
    refuse(model, &bad, "ascending order: 0.1 after 1.0");
    bad.layers = (struct pg_list){some, 1};
    refuse(model, &bad, "nothing to choose from by layer or head");
    bad = good, bad.joint = true, bad.positions = (struct pg_list){some, 2};
    bad.read_position = 0;
    refuse(model, &bad, "no cell up to position 0");
    struct pg_request request = good;
    free_request(&request);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_full_passes_with_all_their_layers_replaced),
        cmocka_unit_test(a_joint_patch_of_any_site_is_one_full_pass),
        cmocka_unit_test(joint_patches_of_two_sites_set_the_later_activation_last),
        cmocka_unit_test(single_heads_are_those_cells_of_the_whole),
        cmocka_unit_test(a_joint_cell_names_what_all_its_cells_share),
        cmocka_unit_test(joint_patches_in_one_walk_with_others_are_the_same),
        cmocka_unit_test(sets_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
