/* weights.h: from the tensors of a checkpoint to the matrices and vectors of a model. Every shape
 * is checked against config.json before a number is used or memory of that size is allocated. */
#ifndef MODEL_WEIGHTS_H
#define MODEL_WEIGHTS_H

#include "model/model.h"

/* Fills in the weights of a model that has its path, config and checkpoint. False and err, which
 * names the tensor, if one is missing, has another shape or type, or is unknown. pg_model_close
 * frees the weights, also after failure. */
bool load_weights(struct pg_model *model, struct pg_error *err);

#endif
