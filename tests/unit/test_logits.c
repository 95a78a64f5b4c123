/* test_logits.c: pg_logits against the definition, the file that pg_write_logits writes, and
 * pg_check_logits. */
#include "report/logits_file.h"

#include "naive.h"
#include "random_model.h"
#include "scratch.h"
#include "unit.h"

enum { VOCAB = 50, MOST = 40 };

static const struct shape shape = {
    .layers = 2, .heads = 2, .width = 8, .inner = 16, .context = MOST, .vocab = VOCAB};
static struct scratch scratch;
static struct pg_model *model;
static int ids[MOST];
static struct pg_error err;

static int setup(void **state) {
    (void)state;
    scratch_open(&scratch);
    model = random_model(&shape, 7);
    for (int i = 0; i < MOST; i++) ids[i] = (i * 17 + 3) % VOCAB;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    pg_model_close(model);
    scratch_close(&scratch);
    return 0;
}

static void assert_error(const char *part) {
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in the error \"%s\"", part, err.text);
}

static void leave(void *context, enum activation_name name, int block, float *x) {
    (void)context, (void)name, (void)block, (void)x;
}

/* What keep_row has received. */
struct rows {
    float logits[MOST][VOCAB];
    size_t first, next;
};

static bool keep_row(void *context, size_t position, const float *logits, size_t n_vocab,
                     struct pg_error *error) {
    struct rows *r = context;
    (void)error;
    assert_int_equal(n_vocab, VOCAB);
    assert_int_equal(position, r->next++);
    memcpy(r->logits[position], logits, sizeof r->logits[0]);
    return true;
}

static void every_row_is_that_of_the_definition(void **state) {
    (void)state;
    static struct rows all, last;
    assert_true(pg_logits(model, ids, MOST, 0, keep_row, &all, &err));
    assert_int_equal(all.next, MOST);
    for (int t = 0; t < MOST; t++) {
        float *expected = naive_forward(model, ids, t + 1, leave, NULL);
        assert_memory_equal(all.logits[t], expected, sizeof all.logits[t]);
        free(expected);
    }
    for (size_t first = 0; first < MOST; first++) {
        last.next = first;
        assert_true(pg_logits(model, ids, MOST, first, keep_row, &last, &err));
        assert_int_equal(last.next, MOST);
        assert_memory_equal(last.logits[first], all.logits[first],
                            (MOST - first) * sizeof last.logits[0]);
    }
    struct pg_prediction top[VOCAB];
    assert_true(pg_predict(model, ids, MOST, VOCAB, top, &err));
    for (int i = 0; i < VOCAB; i++)
        assert_memory_equal(&top[i].logit, &all.logits[MOST - 1][top[i].token], sizeof(float));
}

static void the_threads_do_not_change_a_bit(void **state) {
    (void)state;
    static struct rows one, three;
    pg_set_threads(1);
    assert_true(pg_logits(model, ids, MOST, 0, keep_row, &one, &err));
    pg_set_threads(3);
    assert_true(pg_logits(model, ids, MOST, 0, keep_row, &three, &err));
    pg_set_threads(0);
    assert_memory_equal(one.logits, three.logits, sizeof one.logits);
}

static bool refuse_row(void *context, size_t position, const float *logits, size_t n_vocab,
                       struct pg_error *error) {
    (void)logits, (void)n_vocab;
    snprintf(error->text, sizeof error->text, "enough at %zu", position);
    return position < *(size_t *)context;
}

static void the_pass_ends_when_the_receiver_says_so(void **state) {
    (void)state;
    size_t most = 35;
    assert_false(pg_logits(model, ids, MOST, 0, refuse_row, &most, &err));
    assert_string_equal(err.text, "enough at 35");
    assert_false(pg_logits(model, ids, 5, 5, refuse_row, &most, &err));
    assert_error("position 5 was asked for; the text has 5 tokens");
    assert_false(pg_logits(model, ids, 0, 0, refuse_row, &most, &err));
    assert_error("is empty");
    assert_false(pg_logits(model, ids, MOST + 1, 0, refuse_row, &most, &err));
    assert_error("has room for 40");
}

static void assert_equal_to(const char *path, size_t count, bool all, size_t n) {
    struct pg_logits_check check;
    if (!pg_check_logits(model, ids, count, all, path, 0, &check, &err)) fail_msg("%s", err.text);
    assert_int_equal(check.n_compared, n);
    assert_int_equal(check.n_differing, 0);
    assert_true(check.largest == 0);
}

static void what_is_written_is_equal_to_the_bit(void **state) {
    (void)state;
    static const char *const names[] = {"a.npy", "a.csv", "a.NPY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t count = 1; count <= MOST; count += 3) {
            const char *path = scratch_path(&scratch, names[i]);
            assert_true(pg_write_logits(model, ids, count, false, path, &err));
            assert_equal_to(path, count, false, VOCAB);
            if (count > 1) {
                struct pg_logits_check check;
                assert_false(pg_check_logits(model, ids, count, true, path, 0, &check, &err));
                assert_error("has the logits of the last position alone, expected all");
            }
            assert_true(pg_write_logits(model, ids, count, true, path, &err));
            assert_equal_to(path, count, true, count * VOCAB);
            assert_equal_to(path, count, false, count * VOCAB);
        }
}

/* Writes an array of float64 with that shape and order, of the text's logits and `added` to one of
 * them. */
static const char *write_array(const char *dims, bool fortran, const struct rows *rows,
                               size_t first, size_t count, size_t position, size_t token,
                               double added) {
    static double values[MOST * VOCAB];
    static char bytes[256 + sizeof values];
    const size_t n_rows = count - first;
    for (size_t t = 0; t < n_rows; t++)
        for (size_t v = 0; v < VOCAB; v++)
            values[fortran ? v * n_rows + t : t * VOCAB + v] =
                (double)rows->logits[first + t][v] +
                (first + t == position && v == token ? added : 0);
    const int header = sprintf(bytes + 10, "{'descr': '<f8', 'fortran_order': %s, 'shape': %s, }\n",
                               fortran ? "True" : "False", dims);
    memcpy(bytes, "\x93NUMPY\x01\0", 8);
    bytes[8] = (char)header;
    bytes[9] = 0;
    memcpy(bytes + 10 + header, values, n_rows * VOCAB * sizeof *values);
    return scratch_write(&scratch, "r.npy", bytes,
                         10 + (size_t)header + n_rows * VOCAB * sizeof *values);
}

static void a_difference_is_found_where_it_is(void **state) {
    (void)state;
    static const struct {
        const char *dims;
        bool all;
    } forms[] = {{"(50,)", false},
                 {"(1, 50)", false},
                 {"(1, 1, 50)", false},
                 {"(6, 50)", true},
                 {"(1, 6, 50)", true}};
    static struct rows rows;
    rows.next = 0;
    assert_true(pg_logits(model, ids, 6, 0, keep_row, &rows, &err));
    for (size_t i = 0; i < 2 * sizeof forms / sizeof *forms; i++) {
        const size_t first = forms[i / 2].all ? 0 : 5, position = forms[i / 2].all ? 2 : 5;
        struct pg_logits_check check;
        const char *path =
            write_array(forms[i / 2].dims, i % 2, &rows, first, 6, position, 31, 0.25);
        assert_true(pg_check_logits(model, ids, 6, false, path, 0.2, &check, &err));
        assert_int_equal(check.n_compared, (6 - first) * VOCAB);
        assert_int_equal(check.n_differing, 1);
        assert_int_equal(check.position, position);
        assert_int_equal(check.token, 31);
        assert_true(check.largest == 0.25);
        assert_true(check.expected == (double)check.found + 0.25);
        assert_true(pg_check_logits(model, ids, 6, false, path, 0.25, &check, &err));
        assert_int_equal(check.n_differing, 0);
        assert_true(check.largest == 0.25);
    }
}

static void nan_differs_whatever_the_tolerance(void **state) {
    (void)state;
    static const double numbers[] = {NAN, INFINITY, -INFINITY};
    static struct rows rows;
    rows.next = 0;
    assert_true(pg_logits(model, ids, 6, 0, keep_row, &rows, &err));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct pg_logits_check check;
        const char *path = write_array("(6, 50)", false, &rows, 0, 6, 3, 49, numbers[i]);
        assert_true(pg_check_logits(model, ids, 6, true, path, 1e300, &check, &err));
        assert_int_equal(check.n_differing, 1);
        assert_int_equal(check.position, 3);
        assert_int_equal(check.token, 49);
        assert_true(isinf(check.largest));
        assert_int_equal(check.expected_top, numbers[i] > 0 ? 49 : check.found_top);
    }
}

static void other_shapes_are_refused(void **state) {
    (void)state;
    static const char *const dims[] = {"(5, 50)", "(7, 50)",    "(50, 6)",   "(6, 1, 50)",
                                       "(300,)",  "(2, 3, 50)", "(6, 50, 1)"};
    static struct rows rows;
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
        struct pg_logits_check check;
        const size_t count = i == 0 ? 5 : i == 1 ? 7 : 6;
        const char *path = write_array(dims[i], false, &rows, 0, count, 0, 0, 0);
        assert_false(pg_check_logits(model, ids, 6, false, path, 0, &check, &err));
        assert_error("r.npy has the shape (");
        assert_error("expected (50,) for the last position or (6, 50) for all");
    }
}

static void an_empty_file_never_passes(void **state) {
    (void)state;
    static const char head[] = "position,token_id,logit\n";
    struct pg_logits_check check;
    char npy[NPY_HEADER_SIZE];
    npy_header("f4", (const size_t[]){0, VOCAB}, 2, npy);
    const char *const paths[] = {scratch_text(&scratch, "e.csv", ""),
                                 scratch_text(&scratch, "h.csv", head),
                                 scratch_write(&scratch, "z.npy", npy, sizeof npy)};
    for (size_t i = 0; i < 3; i++) {
        assert_false(pg_check_logits(model, ids, 6, false, paths[i], 1, &check, &err));
        assert_error("has no logits");
    }
}

static void rows_of_csv_are_all_there_and_in_order(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"position,token_id,logit\n0,0,1\n0,1,2\n",
         "line 4: the file ends after 2 rows, expected 8"},
        {"position,token_id,logit\n1,0,1\n1,1,2\n1,2,3\n",
         "the file ends after 3 rows, expected 4"},
        {"position,token_id,logit\n1,0,1\n1,2,2\n", "line 3: token_id is \"2\", expected 1"},
        {"position,token_id,logit\n2,0,1\n", "line 2: position is \"2\", expected 0"},
        {"position,token_id,logit\n1,0,1\n1,1,\n", "line 3: logit is \"\", which is not a float32"},
        {"position,token_id,logit\n1,0,1\n1,1,1\n1,2,1\n1,3,1\n1,4,1\n",
         "line 6: the file goes on"},
        {"token_id,position,logit\n", "column 1 is \"token_id\", expected \"position\""},
        {"PK\3\4", "is an archive (.npz, .pt)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct logits_file file;
        char *text = strdup(cases[i].text);
        assert_false(logits_file_parse(text, strlen(text), "r.csv", 2, 4, &file, &err));
        assert_error(cases[i].part);
        assert_error("r.csv");
        logits_file_free(&file);
        free(text);
    }
    struct logits_file file;
    char text[] = "\xef\xbb\xbfposition,token_id,logit\r\n1,0,1\r\n1,1,nan\r\n1,2,-inf\r\n1,3,4";
    assert_true(logits_file_parse(text, sizeof text - 1, "r", 2, 4, &file, &err));
    assert_int_equal(file.n_rows, 1);
    assert_true(isnan(logits_file_at(&file, 0, 1)) && isinf(logits_file_at(&file, 0, 2)));
    assert_true(logits_file_at(&file, 0, 3) == 4);
    logits_file_free(&file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_row_is_that_of_the_definition),
        TEST(the_threads_do_not_change_a_bit),
        TEST(the_pass_ends_when_the_receiver_says_so),
        TEST(what_is_written_is_equal_to_the_bit),
        TEST(a_difference_is_found_where_it_is),
        TEST(nan_differs_whatever_the_tolerance),
        TEST(other_shapes_are_refused),
        TEST(an_empty_file_never_passes),
        TEST(rows_of_csv_are_all_there_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
