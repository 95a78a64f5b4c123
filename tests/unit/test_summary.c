/* test_summary.c: the rows of a summary and their text, both ways. */
#include "batch/summary.h"

#include "scratch.h"
#include "unit.h"

#include <math.h>

#define HEADER                                                                                     \
    "line,id,fingerprint,metric,noising,n_tokens,labels,csv_crc32,clean_metric,corrupt_metric,"    \
    "site,layer,head,position,value,recovered,error\n"

static struct position_label labels[] = {{"IO", 2}, {"S, \"1\"", 4}, {"end", 4}};

static struct summary_row some_row(void) {
    return (struct summary_row){.line = 3,
                                .id = "a.b-c_1",
                                .fingerprint = 0xabc,
                                .csv_crc = 0xfedcba98,
                                .measure = {PG_LOGPROB, false, false},
                                .intervention = {.noising = true},
                                .n_tokens = 5,
                                .labels = labels,
                                .n_labels = 3,
                                .clean_metric = 2.5f,
                                .corrupt_metric = -1.5f,
                                .largest = {PG_Z, 1, 0, 4, 0.5f, -1, -1}};
}

#define SOME_ROW                                                                                   \
    "3,a.b-c_1,00000abc,logprob,1,5,\"IO:2;S, \"\"1\"\":4;end:4\",fedcba98,2.5,-1.5,z,1,0,4,0.5,"  \
    "0.5,\n"

static void check_text(const struct summary_row *row, const char *expected) {
    struct pg_error err;
    size_t size;
    char *text = summary_row_text(row, summary_row_form(row), &size, &err);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
    free(text);
}

static void rows_become_text(void **state) {
    (void)state;
    struct pg_error err;
    size_t size;
    char *header = summary_header(false, &size, &err);
    assert_string_equal(header, HEADER);
    assert_int_equal(size, strlen(HEADER));
    free(header);

    struct summary_row row = some_row();
    check_text(&row, SOME_ROW);
    row.corrupt_metric = row.clean_metric = row.largest.value = NAN;
    row.largest = (struct pg_cell){PG_RESID_PRE, 0, -1, 3, -7, -1, -1};
    row.n_labels = 0;
    check_text(&row, "3,a.b-c_1,00000abc,logprob,1,5,,fedcba98,nan,nan,resid_pre,0,,3,-7,,\n");
    row.largest = (struct pg_cell){PG_RESID_PRE, -1, -1, -1, NAN, -1, -1};
    check_text(&row, "3,a.b-c_1,00000abc,logprob,1,5,,fedcba98,nan,nan,,,,,,,\n");
    row.error = "no, \"x\"";
    check_text(&row, "3,a.b-c_1,,,,,,,,,,,,,,,\"no, \"\"x\"\"\"\n");
}

static void ids_are_names_that_files_can_have(void **state) {
    (void)state;
    static const char *const valid[] = {"a", "line-17", "Z_9.x-", "meaning", "mean.x", "-"};
    static const char *const invalid[] = {"",
                                          ".",
                                          ".a",
                                          "..",
                                          "a/b",
                                          "a b",
                                          "mean",
                                          "mean_prob",
                                          "summary",
                                          "a,b",
                                          "a\n",
                                          "\u00e9",
                                          "summary_partial"};
    char longest[202];
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) assert_true(id_is_valid(valid[i]));
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        if (id_is_valid(invalid[i])) fail_msg("\"%s\" passes", invalid[i]);
    memset(longest, 'x', 201);
    longest[201] = '\0';
    assert_false(id_is_valid(longest));
    longest[200] = '\0';
    assert_true(id_is_valid(longest));
}

/* ---- reading ---- */

static bool read_text(const char *text, bool cut_off_allowed, struct summary *out,
                      struct pg_error *err) {
    struct scratch s;
    scratch_open(&s);
    bool done = summary_read(scratch_text(&s, "s.csv", text), cut_off_allowed, out, err);
    scratch_close(&s);
    return done;
}

static void text_becomes_rows(void **state) {
    (void)state;
    static const char text[] = HEADER "1,../x,,,,,,,,,,,,,,,\"no, it is\"\n" SOME_ROW
                                      "9,k,ffffffff,kl,0,1,,00000000,0,-0,z_all,0,11,,inf,inf,\n"
                                      "10,line-10,00000000,loss,0,2,,00000000,1,1,,,,,,,\n";
    struct summary s;
    struct pg_error err;
    if (!read_text(text, false, &s, &err)) fail_msg("%s", err.text);
    assert_int_equal(s.n, 4);
    assert_string_equal(s.rows[0].error, "no, it is");
    assert_string_equal(s.rows[0].id, "../x"); /* of no file: it failed */
    const struct summary_row *row = &s.rows[1], expected = some_row();
    assert_null(row->error);
    assert_true(row->line == 3 && row->fingerprint == 0xabc && row->csv_crc == 0xfedcba98);
    assert_true(row->measure.metric == PG_LOGPROB && !row->measure.of_two &&
                row->intervention.noising && row->n_tokens == 5);
    assert_int_equal(row->n_labels, 3);
    assert_string_equal(row->labels[1].name, labels[1].name);
    assert_int_equal(row->labels[1].position, 4);
    assert_true(row->clean_metric == 2.5f && row->corrupt_metric == -1.5f);
    assert_memory_equal(&row->largest, &expected.largest, sizeof row->largest);
    assert_int_equal(s.rows[2].largest.head, 11);
    assert_int_equal(s.rows[2].largest.position, -1);
    assert_int_equal(s.rows[3].largest.layer, -1);

    char again[2000] = HEADER;
    for (size_t i = 0; i < s.n; i++) {
        size_t size;
        char *line = summary_row_text(&s.rows[i], false, &size, &err);
        strcat(again, line);
        free(line);
    }
    assert_string_equal(again, text);
    summary_free(&s);
}

static void a_line_that_is_cut_off_is_left_out(void **state) {
    (void)state;
    static const char whole[] = HEADER SOME_ROW "1,x,,,,,,,,,,,,,,,no\n";
    struct summary s;
    struct pg_error err;
    for (size_t length = 0; length < sizeof whole; length++) {
        char text[sizeof whole];
        snprintf(text, sizeof text, "%.*s", (int)length, whole);
        if (!read_text(text, true, &s, &err)) fail_msg("%s", err.text);
        assert_int_equal(s.n, length == sizeof whole - 1                          ? 2
                              : length >= sizeof HEADER - 1 + sizeof SOME_ROW - 1 ? 1
                                                                                  : 0);
        summary_free(&s);
    }
    assert_false(read_text(whole, false, &s, &err)); /* out of order */
    summary_free(&s);
    assert_false(read_text("", false, &s, &err));
    summary_free(&s);
    assert_false(read_text("line,id\n", true, &s, &err));
    summary_free(&s);
}

/* Puts `to` in the place of `from` in a row, which must be refused then. */
static void check_refused(const char *from, const char *to, const char *sentence) {
    char text[1000] = HEADER;
    const char row[] = SOME_ROW, *found = strstr(row, from);
    struct summary s;
    struct pg_error err;
    assert_non_null(found);
    snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s%s%s", (int)(found - row), row,
             to, found + strlen(from));
    if (read_text(text, false, &s, &err)) fail_msg("%s passes for %s", to, from);
    if (!strstr(err.text, sentence)) fail_msg("%s", err.text);
    assert_non_null(strstr(err.text, "s.csv: line 2"));
    summary_free(&s);
}

static void every_field_is_checked(void **state) {
    (void)state;
    check_refused("3,a", "0,a", "line is \"0\", expected a number from 1");
    check_refused("3,a", "-3,a", "line is \"-3\"");
    check_refused("3,a", "99999999999999999999,a", "line is \"999");
    check_refused("a.b", "../b", "id is \"../b-c_1\"");
    check_refused("00000abc", "0000ABC", "fingerprint is \"0000ABC\", expected 8 hexa");
    check_refused("00000abc", "0x000abc", "fingerprint is \"0x000abc\"");
    check_refused("logprob", "logp", "metric is \"logp\"");
    check_refused("logprob,1", "logprob,yes", "noising is \"yes\", expected 0 or 1");
    check_refused("1,5", "1,0", "n_tokens is \"0\"");
    check_refused("1,5", "1,4", "labels: \"S, \"1\":4\" is not a name and a position below 4");
    check_refused("IO:2", "IO2", "labels: \"IO2\" is not a name and a position below 5");
    check_refused("IO:2", "IO:02x", "labels: \"IO:02x\"");
    check_refused("IO:2", "end:2", "labels: \"end\" is out of order, there twice or not a name");
    check_refused("end:4", "end:3", "labels: \"end\" is out of order");
    check_refused("IO:2", ":2", "labels: \"\" is out of order, there twice or not a name");
    check_refused("IO:2;", "IO:2;;", "labels: \"\"");
    check_refused("IO", "a\tb", "labels: \"a?b\"");
    check_refused("IO", "12345678901234567890123456789012345678901", "labels: \"1234567890");
    check_refused("fedcba98", "", "csv_crc32 is \"\"");
    check_refused("2.5", "2.5f", "clean_metric is \"2.5f\", expected a float32 number");
    check_refused("-1.5", "", "corrupt_metric is \"\"");
    check_refused("z,1", "zz,1", "site is \"zz\"");
    check_refused("z,1", "z,", "layer is \"\"");
    check_refused("z,1", ",1", "layer is \"1\", expected nothing where there is no site");
    check_refused("z,1,0", "z,1,", "head is \"\"");
    check_refused("z,1", "resid_mid,1", "head is \"0\", but resid_mid has no heads");
    check_refused("1,0,4", "1,0,5", "position is \"5\", expected a number from 0 to 4");
    check_refused("4,0.5", "4,x", "value is \"x\"");
    check_refused("0.5,0.5", "0.5,0.6", "recovered is \"0.6\", expected 0.5");
    check_refused("0.5,0.5", "0.5,", "recovered is \"\", expected 0.5");
    check_refused("0.5,\n", "0.5,no\n", "fingerprint is \"00000abc\", expected nothing where");
    check_refused("0.5,\n", "0.5\n", "has 16 fields, expected 17");
    check_refused("0.5,\n", "0.5,,\n", "has more than 17 fields");
}

static void lines_must_ascend_unless_the_batch_was_interrupted(void **state) {
    (void)state;
    struct summary s;
    struct pg_error err;
    assert_false(read_text(HEADER "4,x,,,,,,,,,,,,,,,no\n" SOME_ROW, false, &s, &err));
    assert_non_null(strstr(err.text, "line 3: line 3 of the experiments is after line 4"));
    summary_free(&s);
    assert_false(read_text(HEADER SOME_ROW SOME_ROW, false, &s, &err));
    summary_free(&s);
    assert_true(read_text(HEADER, false, &s, &err));
    assert_int_equal(s.n, 0);
    summary_free(&s);
    assert_false(summary_read("none/s.csv", false, &s, &err));
    assert_non_null(strstr(err.text, "none/s.csv"));
}

#define WIDE_HEADER                                                                                \
    "line,id,fingerprint,metric,noising,with,noise,window,joint,n_tokens,labels,csv_crc32,"        \
    "clean_metric,corrupt_metric,site,layer,head,position,neuron,source_position,value,"           \
    "recovered,error\n"
#define ZERO_ROW  "1,a,00000001,logit,0,zero,0,1,,5,,00000002,2,,neuron,9,,4,123,,0.5,,\n"
#define NOISE_ROW "2,b,00000001,logit,1,text,1,10,,5,,00000002,2,1,mlp_out,9,,4,,,1.5,0.5,\n"
#define JOINT_ROW                                                                                  \
    "3,c,00000001,logit,0,mean,0,1,attn_out+mlp_out,5,,00000002,2,,attn_out+mlp_out,,,4,,,1,,\n"
#define WEIGHT_ROW                                                                                 \
    "4,d,00000001,logit,0,text,0,1,,5,,00000002,2,1,pattern_dest_src,9,6,4,,2,1.5,0.5,\n"

static void rows_of_all_interventions_are_read_and_written(void **state) {
    (void)state;
    static const char text[] =
        WIDE_HEADER ZERO_ROW NOISE_ROW JOINT_ROW WEIGHT_ROW "5,e,,,,,,,,,,,,,,,,,,,,,no\n";
    struct summary s;
    struct pg_error err;
    if (!read_text(text, false, &s, &err)) fail_msg("%s", err.text);
    assert_true(s.rows[0].intervention.with == PG_WITH_ZERO && isnan(s.rows[0].corrupt_metric));
    assert_int_equal(s.rows[0].largest.neuron, 123);
    assert_true(s.rows[1].intervention.noise && s.rows[1].intervention.noising);
    assert_int_equal(s.rows[1].intervention.window, 10);
    assert_true(s.rows[2].intervention.joint == (1u << PG_ATTN_OUT | 1u << PG_MLP_OUT));
    assert_true(s.rows[2].largest.layer == -1 && s.rows[2].largest.position == 4);
    assert_int_equal(s.rows[3].largest.source, 2);
    char again[2000] = WIDE_HEADER;
    for (size_t i = 0; i < s.n; i++) {
        size_t size;
        assert_int_equal(summary_row_form(&s.rows[i]), i < 4 ? SUMMARY_WIDE : SUMMARY_PLAIN);
        char *line = summary_row_text(&s.rows[i], true, &size, &err);
        strcat(again, line);
        free(line);
    }
    assert_string_equal(again, text);
    summary_free(&s);
}

#define READING_HEADER                                                                             \
    "line,id,fingerprint,what,metric,noising,n_tokens,labels,csv_crc32,clean_metric,"              \
    "corrupt_metric,component,site,layer,head,position,source_position,value,recovered,error\n"
#define LENS_ROW   "1,a,00000001,lens,logit_diff,,5,end:4,00000002,2.5,,,,,,,,,,\n"
#define TOP_ROW    "2,b,00000001,lens,,,5,,00000002,,,,,,,,,,,\n"
#define DIRECT_ROW "3,c,00000001,direct,logit,,5,,00000002,2,,L9H6,,,,,4,-1.5,,\n"
#define PLAIN_ROW  "4,d,00000001,experiment,logit,0,5,,00000002,2,1,,mlp_out,9,,4,,1.5,0.5,\n"

static void an_interrupted_summary_has_rows_of_either_width(void **state) {
    (void)state;
    struct summary s;
    struct pg_error err;
    if (!read_text(HEADER ZERO_ROW SOME_ROW JOINT_ROW DIRECT_ROW, true, &s, &err))
        fail_msg("%s", err.text);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.rows[1].n_labels, 3);
    assert_int_equal(s.rows[3].kind, WORK_DIRECT);
    summary_free(&s);
    assert_false(read_text(HEADER ZERO_ROW, false, &s, &err));
    summary_free(&s);
    assert_false(read_text(WIDE_HEADER SOME_ROW, false, &s, &err));
    summary_free(&s);
}

static void rows_of_lens_and_direct_are_read_and_written(void **state) {
    (void)state;
    static const char text[] =
        READING_HEADER LENS_ROW TOP_ROW DIRECT_ROW PLAIN_ROW "5,e,,,,,,,,,,,,,,,,,,no\n";
    static const unsigned forms[] = {SUMMARY_READINGS, SUMMARY_READINGS, SUMMARY_READINGS,
                                     SUMMARY_PLAIN, SUMMARY_PLAIN};
    struct summary s;
    struct pg_error err;
    if (!read_text(text, false, &s, &err)) fail_msg("%s", err.text);
    assert_true(s.rows[0].kind == WORK_LENS && s.rows[0].n_labels == 1);
    assert_true(s.rows[1].kind == WORK_LENS && isnan(s.rows[1].clean_metric));
    assert_true(s.rows[2].kind == WORK_DIRECT && isnan(s.rows[2].corrupt_metric));
    assert_true(s.rows[2].part.layer == 9 && s.rows[2].part.index == 6);
    assert_true(s.rows[2].part.source == 4 && s.rows[2].part.value == -1.5f);
    assert_int_equal(s.rows[3].kind, WORK_EXPERIMENT);
    char again[2000] = READING_HEADER;
    for (size_t i = 0; i < s.n; i++) {
        size_t size;
        assert_int_equal(summary_row_form(&s.rows[i]), forms[i]);
        char *line = summary_row_text(&s.rows[i], SUMMARY_READINGS, &size, &err);
        strcat(again, line);
        free(line);
    }
    assert_string_equal(again, text);
    summary_free(&s);
}

#define GRAPH_HEADER                                                                               \
    "line,id,fingerprint,what,shape,metric,noising,mlps,n_tokens,labels,csv_crc32,clean_metric,"   \
    "corrupt_metric,site,layer,head,position,sender,receiver,value,recovered,error\n"
#define EDGE_ROW "1,a,00000001,edges,2x3x6,logit,0,,5,,00000002,2,1,edges,,,,L0H2,L1H0.q,1.5,0.5,\n"
#define PATH_ROW                                                                                   \
    "2,b,00000001,paths,2x3x6,logit,1,frozen,5,,00000002,2,1,paths,,,,mlp0,"                       \
    "\"L1H0.q,mlp1\",1.5,0.5,\n"
#define NO_EDGE_ROW "3,c,00000001,edges,12x12x768,logit,0,,5,,00000002,nan,nan,,,,,,,,,\n"
#define GRAPH_PLAIN_ROW                                                                            \
    "4,d,00000001,experiment,,logit,0,,5,,00000002,2,1,mlp_out,9,,4,,,1.5,0.5,\n"

static void rows_of_edges_and_paths_are_read_and_written(void **state) {
    (void)state;
    static const char text[] =
        GRAPH_HEADER EDGE_ROW PATH_ROW NO_EDGE_ROW GRAPH_PLAIN_ROW "5,e,,,,,,,,,,,,,,,,,,,,no\n";
    struct summary s;
    struct pg_error err;
    if (!read_text(text, false, &s, &err)) fail_msg("%s", err.text);
    assert_true(s.rows[0].kind == WORK_EDGES && s.rows[1].kind == WORK_PATHS);
    assert_true(s.rows[0].largest.sender.head == 2 && s.rows[0].largest.receiver.layer == 1);
    assert_true(s.rows[1].graph.frozen_mlps && s.rows[1].intervention.noising);
    assert_string_equal(s.rows[1].graph.readers, "L1H0.q,mlp1");
    assert_true(s.rows[2].graph.n_embd == 768 && isnan(s.rows[2].largest.value));
    assert_int_equal(s.rows[3].kind, WORK_EXPERIMENT);
    char again[2000] = GRAPH_HEADER;
    for (size_t i = 0; i < s.n; i++) {
        size_t size;
        assert_int_equal(summary_row_form(&s.rows[i]), i < 3 ? SUMMARY_GRAPH : SUMMARY_PLAIN);
        char *line = summary_row_text(&s.rows[i], SUMMARY_GRAPH, &size, &err);
        strcat(again, line);
        free(line);
    }
    assert_string_equal(again, text);
    summary_free(&s);
    if (!read_text(HEADER ZERO_ROW EDGE_ROW SOME_ROW PATH_ROW DIRECT_ROW, true, &s, &err))
        fail_msg("%s", err.text);
    assert_true(s.n == 5 && s.rows[3].kind == WORK_PATHS && s.rows[4].kind == WORK_DIRECT);
    summary_free(&s);
}

static size_t count_commas(const char *text) {
    size_t n = 0;
    for (; *text; text++) n += *text == ',';
    return n;
}

static void no_two_forms_have_equally_many_columns(void **state) {
    (void)state;
    size_t counts[N_SUMMARY_FORMS];
    for (unsigned form = 0; form < N_SUMMARY_FORMS; form++) {
        struct pg_error err;
        size_t size;
        char *header = summary_header(form, &size, &err);
        counts[form] = count_commas(header);
        for (unsigned other = 0; other < form; other++)
            assert_int_not_equal(counts[form], counts[other]);
        free(header);
    }
}

/* A row in which `to` is in the place of `from` must be refused. */
static void check_refused_below(const char *header, const char *row, const char *from,
                                const char *to, const char *sentence) {
    char text[1000];
    strcpy(text, header);
    const char *found = strstr(row, from);
    struct summary s;
    struct pg_error err;
    snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s%s%s", (int)(found - row), row,
             to, found + strlen(from));
    if (read_text(text, false, &s, &err)) fail_msg("%s passes for %s", to, from);
    if (!strstr(err.text, sentence)) fail_msg("%s", err.text);
    summary_free(&s);
}

static void check_wide_refused(const char *row, const char *from, const char *to,
                               const char *sentence) {
    check_refused_below(WIDE_HEADER, row, from, to, sentence);
}

static void check_reading_refused(const char *row, const char *from, const char *to,
                                  const char *sentence) {
    check_refused_below(READING_HEADER, row, from, to, sentence);
}

static void every_field_of_a_lens_or_a_direct_attribution_is_checked(void **state) {
    (void)state;
    check_reading_refused(LENS_ROW, "lens", "lense",
                          "what is \"lense\", expected experiment, lens");
    check_reading_refused(LENS_ROW, "diff,", "diff,0",
                          "noising is \"0\", expected nothing for lens");
    check_reading_refused(LENS_ROW, "2.5,", "2.5,1", "corrupt_metric is \"1\", expected nothing");
    check_reading_refused(LENS_ROW, "2.5,,", "2.5,,mlp1",
                          "component is \"mlp1\", expected nothing");
    check_reading_refused(LENS_ROW, "2.5", "", "clean_metric is \"\", expected a float32 number");
    check_reading_refused(LENS_ROW, "logit_diff", "logits", "metric is \"logits\"");
    check_reading_refused(TOP_ROW, "00000002,", "00000002,1",
                          "clean_metric is \"1\", expected noth");
    check_reading_refused(DIRECT_ROW, "logit", "", "metric is \"\", expected the name of a metric");
    check_reading_refused(DIRECT_ROW, "L9H6", "", "component is \"\", expected the name of a comp");
    check_reading_refused(DIRECT_ROW, "L9H6", "mlp9", "source_position is \"4\", expected a posit");
    check_reading_refused(DIRECT_ROW, ",4,-", ",5,-", "source_position is \"5\", expected a posit");
    check_reading_refused(DIRECT_ROW, "-1.5", "", "value is \"\", expected a float32 number");
    check_reading_refused(DIRECT_ROW, "-1.5,", "-1.5,1", "recovered is \"1\", expected nothing");
    check_reading_refused(PLAIN_ROW, "1,,mlp", "1,mlp1,mlp",
                          "component is \"mlp1\", expected noth");
    check_reading_refused(PLAIN_ROW, "4,,1.5", "4,1,1.5", "source_position is \"1\"");
}

static void check_graph_refused(const char *row, const char *from, const char *to,
                                const char *sentence) {
    check_refused_below(GRAPH_HEADER, row, from, to, sentence);
}

static void every_field_of_edges_and_paths_is_checked(void **state) {
    (void)state;
    check_graph_refused(EDGE_ROW, "edges", "edge", "what is \"edge\", expected experiment, lens,");
    check_graph_refused(EDGE_ROW, "2x3x6", "2x3", "shape is \"2x3\", expected layers x heads");
    check_graph_refused(EDGE_ROW, "2x3x6", "2x3x6x", "shape is \"2x3x6x\"");
    check_graph_refused(EDGE_ROW, "2x3x6", "0x3x6", "shape is \"0x3x6\"");
    check_graph_refused(EDGE_ROW, "0,,5", "0,run,5", "mlps is \"run\", expected nothing for edges");
    check_graph_refused(EDGE_ROW, "2,1,edges", "2,1,paths", "site is \"paths\", expected edges");
    check_graph_refused(EDGE_ROW, "edges,,,,", "edges,1,,,",
                        "layer is \"1\", expected nothing for");
    check_graph_refused(EDGE_ROW, "L0H2", "L0H3", "sender is \"L0H3\", expected a component");
    check_graph_refused(EDGE_ROW, "L0H2", "L0H2.q", "sender is \"L0H2.q\", expected a component");
    check_graph_refused(EDGE_ROW, "L1H0.q", "L0H0.q", "receiver is \"L0H0.q\", expected a reader");
    check_graph_refused(EDGE_ROW, "0.5", "0.25", "recovered is \"0.25\", expected 0.5");
    check_graph_refused(PATH_ROW, "frozen", "", "mlps is \"\", expected run or frozen");
    check_graph_refused(PATH_ROW, "\"L1H0.q,mlp1\"", "", "receiver is \"\", expected the readers");
    check_graph_refused(NO_EDGE_ROW, ",,\n", ",1,\n", "recovered is \"1\", expected nothing");
    check_graph_refused(GRAPH_PLAIN_ROW, "4,,,1.5", "4,mlp0,,1.5",
                        "sender is \"mlp0\", expected no");
    check_graph_refused(GRAPH_PLAIN_ROW, "ment,,", "ment,2x3x6,",
                        "shape is \"2x3x6\", expected no");
}

static void every_field_of_an_intervention_is_checked(void **state) {
    (void)state;
    check_wide_refused(ZERO_ROW, "zero", "null", "with is \"null\", expected text, zero or mean");
    check_wide_refused(ZERO_ROW, "zero", "text", "corrupt_metric is \"\"");
    check_wide_refused(ZERO_ROW, "2,,neuron", "2,1,neuron", "corrupt_metric is \"1\", expected no");
    check_wide_refused(ZERO_ROW, "123", "", "neuron is \"\", but neuron has a number there");
    check_wide_refused(NOISE_ROW, "text,1", "text,2", "noise is \"2\", expected 0 or 1");
    check_wide_refused(NOISE_ROW, "10", "0", "window is \"0\", expected a number from 1");
    check_wide_refused(NOISE_ROW, "4,,", "4,7,", "neuron is \"7\", but mlp_out has no neurons");
    check_wide_refused(JOINT_ROW, "attn_out+mlp_out,5", "mlp_out+attn_out,5", "joint is \"mlp_out");
    check_wide_refused(JOINT_ROW, ",attn_out+mlp_out,,", ",attn_out,,", "expected \"attn_out+mlp");
    check_wide_refused(WEIGHT_ROW, "4,,2", "4,,5",
                       "source_position is \"5\", expected a number fr");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_text),
        cmocka_unit_test(ids_are_names_that_files_can_have),
        cmocka_unit_test(text_becomes_rows),
        cmocka_unit_test(a_line_that_is_cut_off_is_left_out),
        cmocka_unit_test(every_field_is_checked),
        cmocka_unit_test(lines_must_ascend_unless_the_batch_was_interrupted),
        cmocka_unit_test(rows_of_all_interventions_are_read_and_written),
        cmocka_unit_test(an_interrupted_summary_has_rows_of_either_width),
        cmocka_unit_test(every_field_of_an_intervention_is_checked),
        cmocka_unit_test(rows_of_lens_and_direct_are_read_and_written),
        cmocka_unit_test(every_field_of_a_lens_or_a_direct_attribution_is_checked),
        cmocka_unit_test(rows_of_edges_and_paths_are_read_and_written),
        cmocka_unit_test(no_two_forms_have_equally_many_columns),
        cmocka_unit_test(every_field_of_edges_and_paths_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
