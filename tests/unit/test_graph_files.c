/* test_graph_files.c: edges as a graph in the JSON of EAP-IG, as a drawing for Graphviz and as
 * arrays of NumPy, and the senders of paths as arrays: every number in its place, under its name.
 */
#include "base/number.h"
#include "patch/graph.h"
#include "report/effect.h"
#include "report/graph_cells.h"
#include "report/graph_file.h"

#include "npz_reader.h"
#include "random_model.h"
#include "scratch.h"

#include <cjson/cJSON.h>

static const struct shape shape = {
    .layers = 3, .heads = 2, .width = 8, .inner = 12, .context = 16, .vocab = 40};

enum { TOKENS = 5, SENDERS = 10, READERS = 22 };

static const int clean_ids[TOKENS] = {3, 9, 4, 39, 7}, corrupt_ids[TOKENS] = {3, 8, 4, 38, 7};
static const struct pg_pair pair = {5, 6};

static struct pg_request request_of(enum pg_site site) {
    struct pg_request request = pg_request_default();
    request.clean = (struct pg_tokens){clean_ids, TOKENS};
    request.corrupt = (struct pg_tokens){corrupt_ids, TOKENS};
    request.pairs = &pair;
    request.n_pairs = 1;
    request.n_sites = 1;
    request.sites[0] = site;
    return request;
}

static struct pg_result *run(const struct pg_model *model, const struct pg_request *request) {
    struct pg_error err;
    struct pg_result *result = pg_run(model, request, &err);
    if (!result) fail_msg("%s", err.text);
    return result;
}

/* ---- the graph ---- */

static const char *const expected_edges[] = {
    "input->a0.h0<q>", "input->a0.h0<k>", "input->a0.h0<v>", "input->a0.h1<q>", "input->a0.h1<k>",
    "input->a0.h1<v>", "input->m0",       "a0.h0->m0",       "a0.h1->m0",       "input->a1.h0<q>"};

static cJSON *graph_of(const struct pg_model *model, const struct pg_result *result) {
    struct pg_error err;
    size_t size;
    char *text = graph_json(model, result, &size, &err);
    if (!text) fail_msg("%s", err.text);
    assert_int_equal(strlen(text), size);
    cJSON *graph = cJSON_Parse(text);
    assert_non_null(graph);
    free(text);
    return graph;
}

/* The edge of that name, in the names of other tools. */
static const struct pg_cell *cell_named(const struct pg_result *result, const char *name) {
    char sender[64];
    const char *arrow = strstr(name, "->");
    struct pg_sender from;
    struct pg_receiver to;
    assert_non_null(arrow);
    snprintf(sender, sizeof sender, "%.*s", (int)(arrow - name), name);
    assert_true(sender_parse(sender, &from));
    assert_true(receiver_parse(arrow + 2, &to));
    for (size_t i = 0; i < result->n_cells; i++) {
        const struct pg_cell *c = &result->cells[i];
        if (!memcmp(&c->sender, &from, sizeof from) && !memcmp(&c->receiver, &to, sizeof to))
            return c;
    }
    return NULL;
}

static void compare_graph(const cJSON *graph, const struct pg_result *result) {
    const cJSON *edges = cJSON_GetObjectItemCaseSensitive(graph, "edges"), *edge;
    assert_int_equal(cJSON_GetArraySize(edges), (int)result->n_cells);
    cJSON_ArrayForEach(edge, edges) {
        const struct pg_cell *cell = cell_named(result, edge->string);
        assert_non_null(cell);
        assert_int_equal(cJSON_GetArraySize(edge), 2);
        const float score = (float)cJSON_GetObjectItem(edge, "score")->valuedouble;
        assert_true(score == edge_score(result, cell));
        assert_true(cJSON_IsFalse(cJSON_GetObjectItem(edge, "in_graph")));
    }
}

static void a_graph_has_the_names_keys_and_order_of_eap_ig(void **state) {
    struct pg_request request = request_of(PG_EDGES);
    for (int noising = 0; noising < 2; noising++) {
        request.noising = noising;
        struct pg_result *result = run(*state, &request);
        cJSON *graph = graph_of(*state, result);
        const cJSON *cfg = cJSON_GetObjectItem(graph, "cfg"),
                    *nodes = cJSON_GetObjectItem(graph, "nodes"),
                    *edges = cJSON_GetObjectItem(graph, "edges");
        assert_int_equal(cJSON_GetObjectItem(cfg, "n_layers")->valueint, 3);
        assert_int_equal(cJSON_GetObjectItem(cfg, "n_heads")->valueint, 2);
        assert_int_equal(cJSON_GetObjectItem(cfg, "d_model")->valueint, 8);
        assert_true(cJSON_IsFalse(cJSON_GetObjectItem(cfg, "parallel_attn_mlp")));
        assert_int_equal(cJSON_GetArraySize(nodes), SENDERS + 1);
        assert_string_equal(cJSON_GetArrayItem(nodes, 0)->string, "input");
        assert_string_equal(cJSON_GetArrayItem(nodes, 2)->string, "a0.h1");
        assert_string_equal(cJSON_GetArrayItem(nodes, 3)->string, "m0");
        assert_true(
            cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(nodes, "logits"), "in_graph")));
        for (int i = 0; i < 10; i++)
            assert_string_equal(cJSON_GetArrayItem(edges, i)->string, expected_edges[i]);
        compare_graph(graph, result);
        cJSON_Delete(graph);
        pg_result_free(result);
    }
}

static void a_graph_of_some_edges_leaves_out_the_others(void **state) {
    static const struct pg_sender senders[] = {{PG_HEAD, 0, 1}, {PG_MLP, 1, -1}};
    struct pg_request request = request_of(PG_EDGES);
    request.senders = senders;
    request.n_senders = 2;
    struct pg_result *result = run(*state, &request);
    cJSON *graph = graph_of(*state, result);
    compare_graph(graph, result);
    assert_null(cJSON_GetObjectItem(cJSON_GetObjectItem(graph, "edges"), "input->m0"));
    cJSON_Delete(graph);
    pg_result_free(result);
}

static void numbers_of_a_graph_are_never_integers(void **state) {
    struct pg_error err;
    size_t size;
    struct pg_request request = request_of(PG_EDGES);
    struct pg_result *result = run(*state, &request);
    for (size_t i = 0; i < result->n_cells; i++) result->cells[i].value = result->corrupt_metric;
    result->cells[0].value = NAN;
    char *text = graph_json(*state, result, &size, &err);
    assert_non_null(strstr(text, "\"input->a0.h0<q>\": {\"score\": NaN, \"in_graph\""));
    assert_non_null(strstr(text, "\"input->m0\": {\"score\": 0.0, \"in_graph\""));
    free(text);
    pg_result_free(result);
}

/* ---- the drawing ---- */

static size_t count(const char *text, const char *part) {
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) n++;
    return n;
}

static void a_drawing_has_the_strongest_edges(void **state) {
    struct pg_error err;
    size_t size, strongest;
    char edge[128], number[NUMBER_SIZE], sender[NODE_NAME_SIZE];
    struct pg_request request = request_of(PG_EDGES);
    request.noising = true;
    struct pg_result *result = run(*state, &request);
    char *text = graph_dot(*state, result, &size, &err);
    assert_non_null(text);
    assert_true(result->n_cells > DOT_EDGES);
    assert_int_equal(count(text, "penwidth"), DOT_EDGES);
    assert_int_equal(count(text, "penwidth=5.00"), 1);
    assert_int_equal(largest_effects(result, &strongest, 1), 1);
    const struct pg_cell *cell = &result->cells[strongest];
    sender_name(&cell->sender, sender);
    number_plain(edge_score(result, cell), 2, number);
    snprintf(edge, sizeof edge, "    \"%s\" -> \"", sender);
    const char *line = strstr(strstr(text, "\"];\n") + 4, edge);
    assert_non_null(line);
    const char *wide = strstr(text, "penwidth=5.00");
    while (wide > text && wide[-1] != '\n') wide--;
    assert_memory_equal(wide, edge, strlen(edge));
    assert_non_null(strstr(wide, number));
    assert_non_null(
        strstr(wide, edge_score(result, cell) < 0 ? "color=\"#b2182b\"" : "color=\"#2166ac\""));
    free(text);
    pg_result_free(result);
}

static void other_results_have_no_graph(void **state) {
    struct pg_error err;
    size_t size;
    struct pg_request request = request_of(PG_Z_ALL);
    struct pg_result *result = run(*state, &request);
    assert_null(graph_json(*state, result, &size, &err));
    assert_string_equal(err.text, "a graph is of edges, which the site z_all does not have");
    assert_null(graph_dot(*state, result, &size, &err));
    pg_result_free(result);
}

/* ---- arrays ---- */

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

/* The names of an array are those of the graph, in its order. */
static void check_names(const struct npz_file *f, const struct pg_model *model, bool readers) {
    const struct npz_entry e = npz_find(f, readers ? "receivers" : "senders");
    assert_int_equal(e.n_dims, 1);
    assert_int_equal(e.dims[0], readers ? READERS : SENDERS);
    for (size_t i = 0; i < e.n_items; i++) {
        char expected[NODE_NAME_SIZE], *name = npz_text(&e, i);
        const struct pg_sender sender = graph_sender(&model->config, readers ? 0 : i);
        const struct pg_receiver receiver = graph_receiver(&model->config, readers ? i : 0);
        if (readers)
            receiver_name(&receiver, expected);
        else
            sender_name(&sender, expected);
        assert_string_equal(name, expected);
        free(name);
    }
}

/* An array has what pg_shown gives for each cell in its place, and NaN elsewhere. */
static void check_array(const struct npz_file *f, const struct pg_model *model,
                        const struct pg_result *r, const char *name, enum pg_show show) {
    const bool edges = r->sites[0] == PG_EDGES;
    const struct npz_entry e = npz_find(f, name);
    size_t n_numbers = 0;
    assert_shape(&e, "<f4", edges ? 2 : 1, (const size_t[]){SENDERS, READERS});
    for (size_t i = 0; i < r->n_cells; i++) {
        const struct pg_cell *c = &r->cells[i];
        size_t at = graph_sender_index(&model->config, &c->sender);
        if (edges) at = at * READERS + graph_receiver_index(&model->config, &c->receiver);
        assert_true(npz_float(&e, at) == pg_shown(r, show, c->value));
    }
    for (size_t i = 0; i < e.n_items; i++) n_numbers += !isnan(npz_float(&e, i));
    assert_true(r->n_cells > 0);
    assert_int_equal(n_numbers, r->n_cells);
}

static void arrays_of_edges_are_senders_by_readers(void **state) {
    static const struct pg_receiver readers[] = {{PG_READER_K, 1, 1}, {PG_READER_LOGITS, -1, -1}};
    struct pg_request request = request_of(PG_EDGES);
    for (int part = 0; part < 2; part++) {
        if (part) request.receivers = readers;
        request.n_receivers = part ? 2 : 0;
        struct pg_result *result = run(*state, &request);
        struct npz_file f = file_of(*state, result);
        assert_int_equal(f.n_entries, 8);
        check_array(&f, *state, result, "edges", PG_SHOW_VALUE);
        check_array(&f, *state, result, "edges_score", PG_SHOW_SCORE);
        check_array(&f, *state, result, "edges_recovered", PG_SHOW_RECOVERED);
        check_names(&f, *state, false);
        check_names(&f, *state, true);
        npz_close(&f);
        pg_result_free(result);
    }
}

static void arrays_of_paths_are_by_sender(void **state) {
    static const struct pg_receiver readers[] = {{PG_READER_Q, 1, 0}, {PG_READER_MLP, 2, -1}};
    struct pg_request request = request_of(PG_PATHS);
    request.receivers = readers;
    request.n_receivers = 2;
    request.frozen = PG_FROZEN_ATTENTION;
    struct pg_result *result = run(*state, &request);
    struct npz_file f = file_of(*state, result);
    assert_int_equal(f.n_entries, 6);
    check_array(&f, *state, result, "paths", PG_SHOW_VALUE);
    check_array(&f, *state, result, "paths_recovered", PG_SHOW_RECOVERED);
    check_names(&f, *state, false);
    npz_close(&f);
    pg_result_free(result);
}

static void arrays_of_ablated_edges_have_nothing_recovered(void **state) {
    struct pg_request request = request_of(PG_EDGES);
    request.corrupt = (struct pg_tokens){0};
    request.with = PG_WITH_ZERO;
    struct pg_result *result = run(*state, &request);
    struct npz_file f = file_of(*state, result);
    assert_int_equal(f.n_entries, 6);
    assert_false(npz_has(&f, "edges_recovered"));
    check_array(&f, *state, result, "edges_score", PG_SHOW_SCORE);
    npz_close(&f);
    pg_result_free(result);
}

static int open_model(void **state) {
    *state = random_model(&shape, 1);
    return 0;
}

static int close_model(void **state) {
    pg_model_close(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_has_the_names_keys_and_order_of_eap_ig),
        cmocka_unit_test(a_graph_of_some_edges_leaves_out_the_others),
        cmocka_unit_test(numbers_of_a_graph_are_never_integers),
        cmocka_unit_test(a_drawing_has_the_strongest_edges),
        cmocka_unit_test(other_results_have_no_graph),
        cmocka_unit_test(arrays_of_edges_are_senders_by_readers),
        cmocka_unit_test(arrays_of_paths_are_by_sender),
        cmocka_unit_test(arrays_of_ablated_edges_have_nothing_recovered),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
