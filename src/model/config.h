/* config.h: the hyperparameters of a GPT-2 model, from Hugging Face's config.json. */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include "base/error.h"

enum activation { ACTIVATION_GELU_TANH, ACTIVATION_GELU_ERF, ACTIVATION_RELU };

/* What config.json says about tie_word_embeddings. */
enum tie { TIE_UNSAID, TIE_YES, TIE_NO };

struct config {
    int n_layer, n_head, n_embd, n_inner, n_positions, n_vocab;
    float layer_norm_epsilon;
    enum activation activation;
    char activation_name[32];             /* as the file spells it */
    bool scale_attn_weights;              /* scores divided by sqrt(n_embd / n_head) */
    bool scale_attn_by_inverse_layer_idx; /* and by the block's number + 1 */
    enum tie tie;
};

/* Parses the contents of a config.json; name is used in errors. Absent and null fields have the
 * defaults of Hugging Face's GPT2Config (n_ctx is an older name of n_positions); n_layer, n_head,
 * n_embd and vocab_size are required. Fields that do not change what is computed in float32 are
 * ignored. False and err for values of the wrong type or out of range, an n_embd that n_head does
 * not divide, an unknown activation_function, cross attention, a model_type other than gpt2. */
bool config_parse(const char *text, size_t size, const char *name, struct config *out,
                  struct pg_error *err);

#endif
