/* test_mean.c: the means over a batch: every number of mean.csv against a computation of its own,
 * and the contents of the pictures. */
#include "base/csv.h"
#include "base/file.h"
#include "base/path.h"
#include "batch/mean_csv.h"
#include "batch/mean_map.h"
#include "batch/output.h"

#include "hand_batch.h"
#include "unit.h"

static const struct pg_picture plain = {PG_VIRIDIS, NAN, NAN, NAN, PG_SHOW_VALUE};
static const struct mean_options means = {.bootstrap = {BOOTSTRAP_DEFAULT, 1, 0},
                                          .looks = {{PG_VIRIDIS, NAN, NAN, NAN, PG_SHOW_VALUE}}};
static const struct shard_label whole = {1, 1, 0x12345678};

/* finish_folder without its report. */
static bool finish(const char *folder, const struct summary *summary, struct pg_error *err) {
    struct mean_report report;
    const bool done = finish_folder(folder, summary, &whole, &means, &report, err);
    free(report.joint);
    return done;
}

/* Two kinds, two lengths, labels and none, all-position sites, one without effects. */
static const struct plan plans[] = {
    {PG_LOGIT_DIFF, false, 5, {PG_RESID_POST, PG_Z_ALL}, 2, {{"IO", 1}, {"end", 4}}, false},
    {PG_LOGIT_DIFF, false, 5, {PG_RESID_POST, PG_Z}, 2, {{0}}, false},
    {PG_LOGIT_DIFF, false, 5, {PG_RESID_POST}, 1, {{0}}, true},
    {PG_LOGIT_DIFF, true, 4, {PG_RESID_POST}, 1, {{0}}, false},
    {PG_LOGIT_DIFF, false, 8, {PG_RESID_POST}, 1, {{"S", 0}, {"IO", 3}, {"end", 3}}, false},
    {PG_LOGIT_DIFF, false, 8, {PG_RESID_POST, PG_Z_ALL}, 2, {{0}}, false},
    {PG_LOGIT_DIFF, false, 5, {PG_RESID_POST}, 1, {{0}}, false},
    {PG_KL, false, 5, {PG_RESID_POST, PG_Z}, 2, {{"end", 4}}, false},
    {PG_LOGIT_DIFF, false, 6, {PG_RESID_POST, PG_Z}, 2, {{"IO", 2}, {"end", 5}}, true},
};
enum { N = sizeof plans / sizeof *plans };

struct batch {
    struct scratch scratch;
    struct hand hands[N];
    struct summary_row rows[N + 1];
    struct summary summary;
};

/* The experiments of the plans on every second line, and one that failed. */
static void batch_open(struct batch *b) {
    scratch_open(&b->scratch);
    for (size_t i = 0; i < N; i++) {
        hand_make(&b->scratch, "b", &plans[i], 2 * i + 1, &b->hands[i]);
        b->rows[i] = b->hands[i].row;
    }
    b->rows[N] = hand_failure(2 * N + 1, "e1");
    b->summary = (struct summary){b->rows, N + 1};
}

static void batch_close(struct batch *b) {
    for (size_t i = 0; i <= N; i++) summary_row_free(&b->rows[i]);
    scratch_close(&b->scratch);
}

static void finish_batch(const struct batch *b) {
    struct pg_error err;
    if (!finish(scratch_path(&b->scratch, "b"), &b->summary, &err)) fail_msg("%s", err.text);
}

/* ---- the numbers ---- */

enum { METRIC, NOISING, SITE, LAYER, HEAD, TOKENS, POSITION, LABEL, COUNT, N_COLUMNS = 18 };
static const char *const header[N_COLUMNS] = {
    "metric",     "noising",         "site",      "layer",        "head",          "n_tokens",
    "position",   "label",           "count",     "value",        "value_se",      "value_low",
    "value_high", "recovered_count", "recovered", "recovered_se", "recovered_low", "recovered_high",
};

static bool is_number(const char *field, int number) {
    char text[16] = "";
    if (number >= 0) snprintf(text, sizeof text, "%d", number);
    return !strcmp(field, text);
}

/* Whether an experiment's cell is one of those that a row of mean.csv is the mean of. */
static bool belongs(const struct hand *h, const struct pg_cell *cell, const char *const *f) {
    const struct summary_row *row = &h->row;
    if (strcmp(f[METRIC], measure_name(row->measure)) ||
        !is_number(f[NOISING], row->intervention.noising) ||
        strcmp(f[SITE], pg_site_name(cell->site)) || !is_number(f[LAYER], cell->layer) ||
        !is_number(f[HEAD], cell->head))
        return false;
    if (cell->position < 0) return !*f[TOKENS] && !*f[POSITION] && !*f[LABEL];
    if (!row->n_labels)
        return is_number(f[TOKENS], row->n_tokens) && is_number(f[POSITION], cell->position) &&
               !*f[LABEL];
    if (*f[TOKENS] || *f[POSITION]) return false;
    for (size_t i = 0; i < row->n_labels; i++)
        if (!strcmp(f[LABEL], row->labels[i].name) && row->labels[i].position == cell->position)
            return true;
    return false;
}

static void check_number(const char *field, double expected) {
    float found;
    if (!number_parse(field, &found)) fail_msg("\"%s\" is no number", field);
    if (!(fabs((double)found - expected) <= 1e-6 * fmax(1, fabs(expected))))
        fail_msg("%s is not %.9g", field, expected);
}

/* The numbers of some experiments. */
struct sample {
    const char *ids[N];
    double x[N];
    int n;
};

static void sample_add(struct sample *s, const char *id, double x) {
    assert_true(s->n < N);
    s->ids[s->n] = id;
    s->x[s->n++] = x;
}

/* The interval that the means of 1000 replicates have. */
static struct interval interval_of(const struct sample *s) {
    enum { REPLICATES = 1000 };
    static uint32_t weights[N][REPLICATES];
    static double found[REPLICATES];
    int n = 0;
    for (int i = 0; i < s->n; i++) bootstrap_weights(1, s->ids[i], REPLICATES, weights[i]);
    for (int r = 0; r < REPLICATES; r++) {
        double sum = 0, total = 0;
        for (int i = 0; i < s->n; i++) {
            sum += weights[i][r] * s->x[i];
            total += weights[i][r];
        }
        if (total > 0) found[n++] = sum / total;
    }
    return bootstrap_percentiles(found, n);
}

/* Count, mean and standard error in two passes, and the interval. */
static void check_numbers(const char *const *f, const struct sample *s) {
    double sum = 0, squares = 0;
    const int n = s->n;
    assert_true(is_number(f[0], n));
    for (int i = 0; i < n; i++) sum += s->x[i];
    for (int i = 0; i < n; i++) squares += (s->x[i] - sum / n) * (s->x[i] - sum / n);
    if (n > 0)
        check_number(f[1], sum / n);
    else
        assert_string_equal(f[1], "");
    if (n < 2) {
        for (int i = 2; i < 5; i++) assert_string_equal(f[i], "");
        return;
    }
    const struct interval interval = interval_of(s);
    check_number(f[2], sqrt(squares / (n - 1)) / sqrt(n));
    check_number(f[3], (double)interval.low);
    check_number(f[4], (double)interval.high);
}

/* Checks a row; returns how many cells it is the mean of. */
static int check_row(const struct batch *b, const char *const *f) {
    struct sample values = {.n = 0}, recovered = {.n = 0};
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < b->hands[i].result.n_cells; j++) {
            const struct pg_result *result = &b->hands[i].result;
            if (!belongs(&b->hands[i], &result->cells[j], f)) continue;
            const float share =
                pg_recovered(result->cells[j].value, result->clean_metric, result->corrupt_metric);
            sample_add(&values, b->rows[i].id, (double)result->cells[j].value);
            if (!isnan(share)) sample_add(&recovered, b->rows[i].id, (double)share);
        }
    assert_true(values.n > 0);
    check_numbers(&f[COUNT], &values);
    check_numbers(&f[COUNT + N_AVERAGE_FIELDS], &recovered);
    return values.n;
}

/* How many additions to means the whole batch should come to. */
static int expected_additions(void) {
    int n = 0;
    for (size_t i = 0; i < N; i++) {
        int columns = 0;
        while (columns < HAND_LABELS && plans[i].labels[columns].name) columns++;
        if (!columns) columns = plans[i].n_tokens;
        for (int j = 0; j < plans[i].n_sites; j++)
            n += HAND_LAYERS * (pg_site_has_heads(plans[i].sites[j]) ? HAND_HEADS : 1) *
                 (pg_site_has_positions(plans[i].sites[j]) ? columns : 1);
    }
    return n;
}

static void means_errors_and_intervals_are_those_of_the_definition(void **state) {
    (void)state;
    struct batch b;
    struct pg_error err;
    struct csv_reader reader;
    size_t size;
    int additions = 0;
    batch_open(&b);
    finish_batch(&b);
    char *text = file_read(scratch_path(&b.scratch, "b/mean.csv"), 1 << 20, &size, &err);
    assert_true(text && csv_open(&reader, "mean.csv", text, size, &err));
    if (!csv_read_header(&reader, header, N_COLUMNS, &err)) fail_msg("%s", err.text);
    while (!csv_at_end(&reader)) {
        const char *fields[N_COLUMNS];
        if (!csv_read(&reader, fields, N_COLUMNS, &err)) fail_msg("%s", err.text);
        additions += check_row(&b, fields);
    }
    assert_int_equal(additions, expected_additions());
    free(text);
    batch_close(&b);
}

/* The keys of the rows that begin a panel, and of one panel all. */
static void rows_are_in_order(void **state) {
    (void)state;
    static const char *const expected[] = {
        "logit_diff,0,resid_post,0,,,,IO,3,", /* by label before any number of tokens */
        "logit_diff,0,resid_post,0,,,,end,3,",
        "logit_diff,0,resid_post,0,,,,S,1,",
        "logit_diff,0,resid_post,1,,,,IO,3,",
        "logit_diff,0,resid_post,0,,5,0,,3,",
        "logit_diff,0,resid_post,0,,5,1,,3,",
        "logit_diff,0,resid_post,0,,8,0,,1,",
        "logit_diff,0,z,0,0,,,IO,1,",
        "logit_diff,0,z,0,0,,,end,1,",
        "logit_diff,0,z,0,1,,,IO,1,",
        "logit_diff,0,z,0,0,5,0,,1,",
        "logit_diff,0,z_all,0,0,,,,2,",
        "logit_diff,0,z_all,0,1,,,,2,",
        "logit_diff,1,resid_post,0,,4,0,,1,",
        "kl,0,resid_post,0,,,,end,1,",
        "kl,0,z,0,0,,,end,1,",
    };
    struct batch b;
    struct pg_error err;
    size_t size;
    batch_open(&b);
    finish_batch(&b);
    char *text = file_read(scratch_path(&b.scratch, "b/mean.csv"), 1 << 20, &size, &err);
    const char *before = text;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const char *found = strstr(text, expected[i]);
        if (!found || found[-1] != '\n' || found < before)
            fail_msg("%s is missing or out of order", expected[i]);
        before = found;
    }
    free(text);
    batch_close(&b);
}

/* ---- the pictures ---- */

/* The mean of all of the batch's experiments. */
static struct mean mean_of(const struct batch *b) {
    struct mean mean = {0};
    struct pg_error err;
    for (size_t i = 0; i < N; i++) {
        char name[32];
        struct cells cells;
        snprintf(name, sizeof name, "b/%s.csv", b->rows[i].id);
        if (!cells_read(scratch_path(&b->scratch, name), b->rows[i].csv_crc, b->rows[i].n_tokens, 0,
                        &cells, &err) ||
            !mean_add(&mean, &b->rows[i], &cells, &err))
            fail_msg("%s", err.text);
        cells_free(&cells);
    }
    mean_order(&mean);
    return mean;
}

static struct cell_map map_of(const struct mean *mean, size_t kind, bool recovered,
                              const struct pg_picture *look) {
    struct cell_map map;
    struct pg_error err;
    struct font *font = font_open(&err);
    if (!mean_map_make(mean, kind, recovered, false, font, look, &map, &err))
        fail_msg("%s", err.text);
    font_close(font);
    return map;
}

static void sites_lengths_and_labels_have_panels_of_their_own(void **state) {
    (void)state;
    static const char *const titles[] = {
        "resid_post, by label, 3 experiments", "resid_post, 5 tokens, 3 experiments",
        "resid_post, 8 tokens, 1 experiment",  "z, by label, 1 experiment",
        "z, 5 tokens, 1 experiment",           "z_all, 2 experiments",
    };
    struct batch b;
    batch_open(&b);
    struct mean mean = mean_of(&b);
    struct cell_map map = map_of(&mean, 0, false, &plain);
    const struct heatmap *m = &map.map;
    assert_int_equal(m->n_panels, 6);
    for (int i = 0; i < 6; i++) assert_string_equal(m->panels[i].title, titles[i]);
    assert_string_equal(m->title, "logit difference: mean over 7 experiments");
    assert_string_equal(m->subtitles[0], "patching clean \u2192 corrupted");
    assert_string_equal(m->value_title, "logit difference");

    const struct heatmap_panel *labels = &m->panels[0], *tokens = &m->panels[1];
    assert_int_equal(labels->n_columns, 3);
    assert_null(labels->column_numbers);
    assert_string_equal(labels->column_title, "label");
    assert_string_equal(labels->column_labels[2], "S");
    assert_true(labels->column_marked[0] && !labels->column_marked[1]);
    assert_int_equal(tokens->n_columns, 5);
    assert_string_equal(tokens->column_labels[0], "When");
    assert_string_equal(tokens->column_labels[1], ""); /* it varies */
    assert_string_equal(tokens->column_labels[2], ",");
    assert_true(tokens->column_marked[1] && !tokens->column_marked[2]);
    assert_string_equal(m->panels[2].column_labels[1], "\u00B7\"A\" \u2192 \u00B7name11");
    assert_int_equal(m->panels[4].group, HAND_HEADS);
    assert_string_equal(m->panels[4].row_labels[1], "0.1");
    assert_string_equal(m->panels[5].column_title, "head");
    const struct average *r = &mean.panels[0].cells[4].value; /* layer 1, the second label */
    assert_true(labels->values[3 + 1] == (float)r->mean);
    cell_map_free(&map);

    map = map_of(&mean, 1, true, &plain);
    assert_string_equal(map.map.title,
                        "recovered share of the logit difference: mean over 1 experiment");
    assert_string_equal(map.map.subtitles[0], "patching resid_post, corrupted \u2192 clean");
    assert_string_equal(map.map.panels[0].title, "");
    assert_string_equal(map.map.value_title, "recovered");
    cell_map_free(&map);
    mean_free(&mean);
    batch_close(&b);
}

static void limits_are_for_the_metric_alone(void **state) {
    (void)state;
    static const struct pg_picture rdbu = {PG_RDBU, NAN, NAN, NAN, PG_SHOW_VALUE},
                                   given = {PG_MAGMA, -1, 2, NAN, PG_SHOW_VALUE};
    struct batch b;
    batch_open(&b);
    struct mean mean = mean_of(&b);
    struct cell_map map = map_of(&mean, 0, false, &rdbu);
    assert_true(map.map.center == (float)mean.kinds[0].corrupt.mean);
    cell_map_free(&map);
    map = map_of(&mean, 1, false, &rdbu);
    assert_true(map.map.center == (float)mean.kinds[1].clean.mean);
    cell_map_free(&map);
    map = map_of(&mean, 1, true, &rdbu);
    assert_true(map.map.center == 1);
    cell_map_free(&map);
    map = map_of(&mean, 0, false, &given);
    assert_true(map.map.low == -1 && map.map.high == 2 && isnan(map.map.center));
    cell_map_free(&map);
    map = map_of(&mean, 0, true, &given); /* those are values of the metric */
    assert_true(isnan(map.map.low) && isnan(map.map.high));
    cell_map_free(&map);
    mean_free(&mean);
    batch_close(&b);
}

/* Fifteen lengths, the 4th to 6th twice: three that are there once are left out, the last ones. */
static void the_number_of_panels_is_limited(void **state) {
    (void)state;
    struct mean_panel panels[15] = {0};
    struct mean_cell cell = {.head = -1, .label = -1, .value = {.count = 1}};
    struct mean_column columns[16];
    struct mean_kind kind = {.count = 18};
    for (int i = 0; i < 16; i++) columns[i] = (struct mean_column){"a", "a", false, false};
    for (int i = 0; i < 15; i++)
        panels[i] = (struct mean_panel){.n_tokens = i + 1,
                                        .count = i >= 3 && i < 6 ? 2 : 1,
                                        .cells = &cell,
                                        .n_cells = 1,
                                        .columns = columns,
                                        .n_columns = 1,
                                        .site = PG_RESID_POST};
    panels[13].count = 2;
    const struct mean mean = {.kinds = &kind, .n_kinds = 1, .panels = panels, .n_panels = 15};
    struct cell_map map = map_of(&mean, 0, false, &plain);
    assert_int_equal(map.map.n_panels, 12);
    assert_string_equal(map.map.panels[0].title, "resid_post, 1 token, 1 experiment");
    assert_string_equal(map.map.panels[11].title, "resid_post, 14 tokens, 2 experiments");
    assert_string_equal(map.map.panels[10].title, "resid_post, 11 tokens, 1 experiment");
    assert_string_equal(map.map.subtitles[0],
                        "patching resid_post, clean \u2192 corrupted, 12 of 15 panels");
    cell_map_free(&map);
}

static void titles_say_whether_the_metric_is_of_two_tokens(void **state) {
    (void)state;
    static const struct {
        struct measure measure;
        const char *title;
    } kinds[] = {{{PG_PROB, false, false}, "probability: mean over 3 experiments"},
                 {{PG_PROB, true, false}, "probability difference: mean over 3 experiments"},
                 {{PG_LOGPROB, true, false}, "log probability difference: mean over 3 experiments"},
                 {{PG_LOGIT, false, false}, "logit: mean over 3 experiments"},
                 {{PG_LOGIT_DIFF, false, false}, "logit difference: mean over 3 experiments"},
                 {{PG_LOGIT, true, true}, "logit difference: mean over 3 experiments"},
                 {{PG_PROB, false, true}, "probability: mean over 3 experiments"}};
    struct mean_cell cell = {.head = -1, .label = -1, .value = {.count = 1}};
    struct mean_column column = {"a", "a", false, false};
    struct mean_panel panel = {.n_tokens = 1, .count = 3, .cells = &cell, .n_cells = 1};
    panel.columns = &column;
    panel.n_columns = 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct mean_kind kind = {.measure = kinds[i].measure, .count = 3};
        const struct mean mean = {.kinds = &kind, .n_kinds = 1, .panels = &panel, .n_panels = 1};
        struct cell_map map = map_of(&mean, 0, false, &plain);
        assert_string_equal(map.map.title, kinds[i].title);
        cell_map_free(&map);
    }
}

/* ---- cells without a certain effect ---- */

/* Experiments whose runs differ from each other by far more than patches change them. Layer 0
 * changes nothing, layer 1 always about as much, layer 2 this way and that, and layer 3 is patched
 * in the first experiment alone. */
struct effects {
    struct mean *mean;
    bool noising;
};

static bool add_effects(void *context, struct resampling *resampling, struct pg_error *err) {
    static const float changes[4][4] = {
        {0, 1, 1, 2}, {0, 1.25f, -1, 0}, {0, 0.875f, 0.5f, 0}, {0, 1.125f, -0.5f, 0}};
    static const float bases[4] = {-5, 6, 4, -5.5f};
    struct effects *e = context;
    for (int i = 0; i < 4; i++) {
        char id[16];
        struct cell cells[4];
        struct summary_row row = {.line = (size_t)i + 1, .id = id, .n_tokens = 1};
        snprintf(id, sizeof id, "e%d", i);
        row.intervention.noising = e->noising;
        row.corrupt_metric = e->noising ? bases[i] - 4 : bases[i];
        row.clean_metric = row.corrupt_metric + 4;
        for (int layer = 0; layer < 4; layer++) {
            const float value = bases[i] + changes[i][layer];
            cells[layer] = (struct cell){{PG_MLP_OUT, layer, -1, 0, value, -1, -1},
                                         pg_recovered(value, row.clean_metric, row.corrupt_metric),
                                         "a",
                                         "b"};
        }
        const struct cells all = {cells, i ? 3 : 4, NULL};
        if (!(resampling ? mean_resample(e->mean, &row, &all, resampling, err)
                         : mean_add(e->mean, &row, &all, err)))
            return false;
    }
    return true;
}

static void check_grey(bool noising, bool recovered, const char *note) {
    const struct bootstrap b = {500, 1, 0};
    struct mean mean = {0};
    struct effects e = {&mean, noising};
    struct cell_map map;
    struct pg_error err;
    struct font *font = font_open(&err);
    assert_true(add_effects(&e, NULL, &err));
    assert_true(mean_intervals(&mean, &b, true, add_effects, &e, &err));
    mean_order(&mean);
    assert_true(mean.panels[0].cells[1].value.interval.low < 0);
    assert_true(mean.panels[0].cells[1].value.interval.high > 0);
    assert_true(mean_map_make(&mean, 0, recovered, true, font, &plain, &map, &err));
    const bool *greyed = map.map.panels[0].greyed;
    assert_true(greyed[0] && !greyed[1] && greyed[2] && greyed[3]);
    assert_string_equal(map.map.note, note);
    assert_true(isfinite(map.map.panels[0].values[0])); /* their values can still be read */
    cell_map_free(&map);
    assert_true(mean_map_make(&mean, 0, recovered, false, font, &plain, &map, &err));
    assert_true(!map.map.panels[0].greyed && !map.map.note);
    cell_map_free(&map);
    mean_free(&mean);
    font_close(font);
}

static void cells_whose_change_may_be_0_can_be_grey(void **state) {
    (void)state;
    check_grey(false, false, "grey: 95 % interval of the change holds 0, or only one experiment");
    check_grey(true, false, "grey: 95 % interval of the change holds 0, or only one experiment");
    check_grey(false, true, "grey: 95 % interval holds 0, or only one experiment");
    check_grey(true, true, "grey: 95 % interval holds 1 (no effect), or only one experiment");
}

/* Every name is one measure's. */
static void measures_have_names_of_their_own(void **state) {
    (void)state;
    int n = 0;
    for (int i = 0; i < 4 * PG_N_METRICS; i++) {
        const struct measure measure = {(enum pg_metric)(i / 4), i % 2, i / 2 % 2};
        struct measure read;
        const char *name = measure_name(measure);
        if (!name) continue;
        n++;
        assert_true(measure_parse(name, &read) && measure_same(read, measure));
    }
    struct measure read;
    assert_int_equal(n, PG_N_METRICS + 2 + 6);
    assert_false(measure_parse("loss_diff", &read) || measure_parse("", &read));
    struct pg_pair one = {1, -1}, two = {1, 2};
    struct pg_request request = {.metric = PG_LOGIT, .pairs = &two, .n_pairs = 1};
    assert_string_equal(measure_name(measure_of(&request)), "logit_diff");
    request.pairs = &one;
    assert_string_equal(measure_name(measure_of(&request)), "logit");
    request.metric = PG_PROB;
    assert_string_equal(measure_name(measure_of(&request)), "prob");
    request.pairs = &two;
    assert_string_equal(measure_name(measure_of(&request)), "prob_diff");
    const int ids[] = {5, 6, 7};
    request = (struct pg_request){.metric = PG_PROB, .answers = {ids, 2}};
    assert_string_equal(measure_name(measure_of(&request)), "prob_set");
    request.wrong_answers = (struct pg_tokens){ids + 2, 1};
    assert_string_equal(measure_name(measure_of(&request)), "prob_sets");
    request.metric = PG_LOGIT_DIFF;
    assert_string_equal(measure_name(measure_of(&request)), "logit_sets");
    request = (struct pg_request){.metric = PG_KL};
    assert_string_equal(measure_name(measure_of(&request)), "kl");
}

static bool exists(const struct batch *b, const char *name) {
    return file_exists(scratch_path(&b->scratch, name));
}

static void each_kind_has_its_pictures(void **state) {
    (void)state;
    struct batch b;
    struct pg_error err;
    batch_open(&b);
    scratch_text(&b.scratch, "b/mean_prob.png", "of an earlier batch");
    scratch_text(&b.scratch, "b/mean_kl_noising_recovered.png", "of an earlier batch");
    finish_batch(&b);
    assert_true(exists(&b, "b/mean.png") && exists(&b, "b/mean_recovered.png"));
    assert_true(exists(&b, "b/mean_kl.png") && exists(&b, "b/mean_kl_recovered.png"));
    assert_true(exists(&b, "b/mean_logit_diff_noising.png"));
    assert_true(exists(&b, "b/mean_logit_diff_noising_recovered.png"));
    assert_false(exists(&b, "b/mean_logit_diff.png") || exists(&b, "b/mean_prob.png"));
    assert_false(exists(&b, "b/mean_kl_noising_recovered.png"));

    struct summary none = {&b.rows[N], 1}; /* the one that failed */
    size_t size;
    assert_true(finish(scratch_path(&b.scratch, "b"), &none, &err));
    assert_false(exists(&b, "b/mean.png") || exists(&b, "b/mean_recovered.png"));
    char *text = file_read(scratch_path(&b.scratch, "b/mean.csv"), 1000, &size, &err);
    assert_non_null(text);
    assert_ptr_equal(strchr(text, '\n'), text + size - 1);
    free(text);

    struct summary same = {&b.rows[2], 1}; /* nothing recovered, but a metric */
    assert_true(finish(scratch_path(&b.scratch, "b"), &same, &err));
    assert_true(exists(&b, "b/mean.png"));
    assert_false(exists(&b, "b/mean_recovered.png"));
    batch_close(&b);
}

/* A CSV that differs from its row: the summary is not written. */
static void a_changed_table_is_refused(void **state) {
    (void)state;
    struct batch b;
    struct pg_error err;
    batch_open(&b);
    scratch_text(&b.scratch, "b/e3.csv", "site,layer\n");
    assert_false(finish(scratch_path(&b.scratch, "b"), &b.summary, &err));
    assert_non_null(strstr(err.text, "b/e3.csv has the CRC-32 "));
    assert_false(exists(&b, "b/summary.csv"));
    b.rows[1].csv_crc = (uint32_t)crc32_z(0, (const uint8_t *)"site,layer\n", 11);
    assert_false(finish(scratch_path(&b.scratch, "b"), &b.summary, &err));
    assert_non_null(strstr(err.text, "b/e3.csv: line 1 has 2 fields, expected 10"));
    assert_int_equal(remove(scratch_path(&b.scratch, "b/e3.csv")), 0);
    assert_false(finish(scratch_path(&b.scratch, "b"), &b.summary, &err));
    assert_non_null(strstr(err.text, "cannot open "));
    batch_close(&b);
}

static void an_ablation_is_a_kind_of_its_own_and_marks_no_column(void **state) {
    (void)state;
    struct pg_error err;
    struct mean mean = {0};
    struct cell cell = {{PG_MLP_OUT, 0, -1, 1, 2, -1, -1}, NAN, "a", ""};
    const struct cells cells = {&cell, 1, NULL};
    struct summary_row row = {.line = 1, .n_tokens = 3, .corrupt_metric = NAN};
    row.intervention.with = PG_WITH_ZERO;
    assert_true(mean_add(&mean, &row, &cells, &err));
    row.line = 2;
    row.corrupt_metric = 1;
    row.intervention.with = PG_WITH_TEXT;
    assert_true(mean_add(&mean, &row, &cells, &err));
    assert_int_equal(mean.n_kinds, 2);
    assert_int_equal(mean.kinds[0].corrupt.count, 0);
    assert_int_equal(mean.kinds[1].corrupt.count, 1);
    assert_false(mean.panels[0].columns[1].differs);
    assert_true(mean.panels[1].columns[1].differs);
    mean_free(&mean);
}

static void neurons_are_averaged_by_neuron_and_weights_by_source(void **state) {
    (void)state;
    struct pg_error err;
    struct mean mean = {0};
    struct cell items[] = {{{PG_NEURON, 0, -1, 1, 1, 8, -1}, 0, "a", "b"},
                           {{PG_NEURON, 0, -1, 1, 2, 7, -1}, 0, "a", "b"},
                           {{PG_PATTERN_DEST_SRC, 0, 3, 1, 3, -1, 0}, 0, "a", "b"},
                           {{PG_PATTERN_DEST_SRC, 0, 3, 1, 4, -1, 1}, 0, "a", "b"}};
    const struct cells cells = {items, 4, NULL};
    struct summary_row row = {.n_tokens = 3};
    for (row.line = 1; row.line < 3; row.line++) assert_true(mean_add(&mean, &row, &cells, &err));
    mean_order(&mean);
    assert_int_equal(mean.n_panels, 2);
    assert_int_equal(mean.panels[0].n_cells, 2);
    assert_true(mean.panels[0].cells[0].neuron == 7 && mean.panels[0].cells[0].value.mean == 2);
    assert_int_equal(mean.panels[1].n_cells, 2);
    assert_true(mean.panels[1].cells[1].source == 1 && mean.panels[1].cells[1].value.mean == 4);
    size_t size;
    char *text = mean_text(&mean, &size, &err);
    assert_non_null(strstr(text, "position,label,neuron,source_position,count"));
    assert_non_null(strstr(text, "\nlogit_diff,0,neuron,0,,3,1,,7,,2,2,0,"));
    assert_non_null(strstr(text, "\nlogit_diff,0,pattern_dest_src,0,3,3,1,,,1,2,4,0,"));
    free(text);
    mean_free(&mean);
}

/* What cells_read refuses. */
static void cells_that_do_not_exist_are_refused(void **state) {
    (void)state;
    static const char head[] =
        "site,layer,head,position,clean_id,corrupt_id,clean_token,corrupt_token,value,recovered\n";
    static const char *const wrong[][2] = {
        {"resid,0,,1,3,4,a,b,1,0\n", "line 2: site is \"resid\""},
        {"z,x,0,1,3,4,a,b,1,0\n", "layer is \"x\""},
        {"z,0,,1,3,4,a,b,1,0\n", "head is \"\", but z has a number there"},
        {"resid_pre,0,1,1,3,4,a,b,1,0\n", "head is \"1\", but resid_pre has no heads"},
        {"resid_pre,0,,5,3,4,a,b,1,0\n", "position is \"5\", expected a number from 0 to 4"},
        {"z_all,0,1,1,,,,,1,0\n", "position is \"1\", but z_all"},
        {"z,0,0,1,3,4,a,b,,0\n", "value is \"\""},
        {"z,0,0,1,3,4,a,b,1,x\n", "recovered is \"x\""},
    };
    struct scratch s;
    struct pg_error err;
    scratch_open(&s);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[300];
        struct cells cells;
        snprintf(text, sizeof text, "%s%s", head, wrong[i][0]);
        const char *path = scratch_text(&s, "x.csv", text);
        const uint32_t crc = (uint32_t)crc32_z(0, (const uint8_t *)text, strlen(text));
        assert_false(cells_read(path, crc, 5, 0, &cells, &err));
        if (!strstr(err.text, wrong[i][1])) fail_msg("%s", err.text);
        cells_free(&cells);
    }
    scratch_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_errors_and_intervals_are_those_of_the_definition),
        cmocka_unit_test(rows_are_in_order),
        cmocka_unit_test(sites_lengths_and_labels_have_panels_of_their_own),
        cmocka_unit_test(limits_are_for_the_metric_alone),
        cmocka_unit_test(the_number_of_panels_is_limited),
        cmocka_unit_test(titles_say_whether_the_metric_is_of_two_tokens),
        cmocka_unit_test(cells_whose_change_may_be_0_can_be_grey),
        cmocka_unit_test(measures_have_names_of_their_own),
        cmocka_unit_test(each_kind_has_its_pictures),
        cmocka_unit_test(a_changed_table_is_refused),
        cmocka_unit_test(cells_that_do_not_exist_are_refused),
        cmocka_unit_test(an_ablation_is_a_kind_of_its_own_and_marks_no_column),
        cmocka_unit_test(neurons_are_averaged_by_neuron_and_weights_by_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
