/* example.c: which activation of the demo model carries the name? Runs one experiment and prints
 * the patch with the largest effect.
 *
 *     cc example.c $(pkg-config --cflags --libs patchgpt) -o example
 */
#include <patchgpt.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pg_error err;

static void die(void) {
    fprintf(stderr, "example: %s\n", err.text);
    exit(1);
}

static struct pg_tokens tokenize(const struct pg_model *model, const char *text) {
    struct pg_tokens tokens;
    if (!pg_tokenize(model, text, strlen(text), &tokens, &err)) die();
    return tokens;
}

/* The id of a text that is one token. */
static int token_id(const struct pg_model *model, const char *text) {
    struct pg_tokens tokens = tokenize(model, text);
    const int id = tokens.count == 1 ? tokens.ids[0] : -1;
    pg_tokens_free(&tokens);
    return id;
}

int main(void) {
    struct pg_model *model = pg_model_open("demo", &err);
    if (!model) die();
    struct pg_tokens clean = tokenize(model, "Michelle Jones was a top-notch student. Michelle");
    struct pg_tokens corrupt = tokenize(model, "Michelle Smith was a top-notch student. Michelle");
    const struct pg_pair pair = {token_id(model, " Smith"), token_id(model, " Jones")};

    struct pg_request request = pg_request_default();
    request.clean = clean;
    request.corrupt = corrupt;
    request.pairs = &pair;
    request.n_pairs = 1;
    struct pg_result *result = pg_run(model, &request, &err);
    if (!result) die();

    const struct pg_cell *best = result->cells;
    for (size_t i = 1; i < result->n_cells; i++)
        if (fabsf(result->cells[i].value - result->corrupt_metric) >
            fabsf(best->value - result->corrupt_metric))
            best = &result->cells[i];
    printf("clean %.3f, corrupted %.3f\n", (double)result->clean_metric,
           (double)result->corrupt_metric);
    printf("%s, layer %d, position %d: %.3f, recovered %.3f\n", pg_site_name(best->site),
           best->layer, best->position, (double)best->value,
           (double)pg_recovered(best->value, result->clean_metric, result->corrupt_metric));
    if (!pg_write_csv(model, result, "example.csv", &err)) die();

    pg_result_free(result);
    pg_tokens_free(&clean);
    pg_tokens_free(&corrupt);
    pg_model_close(model);
    return 0;
}
