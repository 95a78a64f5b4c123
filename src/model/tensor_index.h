/* tensor_index.h: finds GPT-2's tensors in a checkpoint under the names that frameworks give them:
 * with any sequence of the prefixes transformer., model., module. and _orig_mod., and under
 * aliases of __metadata__ for tied tensors, which are stored once. Keeps track of which tensors
 * were used. */
#ifndef MODEL_TENSOR_INDEX_H
#define MODEL_TENSOR_INDEX_H

#include "model/safetensors.h"

struct tensor_index {
    const struct checkpoint *checkpoint;
    const char *path; /* in errors */
    struct tensor_name {
        const char *name; /* without prefixes */
        const struct tensor *tensor;
    } * names; /* sorted */
    size_t n;
    bool *used; /* for each tensor of the checkpoint */
};

/* The checkpoint and the path must outlive the index. False and err if two tensors have the same
 * name, or memory is out. Free with tensor_index_free, also after failure. */
bool tensor_index_make(const struct checkpoint *checkpoint, const char *path,
                       struct tensor_index *out, struct pg_error *err);
void tensor_index_free(struct tensor_index *index);

/* The tensor with one of GPT-2's names, such as "h.0.ln_1.weight", or NULL. */
const struct tensor *tensor_index_find(const struct tensor_index *index, const char *name);

/* The tensor with that name, marked as used. NULL and err if it is missing. */
const struct tensor *tensor_index_take(struct tensor_index *index, const char *name,
                                       struct pg_error *err);

/* Marks the tensor with that name, if it exists, as used. */
void tensor_index_pass(struct tensor_index *index, const char *name);

/* Whether all tensors were used or are known to be harmless to a model of n_layer blocks: attention
 * masks and heads for other tasks. False and err, which names one, otherwise. */
bool tensor_index_check_rest(const struct tensor_index *index, int n_layer, struct pg_error *err);

#endif
