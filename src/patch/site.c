/* site.c: the table of sites, and those that are rows of the residual stream or of what is added to
 * it. Those inside a head are in heads.c, edges and paths in edges.c and paths.c. */
#include "patch/site.h"

#include "gpt2/forward.h"
#include "patch/edges.h"
#include "patch/heads.h"
#include "patch/paths.h"

#include <math.h>
#include <string.h>

enum {
    IN_HEAD = 1 << CACHED_Q | 1 << CACHED_Z, /* with keys and values, which all caches hold */
    ATTN_OUT = 1 << CACHED_ATTN_OUT,
    MLP_OUT = 1 << CACHED_MLP_OUT,
    HIDDEN = 1 << CACHED_HIDDEN
};

static const struct site sites[PG_N_SITES] = {
    /*       name, kind, part, has positions, block, cut, changes later rows, cached */
    [PG_RESID_PRE] = {"resid_pre", SITE_RESID, PART_NONE, true, -1, CUT_POST, false, 0},
    [PG_RESID_MID] = {"resid_mid", SITE_RESID, PART_NONE, true, 0, CUT_MID, false, 0},
    [PG_RESID_POST] = {"resid_post", SITE_RESID, PART_NONE, true, 0, CUT_POST, false, 0},
    [PG_ATTN_OUT] = {"attn_out", SITE_ADDED, PART_NONE, true, 0, CUT_MID, false, ATTN_OUT},
    [PG_MLP_OUT] = {"mlp_out", SITE_ADDED, PART_NONE, true, 0, CUT_POST, false, MLP_OUT},
    [PG_Z] = {"z", SITE_HEAD, PART_Z, true, 0, CUT_MID, false, IN_HEAD},
    [PG_Q] = {"q", SITE_HEAD, PART_Q, true, 0, CUT_MID, false, IN_HEAD},
    [PG_K] = {"k", SITE_HEAD, PART_K, true, 0, CUT_MID, true, IN_HEAD},
    [PG_V] = {"v", SITE_HEAD, PART_V, true, 0, CUT_MID, true, IN_HEAD},
    [PG_PATTERN] = {"pattern", SITE_HEAD, PART_PATTERN, true, 0, CUT_MID, false, IN_HEAD},
    [PG_Z_ALL] = {"z_all", SITE_HEAD, PART_Z, false, 0, CUT_MID, true, IN_HEAD},
    [PG_Q_ALL] = {"q_all", SITE_HEAD, PART_Q, false, 0, CUT_MID, true, IN_HEAD},
    [PG_K_ALL] = {"k_all", SITE_HEAD, PART_K, false, 0, CUT_MID, true, IN_HEAD},
    [PG_V_ALL] = {"v_all", SITE_HEAD, PART_V, false, 0, CUT_MID, true, IN_HEAD},
    [PG_PATTERN_ALL] = {"pattern_all", SITE_HEAD, PART_PATTERN, false, 0, CUT_MID, true, IN_HEAD},
    [PG_NEURON] = {"neuron", SITE_NEURON, PART_NONE, true, 0, CUT_POST, false, HIDDEN},
    [PG_PATTERN_DEST_SRC] = {"pattern_dest_src", SITE_HEAD, PART_WEIGHT, true, 0, CUT_MID, false,
                             IN_HEAD},
    [PG_EDGES] = {"edges", SITE_EDGE, PART_NONE, false, 0, CUT_MID, true, IN_HEAD | MLP_OUT},
    [PG_PATHS] = {"paths", SITE_PATH, PART_NONE, false, 0, CUT_MID, true,
                  IN_HEAD | ATTN_OUT | MLP_OUT},
};

const struct site *site_of(enum pg_site site) {
    return &sites[site];
}

bool site_is_graph(enum pg_site site) {
    return sites[site].kind == SITE_EDGE || sites[site].kind == SITE_PATH;
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

bool pg_site_has_neurons(enum pg_site site) {
    return sites[site].kind == SITE_NEURON;
}

bool pg_site_has_sources(enum pg_site site) {
    return sites[site].part == PART_WEIGHT;
}

/* ---- where a patch enters ---- */

/* The T x C activation of a run that a site outside heads patches. */
static const float *activation(const struct cache *cache, const struct site *site, int layer) {
    if (site->kind == SITE_RESID) return cache_resid(cache, layer + site->block, site->cut);
    return cache_get(cache, site->cut == CUT_MID ? CACHED_ATTN_OUT : CACHED_MLP_OUT, layer);
}

static float neuron_of(const struct cache *cache, const struct pg_cell *cell) {
    const size_t row = (size_t)cell->position * (size_t)cache->n_inner;
    return cache_get(cache, CACHED_HIDDEN, cell->layer)[row + (size_t)cell->neuron];
}

/* Whether what a site outside heads patches has the same bits in both runs. */
static bool is_same(const struct patching *p, const struct pg_cell *cell) {
    const struct site *site = site_of(cell->site);
    if (site->kind == SITE_NEURON) {
        const float base = neuron_of(p->base, cell), source = neuron_of(p->source, cell);
        return memcmp(&base, &source, sizeof base) == 0;
    }
    const size_t C = (size_t)p->base->n_embd, at = (size_t)cell->position * C;
    return memcmp(activation(p->base, site, cell->layer) + at,
                  activation(p->source, site, cell->layer) + at, C * sizeof(float)) == 0;
}

/* The first position whose row of the residual stream the patch changes; T if it changes none. */
static int first_changed(const struct patching *p, const struct pg_cell *cell) {
    const int T = p->base->n_tokens;
    if (cell->position >= T) return T; /* after the read position */
    if (site_of(cell->site)->kind == SITE_HEAD) return heads_first_changed(p, cell);
    return is_same(p, cell) ? T : cell->position;
}

/* In every block but the last, positions after the changed one attend to it: rows first..T-1
 * differ. A patch that enters in the last block comes after the last attention, and only row T-1 is
 * read: it has an effect only if it changes that row, which is then the only one that is run. */
bool site_entry(const struct patching *p, const struct pg_cell *cell, struct entry *out) {
    const struct site *site = site_of(cell->site);
    if (site->kind == SITE_EDGE) return edge_entry(p, cell, out);
    if (site->kind == SITE_PATH) return path_entry(p, cell, out);
    const int T = p->base->n_tokens, last_block = p->model->config.n_layer - 1;
    const int first = first_changed(p, cell);
    *out = (struct entry){.block = cell->layer + site->block,
                          .cut = site->cut,
                          .join = site->kind == SITE_HEAD ? JOIN_Z : JOIN_ROWS,
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

void add_neuron_change(const struct pg_model *model, const struct pg_cell *cell, float change,
                       const struct kernels *kernels, float *row) {
    const struct matrix *m = &model->blocks[cell->layer].mlp_proj.weight;
    for (int j = 0; j < m->n_out; j++) {
        float w;
        kernels->widen(m->dtype, matrix_at(m, cell->neuron, j), 1, &w);
        row[j] = fmaf(change, w, row[j]);
    }
}

static void add_neuron(const struct patching *p, const struct pg_cell *cell,
                       const struct kernels *kernels, float *row) {
    add_neuron_change(p->model, cell, neuron_of(p->source, cell) - neuron_of(p->base, cell),
                      kernels, row);
}

void site_rows(const struct patching *p, const struct pg_cell *cell, const struct entry *entry,
               const struct kernels *kernels, float *x, float *other, size_t ldo, float *scratch) {
    const struct site *site = site_of(cell->site);
    if (site->kind == SITE_EDGE) {
        edge_rows(p, cell, entry, kernels, x, other, ldo, scratch);
        return;
    }
    if (site->kind == SITE_PATH) {
        path_rows(p, cell, entry, x, other, ldo);
        return;
    }
    if (entry->join == JOIN_Z) {
        head_rows(p, cell, entry->first_position, kernels, x, other, ldo, scratch);
        return;
    }
    const size_t C = (size_t)p->base->n_embd, T = (size_t)p->base->n_tokens;
    const size_t first = (size_t)entry->first_position, at = (size_t)cell->position;
    memcpy(x, cache_resid(p->base, entry->block, entry->cut) + first * C,
           (T - first) * C * sizeof *x);
    float *row = x + (at - first) * C;
    if (site->kind == SITE_NEURON) {
        add_neuron(p, cell, kernels, row);
        return;
    }
    const float *source = activation(p->source, site, cell->layer) + at * C;
    if (site->kind == SITE_RESID) {
        memcpy(row, source, C * sizeof *row);
        return;
    }
    /* What the activation is added to: the cut before the one where the rows enter. */
    const float *before = site->cut == CUT_MID ? cache_resid(p->base, cell->layer - 1, CUT_POST)
                                               : cache_resid(p->base, cell->layer, CUT_MID);
    for (size_t i = 0; i < C; i++) row[i] = before[at * C + i] + source[i];
}

size_t site_scratch(const struct config *c, int max_tokens) {
    const size_t heads = attend_scratch(max_tokens, c->n_embd / c->n_head);
    const size_t edges = edge_scratch(c, max_tokens);
    return heads > edges ? heads : edges;
}
