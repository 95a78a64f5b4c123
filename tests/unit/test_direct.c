/* test_direct.c: direct logit attribution: against figures that an independent float64
 * implementation computed; that parts add up, to the metric and to each other; and what is
 * refused. */
#include "circuit/direct.h"

#include "random_model.h"
#include "reference.h"
#include "unit.h"

static struct pg_direct *make(const struct pg_model *model, const struct pg_direct_request *r) {
    struct pg_error err;
    struct pg_direct *direct = pg_direct(model, r, &err);
    if (!direct) fail_msg("%s", err.text);
    return direct;
}

/* ---- figures ---- */

/* What circuits.json calls a part: "0.1", "mlp 0", "ln_f bias". */
static void figure_name(const struct pg_part *part, char out[PART_NAME_SIZE]) {
    if (part->component == PG_HEAD)
        snprintf(out, PART_NAME_SIZE, "%d.%d", part->layer, part->index);
    else if (part->component == PG_MLP)
        snprintf(out, PART_NAME_SIZE, "mlp %d", part->layer);
    else if (part->component == PG_LN_F_BIAS)
        snprintf(out, PART_NAME_SIZE, "ln_f bias");
    else if (part->component == PG_ATTENTION_BIASES)
        snprintf(out, PART_NAME_SIZE, "attention biases");
    else
        part_name(part, out);
}

static void check_model(const char *name) {
    struct reference r = open_reference(name, "circuits.json");
    const cJSON *expected = cJSON_GetObjectItem(r.expected, "direct");
    struct pg_direct_request request = pg_direct_request_default();
    request.text = r.request.clean;
    request.pairs = r.request.pairs;
    request.n_pairs = 1;
    struct pg_direct *direct = make(r.model, &request);
    assert_int_equal(cJSON_GetArraySize(expected), direct->n_parts);
    for (size_t i = 0; i < direct->n_parts; i++) {
        char part[PART_NAME_SIZE];
        figure_name(&direct->parts[i], part);
        const cJSON *value = cJSON_GetObjectItem(expected, part);
        if (!value) fail_msg("no figure for %s", part);
        assert_near((double)direct->parts[i].value, value->valuedouble, part, (int)i);
    }
    pg_direct_free(direct);
    close_reference(&r);
}

/* ---- sums ---- */

enum { VOCAB = 30, INNER = 24, LENGTH = 9 };

static const struct shape shape = {
    .layers = 3, .heads = 2, .width = 20, .inner = INNER, .context = LENGTH, .vocab = VOCAB};
static const int ids[LENGTH] = {3, 1, 4, 1, 5, 9, 2, 6, 5};
static const struct pg_pair pairs[] = {{7, 8}, {11, 2}};

static struct pg_direct_request request_of(bool neurons, bool by_source) {
    struct pg_direct_request request = pg_direct_request_default();
    request.text = (struct pg_tokens){ids, LENGTH};
    request.pairs = pairs;
    request.n_pairs = 2;
    request.neurons = neurons;
    request.by_source = by_source;
    return request;
}

/* The sum of the parts of a layer, of heads or of an MLP with its neurons and bias. */
static double sum_of(const struct pg_direct *d, int layer, int head) {
    double sum = 0;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct pg_part *part = &d->parts[i];
        const bool is_head = part->component == PG_HEAD;
        if (part->layer == layer && is_head == (head >= 0) && (!is_head || part->index == head))
            sum += (double)part->value;
    }
    return sum;
}

static void the_parts_add_up_to_the_metric_of_the_prediction(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = random_model(&shape, 3);
    for (int way = 0; way < 4; way++) {
        struct pg_direct_request request = request_of(way & 1, way & 2);
        request.read_position = 5;
        struct pg_direct *d = make(model, &request);
        struct pg_prediction p[4];
        assert_true(pg_predict_tokens(model, ids, 6, (const int[]){7, 8, 11, 2}, 4, p, &err));
        const double metric =
            ((double)p[0].logit - (double)p[1].logit + (double)p[2].logit - (double)p[3].logit) / 2;
        assert_near((double)d->metric_value, metric, "metric", way);
        assert_near(d->sum, metric, "sum", way);
        pg_direct_free(d);
    }
    pg_model_close(model);
}

static void a_head_is_the_sum_over_sources_and_an_mlp_over_neurons(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 4);
    struct pg_direct_request request = request_of(false, false);
    struct pg_direct *whole = make(model, &request);
    request = request_of(true, true);
    struct pg_direct *split = make(model, &request);
    assert_int_equal(split->n_parts, 3 + 3 * (2 * LENGTH + INNER + 1));
    for (int layer = 0; layer < 3; layer++)
        for (int head = -1; head < 2; head++)
            assert_near(sum_of(split, layer, head), sum_of(whole, layer, head), "part", layer);
    pg_direct_free(whole);
    pg_direct_free(split);
    pg_model_close(model);
}

static void any_number_of_threads_gives_the_same_bits(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 5);
    const struct pg_direct_request request = request_of(true, true);
    pg_set_threads(1);
    struct pg_direct *one = make(model, &request);
    pg_set_threads(5);
    struct pg_direct *five = make(model, &request);
    pg_set_threads(0);
    for (size_t i = 0; i < one->n_parts; i++)
        assert_memory_equal(&one->parts[i].value, &five->parts[i].value, sizeof(float));
    assert_memory_equal(&one->sum, &five->sum, sizeof one->sum);
    pg_direct_free(one);
    pg_direct_free(five);
    pg_model_close(model);
}

/* ---- names and refusals ---- */

static void parts_are_named_in_their_order(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 6);
    const struct pg_direct_request request = request_of(true, false);
    struct pg_direct *d = make(model, &request);
    const struct {
        size_t at;
        const char *name;
    } expected[] = {{0, "embed"},
                    {1, "L0H0"},
                    {2, "L0H1"},
                    {3, "L0N0"},
                    {2 + INNER, "L0N23"},
                    {3 + INNER, "mlp0_bias"},
                    {4 + INNER, "L1H0"},
                    {d->n_parts - 2, "attention_biases"},
                    {d->n_parts - 1, "ln_f_bias"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char name[PART_NAME_SIZE];
        part_name(&d->parts[expected[i].at], name);
        assert_string_equal(name, expected[i].name);
    }
    pg_direct_free(d);
    pg_model_close(model);
}

static void requests_that_do_not_fit_are_refused(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = random_model(&shape, 7);
    static const enum pg_metric metrics[] = {PG_KL, PG_LOSS, PG_PROB, PG_LOGPROB};
    struct pg_direct_request request = request_of(false, false);
    for (size_t i = 0; i < 4; i++) {
        request.metric = metrics[i];
        assert_null(pg_direct(model, &request, &err));
        assert_non_null(strstr(err.text, "only a logit or a difference of logits is a sum"));
    }
    request = request_of(false, false);
    request.n_pairs = 0;
    assert_null(pg_direct(model, &request, &err));
    assert_non_null(strstr(err.text, "the metric logit_diff needs a token"));
    request = request_of(false, false);
    request.read_position = LENGTH;
    assert_null(pg_direct(model, &request, &err));
    assert_non_null(strstr(err.text, "position 9; there are 0 to 8"));
    pg_model_close(model);
}

static void names_of_parts_are_read_back(void **state) {
    (void)state;
    static const struct pg_part parts[] = {
        {PG_EMBED, -1, -1, -1, 0},
        {PG_HEAD, 0, 11, -1, 0},
        {PG_HEAD, 47, 0, -1, 0},
        {PG_MLP, 10, -1, -1, 0},
        {PG_MLP_NEURON, 9, 6399, -1, 0},
        {PG_MLP_BIAS, 0, -1, -1, 0},
        {PG_ATTENTION_BIASES, -1, -1, -1, 0},
        {PG_LN_F_BIAS, -1, -1, -1, 0},
    };
    static const char *const others[] = {"",           "embe",  "embedd", "L1",       "L1H",
                                         "LH1",        "L1H2 ", "L01H2",  "L1H02",    "l1H2",
                                         "L1K2",       "mlp",   "mlp1_",  "mlp_bias", "mlp1_biases",
                                         "L1234567H1", "L-1H1"};
    struct pg_part found;
    char name[PART_NAME_SIZE];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        part_name(&parts[i], name);
        assert_true(part_parse(name, &found));
        assert_int_equal(found.component, parts[i].component);
        assert_true(found.layer == parts[i].layer && found.index == parts[i].index);
        assert_int_equal(found.source, -1);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (part_parse(others[i], &found)) fail_msg("\"%s\" passes for a component", others[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_widths_untied_erf_scaled_by_block),
        cmocka_unit_test(transposed_matrices_with_prefix),
        cmocka_unit_test(bfloat_shards),
        cmocka_unit_test(the_parts_add_up_to_the_metric_of_the_prediction),
        cmocka_unit_test(a_head_is_the_sum_over_sources_and_an_mlp_over_neurons),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(parts_are_named_in_their_order),
        cmocka_unit_test(names_of_parts_are_read_back),
        cmocka_unit_test(requests_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
