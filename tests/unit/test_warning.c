/* test_warning.c: base/warning.h. */
#include "base/error.h"

#include "unit.h"

#include <pthread.h>
#include <string.h>

struct received {
    int n;
    enum pg_warning_kind kind;
    char sentence[64];
};

static void receive(void *context, enum pg_warning_kind kind, const char *sentence) {
    struct received *r = context;
    r->n++;
    r->kind = kind;
    strncpy(r->sentence, sentence, sizeof r->sentence - 1);
}

static void a_warning_reaches_the_function_that_was_set(void **state) {
    (void)state;
    struct received r = {0};
    pg_set_warning(receive, &r);
    warn(PG_WARN_STORAGE, "%s\n is odd", "a file");
    assert_int_equal(r.n, 1);
    assert_int_equal(r.kind, PG_WARN_STORAGE);
    assert_string_equal(r.sentence, "a file? is odd");
}

static void a_warning_that_nothing_receives_is_dropped(void **state) {
    (void)state;
    struct received r = {0};
    pg_set_warning(receive, &r);
    pg_set_warning(NULL, NULL);
    warn(PG_WARN_STORAGE, "odd");
    assert_int_equal(r.n, 0);
}

enum { N_THREADS = 4, N_EACH = 2000 };

static void count_up(void *context, enum pg_warning_kind kind, const char *sentence) {
    (void)kind, (void)sentence;
    volatile int *count = context; /* not atomic */
    *count = *count + 1;
}

static void *warn_often(void *unused) {
    for (int i = 0; i < N_EACH; i++) warn(PG_WARN_STORAGE, "%d", i);
    return unused;
}

static void threads_take_turns(void **state) {
    (void)state;
    pthread_t threads[N_THREADS];
    int count = 0;
    pg_set_warning(count_up, &count);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, warn_often, NULL), 0);
    for (int i = 0; i < N_THREADS; i++) pthread_join(threads[i], NULL);
    pg_set_warning(NULL, NULL);
    assert_int_equal(count, N_THREADS * N_EACH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warning_reaches_the_function_that_was_set),
        cmocka_unit_test(a_warning_that_nothing_receives_is_dropped),
        cmocka_unit_test(threads_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
