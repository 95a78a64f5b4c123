/* paths.c: see paths.h. */
#include "patch/paths.h"

#include "patch/inputs.h"
#include "patch/senders.h"
#include "patch/sweep.h"

#include <string.h>

/* ---- the first pass ---- */

/* In the last block only row T-1 is run. */
bool path_entry(const struct patching *p, const struct pg_cell *cell, struct entry *out) {
    const struct pg_sender *s = &cell->sender;
    const int T = p->base->n_tokens;
    const int first = sender_first_changed(p, s);
    *out = (struct entry){.block = s->component == PG_EMBED ? -1 : s->layer,
                          .cut = s->component == PG_HEAD ? CUT_MID : CUT_POST,
                          .join = s->component == PG_HEAD ? JOIN_Z : JOIN_ROWS,
                          .first_position = first};
    if (first == T || out->block < p->model->config.n_layer - 1) return first < T;
    out->first_position = T - 1;
    return !sender_is_same(p, s, T - 1);
}

void path_rows(const struct patching *p, const struct pg_cell *cell, const struct entry *entry,
               float *x, float *z, size_t ldz) {
    const struct pg_sender *s = &cell->sender;
    const size_t C = (size_t)p->base->n_embd;
    const size_t from = (size_t)entry->first_position, T = (size_t)p->base->n_tokens;
    const float *before = s->component == PG_HEAD  ? cache_resid(p->base, s->layer - 1, CUT_POST)
                          : s->component == PG_MLP ? cache_resid(p->base, s->layer, CUT_MID)
                                                   : NULL;
    for (size_t t = from; t < T; t++, x += C) {
        int width;
        const float *source = sender_row(p->source, s, (int)t, &width);
        memcpy(x, before ? before + t * C : source, C * sizeof *x);
        if (s->component == PG_MLP)
            for (size_t i = 0; i < C; i++) x[i] += source[i];
        if (s->component != PG_HEAD) continue;
        memcpy(z, cache_get(p->base, CACHED_Z, s->layer) + t * C, C * sizeof *z);
        memcpy(z + s->head * width, source, (size_t)width * sizeof *z);
        z += ldz;
    }
}

/* ---- both passes ---- */

/* Some cells of a sweep, from both passes. */
static bool run_both(const struct sweep *some, const struct pg_receiver *readers, size_t n_readers,
                     unsigned frozen, const struct walk_plan *plan, struct pg_error *err) {
    struct inputs inputs;
    if (!inputs_init(&inputs, some->patching.model, readers, n_readers,
                     some->patching.base->n_tokens, some->cells, some->n_cells, err))
        return false;
    struct sweep sweep = *some;
    sweep.inputs = &inputs;
    const struct walk_plan first = {.memory = plan->memory, .frozen = frozen, .notes = true};
    const bool ok = run_sweeps(&sweep, 1, &first, err) && run_sweeps(&sweep, 1, plan, err);
    inputs_free(&inputs);
    return ok;
}

bool run_paths(const struct sweep *sweep, const struct pg_receiver *readers, size_t n_readers,
               unsigned frozen, const struct walk_plan *plan, struct pg_error *err) {
    if (readers[0].reader == PG_READER_LOGITS) {
        struct walk_plan only = *plan;
        only.frozen = frozen;
        return run_sweeps(sweep, 1, &only, err);
    }
    const size_t bytes = inputs_bytes(&sweep->patching.model->config, readers, n_readers,
                                      sweep->patching.base->n_tokens);
    const size_t most = plan->memory / bytes > 1 ? plan->memory / bytes : 1;
    bool ok = true;
    for (size_t i = 0, n; ok && i < sweep->n_cells; i += n) {
        n = sweep->n_cells - i < most ? sweep->n_cells - i : most;
        struct sweep some = *sweep;
        some.cells += i;
        some.n_cells = n;
        ok = run_both(&some, readers, n_readers, frozen, plan, err);
    }
    return ok;
}
