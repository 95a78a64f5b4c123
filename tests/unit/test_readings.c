/* test_readings.c: the tables of lenses and direct attributions read back: their numbers, the
 * wholes of what they split, and what is refused in them. */
#include "batch/readings.h"

#include "scratch.h"
#include "unit.h"

#include <math.h>
#include <zlib.h>

static const char lens_table[] =
    "place,position,token_id,token,value,rank,top_id,top_token,top_probability\n"
    "embed,0,7,\" a, b\",1.5,1,7,x,0.5\n"
    "L1.post,2,8,c,-2,30,9,y,0.25\n";

static const char direct_table[] = "component,source_position,token,value\n"
                                   "embed,,,1\n"
                                   "L0H0,0,a,0.25\n"
                                   "L0H0,1,b,0.5\n"
                                   "L0H1,1,b,-4\n"
                                   "L0N0,,,2\n"
                                   "L0N1,,,3\n"
                                   "mlp0_bias,,,0.5\n"
                                   "mlp1,,,7\n"
                                   "attention_biases,,,8\n"
                                   "ln_f_bias,,,9\n";

/* Reads a table of texts with three tokens. */
static bool read_table(const struct scratch *s, enum work_kind kind, const char *text,
                       struct readings *out, struct pg_error *err) {
    const char *path = scratch_text(s, "t.csv", text);
    const uint32_t crc = (uint32_t)crc32(0, (const uint8_t *)text, (unsigned)strlen(text));
    return readings_read(kind, path, crc, 3, out, err);
}

static void a_lens_is_read_with_its_tokens(void **state) {
    (void)state;
    struct scratch s;
    struct readings r;
    struct pg_error err;
    scratch_open(&s);
    if (!read_table(&s, WORK_LENS, lens_table, &r, &err)) fail_msg("%s", err.text);
    assert_int_equal(r.n, 2);
    assert_true(r.items[0].item == 0 && r.items[0].position == 0 && r.items[0].first);
    assert_string_equal(r.items[0].token, " a, b");
    assert_true(r.items[1].item == 4 && r.items[1].position == 2 && !r.items[1].first);
    assert_true(r.items[1].value == -2 && r.items[1].probability == 0.25f);
    readings_free(&r);
    scratch_close(&s);
}

static void what_is_split_is_there_as_a_whole_too(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int position;
        float value;
    } expected[] = {{"embed", -1, 1},    {"L0H0", 0, 0.25f}, {"L0H0", 1, 0.5f},
                    {"L0H0", -1, 0.75f}, {"L0H1", 1, -4},    {"L0H1", -1, -4},
                    {"L0N0", -1, 2},     {"L0N1", -1, 3},    {"mlp0_bias", -1, 0.5f},
                    {"mlp0", -1, 5.5f},  {"mlp1", -1, 7},    {"attention_biases", -1, 8},
                    {"ln_f_bias", -1, 9}};
    struct scratch s;
    struct readings r;
    struct pg_error err;
    scratch_open(&s);
    if (!read_table(&s, WORK_DIRECT, direct_table, &r, &err)) fail_msg("%s", err.text);
    assert_int_equal(r.n, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < r.n; i++) {
        char name[ITEM_NAME_SIZE];
        item_name(WORK_DIRECT, r.items[i].item, name);
        assert_string_equal(name, expected[i].name);
        assert_int_equal(r.items[i].position, expected[i].position);
        assert_true(r.items[i].value == expected[i].value);
    }
    readings_free(&r);
    if (!read_table(&s, WORK_DIRECT, "component,value\nL0H0,1\nmlp0,2\n", &r, &err))
        fail_msg("%s", err.text);
    assert_int_equal(r.n, 2);
    readings_free(&r);
    scratch_close(&s);
}

static void items_are_in_the_order_of_the_tables(void **state) {
    (void)state;
    static const struct pg_part parts[] = {
        {PG_EMBED, -1, -1, -1, 0},     {PG_HEAD, 0, 0, -1, 0},
        {PG_HEAD, 0, 11, -1, 0},       {PG_MLP, 0, -1, -1, 0},
        {PG_MLP_NEURON, 0, 0, -1, 0},  {PG_MLP_NEURON, 0, 6399, -1, 0},
        {PG_MLP_BIAS, 0, -1, -1, 0},   {PG_HEAD, 1, 0, -1, 0},
        {PG_MLP_BIAS, 47, -1, -1, 0},  {PG_ATTENTION_BIASES, -1, -1, -1, 0},
        {PG_LN_F_BIAS, -1, -1, -1, 0},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct pg_part again = part_of_item(item_of_part(&parts[i]));
        assert_true(again.component == parts[i].component && again.layer == parts[i].layer &&
                    again.index == parts[i].index);
        if (i) assert_true(item_of_part(&parts[i - 1]) < item_of_part(&parts[i]));
    }
}

/* A table in which `to` is in the place of `from` must be refused. */
static void check_refused(const struct scratch *s, enum work_kind kind, const char *from,
                          const char *to, const char *sentence) {
    const char *table = kind == WORK_LENS ? lens_table : direct_table, *found = strstr(table, from);
    char text[1000];
    struct readings r;
    struct pg_error err;
    snprintf(text, sizeof text, "%.*s%s%s", (int)(found - table), table, to, found + strlen(from));
    if (read_table(s, kind, text, &r, &err)) fail_msg("%s passes for %s", to, from);
    if (!strstr(err.text, sentence)) fail_msg("%s", err.text);
    readings_free(&r);
}

static void every_field_that_is_averaged_is_checked(void **state) {
    (void)state;
    struct scratch s;
    struct readings r;
    struct pg_error err;
    scratch_open(&s);
    check_refused(&s, WORK_LENS, "L1.post", "L1.end", "line 3: place is \"L1.end\"");
    check_refused(&s, WORK_LENS, "post,2", "post,3", "position is \"3\", expected a position of");
    check_refused(&s, WORK_LENS, "-2", "two", "value is \"two\"");
    check_refused(&s, WORK_LENS, "0.25", "", "top_probability is \"\"");
    check_refused(&s, WORK_LENS, "rank", "ranks", "line 1");
    check_refused(&s, WORK_DIRECT, "mlp1,", "mlp,", "component is \"mlp\", expected the name of");
    check_refused(&s, WORK_DIRECT, "L0H0,1", "L0H0,x", "source_position is \"x\"");
    check_refused(&s, WORK_DIRECT, "0.25", "", "value is \"\"");
    const char *path = scratch_text(&s, "u.csv", lens_table);
    assert_false(readings_read(WORK_LENS, path, 1, 3, &r, &err));
    assert_non_null(strstr(err.text, "it was changed since"));
    readings_free(&r);
    scratch_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lens_is_read_with_its_tokens),
        cmocka_unit_test(what_is_split_is_there_as_a_whole_too),
        cmocka_unit_test(items_are_in_the_order_of_the_tables),
        cmocka_unit_test(every_field_that_is_averaged_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
