/* test_predict.c: pg_predict, pg_predict_tokens and what a result says of its metric's tokens:
 * ranks, ties, and what is refused. */
#include "gpt2/predict.h"

#include "random_model.h"
#include "unit.h"

enum { VOCAB = 50 };

static const struct shape shape = {
    .layers = 2, .heads = 2, .width = 8, .inner = 16, .context = 8, .vocab = VOCAB};

static void assert_same(const struct pg_prediction *a, const struct pg_prediction *b) {
    assert_int_equal(a->token, b->token);
    assert_int_equal(a->rank, b->rank);
    assert_memory_equal(&a->logit, &b->logit, sizeof a->logit);
    assert_memory_equal(&a->probability, &b->probability, sizeof a->probability);
}

static void test_ranks_count_from_1_and_ties_from_the_lower_id(void **state) {
    (void)state;
    static const float logits[] = {1, 3, 2, 3, -1, 2};
    static const int in_order[] = {1, 3, 2, 5, 0, 4}, tokens[] = {4, 5, 1, 3, 0, 2};
    struct pg_error err;
    struct distribution d;
    struct pg_prediction top[6], named[6];
    assert_true(distribution_make(&d, logits, 6, &err));
    distribution_top(&d, 6, top);
    distribution_named(&d, tokens, 6, named);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(top[i].token, in_order[i]);
        assert_int_equal(top[i].rank, i + 1);
        assert_int_equal(named[i].token, tokens[i]);
        assert_same(&named[i], &top[named[i].rank - 1]);
    }
    distribution_free(&d);
}

static void test_named_tokens_are_those_of_the_whole_ranking(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = random_model(&shape, 3);
    const int ids[] = {4, 49, 0}, tokens[] = {0, 49, 7, 7};
    struct pg_prediction all[VOCAB], named[4];
    assert_true(pg_predict(model, ids, 3, VOCAB, all, &err));
    assert_true(pg_predict_tokens(model, ids, 3, tokens, 4, named, &err));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(named[i].token, tokens[i]);
        assert_same(&named[i], &all[named[i].rank - 1]);
    }
    assert_false(pg_predict_tokens(model, ids, 3, (const int[]){1, VOCAB}, 2, named, &err));
    assert_non_null(strstr(err.text, "the list of tokens has token id 50; model"));
    assert_false(pg_predict_tokens(model, ids, 0, tokens, 1, named, &err));
    pg_model_close(model);
}

/* Each token of the pairs once, in both runs, as pg_predict_tokens finds it. */
static void test_a_result_has_its_tokens(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = random_model(&shape, 5);
    int clean[] = {1, 2, 3, 4}, corrupt[] = {1, 9, 3, 4};
    static const int tokens[] = {7, 8, 6};
    struct pg_pair pairs[] = {{7, 8}, {8, 6}, {6, 7}};
    struct pg_request request = pg_request_default();
    request.clean = (struct pg_tokens){clean, 4};
    request.corrupt = (struct pg_tokens){corrupt, 4};
    request.pairs = pairs;
    request.n_pairs = 3;
    request.metric = PG_LOGIT;
    request.read_position = 2;
    struct pg_result *result = pg_run(model, &request, &err);
    assert_non_null(result);
    assert_int_equal(result->n_named, 3);
    struct pg_prediction named[3];
    assert_true(pg_predict_tokens(model, clean, 3, tokens, 3, named, &err));
    for (int i = 0; i < 3; i++) assert_same(&result->clean_named[i], &named[i]);
    assert_true(pg_predict_tokens(model, corrupt, 3, tokens, 3, named, &err));
    for (int i = 0; i < 3; i++) assert_same(&result->corrupt_named[i], &named[i]);
    pg_result_free(result);

    request.metric = PG_KL;
    request.n_pairs = 0;
    result = pg_run(model, &request, &err);
    assert_non_null(result);
    assert_int_equal(result->n_named, 0);
    pg_result_free(result);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_count_from_1_and_ties_from_the_lower_id),
        cmocka_unit_test(test_named_tokens_are_those_of_the_whole_ranking),
        cmocka_unit_test(test_a_result_has_its_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
