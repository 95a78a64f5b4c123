/* test_lens.c: the logit lens: against figures that an independent float64 implementation computed;
 * its last place against pg_predict, bit for bit; and what is refused. */
#include "circuit/lens.h"

#include "random_model.h"
#include "reference.h"
#include "unit.h"

static struct pg_lens *make(const struct pg_model *model, const struct pg_lens_request *request) {
    struct pg_error err;
    struct pg_lens *lens = pg_lens(model, request, &err);
    if (!lens) fail_msg("%s", err.text);
    return lens;
}

static const struct pg_reading *reading_at(const struct pg_lens *lens, size_t place, size_t at) {
    return &lens->readings[place * lens->n_tokens + at];
}

/* ---- figures ---- */

static void check_model(const char *name) {
    struct reference r = open_reference(name, "circuits.json");
    struct pg_lens_request request = pg_lens_request_default();
    request.text = r.request.clean;
    request.pairs = r.request.pairs;
    request.n_pairs = 1;
    struct pg_lens *lens = make(r.model, &request);
    const cJSON *row, *value, *rows = cJSON_GetObjectItem(r.expected, "lens");
    size_t n = 0;
    assert_int_equal(cJSON_GetArraySize(rows), lens->n_places);
    cJSON_ArrayForEach(row, rows) cJSON_ArrayForEach(value, row) {
        assert_near((double)lens->readings[n].value, value->valuedouble, "reading", (int)n);
        n++;
    }
    assert_int_equal(n, lens->n_places * lens->n_tokens);
    pg_lens_free(lens);
    close_reference(&r);
}

/* ---- the last place ---- */

enum { VOCAB = 70, LENGTH = 60 };

static const struct shape shape = {
    .layers = 2, .heads = 2, .width = 20, .inner = 24, .context = LENGTH, .vocab = VOCAB};

/* A text that makes more rows than are read at a time. */
static struct pg_lens_request long_request(int ids[LENGTH], const struct pg_pair *pair) {
    struct pg_lens_request request = pg_lens_request_default();
    for (int i = 0; i < LENGTH; i++) ids[i] = 7 * i % VOCAB;
    request.text = (struct pg_tokens){ids, LENGTH};
    request.pairs = pair;
    request.n_pairs = pair != NULL;
    return request;
}

static void the_last_place_has_the_bits_of_the_prediction(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = random_model(&shape, 7);
    int ids[LENGTH];
    const struct pg_pair pair = {3, -1};
    struct pg_lens_request request = long_request(ids, &pair);
    request.metric = PG_LOGIT;
    struct pg_lens *lens = make(model, &request);
    for (size_t t = 0; t < LENGTH; t++) {
        const struct pg_reading *last = reading_at(lens, lens->n_places - 1, t);
        struct pg_prediction top, named;
        assert_true(pg_predict(model, ids, t + 1, 1, &top, &err));
        assert_true(pg_predict_tokens(model, ids, t + 1, &pair.a, 1, &named, &err));
        assert_int_equal(last->top, top.token);
        assert_int_equal(last->rank, named.rank);
        assert_memory_equal(&last->probability, &top.probability, sizeof top.probability);
        assert_memory_equal(&last->value, &named.logit, sizeof named.logit);
    }
    pg_lens_free(lens);
    pg_model_close(model);
}

static void any_number_of_threads_gives_the_same_bits(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 8);
    int ids[LENGTH];
    const struct pg_pair pair = {3, 69};
    struct pg_lens_request request = long_request(ids, &pair);
    request.metric = PG_LOGPROB;
    pg_set_threads(1);
    struct pg_lens *one = make(model, &request);
    pg_set_threads(5);
    struct pg_lens *five = make(model, &request);
    pg_set_threads(0);
    assert_memory_equal(one->readings, five->readings,
                        one->n_places * LENGTH * sizeof *one->readings);
    pg_lens_free(one);
    pg_lens_free(five);
    pg_model_close(model);
}

/* ---- what is asked for ---- */

static void without_tokens_there_are_top_tokens_alone(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 9);
    int ids[LENGTH];
    const struct pg_pair pair = {3, 69};
    struct pg_lens_request request = long_request(ids, &pair);
    struct pg_lens *with = make(model, &request);
    request.n_pairs = 0;
    struct pg_lens *without = make(model, &request);
    assert_int_equal(without->read_position, LENGTH - 1);
    for (size_t i = 0; i < without->n_places * LENGTH; i++) {
        assert_true(isnan(without->readings[i].value));
        assert_int_equal(without->readings[i].rank, 0);
        assert_int_equal(without->readings[i].top, with->readings[i].top);
        assert_in_range(with->readings[i].rank, 1, VOCAB);
    }
    pg_lens_free(with);
    pg_lens_free(without);
    pg_model_close(model);
}

static void requests_that_do_not_fit_are_refused(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = random_model(&shape, 10);
    int ids[LENGTH];
    const struct pg_pair pair = {3, VOCAB};
    struct pg_lens_request request = long_request(ids, &pair);
    assert_null(pg_lens(model, &request, &err));
    assert_non_null(strstr(err.text, "the metric has token id 70"));
    request.metric = PG_KL;
    assert_null(pg_lens(model, &request, &err));
    assert_non_null(strstr(err.text, "the metric kl compares two runs"));
    request = long_request(ids, NULL);
    request.read_position = LENGTH;
    assert_null(pg_lens(model, &request, &err));
    assert_non_null(strstr(err.text, "position 60; there are 0 to 59"));
    request.text.count = 0;
    assert_null(pg_lens(model, &request, &err));
    assert_non_null(strstr(err.text, "the text is empty"));
    pg_model_close(model);
}

static void places_are_named_by_their_block(void **state) {
    (void)state;
    static const char *const names[] = {"embed", "L0.mid", "L0.post", "L1.mid"};
    char name[PLACE_SIZE];
    for (size_t i = 0; i < 4; i++) {
        place_name(i, name);
        assert_string_equal(name, names[i]);
    }
}

static void names_of_places_are_read_back(void **state) {
    (void)state;
    static const char *const others[] = {"",        "embedd", "L0",     "L0.pre", "L0.mid ",
                                         "L00.mid", "l0.mid", "L.post", "0.post", "L1234567.mid"};
    char name[PLACE_SIZE];
    size_t place;
    for (size_t i = 0; i < 100; i++) {
        place_name(i, name);
        assert_true(place_parse(name, &place));
        assert_int_equal(place, i);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (place_parse(others[i], &place)) fail_msg("\"%s\" passes for a place", others[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_widths_untied_erf_scaled_by_block),
        cmocka_unit_test(transposed_matrices_with_prefix),
        cmocka_unit_test(bfloat_shards),
        cmocka_unit_test(the_last_place_has_the_bits_of_the_prediction),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(without_tokens_there_are_top_tokens_alone),
        cmocka_unit_test(requests_that_do_not_fit_are_refused),
        cmocka_unit_test(places_are_named_by_their_block),
        cmocka_unit_test(names_of_places_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
