/* noise_input.h: from what a spec says of noise to the noise of a request. */
#ifndef SPEC_NOISE_INPUT_H
#define SPEC_NOISE_INPUT_H

#include "spec/spec.h"

/* Makes the noise of a spec that has it, for a clean text: its positions, and sigma, which is
 * measured from the embeddings of the tokens there if it is in their standard deviations. Free with
 * noise_free. NULL and err if a position does not exist, the text of the noise is not in the clean
 * text, or memory is out. */
struct pg_noise *noise_of(const struct spec *spec, const struct pg_model *model,
                          const struct pg_tokens *clean, struct pg_error *err);
void noise_free(const struct pg_noise *noise);

#endif
