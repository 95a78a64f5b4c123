/* direct.h: direct logit attribution, which pg_direct of patchgpt_attribution.h is; here what its
 * parts are called. */
#ifndef CIRCUIT_DIRECT_H
#define CIRCUIT_DIRECT_H

#include "patchgpt.h"

enum { PART_NAME_SIZE = 40 };

/* Writes the name of a part's component: embed, L9H9, mlp8, L9N123, mlp9_bias, attention_biases,
 * ln_f_bias. */
void part_name(const struct pg_part *part, char out[PART_NAME_SIZE]);

#endif
