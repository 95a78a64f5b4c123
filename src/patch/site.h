/* site.h: what each patch site does to the residual stream. A site is a function that turns one
 * patch (layer, head, position) into rows entering the residual stream at one cut; the walk
 * (sweep.h) knows of nothing else. */
#ifndef PATCH_SITE_H
#define PATCH_SITE_H

#include "gpt2/cache.h"

/* What a patch is made of: the run that is patched and the run that activations are taken from. */
struct patching {
    const struct pg_model *model;
    const struct cache *base, *source;
    int first_difference; /* positions before it have the same activations in both runs */
    enum pg_site site;
};

/* Where a patched run leaves the base run: rows first..T-1 of the residual stream at this cut may
 * differ. */
struct entry {
    int block; /* -1: the embeddings */
    enum cut cut;
    int first;
    size_t cell; /* number of the cell whose patch this is */
};

/* The entry of one patch, or false if it cannot change the prediction after the last position.
 * After the last block's attention positions no longer meet, so only row T-1 enters there. */
bool site_entry(const struct patching *patching, const struct pg_cell *cell, struct entry *out);

/* Writes the rows that enter: rows entry->first..T-1 at the entry's cut, (T - first) x C. */
void site_rows(const struct patching *patching, const struct pg_cell *cell,
               const struct entry *entry, float *rows);

#endif
