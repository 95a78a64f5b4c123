/* test_nearest.c: base/nearest.h. */
#include "base/nearest.h"

#include "unit.h"

#include <string.h>

static const char *const names[] = {"resid_pre", "resid_mid", "resid_post", "z", "pattern"};
enum { N = sizeof names / sizeof *names };

static void slips_are_found(void **state) {
    (void)state;
    assert_string_equal(nearest_name("resid_post", names, N), "resid_post");
    assert_string_equal(nearest_name("resid_pst", names, N), "resid_post");
    assert_string_equal(nearest_name("reesid_post", names, N), "resid_post");
    assert_string_equal(nearest_name("resid-post", names, N), "resid_post");
    assert_string_equal(nearest_name("RESID_MIDD", names, N), "resid_mid");
    assert_string_equal(nearest_name("patern", names, N), "pattern");
}

/* The nearer one; the first of equally near ones. */
static void the_nearest_name_wins(void **state) {
    (void)state;
    const char *const two[] = {"abcd", "abce", "abcf"};
    assert_string_equal(nearest_name("abcx", two, 3), "abcd");
    assert_string_equal(nearest_name("abcf", two, 3), "abcf");
}

/* At most a third of the letters and one more: three for "pattern". */
static void edits_are_limited(void **state) {
    (void)state;
    assert_string_equal(nearest_name("paxxxrn", &names[4], 1), "pattern");
    assert_null(nearest_name("pxxxxrn", &names[4], 1));
    assert_null(nearest_name("", &names[4], 1));
    assert_null(nearest_name("anything", names, 0));
}

/* With more than one edit, the first letter and half of all letters must be right. */
static void other_names_are_not_slips(void **state) {
    (void)state;
    const char *const options[] = {"site", "csv", "kl"};
    assert_null(nearest_name("title", options, 3));
    assert_null(nearest_name("sxy", options, 2));
    assert_null(nearest_name("kxy", &options[2], 1));
    assert_null(nearest_name("attn", &names[4], 1)); /* three edits from pattern */
    assert_string_equal(nearest_name("sites", options, 3), "site");
}

/* A beginning or a word finds a name if it fits only that one. */
static void a_beginning_or_a_word_is_enough(void **state) {
    (void)state;
    const char *const sites[] = {"resid_pre", "resid_post", "attn_out", "mlp_out",
                                 "z",         "z_all",      "q_all",    "pattern"};
    assert_string_equal(nearest_name("attn", sites, 8), "attn_out");
    assert_string_equal(nearest_name("MLP", sites, 8), "mlp_out");
    assert_string_equal(nearest_name("post", sites, 8), "resid_post");
    assert_string_equal(nearest_name("pat", sites, 8), "pattern");
    assert_string_equal(nearest_name("hook_resid_pre", sites, 8), "resid_pre");
    assert_string_equal(nearest_name("hook.z", sites, 8), "z");
    assert_null(nearest_name("all", sites, 8));
    assert_null(nearest_name("out", sites, 8));
    assert_null(nearest_name("resid", sites, 8));
}

static void names_are_listed_as_in_a_sentence(void **state) {
    (void)state;
    char text[32];
    list_names(names, 3, text, sizeof text);
    assert_string_equal(text, "resid_pre, resid_mid or resid_p");
    list_names(names, 1, text, sizeof text);
    assert_string_equal(text, "resid_pre");
    list_names(names, 0, text, sizeof text);
    assert_string_equal(text, "");
}

static void long_names_have_no_nearest(void **state) {
    (void)state;
    char name[300];
    memset(name, 'x', sizeof name);
    for (size_t length = 190; length < sizeof name; length++) {
        name[length] = '\0';
        assert_null(nearest_name(name, names, N));
        name[length] = 'x';
    }
}

static void a_known_name_is_found_with_case(void **state) {
    (void)state;
    assert_int_equal(find_name("resid_mid", names, N), 1);
    assert_int_equal(find_name("RESID_MID", names, N), -1);
    assert_int_equal(find_name("resid", names, N), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_are_found),
        cmocka_unit_test(the_nearest_name_wins),
        cmocka_unit_test(edits_are_limited),
        cmocka_unit_test(other_names_are_not_slips),
        cmocka_unit_test(a_beginning_or_a_word_is_enough),
        cmocka_unit_test(names_are_listed_as_in_a_sentence),
        cmocka_unit_test(long_names_have_no_nearest),
        cmocka_unit_test(a_known_name_is_found_with_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
