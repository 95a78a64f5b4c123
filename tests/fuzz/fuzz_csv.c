/* fuzz_csv.c: a table for --check, held against an experiment of four cells on the demo model. */
#include "fuzz.h"

#include "patchgpt.h"

#include <string.h>

static struct pg_model *model;
static struct pg_result *result;

static void run_experiment(void) {
    static int clean[] = {10, 20, 30}, corrupt[] = {10, 21, 30}, positions[] = {2};
    struct pg_error err;
    struct pg_pair pair = {40, 41};
    struct pg_request request = pg_request_default();
    request.clean = (struct pg_tokens){clean, 3};
    request.corrupt = (struct pg_tokens){corrupt, 3};
    request.pairs = &pair;
    request.n_pairs = 1;
    request.positions = (struct pg_list){positions, 1};
    model = pg_model_open("demo", &err);
    result = model ? pg_run(model, &request, &err) : NULL;
    if (!result) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pg_check check;
    struct pg_error err;
    if (!model) run_experiment();
    if (pg_check_csv(model, result, fuzz_file("table.csv", data, size), 0.5, &check, &err) &&
        check.n_differing > result->n_cells)
        __builtin_trap();
    return 0;
}
