/* test_search.c: a search removes, whatever it runs ahead, the edges that are removed one by one;
 * what is left is within the loss; for a difference of logits and for a divergence. */
#include "circuit/search_state.h"

#include "naive_patch.h"
#include "scratch.h"

static const struct shape shape = {
    .layers = 2, .heads = 2, .width = 24, .inner = 30, .context = 9, .vocab = 40};

static struct circuit_base base_of(const struct pg_model *model, const struct pg_request *r) {
    struct circuit_base base;
    struct pg_error err;
    if (!circuit_base_make(model, r, &base, &err)) fail_msg("%s", err.text);
    return base;
}

static float value_of(const struct circuit_base *base, const struct edge_set *set) {
    float value;
    struct pg_error err;
    if (!circuit_values(base, set, 1, &value, &err)) fail_msg("%s", err.text);
    return value;
}

static double loss_of(const struct circuit_base *base, float value) {
    return base->request.metric == PG_KL ? (double)value : fabs((double)base->all - (double)value);
}

/* The definition: every edge in turn, the last reader's last sender first. */
static struct edge_set remove_one_by_one(const struct circuit_base *base, double max_loss) {
    struct edge_set set;
    struct pg_error err;
    assert_true(edge_set_init(&set, &base->model->config, &err));
    edge_set_fill(&set, &base->model->config);
    for (size_t i = set.n_receivers * set.n_senders; i-- > 0;) {
        if (!set.has[i]) continue;
        set.has[i] = 0;
        set.count--;
        if (loss_of(base, value_of(base, &set)) <= max_loss)
            edge_set_prune(&set, &base->model->config);
        else
            edge_set_add(&set, i / set.n_senders, i % set.n_senders);
    }
    return set;
}

static void check(const struct circuit_base *base, double max_loss) {
    struct search search;
    struct pg_error err;
    struct edge_set expected = remove_one_by_one(base, max_loss);
    double part = 0;
    assert_true(search_begin(base, max_loss, &search, &err));
    while (!search_is_done(&search)) {
        const size_t before = search.next;
        assert_true(search_go_on(&search, &err));
        assert_true(search.next > before);
        assert_true(search_part(&search) >= part);
        part = search_part(&search);
    }
    assert_true(part == 1);
    assert_int_equal(search.circuit.count, expected.count);
    assert_memory_equal(search.circuit.has, expected.has,
                        expected.n_receivers * expected.n_senders);
    const float value = value_of(base, &search.circuit);
    assert_memory_equal(&value, &search.value, sizeof value);
    assert_true(loss_of(base, value) <= fmax(max_loss, loss_of(base, base->all)));
    search_free(&search);
    edge_set_free(&expected);
}

static void the_circuit_is_that_of_one_removal_after_the_other(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < 4; seed++) {
        struct pg_model *model = random_model(&shape, 110 + seed);
        struct pg_request r = random_request(7, shape.vocab, 1);
        if (seed % 2) r.metric = PG_KL, r.n_pairs = 0;
        struct circuit_base base = base_of(model, &r);
        const double whole = loss_of(&base, base.corrupt_metric);
        const double losses[] = {0, 0.02 * whole, 0.2 * whole, 2 * whole};
        for (int i = 0; i < 4; i++) check(&base, losses[i]);
        circuit_base_free(&base);
        free_request(&r);
        pg_model_close(model);
    }
}

/* Saved and loaded after every step, a search finds what it finds in one go. */
static void a_search_goes_on_from_its_file(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 121);
    struct pg_request r = random_request(7, shape.vocab, 1);
    struct circuit_base base = base_of(model, &r);
    const double max_loss = 0.1 * loss_of(&base, base.corrupt_metric);
    struct edge_set expected = remove_one_by_one(&base, max_loss);
    struct scratch scratch;
    struct pg_error err;
    scratch_open(&scratch);
    const char *path = scratch_path(&scratch, "state.json");
    bool done = false;
    for (int steps = 0; !done; steps++) {
        struct search search;
        assert_true(steps < 10000);
        assert_true(search_begin(&base, max_loss, &search, &err));
        if (!search_load(&search, 7, path, &err)) fail_msg("%s", err.text);
        done = search_is_done(&search);
        if (!done) assert_true(search_go_on(&search, &err));
        if (!search_save(&search, 7, path, &err)) fail_msg("%s", err.text);
        if (done)
            assert_memory_equal(search.circuit.has, expected.has,
                                expected.n_receivers * expected.n_senders);
        search_free(&search);
    }
    struct search other;
    assert_true(search_begin(&base, max_loss, &other, &err));
    assert_false(search_load(&other, 8, path, &err));
    assert_non_null(strstr(err.text, "the state of another search"));
    search_free(&other);
    scratch_close(&scratch);
    edge_set_free(&expected);
    circuit_base_free(&base);
    free_request(&r);
    pg_model_close(model);
}

static void nothing_is_left_where_any_loss_is_allowed(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 120);
    struct pg_request r = random_request(7, shape.vocab, 1);
    struct circuit_base base = base_of(model, &r);
    struct search search;
    struct pg_error err;
    assert_true(search_begin(&base, INFINITY, &search, &err));
    while (!search_is_done(&search)) assert_true(search_go_on(&search, &err));
    assert_int_equal(search.circuit.count, 0);
    assert_memory_equal(&search.value, &base.corrupt_metric, sizeof search.value);
    search_free(&search);
    circuit_base_free(&base);
    free_request(&r);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_circuit_is_that_of_one_removal_after_the_other),
        cmocka_unit_test(a_search_goes_on_from_its_file),
        cmocka_unit_test(nothing_is_left_where_any_loss_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
