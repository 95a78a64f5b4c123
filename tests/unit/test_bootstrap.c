/* test_bootstrap.c: the weights of the Poisson bootstrap against known probabilities, its intervals
 * against numpy's and against known means. */
#include "base/normal.h"
#include "batch/bootstrap.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* By a Python program of the definition, with integers modulo 2^64:
 *
 *     def mix(x):
 *         x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 % 2**64
 *         x = (x ^ x >> 27) * 0x94d049bb133111eb % 2**64
 *         return x ^ x >> 31
 *     def weights(seed, id, n):
 *         h = 0xcbf29ce484222325
 *         for b in id.encode(): h = (h ^ b) * 0x100000001b3 % 2**64
 *         s = mix(h ^ mix(seed))
 *         for r in range(n):
 *             s = (s + 0x9e3779b97f4a7c15) % 2**64
 *             yield sum(mix(s) >= t for t in limits)
 *
 * limits: int(2**64 * sum(exp(-1) / factorial(j) for j in range(k + 1))), k = 0, 1, ..., in 50
 * digits. */
static void weights_are_those_of_the_definition(void **state) {
    (void)state;
    static const struct {
        uint32_t seed;
        const char *id;
        uint32_t weights[24];
    } known[] = {
        {1, "line-1", {0, 1, 5, 0, 0, 2, 0, 0, 0, 1, 2, 1, 2, 0, 1, 1, 1, 0, 1, 3, 0, 0, 3, 1}},
        {7, "line-1", {1, 0, 2, 1, 1, 0, 0, 0, 2, 0, 1, 2, 1, 0, 1, 0, 1, 2, 1, 0, 1, 1, 1, 0}},
        {1, "b", {1, 0, 0, 0, 0, 2, 0, 1, 0, 2, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 2, 2, 0, 1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t found[24];
        bootstrap_weights(known[i].seed, known[i].id, 24, found);
        for (int r = 0; r < 24; r++) assert_int_equal(found[r], known[i].weights[r]);
        bootstrap_weights(known[i].seed, known[i].id, 3, found); /* of fewer the first */
        for (int r = 0; r < 3; r++) assert_int_equal(found[r], known[i].weights[r]);
    }
}

/* A million weights: the part with each number is within five standard deviations of exp(-1) / k!,
 * over experiments in one replicate as well as over replicates of one experiment. */
static void weights_have_the_probabilities_of_poisson_1(void **state) {
    (void)state;
    enum { N = 1000, KINDS = 8 };
    static uint32_t weights[N][N];
    double parts[KINDS] = {0}, same_replicate = 0, neighbours = 0, p = exp(-1);
    for (int i = 0; i < N; i++) {
        char id[32];
        snprintf(id, sizeof id, "line-%d", i + 1);
        bootstrap_weights(1, id, N, weights[i]);
        for (int r = 0; r < N; r++)
            if (weights[i][r] < KINDS) parts[weights[i][r]] += 1e-6;
    }
    for (int k = 0; k < KINDS; k++) {
        if (fabs(parts[k] - p) > 5 * sqrt(p / 1e6)) fail_msg("%d: %g is not %g", k, parts[k], p);
        p /= k + 1;
    }
    assert_true(fabs(parts[0] - 0.3679) < 0.0025 && fabs(parts[2] - 0.1839) < 0.002);
    /* The mean product of (w - 1) of neighbours is 0: its standard deviation is 1e-3. */
    for (int i = 0; i + 1 < N; i++)
        for (int r = 0; r + 1 < N; r++) {
            same_replicate += ((double)weights[i][r] - 1) * ((double)weights[i + 1][r] - 1) / 1e6;
            neighbours += ((double)weights[i][r] - 1) * ((double)weights[i][r + 1] - 1) / 1e6;
        }
    assert_true(fabs(same_replicate) < 5e-3 && fabs(neighbours) < 5e-3);
}

/* numpy.percentile(numbers, [2.5, 97.5]). */
static void percentiles_are_those_of_numpy(void **state) {
    (void)state;
    double five[] = {3, 1, 2, 10, 7}, one[] = {4}, odd[] = {1, INFINITY, 2};
    struct interval i = bootstrap_percentiles(five, 5);
    assert_true(i.known && i.low == 1.1f && i.high == 9.7f);
    i = bootstrap_percentiles(one, 1);
    assert_true(i.known && i.low == 4 && i.high == 4);
    assert_false(bootstrap_percentiles(odd, 3).known);
    assert_false(bootstrap_percentiles(one, 0).known);
}

/* ---- intervals ---- */

/* The first n of these, of experiments line-1, line-2, ... */
struct numbers {
    double x[7];
    int n, passes;
};

static const struct numbers seven = {
    {0.5, -1.25, (double)2.1f, (double)3.3f, (double)0.7f, (double)-0.4f, (double)1.9f}, 7, 0};

/* Adds the numbers to every average of the resampling, negative ones to odd averages. */
static bool add_numbers(void *context, struct resampling *r, struct pg_error *err) {
    (void)err;
    struct numbers *numbers = context;
    numbers->passes++;
    for (int i = 0; i < numbers->n; i++) {
        char id[24];
        snprintf(id, sizeof id, "line-%d", i + 1);
        resampling_begin(r, id);
        for (size_t a = 0; a < r->end + 10; a++)
            resampling_add(r, a, a % 2 ? -numbers->x[i] : numbers->x[i]);
    }
    return true;
}

static struct interval interval_of(int n, int replicates, uint32_t seed) {
    const struct bootstrap b = {replicates, seed, 0};
    struct numbers numbers = seven;
    struct interval interval;
    struct pg_error err;
    numbers.n = n;
    assert_true(bootstrap_intervals(&b, 1, add_numbers, &numbers, &interval, &err));
    return interval;
}

/* By the program above, w with a row for each experiment:
 *
 *     t = w.sum(0)
 *     numpy.percentile((w * x[:, None]).sum(0)[t > 0] / t[t > 0], [2.5, 97.5])
 */
static void intervals_are_those_of_numpy(void **state) {
    (void)state;
    static const struct {
        int n, replicates;
        uint32_t seed;
        double low, high;
    } known[] = {
        {7, 1000, 1, -0.200500011742115, 2.050178518838116},
        {7, 200, 1, -0.1313293826130647, 2.0406666344404223},
        {7, 1000, 2, -0.325833336263895, 2.1781745493175486}, /* one replicate has no weight */
        {7, 37, 1, 0.4224999856948853, 1.7502856663295203},
        {3, 1000, 1, -1.25, 2.0999999046325684}, /* 944 replicates have weights */
        {2, 1000, 1, -1.25, 0.5},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct interval found = interval_of(known[i].n, known[i].replicates, known[i].seed);
        assert_true(found.known);
        if (fabs((double)found.low - known[i].low) > 1e-7 * fabs(known[i].low) ||
            fabs((double)found.high - known[i].high) > 1e-7 * fabs(known[i].high))
            fail_msg("%.9g to %.9g is not %.9g to %.9g", (double)found.low, (double)found.high,
                     known[i].low, known[i].high);
    }
}

static void one_number_and_no_replicates_have_no_interval(void **state) {
    (void)state;
    assert_false(interval_of(1, 1000, 1).known);
    assert_false(interval_of(0, 1000, 1).known);
    assert_false(interval_of(7, 0, 1).known);
    struct numbers numbers = seven;
    numbers.x[3] = INFINITY;
    struct interval interval;
    struct pg_error err;
    const struct bootstrap b = {100, 1, 0};
    assert_true(bootstrap_intervals(&b, 1, add_numbers, &numbers, &interval, &err));
    assert_false(interval.known);
}

static void passes_that_memory_asks_for_change_no_interval(void **state) {
    (void)state;
    enum { N = 450, REPLICATES = 100 };
    const struct bootstrap b = {REPLICATES, 1, (size_t)12 * REPLICATES * 200};
    struct numbers numbers = seven;
    static struct interval intervals[N];
    struct pg_error err;
    numbers.n = 3;
    assert_true(bootstrap_intervals(&b, N, add_numbers, &numbers, intervals, &err));
    assert_int_equal(numbers.passes, 3);
    assert_true(intervals[0].known);
    for (int i = 2; i < N; i++) {
        assert_true(intervals[i].known);
        assert_true(intervals[i].low == intervals[i % 2].low);
        assert_true(intervals[i].high == intervals[i % 2].high);
    }
    assert_true(intervals[1].low == -intervals[0].high && intervals[1].high == -intervals[0].low);
}

static void the_default_number_depends_on_the_averages_alone(void **state) {
    (void)state;
    assert_int_equal(bootstrap_default(0), 1000);
    assert_int_equal(bootstrap_default(264), 1000);
    assert_int_equal(bootstrap_default(5592), 1000);
    assert_int_equal(bootstrap_default(5600), 998); /* 64 MB of 12 bytes each */
    assert_int_equal(bootstrap_default(20000), 279);
    assert_int_equal(bootstrap_default(73728), 200);
    assert_int_equal(bootstrap_default((size_t)1 << 40), 200);
}

/* The intervals of 200 means, each over 40 numbers from a normal distribution of mean 3: about 95 %
 * of them hold 3, and they are about as wide as 2 x 1.96 standard errors. */
static void intervals_hold_the_known_mean_in_19_of_20_cases(void **state) {
    (void)state;
    enum { BATCHES = 200, EXPERIMENTS = 40 };
    struct normal *normal = malloc(sizeof *normal);
    struct resampling r;
    struct pg_error err;
    int n_hold = 0;
    double widths = 0;
    normal_seed(normal, 5);
    for (int i = 0; i < BATCHES; i++) {
        struct average average = {0};
        assert_true(resampling_open(&r, 0, 1, 1000, 1, &err));
        for (int j = 0; j < EXPERIMENTS; j++) {
            char id[32];
            const double x = (double)(float)(3 + 2 * normal_next(normal));
            snprintf(id, sizeof id, "batch%d-%d", i, j);
            resampling_begin(&r, id);
            resampling_add(&r, 0, x);
            average_add(&average, x);
        }
        average.interval = resampling_interval(&r, 0);
        const double low = (double)average.interval.low, high = (double)average.interval.high;
        assert_true(low < average.mean && average.mean < high);
        n_hold += low <= 3 && 3 <= high;
        widths += (high - low) / (2 * 1.96 * average_error(&average)) / BATCHES;
        resampling_close(&r);
    }
    free(normal);
    if (n_hold < 180 || n_hold > 196) fail_msg("%d of %d hold the mean", n_hold, BATCHES);
    if (widths < 0.95 || widths > 1.05) fail_msg("widths are %g of what they should be", widths);
}

static void an_average_is_written_as_far_as_it_is_known(void **state) {
    (void)state;
    struct average a = {0};
    assert_string_equal(average_texts(&a).of[AVERAGE_COUNT], "0");
    assert_string_equal(average_texts(&a).of[AVERAGE_MEAN], "");
    average_add(&a, 3);
    assert_true(a.mean == 3 && isnan(average_error(&a)));
    assert_string_equal(average_texts(&a).of[AVERAGE_MEAN], "3");
    assert_string_equal(average_texts(&a).of[AVERAGE_ERROR], "");
    average_add(&a, 5);
    assert_true(a.mean == 4 && average_error(&a) == 1);
    assert_string_equal(average_texts(&a).of[AVERAGE_ERROR], "1");
    assert_string_equal(average_texts(&a).of[AVERAGE_LOW], "");
    a.interval = (struct interval){true, 3, 4.5f};
    assert_string_equal(average_texts(&a).of[AVERAGE_LOW], "3");
    assert_string_equal(average_texts(&a).of[AVERAGE_HIGH], "4.5");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_those_of_the_definition),
        cmocka_unit_test(weights_have_the_probabilities_of_poisson_1),
        cmocka_unit_test(percentiles_are_those_of_numpy),
        cmocka_unit_test(intervals_are_those_of_numpy),
        cmocka_unit_test(one_number_and_no_replicates_have_no_interval),
        cmocka_unit_test(passes_that_memory_asks_for_change_no_interval),
        cmocka_unit_test(the_default_number_depends_on_the_averages_alone),
        cmocka_unit_test(intervals_hold_the_known_mean_in_19_of_20_cases),
        cmocka_unit_test(an_average_is_written_as_far_as_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
