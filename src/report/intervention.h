/* intervention.h: what an experiment does to the run that it patches: which activations are put in,
 * into which run, over how many layers, all at once or one by one; and the words for it. Which
 * number is measured is metric_text.h's. */
#ifndef REPORT_INTERVENTION_H
#define REPORT_INTERVENTION_H

#include "report/metric_text.h"

#include <stdint.h>

struct intervention {
    bool noising;
    enum pg_with with;
    bool noise;
    int window;     /* layers that a patch is of; 0: one */
    uint32_t joint; /* sites that are patched together, a bit for each; 0: every cell by itself */
};

struct intervention intervention_of(const struct pg_result *result);
struct intervention intervention_of_request(const struct pg_request *request);

bool intervention_same(const struct intervention *a, const struct intervention *b);

/* Whether it is plain patching between two texts: nothing but the direction is to be said. */
bool intervention_is_plain(const struct intervention *i);

/* Whether it is the clean run that is patched. */
bool intervention_patches_clean(const struct intervention *i);

/* A direction: "corrupted into clean" and "corrupted → clean", or the reverse; "clean into noise",
 * ...; "zero ablation" or "mean ablation", which have none. Static memory. */
const char *direction_text(const struct intervention *i);
const char *direction_arrow(const struct intervention *i);

/* "text", "zero" or "mean". Static memory. */
const char *with_name(enum pg_with with);

/* The value of that name. False for any other name. */
bool with_parse(const char *name, enum pg_with *out);

/* The names of sites, by their bits, with '+' between them: "attn_out+mlp_out". */
struct words joint_sites(uint32_t sites);

/* Reads such names. False if they are not such. */
bool joint_sites_parse(const char *text, uint32_t *out);

/* "patching resid_post, clean → corrupted", "zero ablation of z, windows of 10 layers", ...; site:
 * its name, or "" where panels have it as their titles. */
struct words intervention_title(const struct intervention *i, const char *site);

/* The positions with noise: "3,9"; of very many as many as fit. */
struct words noise_positions(const struct pg_result *result);

#endif
