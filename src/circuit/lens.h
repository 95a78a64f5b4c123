/* lens.h: the logit lens, which pg_lens of patchgpt_attribution.h is; here what the places of the
 * residual stream are called. */
#ifndef CIRCUIT_LENS_H
#define CIRCUIT_LENS_H

#include "patchgpt.h"

enum { PLACE_SIZE = 32 };

/* Writes the name of a place of a lens: embed, L0.mid, L0.post, L1.mid, ... */
void place_name(size_t place, char out[PLACE_SIZE]);

/* Reads such a name. False for any other text. */
bool place_parse(const char *name, size_t *out);

#endif
