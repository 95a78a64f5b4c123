/* result.c: see result.h; and pg_result_free, pg_recovered. */
#include "patch/result.h"

#include "base/memory.h"
#include "patch/graph.h"
#include "patch/question.h"
#include "patch/request.h"

#include <stdlib.h>
#include <string.h>

/* Puts what the mean is over into a result. */
static bool note_over(const char *over, struct pg_result *result, struct pg_error *err) {
    return !over || (result->over = copy_string(over, err));
}

/* Puts what noise is into a result. */
static bool note_noise(const struct pg_noise *noise, struct pg_result *result,
                       struct pg_error *err) {
    if (!noise) return true;
    result->n_samples = noise->samples;
    result->sigma = noise->sigma;
    result->seed = noise->seed;
    result->n_noise_positions = noise->n_positions;
    result->noise_positions = copy_array(noise->positions, noise->n_positions, sizeof(int), err);
    return result->noise_positions;
}

struct pg_result *result_new(const struct pg_model *model, const struct pg_request *r,
                             struct pg_error *err) {
    const struct question question = question_of(r);
    const size_t n_named = question_n_tokens(&question);
    struct pg_result *result = allocate(1, sizeof *result, err);
    if (!result) return NULL;
    const size_t others = r->with == PG_WITH_TEXT && !r->noise; /* another text */
    result->n_tokens = r->clean.count;
    result->with = r->with;
    result->n_pairs = r->n_pairs;
    result->n_sites = r->n_sites;
    memcpy(result->sites, r->sites, sizeof result->sites);
    result->metric = r->metric;
    result->noising = r->noising;
    result->window = r->window;
    result->frozen = r->frozen;
    result->n_receivers = r->sites[0] == PG_PATHS ? r->n_receivers : 0;
    result->joint = r->joint;
    result->read_position = r->read_position;
    result->n_top = r->top;
    result->n_cells = request_cells(model, r, NULL);
    result->n_patched = request_patched(model, r, NULL);
    result->clean_ids = copy_array(r->clean.ids, r->clean.count, sizeof(int), err);
    if (others)
        result->corrupt_ids = copy_array(r->corrupt.ids, r->corrupt.count, sizeof(int), err);
    result->clean_top = allocate(r->top, sizeof *result->clean_top, err);
    result->corrupt_top = allocate(others * r->top, sizeof *result->corrupt_top, err);
    result->clean_named = allocate(n_named, sizeof *result->clean_named, err);
    result->corrupt_named = allocate(others * n_named, sizeof *result->corrupt_named, err);
    result->cells = allocate(result->n_cells, sizeof *result->cells, err);
    result->receivers = allocate(result->n_receivers, sizeof *result->receivers, err);
    if (result->clean_ids && (result->corrupt_ids || !others) && result->clean_top &&
        result->corrupt_top && result->clean_named && result->corrupt_named && result->cells &&
        result->receivers && note_noise(r->noise, result, err) && note_over(r->over, result, err) &&
        question_copy(&question, &result->pairs, &result->answers, &result->wrong_answers, err)) {
        request_cells(model, r, result->cells);
        if (result->n_receivers) graph_sort_receivers(&model->config, r, result->receivers);
        return result;
    }
    pg_result_free(result);
    return NULL;
}

void pg_result_free(struct pg_result *result) {
    if (!result) return;
    free(result->clean_ids);
    free(result->corrupt_ids);
    free(result->noise_positions);
    free(result->over);
    free(result->pairs);
    pg_tokens_free(&result->answers);
    pg_tokens_free(&result->wrong_answers);
    free(result->clean_top);
    free(result->corrupt_top);
    free(result->clean_named);
    free(result->corrupt_named);
    free(result->cells);
    free(result->receivers);
    free(result);
}

float pg_recovered(float value, float clean, float corrupt) {
    return (value - corrupt) / (clean - corrupt) + 0.0f; /* + 0: never -0 */
}
