/* test_probability.c: gpt2/probability.h against the C library's double, down to nothing. */
#include "gpt2/probability.h"

#include "unit.h"

#include <math.h>

/* The largest logit is 0, another is x. */
static float probability(float x, double *expected) {
    const float logits[] = {0, x, -1, -2};
    const struct normalizer z = normalizer_of(4, logits);
    *expected = exp((double)x) / (1 + exp((double)x) + exp(-1) + exp(-2));
    return probability_of(&z, x);
}

static void probabilities_are_right_down_to_the_smallest_float(void **state) {
    (void)state;
    for (double x = 0; x > -103; x -= 0.0371) {
        double expected;
        const double found = (double)probability((float)x, &expected);
        const double room = 1e-6 * expected + 0x1p-149; /* half of the smallest, and a little */
        if (fabs(found - expected) > room) fail_msg("e^%g: %g, not %g", x, found, expected);
    }
}

static void what_is_smaller_than_any_float_is_0(void **state) {
    (void)state;
    double expected;
    assert_true(probability(-105, &expected) == 0);
    assert_true(probability(-1000, &expected) == 0);
    assert_true(probability(-3e38f, &expected) == 0);
}

static void probabilities_fall_with_the_logit_across_the_end_of_the_kernels(void **state) {
    (void)state;
    double expected;
    float before = probability(-86, &expected);
    for (float x = -86.01f; x > -88; x -= 0.01f) {
        const float p = probability(x, &expected);
        assert_true(p < before);
        before = p;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_are_right_down_to_the_smallest_float),
        cmocka_unit_test(what_is_smaller_than_any_float_is_0),
        cmocka_unit_test(probabilities_fall_with_the_logit_across_the_end_of_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
