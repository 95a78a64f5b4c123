/* test_normal.c: normally distributed numbers are NumPy's. */
#include "base/normal.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void a_thousand_deviates_are_those_of_numpy(void **state) {
    (void)state;
    FILE *file = fopen(FIXTURES "/normal.txt", "r");
    assert_non_null(file);
    char line[256];
    assert_non_null(fgets(line, sizeof line, file)); /* where they come from */
    struct normal normal;
    normal_seed(&normal, 1);
    unsigned bits;
    int n = 0;
    for (; fscanf(file, "%x", &bits) == 1; n++) {
        const float found = (float)normal_next(&normal);
        uint32_t found_bits;
        memcpy(&found_bits, &found, sizeof found_bits);
        if (found_bits != bits) fail_msg("deviate %d is %08x, not %08x", n, found_bits, bits);
    }
    assert_int_equal(n, 1000);
    fclose(file);
}

static void another_seed_gives_other_numbers_and_the_same_seed_the_same(void **state) {
    (void)state;
    struct normal a, b, c;
    normal_seed(&a, 7), normal_seed(&b, 7), normal_seed(&c, 8);
    for (int i = 0; i < 1001; i++) { /* an odd number: one of a pair is left */
        const double x = normal_next(&a);
        assert_true(x == normal_next(&b));
        assert_true(x != normal_next(&c));
    }
    normal_seed(&a, 8), normal_seed(&c, 8);
    assert_true(normal_next(&a) == normal_next(&c));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_deviates_are_those_of_numpy),
        cmocka_unit_test(another_seed_gives_other_numbers_and_the_same_seed_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
