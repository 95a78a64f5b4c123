/* test_graph_map.c: the heatmaps of edges and of paths: every number in its cell, what is named
 * where, and what is drawn where rows and columns are too many for names. */
#include "patch/graph.h"
#include "report/graph_map.h"
#include "report/show.h"

#include "random_model.h"
#include "unit.h"

static const struct shape small = {
    .layers = 2, .heads = 2, .width = 8, .inner = 12, .context = 16, .vocab = 40};
static const struct shape large = {
    .layers = 7, .heads = 9, .width = 9, .inner = 4, .context = 16, .vocab = 40};

static const struct shape deep = {
    .layers = 40, .heads = 1, .width = 4, .inner = 4, .context = 16, .vocab = 40};

enum { TOKENS = 3 };

static const int clean_ids[TOKENS] = {3, 9, 4}, corrupt_ids[TOKENS] = {3, 8, 4};
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

/* The map of a result, as picture says or, if it is NULL, as usual. */
static struct board map_of(const struct pg_model *model, const struct pg_result *result,
                           const struct pg_picture *picture) {
    struct pg_error err;
    struct token_names names;
    struct board board = {0};
    const struct pg_picture usual = picture_of(result);
    if (!token_names_make(model, result, NULL, &names, &err) ||
        !graph_map_make(model, result, &names, picture ? picture : &usual, &board, &err))
        fail_msg("%s", err.text);
    token_names_free(&names);
    return board;
}

static int place_of(const char *const *labels, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!strcmp(labels[i], name)) return i;
    return -1;
}

/* Every edge is in the cell that its labels name, and all other cells are grey. */
static void check_edges(const struct board *b, const struct pg_result *r, enum pg_show show) {
    const struct heatmap_panel *p = &b->panels[0];
    size_t n_numbers = 0;
    for (size_t i = 0; i < r->n_cells; i++) {
        char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
        sender_name(&r->cells[i].sender, sender);
        receiver_name(&r->cells[i].receiver, receiver);
        const int row = place_of(p->row_labels, p->n_rows, sender),
                  column = place_of(p->column_labels, p->n_columns, receiver);
        assert_true(row >= 0 && column >= 0);
        assert_true(p->values[row * p->n_columns + column] == pg_shown(r, show, r->cells[i].value));
    }
    for (int i = 0; i < p->n_rows * p->n_columns; i++) n_numbers += isfinite(p->values[i]);
    assert_int_equal(n_numbers, r->n_cells);
}

static void assert_bands(const struct heatmap_bands *bands, int n, const int *starts,
                         const char *const *labels) {
    assert_int_equal(bands->n, n);
    for (int i = 0; i < n; i++) {
        assert_int_equal(bands->starts[i], starts[i]);
        assert_string_equal(bands->labels[i], labels[i]);
    }
}

static void edges_are_senders_by_readers_and_show_their_score(void **state) {
    (void)state;
    struct pg_model *model = random_model(&small, 1);
    struct pg_request request = request_of(PG_EDGES);
    for (int noising = 0; noising < 2; noising++) {
        request.noising = noising;
        struct pg_result *result = run(model, &request);
        struct board b = map_of(model, result, NULL);
        const struct heatmap_panel *p = &b.panels[0];
        assert_int_equal(p->n_rows, 7);
        assert_int_equal(p->n_columns, 15);
        check_edges(&b, result, PG_SHOW_SCORE);
        assert_int_equal(b.map.colormap, PG_RDBU);
        assert_true(b.map.center == 0);
        assert_string_equal(b.map.value_title, "score for the logit difference");
        assert_bands(p->row_bands, 3, (const int[]){0, 1, 4},
                     (const char *const[]){"embed", "0", "1"});
        assert_bands(p->column_bands, 3, (const int[]){0, 7, 14},
                     (const char *const[]){"0", "1", "logits"});
        assert_bands(p->column_parts, 9, (const int[]){0, 2, 4, 6, 7, 9, 11, 13, 14},
                     (const char *const[]){"q", "k", "v", "", "q", "k", "v", "", ""});
        board_free(&b);
        pg_result_free(result);
    }
    pg_model_close(model);
}

static void edges_that_were_not_patched_have_no_rows_and_columns(void **state) {
    (void)state;
    static const struct pg_sender senders[] = {{PG_EMBED, -1, -1}, {PG_MLP, 0, -1}};
    static const struct pg_receiver readers[] = {{PG_READER_V, 0, 1}, {PG_READER_Q, 1, 0}};
    struct pg_model *model = random_model(&small, 2);
    struct pg_request request = request_of(PG_EDGES);
    struct pg_picture picture = pg_picture_default();
    request.senders = senders;
    request.n_senders = 2;
    request.receivers = readers;
    request.n_receivers = 2;
    struct pg_result *result = run(model, &request);
    struct board b = map_of(model, result, &picture);
    assert_int_equal(b.panels[0].n_rows, 2);
    assert_int_equal(b.panels[0].n_columns, 2);
    check_edges(&b, result, PG_SHOW_VALUE);
    assert_true(isnan(b.map.center));
    board_free(&b);
    pg_result_free(result);
    pg_model_close(model);
}

static void paths_are_layer_by_head_with_mlps_and_embed_beside(void **state) {
    (void)state;
    static const struct pg_receiver readers[] = {{PG_READER_Q, 1, 0}, {PG_READER_MLP, 1, -1}};
    struct pg_model *model = random_model(&small, 3);
    struct pg_request request = request_of(PG_PATHS);
    request.receivers = readers;
    request.n_receivers = 2;
    request.frozen = PG_FROZEN_ATTENTION | PG_FROZEN_MLPS;
    struct pg_result *result = run(model, &request);
    struct board b = map_of(model, result, NULL);
    const struct heatmap_panel *p = &b.panels[0];
    assert_int_equal(p->n_rows, 2);
    assert_int_equal(p->n_columns, 4);
    assert_string_equal(p->column_labels[2], "MLP");
    assert_string_equal(p->column_labels[3], "embed");
    assert_int_equal(result->n_cells, 6);
    static const int places[] = {3, 0, 1, 2, 4, 5}; /* embed, L0H0, L0H1, mlp0, L1H0, L1H1 */
    for (size_t i = 0; i < 6; i++)
        assert_true(p->values[places[i]] ==
                    pg_shown(result, PG_SHOW_CHANGE, result->cells[i].value));
    assert_true(isnan(p->values[6]) && isnan(p->values[7])); /* mlp1 writes after they read */
    assert_string_equal(b.map.subtitles[0],
                        "patching paths to L1H0.q,mlp1, MLPs frozen, clean \u2192 corrupted");
    board_free(&b);
    pg_result_free(result);
    pg_model_close(model);
}

static void only_edges_have_a_score(void **state) {
    (void)state;
    static const struct pg_receiver logits[] = {{PG_READER_LOGITS, -1, -1}};
    struct pg_model *model = random_model(&small, 4);
    struct pg_request request = request_of(PG_PATHS);
    struct pg_picture picture = pg_picture_default();
    struct pg_error err;
    struct token_names names = {0};
    struct board b;
    request.receivers = logits;
    request.n_receivers = 1;
    request.frozen = PG_FROZEN_ATTENTION;
    struct pg_result *result = run(model, &request);
    picture.show = PG_SHOW_SCORE;
    assert_false(graph_map_make(model, result, &names, &picture, &b, &err));
    assert_non_null(strstr(err.text, "paths has no score"));
    board_free(&b);
    pg_result_free(result);
    pg_model_close(model);
}

/* ---- drawing ---- */

/* Whether the layout has the text. */
static bool has_text(const struct heatmap_layout *layout, const char *text) {
    for (int i = 0; i < layout->n_texts; i++)
        if (!strcmp(layout->texts[i].text, text)) return true;
    return false;
}

static struct heatmap_layout layout_of(const struct board *b) {
    struct heatmap_layout layout;
    struct pg_error err;
    if (!heatmap_lay_out(&b->map, b->font, &layout, &err)) fail_msg("%s", err.text);
    return layout;
}

/* The boxes as high as all cells and as wide as a line, between columns. */
static int count_lines(const struct board *b, const struct heatmap_layout *layout) {
    const struct heatmap_grid *g = &layout->grids[0];
    int n = 0;
    for (int i = 0; i < layout->n_boxes; i++) {
        const struct heatmap_box *box = &layout->boxes[i];
        n += box->height == b->panels[0].n_rows * g->cell_height && box->width <= 2 &&
             box->x > g->left && box->x < g->left + b->panels[0].n_columns * g->cell_width;
    }
    return n;
}

static void few_nodes_are_named_and_their_values_written(void **state) {
    (void)state;
    struct pg_model *model = random_model(&small, 5);
    struct pg_request request = request_of(PG_EDGES);
    struct pg_result *result = run(model, &request);
    struct board b = map_of(model, result, NULL);
    struct heatmap_layout layout = layout_of(&b);
    assert_true(has_text(&layout, "L1H0.q") && has_text(&layout, "L0H1"));
    assert_true(layout.grids[0].value_size > 0);
    assert_int_equal(count_lines(&b, &layout), 2);
    heatmap_layout_free(&layout);
    board_free(&b);
    pg_result_free(result);
    pg_model_close(model);
}

static void many_nodes_have_the_numbers_of_their_layers(void **state) {
    (void)state;
    struct pg_model *model = random_model(&large, 6);
    struct pg_request request = request_of(PG_EDGES);
    struct pg_result *result = run(model, &request);
    struct board b = map_of(model, result, NULL);
    struct heatmap_layout layout = layout_of(&b);
    assert_false(has_text(&layout, "L1H0.q") || has_text(&layout, "L0H1"));
    assert_true(has_text(&layout, "embed") && has_text(&layout, "logits"));
    assert_true(has_text(&layout, "0") && has_text(&layout, "6") && has_text(&layout, "q"));
    assert_true(layout.grids[0].value_size == 0);
    assert_true(layout.grids[0].cell_width >= 6 && layout.grids[0].cell_height >= 6);
    assert_int_equal(count_lines(&b, &layout), 7);
    heatmap_layout_free(&layout);
    board_free(&b);
    pg_result_free(result);
    pg_model_close(model);
}

/* Labels above are all there or none is; labels beside do not touch. */
static void labels_without_room_are_left_out(void **state) {
    (void)state;
    struct pg_model *model = random_model(&deep, 7);
    struct pg_request request = request_of(PG_EDGES);
    struct pg_result *result = run(model, &request);
    struct board b = map_of(model, result, NULL);
    struct heatmap_layout layout = layout_of(&b);
    assert_false(has_text(&layout, "q") || has_text(&layout, "k") || has_text(&layout, "v"));
    assert_true(has_text(&layout, "embed") && has_text(&layout, "logits"));
    for (int i = 0; i < layout.n_texts; i++)
        for (int j = 0; j < i; j++) {
            const struct pen *a = &layout.texts[i].pen, *c = &layout.texts[j].pen;
            if (a->direction != RIGHTWARDS || c->direction != RIGHTWARDS || a->x == c->x) continue;
            if (a->x > layout.grids[0].left || c->x > layout.grids[0].left) continue;
            if (!*layout.texts[i].text || !*layout.texts[j].text) continue;
            assert_true(fabs(a->y - c->y) >= 0.7 * fmin(a->size, c->size));
        }
    heatmap_layout_free(&layout);
    board_free(&b);
    pg_result_free(result);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_senders_by_readers_and_show_their_score),
        cmocka_unit_test(edges_that_were_not_patched_have_no_rows_and_columns),
        cmocka_unit_test(paths_are_layer_by_head_with_mlps_and_embed_beside),
        cmocka_unit_test(only_edges_have_a_score),
        cmocka_unit_test(few_nodes_are_named_and_their_values_written),
        cmocka_unit_test(many_nodes_have_the_numbers_of_their_layers),
        cmocka_unit_test(labels_without_room_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
