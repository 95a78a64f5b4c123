/* test_spec.c: spec/: values and selections from text, and that a command line and a JSON line that
 * say the same become the same spec and the same request. */
#include "base/json.h"
#include "spec/resolve.h"
#include "spec/spec_json.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct pg_error err;

static void assert_says(const char *part) {
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in \"%s\"", part, err.text);
}

/* ---- values ---- */

static void whole_numbers_are_read_whole_or_refused(void **state) {
    (void)state;
    int value = 7;
    assert_true(parse_integer("-12", -20, 20, &value));
    assert_int_equal(value, -12);
    static const char *const wrong[] = {"",    "-",   "+1", " 1",        "1 ",
                                        "1.0", "0x1", "21", "2147483648"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(parse_integer(wrong[i], -20, 20, &value));
    assert_int_equal(value, -12);
}

static void reals_are_finite_decimal_numbers(void **state) {
    (void)state;
    double value;
    assert_true(parse_real("-1.5e-3", &value));
    assert_true(value == -1.5e-3);
    static const char *const wrong[] = {"", "nan", "inf", "0x1p3", "1e999", "1,5", "1 "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(parse_real(wrong[i], &value));
}

static void ids_may_have_spaces_around_them(void **state) {
    (void)state;
    struct pg_tokens ids = {0};
    assert_true(parse_ids("--ids", " 464, 3290 ,1", &ids, &err));
    assert_int_equal(ids.count, 3);
    assert_int_equal(ids.ids[1], 3290);
    static const char *const wrong[] = {"", "1,", ",1", "1,,2", "-1", "1 2", "a"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(parse_ids("--ids", wrong[i], &ids, &err));
        assert_says("--ids takes token ids");
    }
    pg_tokens_free(&ids);
}

static void names_of_sites_stand_for_one_or_several(void **state) {
    (void)state;
    struct site_list sites;
    assert_true(parse_sites("--site", "z,block", &sites, &err));
    assert_int_equal(sites.count, 4);
    assert_int_equal(sites.items[0], PG_Z);
    assert_int_equal(sites.items[3], PG_MLP_OUT);
    assert_false(parse_sites("--site", "z,zz", &sites, &err));
    assert_says("--site: unknown name \"zz\"; did you mean z?");
    assert_false(parse_sites("--site", "mlp_out,block", &sites, &err));
    assert_says("--site mlp_out,block has mlp_out twice");
    assert_false(parse_sites("site", "z,", &sites, &err));
    assert_says("site takes names");
}

/* ---- selections ---- */

/* What a text selects of 5 layers, as digits; or the error. */
static void assert_selects(const char *text, const char *digits) {
    struct selection selection = {0};
    struct pg_list list = {0};
    const bool differs[] = {false, true, false, true, false};
    char found[16] = "";
    bool done = parse_selection("--layers", text, true, &selection, &err) &&
                selection_resolve(&selection, "--layers", "layer", 5, differs, &list, &err);
    for (size_t i = 0; done && i < list.count && i < 15; i++)
        found[i] = (char)('0' + list.items[i]);
    if (done) assert_string_equal(found, digits);
    if (!done) assert_says(digits);
    free((void *)list.items);
    selection_free(&selection);
}

static void selections_are_ascending_and_without_repetition(void **state) {
    (void)state;
    assert_selects("3,0", "03");
    assert_selects("0-2,1,2", "012");
    assert_selects("-1", "4");
    assert_selects("-2--1,0", "034");
    assert_selects("1--1", "1234");
    assert_selects("diff,0", "013");
}

static void selections_that_cannot_be_are_refused(void **state) {
    (void)state;
    assert_selects("5", "--layers 5: there is no layer 5, expected 0 to 4, or -1 to -5");
    assert_selects("-6", "there is no layer -6");
    assert_selects("3-1", "--layers 3-1: the range from 3 to 1 is empty");
    assert_selects("4--2", "the range from 4 to 3 is empty");
    assert_selects("", "--layers takes numbers and ranges");
    assert_selects("1,", "--layers takes numbers and ranges");
    assert_selects("1-2-3", "--layers takes numbers and ranges");
}

static void a_selection_that_was_not_given_selects_all(void **state) {
    (void)state;
    const struct selection none = {0};
    struct pg_list list = {NULL, 7};
    assert_true(selection_resolve(&none, "--layers", "layer", 5, NULL, &list, &err));
    assert_int_equal(list.count, 0);
}

static void single_heads_are_ascending_and_each_is_there_once(void **state) {
    (void)state;
    struct selection heads = {0}, copy;
    assert_true(parse_single_heads("--heads", "9.6,0.11,9.6,9.1", &heads, &err));
    assert_int_equal(heads.n_heads, 3);
    assert_int_equal(heads.heads[0].head, 11);
    assert_int_equal(heads.heads[1].head, 1);
    assert_int_equal(heads.heads[2].layer, 9);
    assert_true(selection_copy(&heads, &copy, &err));
    assert_memory_equal(copy.heads, heads.heads, 3 * sizeof *heads.heads);
    assert_true(selection_check_heads(&copy, "--heads", 10, 12, &err));
    assert_false(selection_check_heads(&copy, "--heads", 9, 12, &err));
    assert_says("--heads 9.6,0.11,9.6,9.1: there is no head 9.1, expected 0.0 to 8.11");
    static const char *const wrong[] = {"9.", "9.6,", "9.6,3", "-1.2", "9.6.1", "1.-2", "a.b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(parse_single_heads("--heads", wrong[i], &heads, &err));
        assert_says("single heads as layer.head");
    }
    selection_free(&heads);
    selection_free(&copy);
}

/* ---- fields that stand in for a corrupted text ---- */

/* A spec of one text with one more field: its parts go together, or the sentence says why not. */
static void check_one_text(enum spec_form form, enum spec_field field, const char *value,
                           const char *sentence) {
    struct spec spec = spec_default(form);
    assert_true(spec_read(&spec, SPEC_CLEAN, "a", &err));
    assert_true(spec_add_texts(&spec, (struct token_texts){" b", " c"}, &err));
    assert_true(spec_read(&spec, field, value, &err));
    const bool done = spec_check(&spec, &err);
    assert_true(done == !sentence);
    if (!done) assert_says(sentence);
    spec_free(&spec);
}

static void one_text_is_enough_for_ablation_and_noise(void **state) {
    (void)state;
    check_one_text(SPEC_COMMAND_LINE, SPEC_WITH, "zero", NULL);
    check_one_text(SPEC_COMMAND_LINE, SPEC_WITH, "mean-all", NULL);
    check_one_text(SPEC_COMMAND_LINE, SPEC_NOISE, "0,2", NULL);
    check_one_text(SPEC_COMMAND_LINE, SPEC_NOISE_TEXT, "a", NULL);
    check_one_text(SPEC_JSON_LINE, SPEC_NOISE, "0", "give --sigma on its command line");
    check_one_text(SPEC_COMMAND_LINE, SPEC_WINDOW, "2", "--corrupt is missing");
    check_one_text(SPEC_COMMAND_LINE, SPEC_OVER, "f", "--over is for --with mean");
}

static void sigma_is_a_number_or_one_of_standard_deviations(void **state) {
    (void)state;
    struct spec spec = spec_default(SPEC_COMMAND_LINE);
    assert_true(spec.sigma.of_deviation && spec.sigma.value == 3 && !spec.sigma.given);
    assert_true(spec_read(&spec, SPEC_SIGMA, "0.25", &err));
    assert_true(!spec.sigma.of_deviation && spec.sigma.value == 0.25 && spec.sigma.given);
    assert_true(spec_read(&spec, SPEC_SIGMA, "2.5s", &err));
    assert_true(spec.sigma.of_deviation && spec.sigma.value == 2.5);
    static const char *const wrong[] = {"", "s", "0", "-1", "3ss", "nan", "0s"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(spec_read(&spec, SPEC_SIGMA, wrong[i], &err));
        assert_says("--sigma takes a number above 0");
    }
    spec_free(&spec);
}

/* ---- a command line and a JSON line ---- */

/* Options as a command line gives them: name, value; NULL at the end. Pairs: A, B. */
static struct spec from_options(const char *const *words) {
    struct spec spec = spec_default(SPEC_COMMAND_LINE);
    for (; *words; words += 2) {
        int field = 0;
        while (strcmp(spec_rows[field].option, words[0]) != 0) assert_true(++field < N_SPEC_FIELDS);
        if (spec_rows[field].kind == KIND_TEXT_PAIRS) {
            assert_true(spec_add_texts(&spec, (struct token_texts){words[1], words[2]}, &err));
            words++;
        } else if (spec_rows[field].kind == KIND_ID_PAIRS) {
            assert_true(
                spec_add_ids(&spec, (struct pg_pair){atoi(words[1]), atoi(words[2])}, &err));
            words++;
        } else if (spec_rows[field].kind == KIND_TEXTS) {
            assert_true(spec_add_text(&spec, (enum spec_field)field, words[1], &err));
        } else if (!spec_read(&spec, (enum spec_field)field, words[1], &err)) {
            fail_msg("%s", err.text);
        }
    }
    return spec;
}

/* Reads a JSON line into a spec that takes the rest from the defaults. The caller frees the
 * JSON. */
static bool from_json(const struct spec *defaults, const char *text, struct spec *out,
                      cJSON **json) {
    const cJSON *item;
    bool done = spec_inherit(defaults, SPEC_JSON_LINE, out, &err);
    *json = json_parse_object(text, strlen(text), "the line", &err);
    assert_non_null(*json);
    cJSON_ArrayForEach(item, *json) {
        int field = 0;
        while (strcmp(spec_rows[field].key, item->string) != 0)
            assert_true(++field < N_SPEC_FIELDS);
        done = done && spec_read_json(out, (enum spec_field)field, item, &err);
    }
    return done;
}

static void assert_same_list(const struct pg_list *a, const struct pg_list *b) {
    assert_int_equal(a->count, b->count);
    if (a->count) assert_memory_equal(a->items, b->items, a->count * sizeof *a->items);
}

static void assert_same_tokens(const struct pg_tokens *a, const struct pg_tokens *b) {
    assert_int_equal(a->count, b->count);
    if (a->count) assert_memory_equal(a->ids, b->ids, a->count * sizeof *a->ids);
}

static void assert_same_request(const struct pg_request *a, const struct pg_request *b) {
    assert_same_tokens(&a->clean, &b->clean);
    assert_same_tokens(&a->corrupt, &b->corrupt);
    assert_int_equal(a->n_pairs, b->n_pairs);
    if (a->n_pairs) assert_memory_equal(a->pairs, b->pairs, a->n_pairs * sizeof *a->pairs);
    assert_same_tokens(&a->answers, &b->answers);
    assert_same_tokens(&a->wrong_answers, &b->wrong_answers);
    assert_int_equal(a->n_sites, b->n_sites);
    assert_memory_equal(a->sites, b->sites, a->n_sites * sizeof *a->sites);
    assert_int_equal(a->metric, b->metric);
    assert_int_equal(a->noising, b->noising);
    assert_same_list(&a->layers, &b->layers);
    assert_same_list(&a->heads, &b->heads);
    assert_same_list(&a->positions, &b->positions);
    assert_int_equal(a->read_position, b->read_position);
}

static const struct case_of_two {
    const char *options[24], *json;
} cases[] = {
    {{"--clean", "Mary went to the store because", "--corrupt", "John went to the store because",
      "--tokens", " she", " he"},
     "{\"clean\": \"Mary went to the store because\", \"tokens\": [\" she\", \" he\"],"
     " \"corrupt\": \"John went to the store because\"}"},
    {{"--clean-ids",
      "1,2,3",
      "--corrupt-ids",
      "1,4,3",
      "--token-ids",
      "5",
      "6",
      "--token-ids",
      "7",
      "8",
      "--site",
      "z,mlp_out",
      "--layers",
      "0,-1",
      "--heads",
      "0",
      "--positions",
      "diff,-1",
      "--read-position",
      "2",
      "--noising",
      ""},
     "{\"clean_ids\": [1, 2, 3], \"corrupt_ids\": [1, 4, 3], \"token_ids\": [[5, 6], [7, 8]],"
     " \"site\": \"z,mlp_out\", \"layers\": [-1, 0], \"heads\": [0], \"positions\": \"diff,-1\","
     " \"read_position\": 2, \"noising\": true}"},
    {{"--clean", "a b", "--corrupt", "a c", "--answers", " she", "--answers", " Mary",
      "--wrong-answer-ids", "4,2,9"},
     "{\"clean\": \"a b\", \"corrupt\": \"a c\", \"answers\": [\" she\", \" Mary\"],"
     " \"wrong_answer_ids\": [4, 2, 9]}"},
    {{"--clean", "a b", "--corrupt", "a c", "--answer-ids", "4,2,9", "--metric", "logprob"},
     "{\"clean\": \"a b\", \"corrupt\": \"a c\", \"answer_ids\": [4, 2, 9],"
     " \"metric\": \"logprob\"}"},
    {{"--clean", "a b", "--corrupt", "a c", "--metric", "kl", "--prepend-bos", "", "--layers",
      "0-1"},
     "{\"clean\": \"a b\", \"corrupt\": \"a c\", \"metric\": \"kl\", \"prepend_bos\": true,"
     " \"layers\": [0, 1]}"},
};

static void a_command_line_and_a_json_line_give_the_same_request(void **state) {
    (void)state;
    struct pg_model *model = pg_model_open("demo", &err);
    const struct spec defaults = spec_default(SPEC_COMMAND_LINE);
    assert_non_null(model);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *json;
        struct spec line, options = from_options(cases[i].options);
        struct pg_request a = pg_request_default(), b = pg_request_default();
        if (!from_json(&defaults, cases[i].json, &line, &json)) fail_msg("%s", err.text);
        if (!spec_check(&options, &err) || !spec_check(&line, &err)) fail_msg("%s", err.text);
        if (!spec_resolve(&options, model, &a, &err) || !spec_resolve(&line, model, &b, &err))
            fail_msg("%s", err.text);
        assert_same_request(&a, &b);
        spec_request_free(&a);
        spec_request_free(&b);
        spec_free(&options);
        spec_free(&line);
        cJSON_Delete(json);
    }
    pg_model_close(model);
}

/* The first error of a command line, and of a JSON line, on the demo model. */
static void find_error(struct spec *spec, bool read) {
    struct pg_model *model = pg_model_open("demo", NULL);
    struct pg_request r = pg_request_default();
    assert_false(read && spec_check(spec, &err) && spec_resolve(spec, model, &r, &err) &&
                 spec_check_effect(spec, &r, &err));
    spec_request_free(&r);
    pg_model_close(model);
}

static void expect_error(const char *const *words, const char *sentence) {
    struct spec spec = from_options(words);
    find_error(&spec, true);
    spec_free(&spec);
    assert_says(sentence);
}

static void expect_json_error(const char *text, const char *sentence) {
    const struct spec defaults = spec_default(SPEC_COMMAND_LINE);
    struct spec spec;
    cJSON *json;
    const bool read = from_json(&defaults, text, &spec, &json);
    find_error(&spec, read);
    spec_free(&spec);
    cJSON_Delete(json);
    assert_says(sentence);
}

#define IDS         "\"clean_ids\": [1, 2, 3], \"corrupt_ids\": [1, 4, 3], \"token_ids\": [5, 6]"
#define IDS_OPTIONS "--clean-ids", "1,2,3", "--corrupt-ids", "1,4,3", "--token-ids", "5", "6"

static void errors_name_fields_as_they_were_written(void **state) {
    (void)state;
    expect_error((const char *[]){IDS_OPTIONS, "--read-position", "3", NULL},
                 "--read-position 3: there is no such position, expected 0 to 2");
    expect_json_error("{" IDS ", \"read_position\": 3}",
                      "read_position 3: there is no such position");
    expect_error((const char *[]){IDS_OPTIONS, "--layers", "0,99", NULL},
                 "--layers 0,99: there is no layer 99");
    expect_json_error("{" IDS ", \"layers\": [0,99]}", "layers [0,99]: there is no layer 99");
    expect_error((const char *[]){"--clean-ids", "1", NULL},
                 "--corrupt is missing: an experiment needs --clean, --corrupt and --tokens");
    expect_json_error("{\"clean_ids\": [1]}",
                      "corrupt is missing: an experiment needs clean, corrupt and tokens");
    expect_error((const char *[]){IDS_OPTIONS, "--prepend-bos", "", NULL},
                 "--prepend-bos goes with");
    expect_json_error("{" IDS ", \"prepend_bos\": true}", "prepend_bos goes with");
    expect_error((const char *[]){IDS_OPTIONS, "--heads", "0", NULL}, "none is in --site");
    expect_json_error("{" IDS ", \"heads\": [0]}", "none is in site");
    expect_error((const char *[]){IDS_OPTIONS, "--positions", "0", NULL},
                 "--positions 0: no patch there changes anything");
    expect_json_error("{" IDS ", \"positions\": [0]}", "positions [0]: no patch there changes");
}

static void json_of_another_kind_is_refused(void **state) {
    (void)state;
    expect_json_error("{\"clean\": 1}", "clean: found 1, expected a text");
    expect_json_error("{\"noising\": 1}", "noising: found 1, expected true or false");
    expect_json_error("{\"layers\": []}",
                      "layers: found an empty array, expected an array of whole");
    expect_json_error("{\"layers\": [0.5]}", "layers: found 0.5, expected an array of whole");
    expect_json_error("{\"layers\": [0, \"1\"]}",
                      "layers: found \"1\", expected an array of whole");
    expect_json_error("{\"clean_ids\": [-1]}", "clean_ids: found -1, expected an array of token");
    expect_json_error("{\"tokens\": [\" a\", \" b\", \" c\"]}", "tokens: found an array, expected");
    expect_json_error("{\"tokens\": [\" a\", 1]}", "tokens: found 1, expected");
    expect_json_error("{\"token_ids\": [[1, 2], [3.5]]}", "token_ids: found 3.5, expected");
    expect_json_error("{\"read_position\": \"1\"}",
                      "read_position: found \"1\", expected a position");
    expect_json_error("{\"metric\": \"k\"}", "metric: unknown name \"k\"");
}

static void a_line_takes_from_the_defaults_what_it_leaves_out(void **state) {
    (void)state;
    static const char *const words[] = {
        "--layers",        "1", "--metric",    "kl",   "--site", "z", "--noising", "",
        "--read-position", "0", "--positions", "diff", NULL};
    struct spec line, defaults = from_options(words);
    cJSON *json;
    assert_true(from_json(&defaults, "{\"layers\": [0], \"noising\": false}", &line, &json));
    assert_string_equal(line.layers.text, "[0]");
    assert_int_equal(line.metric, PG_KL);
    assert_int_equal(line.sites.items[0], PG_Z);
    assert_false(line.noising);
    assert_int_equal(line.read_position, 0);
    assert_true(line.positions.differing);
    assert_string_equal(defaults.layers.text, "1");
    spec_free(&line);
    spec_free(&defaults);
    cJSON_Delete(json);
}

static void every_field_has_two_names_of_one_word(void **state) {
    (void)state;
    for (int i = 0; i < N_SPEC_FIELDS; i++) {
        const char *option = spec_rows[i].option, *key = spec_rows[i].key;
        assert_int_equal(strlen(option), strlen(key) + 2);
        assert_memory_equal(option, "--", 2);
        for (size_t j = 0; key[j]; j++)
            assert_int_equal(option[j + 2], key[j] == '_' ? '-' : key[j]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_read_whole_or_refused),
        cmocka_unit_test(reals_are_finite_decimal_numbers),
        cmocka_unit_test(ids_may_have_spaces_around_them),
        cmocka_unit_test(names_of_sites_stand_for_one_or_several),
        cmocka_unit_test(selections_are_ascending_and_without_repetition),
        cmocka_unit_test(selections_that_cannot_be_are_refused),
        cmocka_unit_test(a_selection_that_was_not_given_selects_all),
        cmocka_unit_test(single_heads_are_ascending_and_each_is_there_once),
        cmocka_unit_test(one_text_is_enough_for_ablation_and_noise),
        cmocka_unit_test(sigma_is_a_number_or_one_of_standard_deviations),
        cmocka_unit_test(a_command_line_and_a_json_line_give_the_same_request),
        cmocka_unit_test(errors_name_fields_as_they_were_written),
        cmocka_unit_test(json_of_another_kind_is_refused),
        cmocka_unit_test(a_line_takes_from_the_defaults_what_it_leaves_out),
        cmocka_unit_test(every_field_has_two_names_of_one_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
