/* test_mean_graph_json.c: a graph with scores as EAP-IG writes it. */
#include "batch/mean_graph_json.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void a_graph_is_written_in_the_format_of_eap_ig(void **state) {
    (void)state;
    static const struct scored_edge edges[] = {
        {{PG_EMBED, -1, -1}, {PG_READER_V, 0, 1}, 0.5f},
        {{PG_HEAD, 0, 1}, {PG_READER_MLP, 0, -1}, -1e-9f},
        {{PG_MLP, 0, -1}, {PG_READER_LOGITS, -1, -1}, NAN},
    };
    static const char expected[] =
        "{\"cfg\": {\"n_layers\": 1, \"n_heads\": 2, \"parallel_attn_mlp\": false, "
        "\"d_model\": 6},\n"
        " \"nodes\": {\n"
        "  \"input\": {\"in_graph\": false},\n"
        "  \"a0.h0\": {\"in_graph\": false},\n"
        "  \"a0.h1\": {\"in_graph\": false},\n"
        "  \"m0\": {\"in_graph\": false},\n"
        "  \"logits\": {\"in_graph\": true}\n"
        " },\n"
        " \"edges\": {\n"
        "  \"input->a0.h1<v>\": {\"score\": 0.5, \"in_graph\": false},\n"
        "  \"a0.h1->m0\": {\"score\": -1e-09, \"in_graph\": false},\n"
        "  \"m0->logits\": {\"score\": null, \"in_graph\": false}\n"
        " }}\n";
    const struct config config = {.n_layer = 1, .n_head = 2, .n_embd = 6};
    struct pg_error err;
    size_t size;
    char *text = mean_graph_json(&config, edges, 3, &size, &err);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_is_written_in_the_format_of_eap_ig),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
