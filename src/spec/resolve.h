/* resolve.h: from a spec to the request that it is to a model: texts become token ids, selections
 * the numbers that they select. Whether the parts of a spec go together is known by then
 * (spec.h). */
#ifndef SPEC_RESOLVE_H
#define SPEC_RESOLVE_H

#include "spec/spec.h"

/* Fills what a spec describes of a request, which begins as pg_request_default(). Free with
 * spec_request_free, also after failure. False and err, which names fields of the spec, if the
 * texts have different numbers of tokens, a token's text is not one token, the tokens of a pair are
 * the same, a token is in the sets twice, or a layer, head, position or neuron does not exist. A
 * mean that the spec needs is the caller's to add: request->mean (over.h). */
bool spec_resolve(const struct spec *spec, const struct pg_model *model, struct pg_request *request,
                  struct pg_error *err);

/* Fills in the texts alone, with the noise on them. Otherwise as spec_resolve. */
bool spec_resolve_texts(const struct spec *spec, const struct pg_model *model,
                        struct pg_request *request, struct pg_error *err);

/* Fills the tokens and the metric, and the read position in request->clean, alone. Free with
 * spec_request_free, also after failure. False and err as for spec_resolve. */
bool spec_resolve_metric(const struct spec *spec, const struct pg_model *model,
                         struct pg_request *request, struct pg_error *err);

void spec_request_free(struct pg_request *request);

/* Whether some patch of the request can have an effect: one at a position from the first difference
 * of the texts to the read position. Identical texts may be run all the same. False and err
 * otherwise. */
bool spec_check_effect(const struct spec *spec, const struct pg_request *request,
                       struct pg_error *err);

#endif
