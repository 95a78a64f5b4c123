/* model.h: a GPT-2 checkpoint, ready to run: its weights under the names of GPT-2's parts. Matrices
 * are used where they lie in the mapped file; biases and layer norms are widened to float32. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "model/config.h"
#include "model/safetensors.h"
#include "tensor/kernels.h"
#include "tokenizer/tokenizer.h"

struct linear {
    struct matrix weight;
    const float *bias; /* weight.n_out */
};

struct block {
    struct norm ln_1, ln_2;
    struct linear q, kv;        /* c_attn's outputs: C queries; C keys and C values */
    struct linear attn_proj;    /* attn.c_proj */
    struct linear fc, mlp_proj; /* mlp.c_fc, mlp.c_proj */
};

struct pg_model {
    char *name, *path;
    struct config config;
    struct checkpoint checkpoint;
    struct tokenizer *tokenizer; /* or NULL */
    char *no_text;               /* why its tokenizer files cannot be used, or NULL */
    bool transposed, tied;
    size_t n_parameters;
    const char *dtype;

    struct matrix wte, wpe; /* row k is the embedding of token or position k: (n, C) */
    struct matrix unembed;  /* C inputs, n_vocab outputs */
    struct block *blocks;   /* n_layer */
    struct norm ln_f;
    void **own; /* biases, norms, and copies of unaligned tensors */
    size_t n_own;
};

/* Whether the checkpoint's files are still as long as when the model was opened. Call after using
 * the weights; false and err if a file was truncated, so that some of them were read as zeros. */
bool model_is_whole(const struct pg_model *model, struct pg_error *err);

#endif
