/* test_result_csv.c: the text of tokens, the CSV of a result, and the check against one. */
#include "base/file.h"
#include "base/number.h"
#include "report/result_csv.h"
#include "report/tokens.h"

#include "scratch.h"
#include "unit.h"

#include <math.h>

/* ---- tokens ---- */

static void check_text(const char *bytes, size_t length, const char *expected) {
    struct pg_error err;
    char *text = replace_invalid(bytes, length, &err);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void texts_are_utf8(void **state) {
    (void)state;
    check_text("", 0, "");
    check_text(" caf\u00e9\n", 7, " caf\u00e9\n");
    check_text("\xe2\x82", 2, "\uFFFD\uFFFD");
    check_text("a\xff\u20ac", 5, "a\uFFFD\u20ac");
    check_text("\xed\xa0\x80", 3, "\uFFFD\uFFFD\uFFFD"); /* half a surrogate pair */
    check_text("\0x", 2, "\uFFFDx");
}

static void check_escaped(const char *bytes, size_t length, const char *expected) {
    struct pg_error err;
    char *text = escape_invalid(bytes, length, &err);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void different_bytes_are_different_texts(void **state) {
    (void)state;
    check_escaped(" caf\u00e9\n", 7, " caf\u00e9\n");
    check_escaped("\xe2\x82", 2, "\\xE2\\x82");
    check_escaped("a\xff\u20ac", 5, "a\\xFF\u20ac");
    check_escaped("\0x", 2, "\\x00x");
}

/* ---- a result ---- */

static char *const clean[] = {"Mic", " Jo,nes", " \"top\"", "\n"};
static char *const corrupt[] = {"Mic", " Smith", " \"top\"", "\r\n\uFFFD"};

static struct pg_cell cells[] = {
    {PG_RESID_POST, 0, -1, 0, -1, -1, -1},       {PG_RESID_POST, 0, -1, 1, 3, -1, -1},
    {PG_RESID_POST, 0, -1, 2, 0.1f, -1, -1},     {PG_RESID_POST, 0, -1, 3, -0.0f, -1, -1},
    {PG_RESID_POST, 1, -1, 0, -1, -1, -1},       {PG_RESID_POST, 1, -1, 1, 1e-9f, -1, -1},
    {PG_RESID_POST, 1, -1, 2, INFINITY, -1, -1}, {PG_RESID_POST, 1, -1, 3, NAN, -1, -1},
};

static struct pg_result some_result(void) {
    static int clean_ids[] = {5, 1, 2, 3}, corrupt_ids[] = {5, 4, 2, 7};
    return (struct pg_result){.n_tokens = 4,
                              .clean_ids = clean_ids,
                              .corrupt_ids = corrupt_ids,
                              .n_sites = 1,
                              .sites = {PG_RESID_POST},
                              .clean_metric = 3,
                              .corrupt_metric = -1,
                              .n_cells = 8,
                              .cells = cells};
}

static const char some_csv[] =
    "site,layer,head,position,clean_id,corrupt_id,clean_token,corrupt_token,value,recovered\n"
    "resid_post,0,,0,5,5,Mic,Mic,-1,0\n"
    "resid_post,0,,1,1,4,\" Jo,nes\", Smith,3,1\n"
    "resid_post,0,,2,2,2,\" \"\"top\"\"\",\" \"\"top\"\"\",0.1,0.275\n"
    "resid_post,0,,3,3,7,\"\n\",\"\r\n\uFFFD\",-0,0.25\n"
    "resid_post,1,,0,5,5,Mic,Mic,-1,0\n"
    "resid_post,1,,1,1,4,\" Jo,nes\", Smith,1e-09,0.25\n"
    "resid_post,1,,2,2,2,\" \"\"top\"\"\",\" \"\"top\"\"\",inf,inf\n"
    "resid_post,1,,3,3,7,\"\n\",\"\r\n\uFFFD\",nan,\n";

/* some_csv as patchgpt 0.1.0 wrote it. */
static const char old_csv[] = "site,layer,head,position,clean_token,corrupt_token,value,recovered\n"
                              "resid_post,0,,0,Mic,Mic,-1,0\n"
                              "resid_post,0,,1,\" Jo,nes\", Smith,3,1\n"
                              "resid_post,0,,2,\" \"\"top\"\"\",\" \"\"top\"\"\",0.1,0.275\n"
                              "resid_post,0,,3,\"\n\",\"\r\n\uFFFD\",-0,0.25\n"
                              "resid_post,1,,0,Mic,Mic,-1,0\n"
                              "resid_post,1,,1,\" Jo,nes\", Smith,1e-09,0.25\n"
                              "resid_post,1,,2,\" \"\"top\"\"\",\" \"\"top\"\"\",inf,inf\n"
                              "resid_post,1,,3,\"\n\",\"\r\n\uFFFD\",nan,\n";

static void the_csv_is_as_documented(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_result result = some_result();
    size_t size;
    char *csv = csv_text(&result, clean, corrupt, &size, &err);
    assert_non_null(csv);
    assert_string_equal(csv, some_csv);
    assert_int_equal(size, strlen(some_csv));
    free(csv);
}

static void absent_heads_and_positions_are_empty_fields(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_cell two[] = {{PG_Z, 2, 11, 1, 1, -1, -1}, {PG_PATTERN_ALL, 3, 0, -1, 2, -1, -1}};
    int ids[] = {1, 2, 3, 4};
    struct pg_result result = {.n_tokens = 4,
                               .clean_ids = ids,
                               .corrupt_ids = ids,
                               .clean_metric = 1,
                               .corrupt_metric = 1,
                               .n_cells = 2,
                               .cells = two};
    size_t size;
    char *csv = csv_text(&result, clean, corrupt, &size, &err);
    assert_non_null(csv);
    assert_non_null(strstr(csv, "\nz,2,11,1,2,2,\" Jo,nes\", Smith,1,\n")); /* 0/0 is empty */
    assert_non_null(strstr(csv, "\npattern_all,3,0,,,,,,2,inf\n"));
    free(csv);
}

/* The CSV of a few cells of a text of four tokens. */
static void check_csv(struct pg_result result, const char *expected) {
    struct pg_error err;
    struct pg_check found;
    size_t size;
    result.n_tokens = 4;
    result.clean_ids = (int[]){5, 1, 2, 3};
    char *csv = csv_text(&result, clean, corrupt, &size, &err);
    assert_non_null(csv);
    assert_string_equal(csv, expected);
    if (!csv_check(&result, clean, corrupt, csv, size, "old.csv", 0, &found, &err))
        fail_msg("%s", err.text);
    assert_int_equal(found.n_differing, 0);
    free(csv);
}

static void an_ablation_has_no_corrupted_tokens_and_recovers_nothing(void **state) {
    (void)state;
    struct pg_cell cell = {PG_MLP_OUT, 2, -1, 0, 1.5f, -1, -1};
    check_csv((struct pg_result){.with = PG_WITH_ZERO,
                                 .n_sites = 1,
                                 .sites = {PG_MLP_OUT},
                                 .clean_metric = 2,
                                 .corrupt_metric = NAN,
                                 .n_cells = 1,
                                 .cells = &cell},
              "site,layer,head,position,clean_id,corrupt_id,clean_token,corrupt_token,value,"
              "recovered\nmlp_out,2,,0,5,,Mic,,1.5,\n");
}

static void noise_recovers_but_has_no_corrupted_tokens(void **state) {
    (void)state;
    struct pg_cell cell = {PG_MLP_OUT, 2, -1, 0, 1.5f, -1, -1};
    check_csv((struct pg_result){.n_samples = 2,
                                 .n_sites = 1,
                                 .sites = {PG_MLP_OUT},
                                 .clean_metric = 2,
                                 .corrupt_metric = 1,
                                 .n_cells = 1,
                                 .cells = &cell},
              "site,layer,head,position,clean_id,corrupt_id,clean_token,corrupt_token,value,"
              "recovered\nmlp_out,2,,0,5,,Mic,,1.5,0.5\n");
}

static void neurons_and_source_positions_have_columns_where_a_site_has_them(void **state) {
    (void)state;
    struct pg_cell both[] = {{PG_NEURON, 2, -1, 0, 1, 3071, -1},
                             {PG_PATTERN_DEST_SRC, 1, 3, 2, 2, -1, 0}};
    check_csv((struct pg_result){.with = PG_WITH_MEAN,
                                 .n_sites = 2,
                                 .sites = {PG_NEURON, PG_PATTERN_DEST_SRC},
                                 .corrupt_metric = NAN,
                                 .n_cells = 2,
                                 .cells = both},
              "site,layer,head,position,neuron,source_position,clean_id,corrupt_id,clean_token,"
              "corrupt_token,value,recovered\nneuron,2,,0,3071,,5,,Mic,,1,\n"
              "pattern_dest_src,1,3,2,,0,2,,\" \"\"top\"\"\",,2,\n");
    check_csv((struct pg_result){.with = PG_WITH_MEAN,
                                 .n_sites = 1,
                                 .sites = {PG_NEURON},
                                 .corrupt_metric = NAN,
                                 .n_cells = 1,
                                 .cells = both},
              "site,layer,head,position,neuron,clean_id,corrupt_id,clean_token,corrupt_token,"
              "value,recovered\nneuron,2,,0,3071,5,,Mic,,1,\n");
}

static void a_joint_patch_is_one_row_of_all_sites(void **state) {
    (void)state;
    struct pg_cell cell = {PG_MLP_OUT, -1, -1, -1, 1.5f, -1, -1};
    check_csv((struct pg_result){.with = PG_WITH_ZERO,
                                 .joint = true,
                                 .n_sites = 2,
                                 .sites = {PG_MLP_OUT, PG_ATTN_OUT},
                                 .corrupt_metric = NAN,
                                 .n_cells = 1,
                                 .cells = &cell},
              "site,layer,head,position,clean_id,corrupt_id,clean_token,corrupt_token,value,"
              "recovered\nattn_out+mlp_out,,,,,,,,1.5,\n");
}

/* ---- the check ---- */

/* The text with the first `from` in it replaced by `to`; free it. */
static char *edited(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    assert_non_null(at);
    char *result = malloc(strlen(text) + strlen(to) + 1);
    sprintf(result, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return result;
}

static bool check(const char *csv, double tolerance, struct pg_check *out, struct pg_error *err) {
    struct pg_result result = some_result();
    char *copy = strdup(csv);
    bool ok =
        csv_check(&result, clean, corrupt, copy, strlen(copy), "old.csv", tolerance, out, err);
    free(copy);
    return ok;
}

/* Checks the CSV with the first from replaced by to. */
static struct pg_check check_edited(const char *from, const char *to, double tolerance) {
    struct pg_error err;
    struct pg_check out;
    char *csv = edited(some_csv, from, to);
    if (!check(csv, tolerance, &out, &err)) fail_msg("%s", err.text);
    free(csv);
    return out;
}

static void check_finds_nothing(void **state) {
    (void)state;
    struct pg_check same = check_edited("", "", 0);
    assert_int_equal(same.n_differing, 0);
    assert_true(same.largest == 0);
    assert_int_equal(check_edited("nan,\n", "nan,", 0).n_differing, 0);
    assert_int_equal(
        check_edited("resid_post,1,,1,", "\"resid_post\",\"1\",\"\",1,", 0).n_differing, 0);
    assert_int_equal(check_edited(",0.1,", ",0.10000000149,", 0).n_differing, 0);
    assert_int_equal(check_edited(",0.1,0.275", ",0.1,7", 0).n_differing,
                     0); /* the value alone counts */
}

static void tables_of_0_1_0_are_still_compared(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_check out;
    if (!check(old_csv, 0, &out, &err)) fail_msg("%s", err.text);
    assert_int_equal(out.n_differing, 0);
    char *other = edited(old_csv, "3,1\n", "3.5,1\n");
    assert_true(check(other, 0, &out, &err));
    assert_int_equal(out.n_differing, 1);
    free(other);
    other = edited(old_csv, "Smith", "Smit");
    assert_false(check(other, 0, &out, &err));
    assert_non_null(strstr(err.text, "line 3: corrupt_token is \" Smit\""));
    free(other);
}

static void recovered_is_never_minus_zero(void **state) {
    (void)state;
    const struct pg_result result = {.clean_metric = -3, .corrupt_metric = 2};
    char text[NUMBER_SIZE];
    number_format(pg_recovered(2, result.clean_metric, result.corrupt_metric), text);
    assert_string_equal(text, "0");
}

static void check_takes_crlf(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_check out;
    char *csv = strdup(some_csv);
    static const char *const ends[] = {"recovered\n", "-1,0\n",     "3,1\n",     "0.275\n",
                                       ",-0,0.25\n",  "-09,0.25\n", "inf,inf\n", "nan,\n"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char with[32];
        sprintf(with, "%.*s\r\n", (int)strlen(ends[i]) - 1, ends[i]);
        char *next = edited(csv, ends[i], with);
        free(csv);
        csv = next;
    }
    if (!check(csv, 0, &out, &err)) fail_msg("%s", err.text);
    assert_int_equal(out.n_differing, 0);
    free(csv);
}

static void check_finds_differences(void **state) {
    (void)state;
    struct pg_check found = check_edited("3,1\n", "3.5,1\n", 0);
    assert_int_equal(found.n_differing, 1);
    assert_true(found.largest == 0.5);
    assert_true(found.expected == 3.5f);
    assert_int_equal(found.cell.layer, 0);
    assert_int_equal(found.cell.position, 1);
    assert_true(found.cell.value == 3);

    assert_int_equal(check_edited("3,1\n", "3.00000024,1\n", 0).n_differing,
                     1); /* the next float */
    assert_int_equal(check_edited("3,1\n", "3.00000024,1\n", 1e-6).n_differing, 0);
    assert_true(check_edited("3,1\n", "3.00000024,1\n", 1e-6).largest > 0);
    assert_int_equal(check_edited("3,1\n", "3.5,1\n", 0.5).n_differing, 0);
    assert_int_equal(check_edited("3,1\n", "3.5,1\n", 0.499).n_differing, 1);
    assert_int_equal(check_edited("nan,\n", "1,\n", 100).n_differing, 1);
    assert_true(isinf(check_edited("nan,\n", "1,\n", 100).largest));
    assert_int_equal(check_edited("inf,inf", "-inf,inf", 100).n_differing, 1);

    struct pg_check zero = check_edited(",-0,", ",0,", 0); /* other bits, no distance */
    assert_int_equal(zero.n_differing, 1);
    assert_true(zero.largest == 0);
    assert_int_equal(zero.cell.position, 3);
    assert_int_equal(check_edited(",-0,", ",0,", 1e-9).n_differing, 0);
}

static void check_keeps_the_largest(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_check out;
    char *once = edited(some_csv, "3,1\n", "3.5,1\n");
    char *twice = edited(once, "1e-09", "-0.75");
    assert_true(check(twice, 0, &out, &err));
    assert_int_equal(out.n_differing, 2);
    assert_true(out.largest > 0.74 && out.largest < 0.76);
    assert_int_equal(out.cell.layer, 1);
    assert_true(out.expected == -0.75f);
    free(once);
    free(twice);
}

/* With the first from replaced by to, the CSV is refused with a sentence that has `part`. */
static void check_refused(const char *from, const char *to, const char *part) {
    struct pg_error err = {""};
    struct pg_check out;
    char *csv = edited(some_csv, from, to);
    if (check(csv, 1e9, &out, &err)) fail_msg("\"%s\" for \"%s\" was accepted", to, from);
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in: %s", part, err.text);
    if (strncmp(err.text, "old.csv", 7)) fail_msg("no file name in: %s", err.text);
    free(csv);
}

static void check_refuses_another_experiment(void **state) {
    (void)state;
    check_refused(some_csv, "", "line 1 has 1 fields, expected 10");
    check_refused("head,", "heads,", "line 1: column 3 is \"heads\", expected \"head\"");
    check_refused("resid_post,0", "resid_mid,0", "line 2: site is \"resid_mid\"");
    check_refused("resid_post,0", "resid_post,1",
                  "line 2: layer is \"1\", but this experiment has \"0\"");
    check_refused("0,,1", "0,2,1", "line 3: head is \"2\"");
    check_refused("0,,1", "0,,7", "line 3: position is \"7\"");
    check_refused("Jo,nes", "Jones", "line 3: clean_token is \" Jones\"");
    check_refused(",1,4,", ",1,6,", "line 3: corrupt_id is \"6\"");
    check_refused("Smith", "Smit", "line 3: corrupt_token is \" Smit\"");
    check_refused("resid_post,1,,0", "resid_post,2,,0",
                  "line 8: layer is \"2\""); /* after line breaks in fields */
    check_refused("3,1\n", "x,1\n", "line 3: value is \"x\"");
    check_refused("3,1\n", ",1\n", "line 3: value is \"\"");
    check_refused("3,1\n", "3,one\n", "line 3: recovered is \"one\"");
    check_refused("3,1\n", "3\n", "line 3 has 9 fields");
    check_refused("3,1\n", "3,1,\n", "line 3 has more than 10 fields");
    check_refused("3,1\n", "3,\"1\"2\n", "line 3: a closing quote is followed by '2'");
    check_refused("3,1\n", "3,1\"\n", "line 3: a quote in the middle");
    check_refused("3,1\n", "3,\"1\n", "a closing quote is followed by");
    check_refused("nan,\n", "nan,\"\n", "line 13: a quote is opened but not closed");
    check_refused("nan,\n", "nan,\n\n", "line 14: the file goes on after the 8 rows");
    check_refused("nan,\n", "nan,\nresid_post", "the file goes on");
    check_refused("Mic,Mic,-1,0\n", "Mic,Mic,-1,0\n\n", "line 3 has 1 fields");
}

/* A table that is cut short anywhere is refused, and nothing is read beyond its end. */
static void check_refuses_every_part(void **state) {
    (void)state;
    size_t whole = strlen(some_csv) - 2; /* up to the last comma */
    for (size_t n = 0; n < whole; n++) {
        struct pg_error err = {""};
        struct pg_check out;
        char *part = strndup(some_csv, n);
        if (check(part, 0, &out, &err)) fail_msg("%zu bytes were accepted", n);
        assert_true(err.text[0]);
        free(part);
    }
}

static void check_survives_noise(void **state) {
    (void)state;
    static const char bytes[] = "\",\r\n\n0-ex\xff ";
    uint32_t random = 7;
    for (int i = 0; i < 5000; i++) {
        char *csv = strdup(some_csv);
        for (int j = 0; j < 3; j++) {
            random = random * 1664525u + 1013904223u;
            csv[(random >> 8) % strlen(some_csv)] = bytes[(random >> 4) % (sizeof bytes - 1)];
        }
        struct pg_error err = {""};
        struct pg_check out;
        assert_true(check(csv, 0, &out, &err) || err.text[0]);
        free(csv);
    }
}

static void check_refuses_nul_bytes(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_check out;
    struct pg_result result = some_result();
    char csv[sizeof some_csv];
    memcpy(csv, some_csv, sizeof csv);
    csv[100] = '\0';
    assert_false(csv_check(&result, clean, corrupt, csv, sizeof csv - 1, "old.csv", 0, &out, &err));
    assert_string_equal(err.text, "old.csv is not a CSV file: line 2 has a NUL byte (0x00)");
}

/* ---- files ---- */

/* By way of the public functions, with a model that has no tokenizer: tokens are ids. */
static void files_are_written_and_checked(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_check found;
    struct scratch scratch;
    struct pg_model *model = pg_model_open(FIXTURES "/models/hf-odd", &err);
    assert_non_null(model);
    scratch_open(&scratch);
    const char *path = scratch_path(&scratch, "out.csv");
    struct pg_result result = some_result();
    result.clean_ids = (int[]){5, 1, 2, 3};
    result.corrupt_ids = (int[]){5, 4, 2, 3};

    assert_true(pg_write_csv(model, &result, path, &err));
    size_t size;
    char *csv = file_read(path, 10000, &size, &err);
    assert_non_null(
        strstr(csv, "recovered\nresid_post,0,,0,5,5,5,5,-1,0\nresid_post,0,,1,1,4,1,4,3,1\n"));
    free(csv);
    assert_true(pg_check_csv(model, &result, path, 0, &found, &err));
    assert_int_equal(found.n_differing, 0);
    result.corrupt_ids[1] = 6;
    assert_false(pg_check_csv(model, &result, path, 0, &found, &err));
    assert_non_null(strstr(err.text, "corrupt_id is \"4\", but this experiment has \"6\""));

    assert_false(pg_write_csv(model, &result, scratch_path(&scratch, "none/out.csv"), &err));
    assert_non_null(strstr(err.text, "none/out.csv"));
    assert_false(pg_check_csv(model, &result, scratch_path(&scratch, "none.csv"), 0, &found, &err));
    assert_non_null(strstr(err.text, "none.csv"));
    scratch_close(&scratch);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_utf8),
        cmocka_unit_test(different_bytes_are_different_texts),
        cmocka_unit_test(the_csv_is_as_documented),
        cmocka_unit_test(absent_heads_and_positions_are_empty_fields),
        cmocka_unit_test(an_ablation_has_no_corrupted_tokens_and_recovers_nothing),
        cmocka_unit_test(noise_recovers_but_has_no_corrupted_tokens),
        cmocka_unit_test(neurons_and_source_positions_have_columns_where_a_site_has_them),
        cmocka_unit_test(a_joint_patch_is_one_row_of_all_sites),
        cmocka_unit_test(check_finds_nothing),
        cmocka_unit_test(tables_of_0_1_0_are_still_compared),
        cmocka_unit_test(recovered_is_never_minus_zero),
        cmocka_unit_test(check_takes_crlf),
        cmocka_unit_test(check_finds_differences),
        cmocka_unit_test(check_keeps_the_largest),
        cmocka_unit_test(check_refuses_another_experiment),
        cmocka_unit_test(check_refuses_every_part),
        cmocka_unit_test(check_survives_noise),
        cmocka_unit_test(check_refuses_nul_bytes),
        cmocka_unit_test(files_are_written_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
