/* test_reference_graph.c: edges, paths and circuits, against figures that an independent float64
 * implementation computed. */
#include "reference.h"

#include "circuit/edge_set.h"
#include "patch/graph.h"

#include <string.h>

/* Whether a name of the figures is a cell's: "embed -> 0.1.q", "mlp 0 -> mlp 1". */
static bool is_edge(const char *name, const struct pg_cell *cell) {
    char text[64], *arrow;
    struct pg_sender s;
    struct pg_receiver r;
    size_t n = 0;
    for (const char *c = name; *c && n + 1 < sizeof text; c++)
        if (*c != ' ') text[n++] = *c;
    text[n] = '\0';
    arrow = strstr(text, "->");
    assert_non_null(arrow);
    *arrow = '\0';
    assert_true(sender_parse(text, &s));
    assert_true(receiver_parse(arrow + 2, &r));
    return !memcmp(&s, &cell->sender, sizeof s) && !memcmp(&r, &cell->receiver, sizeof r);
}

static void check_edges(const struct reference *r, const cJSON *expected, bool noising) {
    struct pg_request request = r->request;
    struct pg_error err;
    request.sites[0] = PG_EDGES;
    request.noising = noising;
    struct pg_result *result = pg_run(r->model, &request, &err);
    if (!result) fail_msg("%s", err.text);
    const cJSON *edge;
    size_t n = 0;
    cJSON_ArrayForEach(edge, expected) {
        assert_true(n < result->n_cells);
        size_t at = 0; /* their heads come before q, k and v */
        while (at < result->n_cells && !is_edge(edge->string, &result->cells[at])) at++;
        assert_true(at < result->n_cells);
        assert_near((double)result->cells[at].value, edge->valuedouble, edge->string, (int)at);
        n++;
    }
    assert_int_equal(n, result->n_cells);
    pg_result_free(result);
}

/* ---- paths ---- */

/* Reads a list of readers, "3.0.k,3.1.v". */
static size_t read_receivers(const char *list, struct pg_receiver *out) {
    char text[64], *rest = text;
    size_t n = 0;
    for (const char *c = list; *c && strlen(list) < sizeof text; c++)
        if (*c != ' ') text[n++] = *c;
    text[n] = '\0';
    n = 0;
    for (char *name; (name = strsep(&rest, ",")); n++) assert_true(receiver_parse(name, &out[n]));
    return n;
}

static bool is_sender(const char *name, const struct pg_sender *sender) {
    char text[NODE_NAME_SIZE];
    struct pg_sender s;
    snprintf(text, sizeof text, strncmp(name, "mlp ", 4) ? "%s" : "mlp%s",
             strncmp(name, "mlp ", 4) ? name : name + 4);
    assert_true(sender_parse(text, &s));
    return !memcmp(&s, sender, sizeof s);
}

static void check_paths_to(const struct reference *r, const cJSON *expected, bool noising,
                           bool frozen, const char *to) {
    struct pg_request request = r->request;
    struct pg_receiver receivers[4];
    struct pg_error err;
    request.sites[0] = PG_PATHS;
    request.noising = noising;
    request.receivers = receivers;
    request.n_receivers = read_receivers(to, receivers);
    if (frozen) request.frozen |= PG_FROZEN_MLPS;
    struct pg_result *result = pg_run(r->model, &request, &err);
    if (!result) fail_msg("%s", err.text);
    const cJSON *sender = expected->child;
    for (size_t i = 0; i < result->n_cells; i++, sender = sender->next) {
        assert_non_null(sender);
        assert_true(is_sender(sender->string, &result->cells[i].sender));
        assert_near((double)result->cells[i].value, sender->valuedouble, to, (int)i);
    }
    assert_null(sender);
    pg_result_free(result);
}

static void check_paths(const struct reference *r, const cJSON *expected, bool noising) {
    const cJSON *to;
    int n = 0;
    cJSON_ArrayForEach(to, expected) {
        check_paths_to(r, cJSON_GetObjectItem(to, "run"), noising, false, to->string);
        check_paths_to(r, cJSON_GetObjectItem(to, "frozen"), noising, true, to->string);
        n++;
    }
    assert_int_equal(n, 4);
}

/* ---- circuits ---- */

struct scored {
    struct pg_edge edge;
    float score; /* absolute, noising */
    size_t place;
};

static int by_score(const void *a, const void *b) {
    const struct scored *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* All edges, those of the largest absolute score first. */
static struct scored *rank_edges(const struct reference *r, size_t *n) {
    struct pg_request request = r->request;
    struct pg_error err;
    request.sites[0] = PG_EDGES;
    request.noising = true;
    struct pg_result *result = pg_run(r->model, &request, &err);
    if (!result) fail_msg("%s", err.text);
    struct scored *edges = calloc(result->n_cells, sizeof *edges);
    *n = result->n_cells;
    for (size_t i = 0; i < *n; i++)
        edges[i] = (struct scored){{result->cells[i].sender, result->cells[i].receiver},
                                   fabsf(result->cells[i].value - result->clean_metric),
                                   i};
    qsort(edges, *n, sizeof *edges, by_score);
    pg_result_free(result);
    return edges;
}

static bool is_kept(const struct reference *r, const struct edge_set *set,
                    const struct pg_cell *cell) {
    const struct config *c = &r->model->config;
    return edge_set_into(
        set, graph_receiver_index(c, &cell->receiver))[graph_sender_index(c, &cell->sender)];
}

/* Which edges are left after pruning, and the metric of the circuit that they are. */
static void check_circuit(const struct reference *r, const struct scored *ranked, size_t n_all,
                          const cJSON *expected) {
    const size_t top =
        (size_t)cJSON_GetObjectItem(expected, "edges_of_largest_absolute_score")->valueint;
    const cJSON *kept = cJSON_GetObjectItem(expected, "after_pruning"), *name;
    struct edge_set set;
    struct pg_error err;
    assert_true(edge_set_init(&set, &r->model->config, &err));
    for (size_t i = 0; i < top; i++)
        assert_true(edge_set_read(&set, r->model, &(struct pg_circuit){&ranked[i].edge, 1}, &err));
    edge_set_prune(&set, &r->model->config);
    assert_int_equal(set.count, cJSON_GetArraySize(kept));
    struct pg_edge *edges = calloc(set.count + 1, sizeof *edges);
    size_t n = 0;
    cJSON_ArrayForEach(name, kept) {
        size_t at = 0;
        for (; at < n_all; at++) {
            const struct pg_cell cell = {.sender = ranked[at].edge.sender,
                                         .receiver = ranked[at].edge.receiver};
            if (is_edge(name->valuestring, &cell)) {
                assert_true(is_kept(r, &set, &cell));
                break;
            }
        }
        assert_true(at < n_all);
        edges[n++] = ranked[at].edge;
    }
    const struct pg_circuit circuit = {edges, n};
    struct pg_circuits *found = pg_run_circuits(r->model, &r->request, &circuit, 1, &err);
    if (!found) fail_msg("%s", err.text);
    assert_near((double)found->values[0], cJSON_GetObjectItem(expected, "metric")->valuedouble,
                "circuit", (int)top);
    pg_circuits_free(found);
    edge_set_free(&set);
    free(edges);
}

static void check_circuits(const struct reference *r) {
    size_t n;
    struct scored *ranked = rank_edges(r, &n);
    const cJSON *circuit;
    int count = 0;
    cJSON_ArrayForEach(circuit, cJSON_GetObjectItem(r->expected, "circuits")) {
        check_circuit(r, ranked, n, circuit);
        count++;
    }
    assert_true(count >= 4);
    free(ranked);
}

static void check_model(const char *name) {
    struct reference r = open_reference(name, "circuits.json");
    for (int noising = 0; noising < 2; noising++) {
        const cJSON *expected = cJSON_GetObjectItem(r.expected, noising ? "noising" : "denoising");
        check_edges(&r, cJSON_GetObjectItem(expected, "edges"), noising);
        check_paths(&r, cJSON_GetObjectItem(expected, "paths"), noising);
    }
    check_circuits(&r);
    close_reference(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_widths_untied_erf_scaled_by_block),
        cmocka_unit_test(transposed_matrices_with_prefix),
        cmocka_unit_test(bfloat_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
