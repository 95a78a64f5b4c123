/* direct.h: direct logit attribution, which pg_direct of patchgpt_attribution.h is; here what its
 * parts are called. */
#ifndef CIRCUIT_DIRECT_H
#define CIRCUIT_DIRECT_H

#include "patchgpt.h"

enum { PART_NAME_SIZE = 40 };

/* Writes the name of a part's component: embed, L9H9, mlp8, L9N123, mlp9_bias, attention_biases,
 * ln_f_bias. */
void part_name(const struct pg_part *part, char out[PART_NAME_SIZE]);

/* Reads such a name: component, layer and index; the source is -1 and the value 0 then. False for
 * any other text. */
bool part_parse(const char *name, struct pg_part *out);

#endif
