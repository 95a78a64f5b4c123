/* tensor_index.h: which tensor of a checkpoint is which of GPT-2's, whatever it is called there: names may
 * have transformer., model., module. and _orig_mod. in front, several and in any order; a tensor that is
 * two things at once is stored under one name, and __metadata__ says the other. Knows which tensors do not
 * matter, and which were never asked for. */
#ifndef MODEL_TENSOR_INDEX_H
#define MODEL_TENSOR_INDEX_H

#include "model/safetensors.h"

struct tensor_index {
    const struct checkpoint *checkpoint;
    const char *path; /* in errors */
    struct tensor_name {
        const char *name; /* without what stands in front */
        const struct tensor *tensor;
    } * names; /* sorted */
    size_t n;
    bool *used; /* for each tensor of the checkpoint */
};

/* The checkpoint and the path must outlive the index. False and err if two tensors have the same name, or
 * memory is out. Free with tensor_index_free, also after failure. */
bool tensor_index_make(const struct checkpoint *checkpoint, const char *path,
                       struct tensor_index *out, struct pg_error *err);
void tensor_index_free(struct tensor_index *index);

/* The tensor of a name of GPT-2's, such as "h.0.ln_1.weight", or NULL. */
const struct tensor *tensor_index_find(const struct tensor_index *index, const char *name);

/* The same for one that is needed. NULL and err if it is missing. */
const struct tensor *tensor_index_take(struct tensor_index *index, const char *name,
                                       struct pg_error *err);

/* The tensor of this name, if there is one, is not needed. */
void tensor_index_pass(struct tensor_index *index, const char *name);

/* Whether all tensors were taken or passed, or are known not to change what a model of n_layer blocks
 * predicts: the masks of attention, and heads for other tasks. False and err, which names one, if not. */
bool tensor_index_check_rest(const struct tensor_index *index, int n_layer, struct pg_error *err);

#endif
