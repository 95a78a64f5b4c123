/* fuzz_edge_scores.c: a file of edges with scores, CSV or JSON, for the demo model. What is read is
 * edges of the model, each once, that can be ranked. */
#include "fuzz.h"

#include "circuit/edge_scores.h"

#include <math.h>

static struct pg_model *model;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct edge_scores scores;
    struct pg_error err;
    if (!model && !(model = pg_model_open("demo", &err))) __builtin_trap();
    if (edge_scores_read(model, fuzz_file("edges.csv", data, size), &scores, &err)) {
        if (scores.count < 1 || scores.count > 479) __builtin_trap();
        edge_scores_rank(&scores, size % 2);
        for (size_t i = 1; i < scores.count; i++) {
            const float a = scores.edges[i - 1].score, b = scores.edges[i].score;
            if (size % 2 ? a < b : fabsf(a) < fabsf(b)) __builtin_trap();
        }
    }
    edge_scores_free(&scores);
    return 0;
}
