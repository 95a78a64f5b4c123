/* effect.c: see effect.h. */
#include "report/effect.h"

#include <math.h>
#include <stdio.h>

bool is_ablation(const struct pg_result *r) {
    return r->with != PG_WITH_TEXT;
}

bool patches_clean(const struct pg_result *r) {
    return r->noising || is_ablation(r);
}

float base_metric(const struct pg_result *r) {
    return patches_clean(r) ? r->clean_metric : r->corrupt_metric;
}

static double effect_of(const struct pg_result *r, size_t cell) {
    return fabs((double)r->cells[cell].value - (double)base_metric(r));
}

size_t largest_effects(const struct pg_result *r, size_t *indices, size_t most) {
    size_t n = 0;
    for (size_t i = 0; i < r->n_cells; i++) {
        const double effect = effect_of(r, i);
        if (isnan(effect) || (n == most && !(effect > effect_of(r, indices[n - 1])))) continue;
        if (n < most) n++;
        size_t at = n - 1;
        for (; at > 0 && effect > effect_of(r, indices[at - 1]); at--)
            indices[at] = indices[at - 1];
        indices[at] = i;
    }
    return n;
}

struct pg_cell largest_effect(const struct pg_result *r) {
    size_t index;
    if (largest_effects(r, &index, 1)) return r->cells[index];
    return (struct pg_cell){
        .layer = -1, .head = -1, .position = -1, .value = NAN, .neuron = -1, .source = -1};
}

struct cell_name cell_name(const struct pg_cell *c) {
    struct cell_name w = {0};
    int used = 0;
    if (c->layer >= 0) used = sprintf(w.text, "L%d", c->layer);
    if (c->head >= 0) used += sprintf(w.text + used, "H%d", c->head);
    if (pg_site_has_neurons(c->site)) sprintf(w.text + used, "N%d", c->neuron);
    return w;
}

struct cell_place cell_place_words(const struct pg_cell *c) {
    struct cell_place w = {0};
    const struct {
        const char *name;
        int number;
    } parts[] = {{"layer", c->layer},
                 {"head", c->head},
                 {"neuron", pg_site_has_neurons(c->site) ? c->neuron : -1},
                 {"position", c->position},
                 {"source position", pg_site_has_sources(c->site) ? c->source : -1}};
    int used = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].number >= 0)
            used +=
                sprintf(w.text + used, "%s%s %d", used ? ", " : "", parts[i].name, parts[i].number);
    return w;
}
