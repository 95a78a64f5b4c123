/* test_concurrent.c: threads that use one model at once get what one thread gets, bit for bit. Also
 * run under ThreadSanitizer (scripts/test.sh). */
#include "patchgpt.h"
#include "unit.h"

#include <pthread.h>
#include <string.h>

enum { N_THREADS = 4, N_ROUNDS = 3, TOP = 5 };

/* What a thread makes of a text and a corrupted text. */
struct outcome {
    struct pg_tokens clean, corrupt;
    struct pg_prediction top[TOP];
    struct pg_result *result;
};

static const char clean[] = "Mary went to the store because";
static const char corrupt[] = "John went to the store because";
static struct pg_model *model;

static void use_model(struct outcome *o) {
    const struct pg_pair pair = {10, 20};
    struct pg_request request = pg_request_default();
    assert_true(pg_tokenize(model, clean, strlen(clean), &o->clean, NULL));
    assert_true(pg_tokenize(model, corrupt, strlen(corrupt), &o->corrupt, NULL));
    assert_true(pg_predict(model, o->clean.ids, o->clean.count, TOP, o->top, NULL));
    request.clean = o->clean;
    request.corrupt = o->corrupt;
    request.pairs = &pair;
    request.n_pairs = 1;
    request.sites[1] = PG_Z;
    request.n_sites = 2;
    o->result = pg_run(model, &request, NULL);
    assert_non_null(o->result);
}

static void free_outcome(struct outcome *o) {
    pg_result_free(o->result);
    pg_tokens_free(&o->clean);
    pg_tokens_free(&o->corrupt);
}

static void assert_same_outcome(const struct outcome *a, const struct outcome *b) {
    assert_int_equal(a->clean.count, b->clean.count);
    assert_memory_equal(a->clean.ids, b->clean.ids, a->clean.count * sizeof *a->clean.ids);
    assert_memory_equal(a->top, b->top, sizeof a->top);
    assert_int_equal(a->result->n_cells, b->result->n_cells);
    for (size_t i = 0; i < a->result->n_cells; i++)
        assert_memory_equal(&a->result->cells[i].value, &b->result->cells[i].value, sizeof(float));
}

static void *run_thread(void *argument) {
    pg_set_threads(2);
    use_model(argument);
    return NULL;
}

static void calls_on_one_model_at_once_give_the_same_bits(void **state) {
    (void)state;
    struct outcome expected, found[N_THREADS];
    use_model(&expected);
    for (int round = 0; round < N_ROUNDS; round++) {
        pthread_t threads[N_THREADS];
        for (int i = 0; i < N_THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, run_thread, &found[i]), 0);
        for (int i = 0; i < N_THREADS; i++) {
            pthread_join(threads[i], NULL);
            assert_same_outcome(&found[i], &expected);
            free_outcome(&found[i]);
        }
    }
    free_outcome(&expected);
}

static void the_number_of_threads_is_each_thread_s_own(void **state) {
    (void)state;
    const int before = pg_threads();
    struct outcome o;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_thread, &o), 0);
    pthread_join(thread, NULL);
    assert_int_equal(pg_threads(), before);
    free_outcome(&o);
}

static int open_demo(void **state) {
    (void)state;
    model = pg_model_open("demo", NULL);
    return model ? 0 : -1;
}

static int close_demo(void **state) {
    (void)state;
    pg_model_close(model);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_on_one_model_at_once_give_the_same_bits),
        cmocka_unit_test(the_number_of_threads_is_each_thread_s_own),
    };
    return cmocka_run_group_tests(tests, open_demo, close_demo);
}
