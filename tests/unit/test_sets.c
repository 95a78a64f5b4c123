/* test_sets.c: metrics of sets of tokens: against figures that an independent float64
 * implementation computed; the sweep against the definition, bit for bit; sets of one token against
 * a pair; the lens and direct attribution; and what is refused. */
#include "circuit/direct.h"
#include "gpt2/probability.h"

#include "naive_patch.h"
#include "random_model.h"
#include "reference.h"
#include "unit.h"

/* ---- figures ---- */

/* Values are near 0.01 for prob: an error of 1e-6 is one of 1e-4 of it. */
static void assert_close(double found, double expected, const char *what) {
    if (!(fabs(found - expected) <= 2e-6 * fmax(1, fabs(expected)) + (fabs(expected) > 0.1) * 1e-5))
        fail_msg("%s: %.9g, expected %.9g", what, found, expected);
}

static void check_values(const struct reference *r, const struct pg_request *request,
                         const char *key) {
    struct pg_result *result = run(r->model, request);
    const cJSON *figures = cJSON_GetObjectItem(cJSON_GetObjectItem(r->expected, "metrics"), key);
    const cJSON *row, *value;
    const struct pg_cell *cell = result->cells;
    assert_non_null(figures);
    assert_close((double)result->clean_metric, cJSON_GetObjectItem(figures, "clean")->valuedouble,
                 key);
    assert_close((double)result->corrupt_metric,
                 cJSON_GetObjectItem(figures, "corrupt")->valuedouble, key);
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(figures, "resid_post"))
        cJSON_ArrayForEach(value, row) assert_close((double)cell++->value, value->valuedouble, key);
    assert_int_equal(cell - result->cells, result->n_cells);
    pg_result_free(result);
}

static void check_lens(const struct reference *r, const struct pg_request *sets) {
    struct pg_error err;
    struct pg_lens_request request = pg_lens_request_default();
    request.text = sets->clean;
    request.answers = sets->answers;
    request.wrong_answers = sets->wrong_answers;
    request.metric = PG_LOGPROB;
    struct pg_lens *lens = pg_lens(r->model, &request, &err);
    const cJSON *row, *value;
    assert_non_null(lens);
    const struct pg_reading *reading = lens->readings;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(r->expected, "lens")) cJSON_ArrayForEach(value, row)
        assert_close((double)reading++->value, value->valuedouble, "lens");
    assert_int_equal(reading - lens->readings, lens->n_places * lens->n_tokens);
    struct pg_prediction first;
    assert_true(pg_predict_tokens(r->model, sets->clean.ids, sets->clean.count, sets->answers.ids,
                                  1, &first, &err));
    assert_int_equal(reading[-1].rank, first.rank);
    pg_lens_free(lens);
}

static void check_direct(const struct reference *r, const struct pg_request *sets) {
    struct pg_error err;
    struct pg_direct_request request = pg_direct_request_default();
    request.text = sets->clean;
    request.answers = sets->answers;
    request.wrong_answers = sets->wrong_answers;
    struct pg_direct *direct = pg_direct(r->model, &request, &err);
    const cJSON *expected = cJSON_GetObjectItem(r->expected, "direct");
    assert_non_null(direct);
    assert_int_equal(cJSON_GetArraySize(expected), direct->n_parts);
    double sum = 0;
    for (size_t i = 0; i < direct->n_parts; i++) {
        const struct pg_part *part = &direct->parts[i];
        char name[64];
        snprintf(name, sizeof name, part->component == PG_HEAD ? "%d.%d" : "mlp %d", part->layer,
                 part->index);
        if (part->component == PG_EMBED) strcpy(name, "embed");
        if (part->component == PG_ATTENTION_BIASES) strcpy(name, "attention biases");
        if (part->component == PG_LN_F_BIAS) strcpy(name, "ln_f bias");
        const cJSON *value = cJSON_GetObjectItem(expected, name);
        if (!value) fail_msg("no figure for %s", name);
        assert_near((double)part->value, value->valuedouble, name, (int)i);
        sum += value->valuedouble;
    }
    assert_near((double)direct->metric_value, sum, "sum", 0);
    pg_direct_free(direct);
}

static void check_model(const char *name) {
    static const struct {
        enum pg_metric metric;
        const char *key;
    } cases[] = {{PG_LOGIT_DIFF, "logit"},     {PG_LOGIT, "logit"},       {PG_PROB, "prob"},
                 {PG_LOGPROB, "logprob"},      {PG_LOGIT, "logit_alone"}, {PG_PROB, "prob_alone"},
                 {PG_LOGPROB, "logprob_alone"}};
    struct reference r = open_reference(name, "sets.json");
    struct pg_tokens answers = read_ids(cJSON_GetObjectItem(r.expected, "answer_ids")),
                     wrong = read_ids(cJSON_GetObjectItem(r.expected, "wrong_answer_ids"));
    struct pg_request request = r.request;
    request.pairs = NULL;
    request.n_pairs = 0;
    request.answers = answers;
    request.wrong_answers = wrong;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        request.metric = cases[i].metric;
        request.wrong_answers = strstr(cases[i].key, "alone") ? (struct pg_tokens){0} : wrong;
        check_values(&r, &request, cases[i].key);
    }
    request.wrong_answers = wrong;
    check_lens(&r, &request);
    check_direct(&r, &request);
    pg_tokens_free(&answers);
    pg_tokens_free(&wrong);
    close_reference(&r);
}

/* ---- the definition ---- */

enum { VOCAB = 83, LENGTH = 7 };

static const struct shape shape = {
    .layers = 2, .heads = 2, .width = 32, .inner = 64, .context = 16, .vocab = VOCAB};
static const int right_ids[] = {5, 82, 0, 40}, wrong_ids[] = {7, 81};

static struct pg_request sets_request(void) {
    struct pg_request request = random_request(LENGTH, VOCAB, 2);
    free((void *)request.pairs);
    request.pairs = NULL;
    request.n_pairs = 0;
    request.answers = (struct pg_tokens){right_ids, 4};
    request.wrong_answers = (struct pg_tokens){wrong_ids, 2};
    return request;
}

static void free_sets_request(struct pg_request *request) {
    request->answers = request->wrong_answers = (struct pg_tokens){0};
    free_request(request);
}

/* A set's part of the metric, from the logits of all tokens. */
static double naive_set(enum pg_metric metric, const struct pg_tokens *set, const float *logits) {
    const struct normalizer z = normalizer_of(VOCAB, logits);
    double sum = 0;
    for (size_t i = 0; i < set->count; i++) {
        const float logit = logits[set->ids[i]];
        sum += metric == PG_PROB ? (double)probability_of(&z, logit) : (double)logit;
    }
    if (metric == PG_LOGPROB) return log_sum_of(logits, set->ids, set->count) - z.log_sum;
    return metric == PG_PROB ? sum : sum / (double)set->count;
}

static float naive_sets(const struct pg_request *r, const float *logits) {
    double value = naive_set(r->metric, &r->answers, logits);
    if (r->wrong_answers.count) value -= naive_set(r->metric, &r->wrong_answers, logits);
    return (float)value;
}

static void check_definition(const struct pg_model *model, const struct pg_request *r) {
    struct pg_result *result = run(model, r);
    struct naive_cache cache = empty_cache(model, LENGTH);
    float *clean = naive_forward(model, r->clean.ids, LENGTH, keep, &cache);
    assert_same_bits(result->clean_metric, naive_sets(r, clean), result->cells);
    for (size_t i = 0; i < result->n_cells; i++) {
        float *logits = run_replaced(model, r->corrupt.ids, &cache, &result->cells[i], 1);
        assert_same_bits(result->cells[i].value, naive_sets(r, logits), &result->cells[i]);
        free(logits);
    }
    free(clean);
    free_cache(&cache);
    pg_result_free(result);
}

static void the_sweep_has_the_bits_of_the_definition(void **state) {
    (void)state;
    static const enum pg_metric metrics[] = {PG_LOGIT_DIFF, PG_LOGIT, PG_LOGPROB, PG_PROB};
    struct pg_model *model = random_model(&shape, 51);
    struct pg_request request = sets_request();
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        request.metric = metrics[i];
        check_definition(model, &request);
        if (metrics[i] == PG_LOGIT_DIFF) continue;
        struct pg_request alone = request;
        alone.wrong_answers.count = 0;
        check_definition(model, &alone);
    }
    free_sets_request(&request);
    pg_model_close(model);
}

static void sets_of_one_token_have_the_bits_of_a_pair(void **state) {
    (void)state;
    static const enum pg_metric metrics[] = {PG_LOGIT_DIFF, PG_LOGIT, PG_LOGPROB, PG_PROB};
    struct pg_model *model = random_model(&shape, 52);
    struct pg_request sets = sets_request(), of_pair = sets;
    const struct pg_pair pair = {right_ids[0], wrong_ids[0]};
    sets.answers.count = sets.wrong_answers.count = 1;
    of_pair.answers = of_pair.wrong_answers = (struct pg_tokens){0};
    of_pair.pairs = &pair;
    of_pair.n_pairs = 1;
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        sets.metric = of_pair.metric = metrics[m];
        struct pg_result *a = run(model, &sets), *b = run(model, &of_pair);
        for (size_t i = 0; i < a->n_cells; i++)
            assert_same_bits(a->cells[i].value, b->cells[i].value, &b->cells[i]);
        pg_result_free(a);
        pg_result_free(b);
    }
    free_sets_request(&sets);
    pg_model_close(model);
}

static void the_logarithm_of_a_sum_holds_for_far_logits(void **state) {
    (void)state;
    const float logits[] = {-300, 1, -300, 500, 2.5f};
    assert_true(log_sum_of(logits, (const int[]){0}, 1) == -300);
    assert_true(fabs(log_sum_of(logits, (const int[]){0, 2}, 2) - (-300 + log(2))) < 1e-10);
    assert_true(log_sum_of(logits, (const int[]){0, 3, 1}, 3) == 500);
    assert_true(fabs(log_sum_of(logits, (const int[]){1, 4}, 2) - log(exp(1) + exp(2.5))) < 1e-10);
}

/* ---- the result ---- */

static void a_result_has_its_sets_and_their_predictions(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = random_model(&shape, 53);
    struct pg_request request = sets_request();
    request.metric = PG_PROB;
    struct pg_result *result = run(model, &request);
    const int all[] = {5, 82, 0, 40, 7, 81};
    struct pg_prediction named[6];
    assert_true(pg_predict_tokens(model, request.clean.ids, LENGTH, all, 6, named, &err));
    assert_int_equal(result->n_named, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(result->clean_named[i].token, named[i].token);
        assert_int_equal(result->clean_named[i].rank, named[i].rank);
    }
    assert_int_equal(result->n_pairs, 0);
    assert_int_equal(result->answers.count, 4);
    assert_memory_equal(result->answers.ids, right_ids, sizeof right_ids);
    assert_int_equal(result->wrong_answers.count, 2);
    assert_memory_equal(result->wrong_answers.ids, wrong_ids, sizeof wrong_ids);
    pg_result_free(result);
    free_sets_request(&request);
    pg_model_close(model);
}

static void sets_that_do_not_fit_are_refused(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 54);
    struct pg_request good = sets_request(), bad = good;
    const struct pg_pair pair = {1, 2};
    const int outside[] = {5, VOCAB}, twice[] = {3, 9, 3}, both[] = {40};
    bad.pairs = &pair, bad.n_pairs = 1;
    refuse(model, &bad, "pairs of tokens or of sets, not of both");
    bad = good, bad.answers.count = 0;
    refuse(model, &bad, "there are wrong answers, but no answers");
    bad = good, bad.wrong_answers.count = 0;
    refuse(model, &bad, "logit_diff needs wrong answers too");
    bad = good, bad.metric = PG_LOSS;
    refuse(model, &bad, "loss takes no sets of tokens");
    bad.metric = PG_KL;
    refuse(model, &bad, "kl takes no sets of tokens");
    bad = good, bad.answers = (struct pg_tokens){outside, 2};
    refuse(model, &bad, "the metric has token id 83");
    bad = good, bad.answers = (struct pg_tokens){twice, 3};
    refuse(model, &bad, "the token 3 is among the answers twice");
    bad = good, bad.wrong_answers = (struct pg_tokens){twice, 3};
    refuse(model, &bad, "the token 3 is among the wrong answers twice");
    bad = good, bad.wrong_answers = (struct pg_tokens){both, 1};
    refuse(model, &bad, "the token 40 is an answer and a wrong answer");
    free_sets_request(&good);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_widths_untied_erf_scaled_by_block),
        cmocka_unit_test(transposed_matrices_with_prefix),
        cmocka_unit_test(bfloat_shards),
        cmocka_unit_test(the_sweep_has_the_bits_of_the_definition),
        cmocka_unit_test(sets_of_one_token_have_the_bits_of_a_pair),
        cmocka_unit_test(the_logarithm_of_a_sum_holds_for_far_logits),
        cmocka_unit_test(a_result_has_its_sets_and_their_predictions),
        cmocka_unit_test(sets_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
