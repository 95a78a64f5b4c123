/* site.c: the table of sites, and those that are rows of the residual stream or of what is added to
 * it. Those inside a head are in heads.c. */
#include "patch/site.h"

#include "patch/heads.h"

#include <string.h>

static const struct site sites[PG_N_SITES] = {
    /*                  name           kind        part          positions block cut later rows */
    [PG_RESID_PRE] = {"resid_pre", SITE_RESID, PART_NONE, true, -1, CUT_POST, false},
    [PG_RESID_MID] = {"resid_mid", SITE_RESID, PART_NONE, true, 0, CUT_MID, false},
    [PG_RESID_POST] = {"resid_post", SITE_RESID, PART_NONE, true, 0, CUT_POST, false},
    [PG_ATTN_OUT] = {"attn_out", SITE_ADDED, PART_NONE, true, 0, CUT_MID, false},
    [PG_MLP_OUT] = {"mlp_out", SITE_ADDED, PART_NONE, true, 0, CUT_POST, false},
    [PG_Z] = {"z", SITE_HEAD, PART_Z, true, 0, CUT_MID, false},
    [PG_Q] = {"q", SITE_HEAD, PART_Q, true, 0, CUT_MID, false},
    [PG_K] = {"k", SITE_HEAD, PART_K, true, 0, CUT_MID, true},
    [PG_V] = {"v", SITE_HEAD, PART_V, true, 0, CUT_MID, true},
    [PG_PATTERN] = {"pattern", SITE_HEAD, PART_PATTERN, true, 0, CUT_MID, false},
    [PG_Z_ALL] = {"z_all", SITE_HEAD, PART_Z, false, 0, CUT_MID, true},
    [PG_Q_ALL] = {"q_all", SITE_HEAD, PART_Q, false, 0, CUT_MID, true},
    [PG_K_ALL] = {"k_all", SITE_HEAD, PART_K, false, 0, CUT_MID, true},
    [PG_V_ALL] = {"v_all", SITE_HEAD, PART_V, false, 0, CUT_MID, true},
    [PG_PATTERN_ALL] = {"pattern_all", SITE_HEAD, PART_PATTERN, false, 0, CUT_MID, true},
};

const struct site *site_of(enum pg_site site) {
    return &sites[site];
}

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
    return sites[site].kind == SITE_HEAD;
}

bool pg_site_has_positions(enum pg_site site) {
    return sites[site].has_positions;
}

bool site_needs_all(enum pg_site site) {
    return sites[site].kind != SITE_RESID;
}

/* ---- where a patch enters ---- */

/* The T x C activation of a run that a site outside heads patches. */
static const float *activation(const struct cache *cache, const struct site *site, int layer) {
    if (site->kind == SITE_RESID) return cache_resid(cache, layer + site->block, site->cut);
    return cache_get(cache, site->cut == CUT_MID ? CACHED_ATTN_OUT : CACHED_MLP_OUT, layer);
}

/* The first position whose row of the residual stream the patch changes; T if it changes none. */
static int first_changed(const struct patching *p, const struct pg_cell *cell) {
    const struct site *site = site_of(cell->site);
    const size_t C = (size_t)p->base->n_embd, at = (size_t)cell->position * C;
    if (cell->position >= p->base->n_tokens) return p->base->n_tokens; /* after the read position */
    if (site->kind == SITE_HEAD) return heads_first_changed(p, cell);
    const float *base = activation(p->base, site, cell->layer) + at;
    const float *source = activation(p->source, site, cell->layer) + at;
    return memcmp(base, source, C * sizeof *base) ? cell->position : p->base->n_tokens;
}

/* In every block but the last, positions after the changed one attend to it: rows first..T-1
 * differ. A patch that enters in the last block comes after the last attention, and only row T-1 is
 * read: it has an effect only if it changes that row, which is then the only one that is run. */
bool site_entry(const struct patching *p, const struct pg_cell *cell, struct entry *out) {
    const struct site *site = site_of(cell->site);
    const int T = p->base->n_tokens, last_block = p->model->config.n_layer - 1;
    const int first = first_changed(p, cell);
    *out = (struct entry){.block = cell->layer + site->block,
                          .cut = site->cut,
                          .from_heads = site->kind == SITE_HEAD,
                          .first_position = first};
    if (first == T || out->block < last_block) return first < T;
    out->first_position = T - 1;
    return site->changes_later_rows || first == T - 1;
}

/* ---- the rows ---- */

/* x: rows first..T-1 of resid_pre; z: of the block's z, with the head's part patched. */
static void head_rows(const struct patching *p, const struct pg_cell *cell, int first_position,
                      const struct kernels *kernels, float *x, float *z, size_t ldz,
                      float *scratch) {
    const size_t C = (size_t)p->base->n_embd, T = (size_t)p->base->n_tokens;
    const size_t first = (size_t)first_position;
    const float *base_z = cache_get(p->base, CACHED_Z, cell->layer);
    memcpy(x, cache_resid(p->base, cell->layer - 1, CUT_POST) + first * C,
           (T - first) * C * sizeof *x);
    for (size_t t = first; t < T; t++) memcpy(z + (t - first) * ldz, base_z + t * C, C * sizeof *z);
    heads_patch(p, cell, first_position, kernels, z, ldz, scratch);
}

void site_rows(const struct patching *p, const struct pg_cell *cell, const struct entry *entry,
               const struct kernels *kernels, float *x, float *z, size_t ldz, float *scratch) {
    if (entry->from_heads) {
        head_rows(p, cell, entry->first_position, kernels, x, z, ldz, scratch);
        return;
    }
    const struct site *site = site_of(cell->site);
    const size_t C = (size_t)p->base->n_embd, T = (size_t)p->base->n_tokens;
    const size_t first = (size_t)entry->first_position, at = (size_t)cell->position;
    memcpy(x, cache_resid(p->base, entry->block, entry->cut) + first * C,
           (T - first) * C * sizeof *x);
    const float *source = activation(p->source, site, cell->layer) + at * C;
    float *row = x + (at - first) * C;
    if (site->kind == SITE_RESID) {
        memcpy(row, source, C * sizeof *row);
        return;
    }
    /* What the activation is added to: the cut before the one where the rows enter. */
    const float *before = site->cut == CUT_MID ? cache_resid(p->base, cell->layer - 1, CUT_POST)
                                               : cache_resid(p->base, cell->layer, CUT_MID);
    for (size_t i = 0; i < C; i++) row[i] = before[at * C + i] + source[i];
}
