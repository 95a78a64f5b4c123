/* site.c: see site.h. */
#include "patch/site.h"

#include <string.h>

const char *pg_site_name(enum pg_site site) {
    static const char *const names[PG_N_SITES] = {[PG_RESID_POST] = "resid_post"};
    return names[site];
}

bool site_entry(const struct patching *p, const struct pg_cell *cell, struct entry *out) {
    const int last = p->base->n_tokens - 1;
    if (cell->position < p->first_difference) return false;
    *out = (struct entry){.block = cell->layer, .cut = CUT_POST, .first = cell->position};
    if (out->block < p->model->config.n_layer - 1) return true;
    out->first = last;
    return cell->position == last;
}

void site_rows(const struct patching *p, const struct pg_cell *cell, const struct entry *entry,
               float *rows) {
    const size_t C = (size_t)p->base->n_embd, T = (size_t)p->base->n_tokens,
                 first = (size_t)entry->first;
    const float *base = cache_resid(p->base, entry->block, entry->cut);
    const float *source = cache_resid(p->source, entry->block, entry->cut);
    const size_t at = (size_t)cell->position;
    memcpy(rows, base + first * C, (T - first) * C * sizeof *rows);
    memcpy(rows + (at - first) * C, source + at * C, C * sizeof *rows);
}
