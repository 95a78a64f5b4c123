/* site.c: the table of sites, and the sites that are rows of the residual stream or what is added
 * to it. Those inside a head are heads.c's. */
#include "patch/site.h"

#include "patch/heads.h"

#include <string.h>

struct site {
    const char *name;
    bool has_heads, has_positions;
};

static const struct site sites[PG_N_SITES] = {
    [PG_RESID_PRE] = {"resid_pre", false, true},
    [PG_RESID_MID] = {"resid_mid", false, true},
    [PG_RESID_POST] = {"resid_post", false, true},
    [PG_ATTN_OUT] = {"attn_out", false, true},
    [PG_MLP_OUT] = {"mlp_out", false, true},
    [PG_Z] = {"z", true, true},
    [PG_Q] = {"q", true, true},
    [PG_K] = {"k", true, true},
    [PG_V] = {"v", true, true},
    [PG_PATTERN] = {"pattern", true, true},
    [PG_Z_ALL] = {"z_all", true, false},
    [PG_Q_ALL] = {"q_all", true, false},
    [PG_K_ALL] = {"k_all", true, false},
    [PG_V_ALL] = {"v_all", true, false},
    [PG_PATTERN_ALL] = {"pattern_all", true, false},
};

const char *pg_site_name(enum pg_site site) {
    return sites[site].name;
}

bool pg_site_parse(const char *name, enum pg_site *out) {
    for (enum pg_site site = 0; site < PG_N_SITES; site++) {
        if (strcmp(name, sites[site].name) != 0) continue;
        *out = site;
        return true;
    }
    return false;
}

bool pg_site_has_heads(enum pg_site site) {
    return sites[site].has_heads;
}
bool pg_site_has_positions(enum pg_site site) {
    return sites[site].has_positions;
}

bool site_needs_all(enum pg_site site) {
    return site != PG_RESID_PRE && site != PG_RESID_MID && site != PG_RESID_POST;
}

/* ---- where a patch enters ---- */

static enum cut cut_of(enum pg_site site) {
    return site == PG_RESID_PRE || site == PG_RESID_POST || site == PG_MLP_OUT ? CUT_POST : CUT_MID;
}

/* The T x C activation of a run that the site patches (not those inside a head). */
static const float *activation(const struct cache *cache, enum pg_site site, int layer) {
    switch (site) {
    case PG_RESID_PRE:
        return cache_resid(cache, layer - 1, CUT_POST);
    case PG_RESID_MID:
        return cache_resid(cache, layer, CUT_MID);
    case PG_ATTN_OUT:
        return cache_kept(cache, KEPT_ATTN_OUT, layer);
    case PG_MLP_OUT:
        return cache_kept(cache, KEPT_MLP_OUT, layer);
    default:
        return cache_resid(cache, layer, CUT_POST);
    }
}

/* The first position whose row of the residual stream the patch changes; T if there is none. */
static int first_changed(const struct patching *p, const struct pg_cell *cell) {
    const size_t C = (size_t)p->base->n_embd, at = (size_t)cell->position * C;
    if (cell->position >= p->base->n_tokens) return p->base->n_tokens; /* after the read position */
    if (sites[cell->site].has_heads) return heads_first_changed(p, cell);
    const float *base = activation(p->base, cell->site, cell->layer) + at;
    const float *source = activation(p->source, cell->site, cell->layer) + at;
    return memcmp(base, source, C * sizeof *base) ? cell->position : p->base->n_tokens;
}

bool site_entry(const struct patching *p, const struct pg_cell *cell, struct entry *out) {
    const int T = p->base->n_tokens, last_block = p->model->config.n_layer - 1;
    const bool to_the_end =
        !sites[cell->site].has_positions || cell->site == PG_K || cell->site == PG_V;
    const int first = first_changed(p, cell);
    *out = (struct entry){.block = cell->layer - (cell->site == PG_RESID_PRE),
                          .cut = cut_of(cell->site),
                          .from_heads = sites[cell->site].has_heads,
                          .first = first};
    if (first == T || out->block < last_block) return first < T;
    out->first = T - 1;
    return to_the_end || first == T - 1;
}

/* ---- the rows ---- */

void site_rows(const struct patching *p, const struct pg_cell *cell, const struct entry *entry,
               const struct kernels *kernels, float *x, float *z, size_t ldz, float *scratch) {
    const size_t C = (size_t)p->base->n_embd, T = (size_t)p->base->n_tokens;
    const size_t first = (size_t)entry->first, size = (T - first) * C * sizeof *x;
    const int block = cell->layer;
    if (entry->from_heads) {
        memcpy(x, cache_resid(p->base, block - 1, CUT_POST) + first * C, size);
        for (size_t t = first; t < T; t++)
            memcpy(z + (t - first) * ldz, cache_kept(p->base, KEPT_Z, block) + t * C,
                   C * sizeof *z);
        heads_patch(p, cell, entry->first, kernels, z, ldz, scratch);
        return;
    }
    memcpy(x, cache_resid(p->base, entry->block, entry->cut) + first * C, size);
    const size_t at = (size_t)cell->position;
    const float *source = activation(p->source, cell->site, block) + at * C;
    float *row = x + (at - first) * C;
    const float *before = NULL; /* what the activation is added to */
    if (cell->site == PG_ATTN_OUT) before = cache_resid(p->base, block - 1, CUT_POST) + at * C;
    if (cell->site == PG_MLP_OUT) before = cache_resid(p->base, block, CUT_MID) + at * C;
    for (size_t i = 0; i < C; i++) row[i] = before ? before[i] + source[i] : source[i];
}
