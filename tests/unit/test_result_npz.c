/* test_result_npz.c: pg_write_npz and the arrays of lens, direct and predict: shapes, and every
 * number in its place. */
#include "report/reading_npz.h"

#include "npz_reader.h"
#include "random_model.h"
#include "scratch.h"

static const struct shape shape = {
    .layers = 3, .heads = 2, .width = 8, .inner = 12, .context = 16, .vocab = 40};

enum { LAYERS = 3, HEADS = 2, TOKENS = 5, NEURONS = 12, VOCAB = 40 };

static const int clean_ids[TOKENS] = {3, 9, 4, 39, 7}, corrupt_ids[TOKENS] = {3, 8, 4, 38, 7};
static const struct pg_pair pair = {5, 6};

static struct pg_request request_of(const enum pg_site *sites, size_t n) {
    struct pg_request request = pg_request_default();
    request.clean = (struct pg_tokens){clean_ids, TOKENS};
    request.corrupt = (struct pg_tokens){corrupt_ids, TOKENS};
    request.pairs = &pair;
    request.n_pairs = 1;
    request.n_sites = n;
    for (size_t i = 0; i < n; i++) request.sites[i] = sites[i];
    return request;
}

static struct pg_result *run(const struct pg_model *model, const struct pg_request *request) {
    struct pg_error err;
    struct pg_result *result = pg_run(model, request, &err);
    if (!result) fail_msg("%s", err.text);
    return result;
}

/* The file of a result. */
static struct npz_file file_of(const struct pg_model *model, const struct pg_result *result) {
    struct scratch s;
    struct pg_error err;
    scratch_open(&s);
    const char *path = scratch_path(&s, "x.npz");
    if (!pg_write_npz(model, result, path, &err)) fail_msg("%s", err.text);
    struct npz_file f = npz_open(path);
    scratch_close(&s);
    return f;
}

/* The dimensions of a site: l, p, h, n, s stand for layer, position, head, neuron, source. */
static const char *dims_of(enum pg_site site) {
    switch (site) {
    case PG_NEURON:
        return "lpn";
    case PG_PATTERN_DEST_SRC:
        return "lhps";
    case PG_PATTERN:
        return "lhp";
    case PG_Z:
    case PG_Q:
    case PG_K:
    case PG_V:
        return "lph";
    case PG_Z_ALL:
    case PG_Q_ALL:
    case PG_K_ALL:
    case PG_V_ALL:
    case PG_PATTERN_ALL:
        return "lh";
    default:
        return "lp";
    }
}

static size_t size_of(char dim) {
    return dim == 'l' ? LAYERS : dim == 'h' ? HEADS : dim == 'n' ? NEURONS : TOKENS;
}

static int index_of(char dim, const struct pg_cell *c) {
    return dim == 'l'   ? c->layer
           : dim == 'h' ? c->head
           : dim == 'n' ? c->neuron
           : dim == 's' ? c->source
                        : c->position;
}

/* The array of a site has the numbers of its cells in their places, and NaN elsewhere. */
static void check_site(const struct npz_file *f, const struct pg_result *r, enum pg_site site,
                       bool recovered) {
    const char *dims = dims_of(site);
    char name[64];
    snprintf(name, sizeof name, "%s%s", pg_site_name(site), recovered ? "_recovered" : "");
    const struct npz_entry e = npz_find(f, name);
    assert_string_equal(e.type, "<f4");
    assert_int_equal(e.n_dims, strlen(dims));
    for (size_t i = 0; i < e.n_dims; i++) assert_int_equal(e.dims[i], size_of(dims[i]));
    size_t n_cells = 0, n_numbers = 0;
    for (size_t i = 0; i < r->n_cells; i++) {
        const struct pg_cell *c = &r->cells[i];
        size_t at = 0;
        if (c->site != site) continue;
        for (size_t k = 0; k < e.n_dims; k++) at = at * e.dims[k] + (size_t)index_of(dims[k], c);
        const float expected =
            recovered ? pg_recovered(c->value, r->clean_metric, r->corrupt_metric) : c->value;
        assert_memory_equal(e.data + 4 * at, &expected, sizeof expected);
        n_cells++;
    }
    for (size_t i = 0; i < e.n_items; i++) n_numbers += !isnan(npz_float(&e, i));
    assert_true(n_cells > 0);
    assert_int_equal(n_numbers, n_cells);
}

static void check_ids(const struct npz_file *f, const char *name, const int *ids) {
    const struct npz_entry e = npz_find(f, name);
    assert_shape(&e, "<i8", 1, (const size_t[]){TOKENS});
    for (size_t i = 0; i < TOKENS; i++) assert_int_equal(npz_int(&e, i), ids[i]);
}

/* The text meta has the part. */
static void assert_meta(const struct npz_file *f, const char *part) {
    const struct npz_entry e = npz_find(f, "meta");
    assert_int_equal(e.n_dims, 0);
    char *text = npz_text(&e, 0);
    if (!strstr(text, part)) fail_msg("\"%s\" is not in %s", part, text);
    free(text);
}

static void every_cell_is_in_its_place_and_the_others_are_nan(void **state) {
    (void)state;
    static const int layers[] = {0, 2}, positions[] = {1, 4}, neurons[] = {0, 3, 11};
    struct pg_model *model = random_model(&shape, 1);
    enum pg_site sites[PG_N_SITES];
    for (int i = 0; i < PG_EDGES; i++) sites[i] = (enum pg_site)i;
    for (int part = 0; part < 2; part++) {
        struct pg_request request = request_of(sites, PG_EDGES);
        if (part) request.layers = (struct pg_list){layers, 2};
        if (part) request.positions = (struct pg_list){positions, 2};
        if (part) request.neurons = (struct pg_list){neurons, 3};
        struct pg_result *result = run(model, &request);
        struct npz_file f = file_of(model, result);
        assert_int_equal(f.n_entries, 2 * PG_EDGES + 3);
        for (int site = 0; site < PG_EDGES; site++)
            for (int recovered = 0; recovered < 2; recovered++)
                check_site(&f, result, (enum pg_site)site, recovered);
        check_ids(&f, "clean_ids", clean_ids);
        check_ids(&f, "corrupt_ids", corrupt_ids);
        npz_close(&f);
        pg_result_free(result);
    }
    pg_model_close(model);
}

static void an_ablation_has_neither_recovered_values_nor_a_second_text(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 2);
    struct pg_request request = request_of((const enum pg_site[]){PG_Z, PG_MLP_OUT}, 2);
    request.corrupt = (struct pg_tokens){0};
    request.with = PG_WITH_ZERO;
    struct pg_result *result = run(model, &request);
    struct npz_file f = file_of(model, result);
    assert_int_equal(f.n_entries, 4);
    check_site(&f, result, PG_Z, false);
    check_site(&f, result, PG_MLP_OUT, false);
    assert_false(npz_has(&f, "z_recovered"));
    assert_false(npz_has(&f, "corrupt_ids"));
    assert_meta(&f, "\"with\":\"zero\"");
    assert_meta(&f, "\"direction\":\"zero ablation\"");
    npz_close(&f);
    pg_result_free(result);
    pg_model_close(model);
}

static void a_joint_patch_is_one_number_with_the_names_of_its_sites(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 3);
    struct pg_request request = request_of((const enum pg_site[]){PG_ATTN_OUT, PG_MLP_OUT}, 2);
    request.joint = true;
    struct pg_result *result = run(model, &request);
    struct npz_file f = file_of(model, result);
    assert_int_equal(f.n_entries, 5);
    struct npz_entry e = npz_find(&f, "attn_out+mlp_out");
    assert_shape(&e, "<f4", 0, NULL);
    assert_true(npz_float(&e, 0) == result->cells[0].value);
    e = npz_find(&f, "attn_out+mlp_out_recovered");
    assert_true(npz_float(&e, 0) ==
                pg_recovered(result->cells[0].value, result->clean_metric, result->corrupt_metric));
    assert_meta(&f, "\"joint\":true");
    npz_close(&f);
    pg_result_free(result);
    pg_model_close(model);
}

static void meta_names_the_dimensions_and_what_was_measured(void **state) {
    (void)state;
    struct pg_model *model = random_model(&shape, 4);
    struct pg_request request = request_of((const enum pg_site[]){PG_PATTERN}, 1);
    request.noising = true;
    request.read_position = 3;
    struct pg_result *result = run(model, &request);
    struct npz_file f = file_of(model, result);
    assert_meta(&f, "\"pattern_recovered\":[\"layer\",\"head\",\"position\"]");
    assert_meta(&f, "\"clean_ids\":[\"position\"]");
    assert_meta(&f, "\"metric\":\"logit_diff\"");
    assert_meta(&f, "\"direction\":\"corrupted into clean\"");
    assert_meta(&f, "\"read_position\":3");
    assert_meta(&f, "\"version\":\"" PG_VERSION "\"");
    assert_meta(&f, "\"clean_text\":null");
    npz_close(&f);
    pg_result_free(result);
    pg_model_close(model);
}

/* ---- lens, direct, predict ---- */

static void a_lens_is_place_by_position_and_has_no_values_without_pairs(void **state) {
    (void)state;
    struct pg_error err;
    struct scratch s;
    struct pg_model *model = random_model(&shape, 5);
    scratch_open(&s);
    const char *path = scratch_path(&s, "x.npz");
    for (size_t n_pairs = 0; n_pairs < 2; n_pairs++) {
        struct pg_lens_request request = pg_lens_request_default();
        request.text = (struct pg_tokens){clean_ids, TOKENS};
        request.pairs = &pair;
        request.n_pairs = n_pairs;
        struct pg_lens *lens = pg_lens(model, &request, &err);
        assert_non_null(lens);
        assert_true(lens_npz(model, lens, path, &err));
        struct npz_file f = npz_open(path);
        assert_int_equal(npz_has(&f, "value"), n_pairs);
        assert_int_equal(npz_has(&f, "rank"), n_pairs);
        const struct npz_entry id = npz_find(&f, "top_id"), p = npz_find(&f, "top_probability"),
                               places = npz_find(&f, "places");
        assert_shape(&id, "<i8", 2, (const size_t[]){2 * LAYERS + 1, TOKENS});
        assert_shape(&p, "<f4", 2, id.dims);
        assert_shape(&places, "<U7", 1, id.dims);
        for (size_t i = 0; i < id.n_items; i++) {
            assert_int_equal(npz_int(&id, i), lens->readings[i].top);
            assert_true(npz_float(&p, i) == lens->readings[i].probability);
        }
        char *last = npz_text(&places, 2 * LAYERS);
        assert_string_equal(last, "L2.post");
        free(last);
        const struct npz_entry value = n_pairs ? npz_find(&f, "value") : id,
                               rank = n_pairs ? npz_find(&f, "rank") : id;
        for (size_t i = 0; n_pairs && i < id.n_items; i++) {
            assert_true(npz_float(&value, i) == lens->readings[i].value);
            assert_int_equal(npz_int(&rank, i), lens->readings[i].rank);
        }
        npz_close(&f);
        pg_lens_free(lens);
    }
    scratch_close(&s);
    pg_model_close(model);
}

/* The number of a part in the arrays of its component. */
static float part_in(const struct npz_file *f, const struct pg_direct *d, const struct pg_part *p) {
    static const char *const names[] = {
        "embed", "heads", "mlps", "neurons", "mlp_biases", "attention_biases", "ln_f_bias"};
    const bool head = p->component == PG_HEAD;
    const struct npz_entry e =
        npz_find(f, head && d->by_source ? "heads_by_source" : names[p->component]);
    size_t at = p->layer > 0 ? (size_t)p->layer : 0;
    if (head) at = at * HEADS + (size_t)p->index;
    if (head && d->by_source) at = at * TOKENS + (size_t)p->source;
    if (p->component == PG_MLP_NEURON) at = at * NEURONS + (size_t)p->index;
    assert_true(at < e.n_items);
    return npz_float(&e, at);
}

static void every_part_of_a_direct_attribution_is_in_its_array(void **state) {
    (void)state;
    struct pg_error err;
    struct scratch s;
    struct pg_model *model = random_model(&shape, 6);
    scratch_open(&s);
    const char *path = scratch_path(&s, "x.npz");
    for (int way = 0; way < 4; way++) {
        struct pg_direct_request request = pg_direct_request_default();
        request.text = (struct pg_tokens){clean_ids, TOKENS};
        request.pairs = &pair;
        request.n_pairs = 1;
        request.neurons = way & 1;
        request.by_source = way & 2;
        request.read_position = 3;
        struct pg_direct *d = pg_direct(model, &request, &err);
        assert_non_null(d);
        assert_true(direct_npz(model, d, path, &err));
        struct npz_file f = npz_open(path);
        size_t n_numbers = 0;
        for (size_t i = 0; i < d->n_parts; i++)
            assert_true(part_in(&f, d, &d->parts[i]) == d->parts[i].value);
        for (size_t i = 0; i < f.n_entries; i++) {
            const struct npz_entry e = npz_entry(&f, i);
            for (size_t k = 0; !strcmp(e.type, "<f4") && k < e.n_items; k++)
                n_numbers += !isnan(npz_float(&e, k));
        }
        assert_int_equal(n_numbers, d->n_parts + 1); /* and the metric */
        assert_int_equal(npz_has(&f, "mlps"), !request.neurons);
        assert_int_equal(npz_has(&f, "heads"), !request.by_source);
        const struct npz_entry sum = npz_find(&f, "sum");
        assert_string_equal(sum.type, "<f8");
        assert_memory_equal(sum.data, &d->sum, sizeof d->sum);
        npz_close(&f);
        pg_direct_free(d);
    }
    scratch_close(&s);
    pg_model_close(model);
}

static void a_prediction_has_all_logits_and_its_tokens(void **state) {
    (void)state;
    struct pg_error err;
    struct scratch s;
    struct pg_model *model = random_model(&shape, 7);
    struct pg_prediction top[VOCAB];
    const struct pg_tokens text = {clean_ids, TOKENS};
    scratch_open(&s);
    const char *path = scratch_path(&s, "x.npz");
    assert_true(pg_predict(model, clean_ids, TOKENS, VOCAB, top, &err));
    for (int all = 0; all < 2; all++) {
        const struct text_prediction p = {&text, all, "top", top, 7};
        assert_true(prediction_npz(model, &p, path, &err));
        struct npz_file f = npz_open(path);
        const struct npz_entry logits = npz_find(&f, "logits"), id = npz_find(&f, "top_id"),
                               probability = npz_find(&f, "top_probability");
        assert_shape(&logits, "<f4", all ? 2 : 1, (const size_t[]){all ? TOKENS : VOCAB, VOCAB});
        assert_shape(&id, "<i8", 1, (const size_t[]){7});
        for (size_t i = 0; i < VOCAB; i++)
            assert_true(npz_float(&logits, logits.n_items - VOCAB + (size_t)top[i].token) ==
                        top[i].logit);
        for (size_t i = 0; i < 7; i++) {
            assert_int_equal(npz_int(&id, i), top[i].token);
            assert_true(npz_float(&probability, i) == top[i].probability);
        }
        npz_close(&f);
    }
    scratch_close(&s);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_in_its_place_and_the_others_are_nan),
        cmocka_unit_test(an_ablation_has_neither_recovered_values_nor_a_second_text),
        cmocka_unit_test(a_joint_patch_is_one_number_with_the_names_of_its_sites),
        cmocka_unit_test(meta_names_the_dimensions_and_what_was_measured),
        cmocka_unit_test(a_lens_is_place_by_position_and_has_no_values_without_pairs),
        cmocka_unit_test(every_part_of_a_direct_attribution_is_in_its_array),
        cmocka_unit_test(a_prediction_has_all_logits_and_its_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
