/* test_edges.c: an edge patch gives, bit for bit, what one full forward pass gives in which one
 * reader takes another input: for every edge, odd widths, any number of threads, any memory budget,
 * both directions, and for ablation. Which edges there are. */
#include "naive_edge.h"

static void compare(const struct pg_model *model, const struct pg_request *r,
                    const struct pg_result *result) {
    const bool from_clean = r->noising || r->with == PG_WITH_ZERO;
    const struct pg_tokens *base_text = from_clean ? &r->clean : &r->corrupt;
    struct naive_cache base = cache_of(model, base_text), source = {0};
    if (r->with == PG_WITH_TEXT) source = cache_of(model, r->noising ? &r->corrupt : &r->clean);
    for (size_t i = 0; i < result->n_cells; i++) {
        float *logits = run_edge(model, base_text->ids, &base,
                                 r->with == PG_WITH_TEXT ? &source : NULL, &result->cells[i]);
        assert_same_bits(result->cells[i].value, logit_difference(logits, r->pairs),
                         &result->cells[i]);
    }
    free_cache(&base);
    free_cache(&source);
}

static void check(const struct pg_model *model, struct pg_request request) {
    request.sites[0] = PG_EDGES;
    for (int noising = 0; noising < 2; noising++) {
        request.noising = noising;
        struct pg_result *result = run(model, &request);
        compare(model, &request, result);
        pg_result_free(result);
    }
    struct pg_request ablation = request;
    ablation.corrupt.count = 0;
    ablation.noising = false;
    ablation.with = PG_WITH_ZERO;
    struct pg_result *result = run(model, &ablation);
    compare(model, &ablation, result);
    pg_result_free(result);
    free_request(&request);
}

/* ---- values ---- */

static void every_edge_equals_one_full_pass(void **state) {
    (void)state;
    static const struct shape shapes[] = {
        {.layers = 1, .heads = 1, .width = 1, .inner = 3, .context = 4, .vocab = 5},
        {.layers = 3,
         .heads = 3,
         .width = 51,
         .inner = 20,
         .context = 40,
         .vocab = 70,
         .activation = "gelu"},
        {.layers = 2,
         .heads = 2,
         .width = 80,
         .inner = 33,
         .context = 40,
         .vocab = 70,
         .transposed = true},
    };
    static const int lengths[][2] = {{1, 0}, {2, 1}, {4, 0}, {9, 2}, {9, 8}, {37, 3}};
    for (int s = 0; s < 3; s++) {
        struct pg_model *model = random_model(&shapes[s], (uint32_t)s + 60);
        for (int i = 0; i < (s == 0 ? 3 : s == 1 ? 5 : 6); i++) {
            struct pg_request request =
                random_request(lengths[i][0], shapes[s].vocab, lengths[i][1]);
            request.memory = i == 3 ? 30000 : 0;
            check(model, request);
        }
        pg_model_close(model);
    }
}

static void threads_and_budget_change_no_bit(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 3, .width = 39, .inner = 50, .context = 30, .vocab = 50};
    struct pg_model *model = random_model(&shape, 70);
    struct pg_request request = random_request(23, shape.vocab, 2);
    request.sites[0] = PG_EDGES;
    struct pg_result *expected = run(model, &request);
    static const size_t budgets[] = {1, 20000, 300000, 0};
    for (int threads = 1; threads <= 4; threads++)
        for (int i = 0; i < 4; i++) {
            pg_set_threads(threads);
            request.memory = budgets[i];
            struct pg_result *result = run(model, &request);
            for (size_t c = 0; c < result->n_cells; c++)
                assert_same_bits(result->cells[c].value, expected->cells[c].value,
                                 &result->cells[c]);
            pg_result_free(result);
        }
    pg_set_threads(0);
    pg_result_free(expected);
    free_request(&request);
    pg_model_close(model);
}

/* Stops after some chunks. */
static bool count_down(void *context) {
    int *left = context;
    return (*left)-- == 0;
}

static void a_run_that_is_stopped_has_the_edges_that_are_done(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 24, .inner = 30, .context = 9, .vocab = 20};
    struct pg_model *model = random_model(&shape, 73);
    struct pg_request request = random_request(9, shape.vocab, 1);
    request.sites[0] = PG_EDGES;
    struct pg_result *all = run(model, &request);
    assert_int_equal(all->n_left_out, 0);
    request.memory = 30000;
    for (int chunks = 0, last = -1; chunks < 1000; chunks++) {
        int left = chunks;
        request.stop = count_down;
        request.stop_context = &left;
        struct pg_result *some = run(model, &request);
        assert_int_equal(some->n_cells + some->n_left_out, all->n_cells);
        assert_true((int)some->n_cells > last);
        last = (int)some->n_cells;
        size_t at = 0;
        for (size_t i = 0; i < some->n_cells; i++, at++) {
            while (memcmp(&all->cells[at].sender, &some->cells[i].sender,
                          sizeof some->cells->sender) ||
                   memcmp(&all->cells[at].receiver, &some->cells[i].receiver,
                          sizeof some->cells->receiver))
                at++;
            assert_same_bits(some->cells[i].value, all->cells[at].value, &some->cells[i]);
        }
        const bool done = some->n_left_out == 0;
        pg_result_free(some);
        if (done) break;
        assert_true(chunks < 999);
    }
    pg_result_free(all);
    free_request(&request);
    pg_model_close(model);
}

/* ---- which edges ---- */

static void gpt2_has_32491_edges(void **state) {
    (void)state;
    const struct config gpt2 = {.n_layer = 12, .n_head = 12};
    const struct pg_request all = pg_request_default();
    assert_int_equal(graph_count_senders(&gpt2), 157);
    assert_int_equal(graph_count_receivers(&gpt2), 445);
    assert_int_equal(graph_list_edges(&gpt2, &all, NULL), 32491);
}

static void indices_are_the_order_of_the_graph(void **state) {
    (void)state;
    const struct config c = {.n_layer = 3, .n_head = 4};
    for (size_t i = 0; i < graph_count_senders(&c); i++) {
        const struct pg_sender s = graph_sender(&c, i);
        assert_true(graph_has_sender(&c, &s));
        assert_int_equal(graph_sender_index(&c, &s), i);
    }
    for (size_t i = 0; i < graph_count_receivers(&c); i++) {
        const struct pg_receiver r = graph_receiver(&c, i);
        assert_true(graph_has_receiver(&c, &r));
        assert_int_equal(graph_receiver_index(&c, &r), i);
    }
}

static void assert_edge(const char *sender, const char *receiver, bool expected) {
    struct pg_sender s;
    struct pg_receiver r;
    assert_true(sender_parse(sender, &s));
    assert_true(receiver_parse(receiver, &r));
    if (graph_has_edge(&s, &r) != expected) fail_msg("%s->%s", sender, receiver);
}

static void edges_follow_the_flow(void **state) {
    (void)state;
    assert_edge("embed", "L0H0.q", true);
    assert_edge("L0H0", "L0H1.q", false);
    assert_edge("L0H0", "mlp0", true);
    assert_edge("L0H0", "L1H0.k", true);
    assert_edge("mlp0", "mlp0", false);
    assert_edge("mlp0", "L0H0.v", false);
    assert_edge("mlp0", "L1H0.v", true);
    assert_edge("mlp0", "mlp1", true);
    assert_edge("L1H0", "mlp0", false);
    assert_edge("mlp11", "logits", true);
}

static void chosen_edges_have_the_values_of_all(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 3, .heads = 2, .width = 24, .inner = 30, .context = 9, .vocab = 20};
    static const struct pg_sender senders[] = {{PG_MLP, 0, -1}, {PG_EMBED, -1, -1}};
    static const struct pg_receiver receivers[] = {{PG_READER_LOGITS, -1, -1}, {PG_READER_K, 0, 1}};
    struct pg_model *model = random_model(&shape, 71);
    struct pg_request request = random_request(9, shape.vocab, 1);
    request.sites[0] = PG_EDGES;
    struct pg_result *all = run(model, &request);
    request.senders = senders, request.n_senders = 2;
    request.receivers = receivers, request.n_receivers = 2;
    struct pg_result *chosen = run(model, &request);
    static const char *const names[][2] = {
        {"embed", "L0H1.k"}, {"embed", "logits"}, {"mlp0", "logits"}};
    assert_int_equal(chosen->n_cells, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct pg_cell *cell = &chosen->cells[i];
        char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
        sender_name(&cell->sender, sender);
        receiver_name(&cell->receiver, receiver);
        assert_string_equal(sender, names[i][0]);
        assert_string_equal(receiver, names[i][1]);
        size_t at = 0;
        while (memcmp(&all->cells[at].sender, &cell->sender, sizeof cell->sender) != 0 ||
               memcmp(&all->cells[at].receiver, &cell->receiver, sizeof cell->receiver) != 0)
            at++;
        assert_same_bits(cell->value, all->cells[at].value, cell);
    }
    pg_result_free(all);
    pg_result_free(chosen);
    free_request(&request);
    pg_model_close(model);
}

/* ---- names ---- */

static void names_of_other_tools_are_read(void **state) {
    (void)state;
    static const char *const senders[][2] = {
        {"embed", "embed"},  {"input", "embed"}, {"L9H10", "L9H10"}, {"9.10", "L9H10"},
        {"a9.h10", "L9H10"}, {"mlp8", "mlp8"},   {"m8", "mlp8"},     {"mlp.8", "mlp8"}};
    static const char *const receivers[][2] = {{"logits", "logits"},  {"L9H10.q", "L9H10.q"},
                                               {"9.10.k", "L9H10.k"}, {"a9.h10<v>", "L9H10.v"},
                                               {"mlp8", "mlp8"},      {"m8", "mlp8"}};
    static const char *const wrong[] = {"",       "L9",     "L9H",   "9",        "9.",  "a9.10",
                                        "L9.10",  "embed0", "m",     "m.8",      "mlp", "mlp-1",
                                        "9.10.q", "L1H1 ",  "logit", "9999999.1"};
    char name[NODE_NAME_SIZE];
    struct pg_sender s;
    struct pg_receiver r;
    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
        assert_true(sender_parse(senders[i][0], &s));
        sender_name(&s, name);
        assert_string_equal(name, senders[i][1]);
    }
    for (size_t i = 0; i < sizeof receivers / sizeof *receivers; i++) {
        assert_true(receiver_parse(receivers[i][0], &r));
        receiver_name(&r, name);
        assert_string_equal(name, receivers[i][1]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (sender_parse(wrong[i], &s)) fail_msg("%s is read as a sender", wrong[i]);
    static const char *const wrong_receivers[] = {"",        "9.10",  "9.10.x", "a9.h10<q", "9.10.",
                                                  "9.10.qq", "embed", "9.10q",  "logits1"};
    for (size_t i = 0; i < sizeof wrong_receivers / sizeof *wrong_receivers; i++)
        if (receiver_parse(wrong_receivers[i], &r))
            fail_msg("%s is read as a receiver", wrong_receivers[i]);
}

/* ---- refusals ---- */

static void requests_without_edges_are_refused(void **state) {
    (void)state;
    static const struct shape shape = {
        .layers = 2, .heads = 2, .width = 24, .inner = 30, .context = 9, .vocab = 20};
    static const struct pg_sender last[] = {{PG_MLP, 1, -1}},
                                  twice[] = {{PG_MLP, 1, -1}, {PG_MLP, 1, -1}},
                                  beyond[] = {{PG_HEAD, 2, 0}}, bias[] = {{PG_MLP_BIAS, 0, -1}};
    static const struct pg_receiver first[] = {{PG_READER_Q, 0, 0}}, none[] = {{PG_READER_Q, 0, 2}};
    static const int layer[] = {0};
    struct pg_model *model = random_model(&shape, 72);
    const struct pg_request usual = random_request(5, shape.vocab, 1);
    struct pg_request r = usual;
    r.senders = last, r.n_senders = 1;
    refuse(model, &r, "senders and receivers are of edges and paths");
    r.sites[0] = PG_EDGES;
    r.receivers = first, r.n_receivers = 1;
    refuse(model, &r, "none of these senders writes before one of these receivers reads");
    r.receivers = none;
    refuse(model, &r, "edges to L0H2.q were asked for, which");
    r.receivers = NULL, r.n_receivers = 0;
    r.senders = twice, r.n_senders = 2;
    refuse(model, &r, "edges from mlp1 were asked for twice");
    r.senders = beyond, r.n_senders = 1;
    refuse(model, &r, "edges from L2H0 were asked for, which");
    r.senders = bias;
    refuse(model, &r, "were asked for, which");
    r = usual;
    r.sites[0] = PG_EDGES, r.sites[1] = PG_Z, r.n_sites = 2;
    refuse(model, &r, "without another site beside them");
    r.sites[0] = PG_Z, r.sites[1] = PG_EDGES;
    refuse(model, &r, "without another site beside them");
    r.sites[0] = PG_EDGES, r.n_sites = 1;
    r.layers = (struct pg_list){layer, 1};
    refuse(model, &r, "chosen by sender and receiver");
    r.layers.count = 0;
    r.joint = true;
    refuse(model, &r, "patched one at a time");
    free_request((struct pg_request *)&usual);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_edge_equals_one_full_pass),
        cmocka_unit_test(threads_and_budget_change_no_bit),
        cmocka_unit_test(a_run_that_is_stopped_has_the_edges_that_are_done),
        cmocka_unit_test(gpt2_has_32491_edges),
        cmocka_unit_test(indices_are_the_order_of_the_graph),
        cmocka_unit_test(edges_follow_the_flow),
        cmocka_unit_test(chosen_edges_have_the_values_of_all),
        cmocka_unit_test(names_of_other_tools_are_read),
        cmocka_unit_test(requests_without_edges_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
