/* effect.h: how far patches move the metric from that of the run that they are put into, and what
 * cells are called in sentences. */
#ifndef REPORT_EFFECT_H
#define REPORT_EFFECT_H

#include "patchgpt.h"

/* The metric of the run that is patched. */
float base_metric(const struct pg_result *result);

/* Whether all cells are put into one text, without a corrupted run: ablation. */
bool is_ablation(const struct pg_result *result);

/* Whether it is the clean run that is patched. */
bool patches_clean(const struct pg_result *result);

/* The first cell whose value is furthest from the metric of the run that is patched; NaN is
 * skipped. Layer -1 and value NAN if all values are NaN. */
struct pg_cell largest_effect(const struct pg_result *result);

/* The indices of the cells with the largest effects, at most `most`, largest first, in their order
 * where effects are equal; NaN is skipped. Returns how many. */
size_t largest_effects(const struct pg_result *result, size_t *indices, size_t most);

/* "L9", "L9H6", "L9N123": a cell without its position; "" for a joint patch of several layers. */
struct cell_name {
    char text[48];
};
struct cell_name cell_name(const struct pg_cell *cell);

/* "layer 3, head 2, position 5", "layer 3, neuron 12, position 5", ... */
struct cell_place {
    char text[128];
};
struct cell_place cell_place_words(const struct pg_cell *cell);

#endif
