/* test_warning.c: base/warning.h. */
#include "base/warning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warning_reaches_the_function_that_was_set),
        cmocka_unit_test(a_warning_that_nothing_receives_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
