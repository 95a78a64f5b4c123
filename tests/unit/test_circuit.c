/* test_circuit.c: a circuit's run is, bit for bit, what its definition gives, whatever circuits run
 * beside it, threads and memory budget. Identities that circuits must obey; pruning; refusals. */
#include "circuit/circuit.h"

#include "naive_circuit.h"

enum { N_RANDOM = 6 };

static const struct shape shapes[] = {
    {.layers = 3, .heads = 3, .width = 51, .inner = 20, .context = 12, .vocab = 70},
    {.layers = 2,
     .heads = 2,
     .width = 36,
     .inner = 33,
     .context = 90,
     .vocab = 40,
     .transposed = true,
     .activation = "relu"},
};

static struct edge_set empty_set(const struct pg_model *model) {
    struct edge_set set;
    struct pg_error err;
    assert_true(edge_set_init(&set, &model->config, &err));
    return set;
}

/* Every edge with this probability. */
static struct edge_set random_set(const struct pg_model *model, float probability) {
    struct edge_set all = empty_set(model), set = empty_set(model);
    edge_set_fill(&all, &model->config);
    for (size_t i = 0; i < all.n_receivers; i++)
        for (size_t j = 0; j < all.n_senders; j++)
            if (all.has[i * all.n_senders + j] && (random_number() + 1) / 2 < probability)
                edge_set_add(&set, i, j);
    edge_set_free(&all);
    return set;
}

static struct pg_circuits *run_sets(const struct pg_model *model, const struct pg_request *r,
                                    const struct edge_set *sets, size_t n) {
    struct pg_error err;
    struct pg_circuits *found = run_edge_sets(model, r, sets, n, &err);
    if (!found) fail_msg("%s", err.text);
    return found;
}

static void assert_bits(float found, float expected) {
    if (memcmp(&found, &expected, sizeof found) != 0)
        fail_msg("%.9g (%a), expected %.9g (%a)", (double)found, (double)found, (double)expected,
                 (double)expected);
}

/* Sets of all sizes, none and all included. */
static void make_sets(const struct pg_model *model, struct edge_set sets[N_RANDOM]) {
    static const float probabilities[N_RANDOM] = {0, 0.03f, 0.1f, 0.5f, 0.9f, 2};
    for (int i = 0; i < N_RANDOM; i++) sets[i] = random_set(model, probabilities[i]);
}

static void free_sets(struct edge_set sets[N_RANDOM]) {
    for (int i = 0; i < N_RANDOM; i++) edge_set_free(&sets[i]);
}

/* ---- values ---- */

static void circuits_equal_their_definition(void **state) {
    (void)state;
    static const int lengths[][2] = {{1, 0}, {7, 0}, {12, 5}, {12, 11}, {85, 2}};
    for (int s = 0; s < 2; s++) {
        struct pg_model *model = random_model(&shapes[s], (uint32_t)s + 90);
        for (int i = 0; i < (s ? 5 : 4); i++) {
            struct pg_request r = random_request(lengths[i][0], shapes[s].vocab, lengths[i][1]);
            struct naive_cache clean = cache_of(model, &r.clean),
                               corrupt = cache_of(model, &r.corrupt);
            struct edge_set sets[N_RANDOM];
            make_sets(model, sets);
            struct pg_circuits *found = run_sets(model, &r, sets, N_RANDOM);
            for (int k = 0; k < N_RANDOM; k++)
                assert_bits(
                    found->values[k],
                    logit_difference(run_circuit(model, &clean, &corrupt, &sets[k]), r.pairs));
            pg_circuits_free(found);
            free_sets(sets);
            free_cache(&clean);
            free_cache(&corrupt);
            free_request(&r);
        }
        pg_model_close(model);
    }
}

static void threads_budget_and_company_change_no_bit(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shapes[0], 95);
    struct pg_request r = random_request(11, shapes[0].vocab, 2);
    struct edge_set sets[N_RANDOM];
    make_sets(model, sets);
    struct pg_circuits *expected = run_sets(model, &r, sets, N_RANDOM);
    static const size_t budgets[] = {1, 100000, 0};
    for (int threads = 1; threads <= 4; threads++)
        for (int i = 0; i < 3; i++) {
            pg_set_threads(threads);
            r.memory = budgets[i];
            struct pg_circuits *found = run_sets(model, &r, sets, N_RANDOM);
            for (int k = 0; k < N_RANDOM; k++) assert_bits(found->values[k], expected->values[k]);
            pg_circuits_free(found);
            found = run_sets(model, &r, &sets[2], 1);
            assert_bits(found->values[0], expected->values[2]);
            pg_circuits_free(found);
        }
    pg_set_threads(0);
    pg_circuits_free(expected);
    free_sets(sets);
    free_request(&r);
    pg_model_close(model);
}

static void what_circuits_do_not_use_changes_nothing(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shapes[0], 99);
    struct pg_request r = random_request(7, shapes[0].vocab, 1);
    struct edge_set sets[N_RANDOM];
    make_sets(model, sets);
    struct pg_circuits *expected = run_sets(model, &r, sets, N_RANDOM);
    static const int layers[] = {0};
    static const struct pg_head heads[] = {{1, 1}};
    r.top = (size_t)shapes[0].vocab + 1;
    r.window = 3;
    r.joint = true;
    r.layers = (struct pg_list){layers, 1};
    r.single_heads = heads;
    r.n_single_heads = 1;
    struct pg_circuits *found = run_sets(model, &r, sets, N_RANDOM);
    for (int k = 0; k < N_RANDOM; k++) assert_bits(found->values[k], expected->values[k]);
    pg_circuits_free(found);
    pg_circuits_free(expected);
    free_sets(sets);
    free_request(&r);
    pg_model_close(model);
}

/* ---- identities ---- */

static void assert_close(float found, float expected) {
    if (!(fabsf(found - expected) <= 1e-5f))
        fail_msg("%.9g, expected %.9g", (double)found, (double)expected);
}

static void no_edge_is_the_corrupted_run_and_all_edges_the_clean_one(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shapes[0], 96);
    struct pg_request r = random_request(9, shapes[0].vocab, 1);
    struct edge_set set = empty_set(model);
    struct pg_circuits *found = run_sets(model, &r, &set, 1);
    assert_bits(found->values[0], found->corrupt_metric);
    assert_close(found->all, found->clean_metric);
    assert_true(fabsf(found->clean_metric - found->corrupt_metric) > 1e-3f);
    assert_bits(pg_faithfulness(found->values[0], found->all, found->corrupt_metric), 0);
    assert_bits(pg_faithfulness(found->all, found->all, found->corrupt_metric), 1);
    pg_circuits_free(found);
    edge_set_free(&set);
    free_request(&r);
    pg_model_close(model);
}

/* Of the clean run, that is: noising. */
static void all_edges_but_one_are_that_edges_patch(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shapes[0], 97);
    struct pg_request r = random_request(9, shapes[0].vocab, 1);
    r.sites[0] = PG_EDGES;
    r.noising = true;
    struct pg_result *edges = run(model, &r);
    struct edge_set *sets = calloc(edges->n_cells, sizeof *sets);
    for (size_t i = 0; i < edges->n_cells; i++) {
        const struct config *c = &model->config;
        sets[i] = empty_set(model);
        edge_set_fill(&sets[i], c);
        sets[i].has[graph_receiver_index(c, &edges->cells[i].receiver) * sets[i].n_senders +
                    graph_sender_index(c, &edges->cells[i].sender)] = 0;
        sets[i].count--;
    }
    struct pg_circuits *found = run_sets(model, &r, sets, edges->n_cells);
    for (size_t i = 0; i < edges->n_cells; i++)
        assert_close(found->values[i], edges->cells[i].value);
    for (size_t i = 0; i < edges->n_cells; i++) edge_set_free(&sets[i]);
    free(sets);
    pg_circuits_free(found);
    pg_result_free(edges);
    free_request(&r);
    pg_model_close(model);
}

static void all_edges_but_those_of_a_head_are_its_z_patch(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shapes[0], 98);
    struct pg_request r = random_request(9, shapes[0].vocab, 1);
    r.sites[0] = PG_Z_ALL;
    r.noising = true;
    struct pg_result *heads = run(model, &r);
    struct edge_set sets[9];
    for (int i = 0; i < 9; i++) {
        const struct pg_sender head = {PG_HEAD, i / 3, i % 3};
        const size_t sender = graph_sender_index(&model->config, &head);
        sets[i] = empty_set(model);
        edge_set_fill(&sets[i], &model->config);
        for (size_t k = 0; k < sets[i].n_receivers; k++)
            sets[i].has[k * sets[i].n_senders + sender] = 0;
    }
    struct pg_circuits *found = run_sets(model, &r, sets, 9);
    for (size_t i = 0; i < 9; i++) assert_close(found->values[i], heads->cells[i].value);
    for (int i = 0; i < 9; i++) edge_set_free(&sets[i]);
    pg_circuits_free(found);
    pg_result_free(heads);
    free_request(&r);
    pg_model_close(model);
}

/* Zero or mean ablation of a head, at all positions, is the circuit without what it writes. */
static void check_ablation(const struct pg_model *model, struct pg_request r) {
    r.sites[0] = PG_Z_ALL;
    struct pg_result *heads = run(model, &r);
    struct edge_set sets[9];
    for (int i = 0; i < 9; i++) {
        const struct pg_sender head = {PG_HEAD, i / 3, i % 3};
        const size_t sender = graph_sender_index(&model->config, &head);
        sets[i] = empty_set(model);
        edge_set_fill(&sets[i], &model->config);
        for (size_t k = 0; k < sets[i].n_receivers; k++)
            sets[i].has[k * sets[i].n_senders + sender] = 0;
    }
    struct pg_circuits *found = run_sets(model, &r, sets, 9);
    assert_close(found->all, found->clean_metric);
    assert_close(found->clean_metric, heads->clean_metric);
    assert_true(fabsf(found->corrupt_metric - found->clean_metric) > 1e-3f);
    for (size_t i = 0; i < 9; i++) assert_close(found->values[i], heads->cells[i].value);
    for (int i = 0; i < 9; i++) edge_set_free(&sets[i]);
    pg_circuits_free(found);
    pg_result_free(heads);
}

static void outside_of_a_circuit_may_be_zeros_or_means(void **state) {
    (void)state;
    static const enum pg_site sites[] = {PG_Z_ALL, PG_EDGES};
    struct pg_model *model = random_model(&shapes[0], 102);
    struct pg_request first = random_request(9, shapes[0].vocab, 1), r = first;
    struct pg_error err;
    r.corrupt.count = 0;
    r.with = PG_WITH_ZERO;
    check_ablation(model, r);
    const struct pg_tokens texts[] = {first.clean, first.corrupt};
    struct pg_mean *mean = pg_mean_make(model, texts, 2, false, sites, 2, &err);
    if (!mean) fail_msg("%s", err.text);
    r.with = PG_WITH_MEAN;
    r.mean = mean;
    check_ablation(model, r);
    pg_mean_free(mean);
    free_request(&first);
    pg_model_close(model);
}

/* ---- pruning ---- */

static void add(const struct pg_model *model, struct edge_set *set, const char *from,
                const char *to) {
    struct pg_edge edge;
    struct pg_error err;
    assert_true(sender_parse(from, &edge.sender));
    assert_true(receiver_parse(to, &edge.receiver));
    if (!edge_set_read(set, model, &(struct pg_circuit){&edge, 1}, &err)) fail_msg("%s", err.text);
}

static void pruning_leaves_what_leads_from_the_embeddings_to_the_logits(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shapes[0], 99);
    struct edge_set set = empty_set(model);
    add(model, &set, "embed", "L0H0.q");
    add(model, &set, "L0H0", "mlp1");
    add(model, &set, "mlp1", "logits");
    add(model, &set, "embed", "L0H1.k"); /* nothing reads L0H1 */
    add(model, &set, "L0H2", "mlp1");    /* L0H2 reads nothing */
    add(model, &set, "L1H0", "L2H0.v");  /* neither leads anywhere */
    add(model, &set, "L2H0", "mlp2");
    edge_set_prune(&set, &model->config);
    assert_int_equal(set.count, 3);
    edge_set_free(&set);
    set = empty_set(model);
    edge_set_fill(&set, &model->config);
    const size_t all = set.count;
    edge_set_prune(&set, &model->config);
    assert_int_equal(set.count, all);
    edge_set_free(&set);
    pg_model_close(model);
}

/* ---- refusals ---- */

static void refuse_circuit(const struct pg_model *model, const struct pg_request *r,
                           const struct pg_edge *edges, size_t n, const char *sentence) {
    struct pg_error err;
    const struct pg_circuit circuit = {edges, n};
    assert_null(pg_run_circuits(model, r, &circuit, 1, &err));
    if (!strstr(err.text, sentence)) fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

static void wrong_circuits_are_refused(void **state) {
    (void)state;
    static const struct pg_edge against[] = {{{PG_MLP, 1, -1}, {PG_READER_Q, 1, 0}}},
                                beyond[] = {{{PG_HEAD, 3, 0}, {PG_READER_LOGITS, -1, -1}}},
                                twice[] = {{{PG_EMBED, -1, -1}, {PG_READER_Q, 1, 0}},
                                           {{PG_EMBED, -1, -1}, {PG_READER_Q, 1, 0}}};
    struct pg_model *model = random_model(&shapes[0], 100);
    struct pg_request r = random_request(5, shapes[0].vocab, 1);
    refuse_circuit(model, &r, against, 1, "the edge mlp1->L1H0.q is against the flow");
    refuse_circuit(model, &r, beyond, 1, "has no edge L3H0->logits");
    refuse_circuit(model, &r, twice, 2, "the edge embed->L1H0.q is given twice");
    r.corrupt.count = 4;
    refuse_circuit(model, &r, NULL, 0, "equally many");
    r.with = PG_WITH_ZERO;
    refuse_circuit(model, &r, NULL, 0, "ablation is of one text; there is a corrupted one");
    r.corrupt.count = 0;
    r.with = PG_WITH_MEAN;
    refuse_circuit(model, &r, NULL, 0, "there is no mean to put in");
    free_request(&r);
    pg_model_close(model);
}

static void a_read_position_before_the_difference_gives_the_corrupted_run(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shapes[0], 101);
    struct pg_request r = random_request(9, shapes[0].vocab, 5);
    r.read_position = 3;
    struct edge_set set = random_set(model, 0.5f);
    struct pg_circuits *found = run_sets(model, &r, &set, 1);
    assert_bits(found->values[0], found->corrupt_metric);
    assert_bits(found->clean_metric, found->corrupt_metric);
    pg_circuits_free(found);
    edge_set_free(&set);
    free_request(&r);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circuits_equal_their_definition),
        cmocka_unit_test(threads_budget_and_company_change_no_bit),
        cmocka_unit_test(what_circuits_do_not_use_changes_nothing),
        cmocka_unit_test(no_edge_is_the_corrupted_run_and_all_edges_the_clean_one),
        cmocka_unit_test(all_edges_but_one_are_that_edges_patch),
        cmocka_unit_test(all_edges_but_those_of_a_head_are_its_z_patch),
        cmocka_unit_test(outside_of_a_circuit_may_be_zeros_or_means),
        cmocka_unit_test(pruning_leaves_what_leads_from_the_embeddings_to_the_logits),
        cmocka_unit_test(wrong_circuits_are_refused),
        cmocka_unit_test(a_read_position_before_the_difference_gives_the_corrupted_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
