/* site.h: what each patch site does to the residual stream. Up to a patch, the patched run is the
 * base run; the first thing that changes is some rows of the residual stream at one cut. A site is
 * a function from one cell (layer, head, position) to those rows; the sweep (sweep.h) knows nothing
 * else of it. Definitions as in TransformerLens. */
#ifndef PATCH_SITE_H
#define PATCH_SITE_H

#include "gpt2/cache.h"
#include "tensor/kernels.h"

enum site_kind {
    SITE_RESID,  /* a row of the residual stream */
    SITE_ADDED,  /* what attention or the MLP adds to it */
    SITE_NEURON, /* one number of the MLP's hidden layer */
    SITE_HEAD,   /* something inside one head, which changes the head's z (heads.h) */
    SITE_EDGE,   /* what one component writes in what one reader reads (edges.h) */
    SITE_PATH    /* all that one component writes (paths.h) */
};

/* What is patched inside a head. */
enum head_part { PART_NONE, PART_Z, PART_Q, PART_K, PART_V, PART_PATTERN, PART_WEIGHT };

/* All that a site is: one row of the table in site.c. */
struct site {
    const char *name;
    enum site_kind kind;
    enum head_part part;
    bool has_positions;      /* one cell for each position; otherwise all are patched at once */
    int block;               /* the rows enter at this block, relative to the cell's layer, ... */
    enum cut cut;            /* ... and cut */
    bool changes_later_rows; /* patching position p also changes z at later positions */
    unsigned cached;         /* the set of activations that caches must hold (gpt2/cache.h) */
};
const struct site *site_of(enum pg_site site);

/* Whether its cells have senders: edges and paths. */
bool site_is_graph(enum pg_site site);

/* What patches are made of: the run that is patched, and the run that new activations come from. */
struct patching {
    const struct pg_model *model;
    const struct cache *base, *source;
    int first_difference; /* positions before it have the same activations in both runs */
};

/* How the rows of an entry join the stack, in the order in which entries of one cut join it. */
enum join {
    JOIN_ROWS,      /* as rows of the residual stream */
    JOIN_Z,         /* at CUT_MID: as resid_pre and z, whose projection is still to be added */
    JOIN_MLP_INPUT, /* after CUT_MID: as resid_mid and what the MLP takes, LN2 of which is done */
};

/* A cell, once it is known where its patch enters: rows first_position..T-1 of the residual stream
 * at this cut may differ from the base run's. */
struct entry {
    int block; /* -1: the embeddings */
    enum cut cut;
    enum join join;
    bool is_base; /* the rows are the base run's; what is patched is set on the way (edits.h,
                     inputs.h) */
    int first_position;
    size_t sweep, cell; /* index of the sweep, and of the cell within it */
};

/* The entry of a cell. False if the patch cannot change the prediction after the last position: the
 * new activation has the same bits as the old one, or the patch enters after the last attention
 * layer, so that it changes its own position only, and that is not T-1. */
bool site_entry(const struct patching *patching, const struct pg_cell *cell, struct entry *out);

/* Writes the rows that enter, first_position..T-1, C floats each: to x the residual stream at the
 * entry's cut; or, JOIN_Z, to x resid_pre and to other (row stride ldo) the block's z; or,
 * JOIN_MLP_INPUT, to x resid_mid and to other what the MLP takes. scratch: site_scratch()
 * floats. */
void site_rows(const struct patching *patching, const struct pg_cell *cell,
               const struct entry *entry, const struct kernels *kernels, float *x, float *other,
               size_t ldo, float *scratch);

/* Floats of scratch for site_rows with at most max_tokens positions. */
size_t site_scratch(const struct config *config, int max_tokens);

/* row += change Wproj[n], one fma for each of C numbers: what a change of neuron n in the hidden
 * layer adds to the residual stream. */
void add_neuron_change(const struct pg_model *model, const struct pg_cell *cell, float change,
                       const struct kernels *kernels, float *row);

#endif
