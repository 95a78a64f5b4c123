/* test_paths.c: path patching gives, bit for bit, what two full forward passes give: for every
 * sender, several readers, whatever is frozen, any number of threads, any memory budget, both
 * directions. Identities that it must obey. */
#include "naive_path.h"

static const struct shape shape = {
    .layers = 4, .heads = 3, .width = 39, .inner = 44, .context = 24, .vocab = 50};

static const struct pg_receiver to_logits[] = {{PG_READER_LOGITS, -1, -1}},
                                one_query[] = {{PG_READER_Q, 3, 1}},
                                one_mlp[] = {{PG_READER_MLP, 2, -1}},
                                last_mlp[] = {{PG_READER_MLP, 3, -1}},
                                several[] = {{PG_READER_MLP, 1, -1},
                                             {PG_READER_V, 3, 0},
                                             {PG_READER_K, 1, 2},
                                             {PG_READER_Q, 2, 1},
                                             {PG_READER_V, 2, 1}};
static const struct ends {
    const struct pg_receiver *receivers;
    size_t n;
} ends[] = {{to_logits, 1}, {one_query, 1}, {one_mlp, 1}, {last_mlp, 1}, {several, 5}};
enum { N_ENDS = sizeof ends / sizeof *ends };

static void compare(const struct pg_model *model, const struct pg_request *r,
                    const struct pg_result *result) {
    const struct pg_tokens *base_text = r->noising ? &r->clean : &r->corrupt;
    const struct pg_tokens *source_text = r->noising ? &r->corrupt : &r->clean;
    struct naive_cache base = cache_of(model, base_text), source = cache_of(model, source_text);
    for (size_t i = 0; i < result->n_cells; i++) {
        float *logits =
            run_path(model, base_text->ids, r, &base, &source, &result->cells[i].sender);
        assert_same_bits(result->cells[i].value, logit_difference(logits, r->pairs),
                         &result->cells[i]);
    }
    free_cache(&base);
    free_cache(&source);
}

static struct pg_request path_request(int T, int differ, const struct ends *end, unsigned frozen) {
    struct pg_request r = random_request(T, shape.vocab, differ);
    r.sites[0] = PG_PATHS;
    r.receivers = end->receivers;
    r.n_receivers = end->n;
    r.frozen = frozen;
    return r;
}

static void every_path_equals_two_full_passes(void **state) {
    (void)state;
    static const int lengths[][2] = {{1, 0}, {7, 2}, {5, 4}, {21, 1}};
    struct pg_model *model = random_model(&shape, 80);
    for (int i = 0; i < 4; i++)
        for (int e = 0; e < N_ENDS; e++)
            for (unsigned frozen = 0; frozen < 4; frozen++) {
                struct pg_request r = path_request(lengths[i][0], lengths[i][1], &ends[e], frozen);
                r.noising = e % 2;
                struct pg_result *result = run(model, &r);
                compare(model, &r, result);
                pg_result_free(result);
                free_request(&r);
            }
    pg_model_close(model);
}

static void threads_and_budget_change_no_bit(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 81);
    struct pg_request r = path_request(17, 2, &ends[4], PG_FROZEN_ATTENTION);
    struct pg_result *expected = run(model, &r);
    static const size_t budgets[] = {1, 20000, 300000, 0};
    for (int threads = 1; threads <= 4; threads++)
        for (int i = 0; i < 4; i++) {
            pg_set_threads(threads);
            r.memory = budgets[i];
            struct pg_result *result = run(model, &r);
            for (size_t c = 0; c < result->n_cells; c++)
                assert_same_bits(result->cells[c].value, expected->cells[c].value,
                                 &result->cells[c]);
            pg_result_free(result);
        }
    pg_set_threads(0);
    pg_result_free(expected);
    free_request(&r);
    pg_model_close(model);
}

/* ---- identities ---- */

static void assert_close(float found, float expected) {
    if (!(fabsf(found - expected) <= 1e-5f))
        fail_msg("%.9g, expected %.9g", (double)found, (double)expected);
}

static void a_direct_path_into_one_reader_is_the_edge(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 82);
    for (int e = 1; e < 4; e++) {
        struct pg_request r = path_request(9, 1, &ends[e], PG_FROZEN_ATTENTION | PG_FROZEN_MLPS);
        struct pg_result *paths = run(model, &r);
        r.sites[0] = PG_EDGES;
        struct pg_result *edges = run(model, &r);
        assert_int_equal(paths->n_cells, edges->n_cells);
        for (size_t i = 0; i < paths->n_cells; i++)
            assert_close(paths->cells[i].value, edges->cells[i].value);
        pg_result_free(paths);
        pg_result_free(edges);
        free_request(&r);
    }
    pg_model_close(model);
}

/* With nothing frozen, bit for bit. */
static void all_paths_of_a_head_to_the_logits_are_its_z_at_all_positions(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 83);
    struct pg_request r = path_request(9, 1, &ends[0], 0);
    struct pg_result *paths = run(model, &r);
    r.sites[0] = PG_Z_ALL;
    r.receivers = NULL, r.n_receivers = 0;
    struct pg_result *heads = run(model, &r);
    size_t n = 0;
    for (size_t i = 0; i < paths->n_cells; i++)
        if (paths->cells[i].sender.component == PG_HEAD)
            assert_same_bits(paths->cells[i].value, heads->cells[n++].value, &paths->cells[i]);
    assert_int_equal(n, heads->n_cells);
    pg_result_free(paths);
    pg_result_free(heads);
    free_request(&r);
    pg_model_close(model);
}

static void ablated_paths_are_paths_from_zeros(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 84);
    struct pg_request r = path_request(9, 1, &ends[0], 0);
    r.corrupt.count = 0;
    r.with = PG_WITH_ZERO;
    struct pg_result *paths = run(model, &r);
    r.sites[0] = PG_Z_ALL;
    r.receivers = NULL, r.n_receivers = 0;
    struct pg_result *heads = run(model, &r);
    size_t n = 0;
    for (size_t i = 0; i < paths->n_cells; i++)
        if (paths->cells[i].sender.component == PG_HEAD)
            assert_same_bits(paths->cells[i].value, heads->cells[n++].value, &paths->cells[i]);
    assert_int_equal(n, heads->n_cells);
    pg_result_free(paths);
    pg_result_free(heads);
    free_request(&r);
    pg_model_close(model);
}

/* ---- what there is, and what is refused ---- */

static void senders_that_reach_no_reader_have_no_cell(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 85);
    struct pg_request r = path_request(5, 1, &ends[2], PG_FROZEN_ATTENTION);
    struct pg_result *result = run(model, &r);
    assert_int_equal(result->n_cells, 1 + 3 * 3 + 2); /* embed, heads up to block 2, two MLPs */
    assert_int_equal(result->n_receivers, 1);
    pg_result_free(result);
    r.receivers = several, r.n_receivers = 5;
    result = run(model, &r);
    assert_int_equal(result->n_receivers, 5); /* in the order of the graph */
    assert_int_equal(result->receivers[0].reader, PG_READER_K);
    assert_int_equal(result->receivers[1].reader, PG_READER_MLP);
    assert_int_equal(result->receivers[4].layer, 3);
    pg_result_free(result);
    free_request(&r);
    pg_model_close(model);
}

static void paths_that_end_nowhere_are_refused(void **state) {
    (void)state;
    static const struct pg_receiver both[] = {{PG_READER_MLP, 1, -1}, {PG_READER_LOGITS, -1, -1}},
                                    first[] = {{PG_READER_Q, 0, 0}};
    static const struct pg_sender last[] = {{PG_MLP, 3, -1}};
    struct pg_model *model = random_model(&shape, 86);
    struct pg_request r = path_request(5, 1, &ends[2], PG_FROZEN_ATTENTION);
    r.n_receivers = 0;
    refuse(model, &r, "paths need readers to end at");
    r.receivers = both, r.n_receivers = 2;
    refuse(model, &r, "give the logits alone");
    r.receivers = first, r.n_receivers = 1;
    r.senders = last, r.n_senders = 1;
    refuse(model, &r, "none of these senders writes before one of these receivers reads");
    r.n_senders = 0;
    r.frozen = 4;
    refuse(model, &r, "nothing 4 to freeze");
    free_request(&r);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_equals_two_full_passes),
        cmocka_unit_test(threads_and_budget_change_no_bit),
        cmocka_unit_test(a_direct_path_into_one_reader_is_the_edge),
        cmocka_unit_test(all_paths_of_a_head_to_the_logits_are_its_z_at_all_positions),
        cmocka_unit_test(ablated_paths_are_paths_from_zeros),
        cmocka_unit_test(senders_that_reach_no_reader_have_no_cell),
        cmocka_unit_test(paths_that_end_nowhere_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
