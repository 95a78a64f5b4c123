/* site.h: what each patch site does to the residual stream. A site is a function that turns one
 * patch (layer, head, position) into rows entering the residual stream at one cut; the walk
 * (sweep.h) knows of nothing else. Definitions as in TransformerLens. */
#ifndef PATCH_SITE_H
#define PATCH_SITE_H

#include "gpt2/cache.h"
#include "tensor/kernels.h"

/* What a patch is made of: the run that is patched and the run that activations are taken from. */
struct patching {
    const struct pg_model *model;
    const struct cache *base, *source;
    int first_difference; /* positions before it have the same activations in both runs */
};

/* Where a patched run leaves the base run: rows first..T-1 of the residual stream at this cut may
 * differ. */
struct entry {
    int block; /* -1: the embeddings */
    enum cut cut;
    bool from_heads; /* the rows are resid_pre and z, whose projection is still to be added */
    int first;
    size_t sweep, cell; /* whose patch this is: the numbers of the sweep and its cell */
};

/* Whether caches must keep everything for this site, not only the residual stream, keys, values. */
bool site_needs_all(enum pg_site site);

/* The entry of one patch, or false if it cannot change the prediction after the last position:
 * because what it puts in is what was there, bit for bit, or because it comes after the last
 * block's attention, where positions no longer meet, and leaves row T-1 as it was. */
bool site_entry(const struct patching *patching, const struct pg_cell *cell, struct entry *out);

/* Writes the rows that enter, first..T-1, (T - first) x C: into x the residual stream at the
 * entry's cut; or, if the entry is from heads, into x resid_pre and into z (row stride ldz) the block's z.
 * scratch: attention_scratch() floats. */
void site_rows(const struct patching *patching, const struct pg_cell *cell,
               const struct entry *entry, const struct kernels *kernels, float *x, float *z,
               size_t ldz, float *scratch);

#endif
