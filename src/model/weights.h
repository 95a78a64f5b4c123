/* weights.h: from the tensors of a checkpoint to the matrices and vectors of a model. Every tensor's shape
 * is checked against config.json before any number is used, and before memory of its size is taken. */
#ifndef MODEL_WEIGHTS_H
#define MODEL_WEIGHTS_H

#include "model/model.h"

/* Fills the weights of a model that has its path, config and checkpoint. False and err, which names the
 * tensor, if one is missing, of another shape or type, or of no use: each is used or known to be harmless.
 * What was filled is freed by pg_model_close, also after failure. */
bool load_weights(struct pg_model *model, struct pg_error *err);

#endif
