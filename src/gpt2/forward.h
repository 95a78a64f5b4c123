/* forward.h: GPT-2's blocks, applied to the rows of many runs at once.
 *
 * A run is one text's pass through the model from some cut on. Its positions before first_position
 * are those of a base run, whose keys and values are cached; only rows first_position..T-1 are
 * computed. A whole forward pass is a run with first_position = 0.
 *
 * The rows of all runs are one tall matrix, the stack, so that each weight matrix is read once per
 * block however many runs there are. Not here: what is patched and where runs enter (patch/). */
#ifndef GPT2_FORWARD_H
#define GPT2_FORWARD_H

#include "gpt2/cache.h"
#include "tensor/attention.h"
#include "tensor/matmul.h"

struct run {
    const struct cache *base; /* the base run's; NULL if first_position = 0 */
    int n_tokens;             /* T */
    int first_position;       /* the first with rows of its own */
    int row;                  /* its first row of the stack */
    struct cache *cache;      /* receives the run's activations, or NULL */
};

/* Points in a block where a hook may change activations of the stack, in order. */
enum stage {
    STAGE_START,  /* x is resid_pre */
    STAGE_KV,     /* kv: keys and values of all rows */
    STAGE_Q,      /* q */
    STAGE_Z,      /* z; q and kv are still there */
    STAGE_MID,    /* x is resid_mid */
    STAGE_NORMED, /* normed is what the MLP takes */
    STAGE_HIDDEN, /* hidden: of the rows given */
    STAGE_POST    /* x is resid_post */
};

/* rows: those whose hidden layer is in hidden; at other stages all of the stack. */
typedef void stack_hook(void *context, int block, enum stage stage, struct part rows);

/* The activations of all runs. Buffers are named by role; those in braces share memory, since no
 * two of them are needed at once. C: n_embd, I: n_inner.
 *
 *     x                                   n_rows x C                the residual stream
 *     { normed | z | mlp_out }            n_rows x normed_stride    inputs of a product; results
 *     { q | attn_out }  kv                n_rows x C, n_rows x 2 C  attention's
 *     { hidden                          } MC x hidden_stride        the MLP's, MC rows at a time,
 *                                                                   where q and kv are */
struct stack {
    const struct pg_model *model;
    int max_tokens; /* no run has more */
    int n_runs, n_rows;
    struct run *runs;
    float *x;
    float *normed, *z, *mlp_out;
    size_t normed_stride;
    float *q, *attn_out;
    float *kv; /* keys, values */
    float *hidden;
    size_t hidden_stride;
    bool gathered;    /* row r of x, normed, q and z is run r's last; kv still has all rows */
    stack_hook *hook; /* or NULL */
    void *hook_context;
    struct executor executor;
};

/* Allocates an empty stack for at most max_runs runs of max_tokens tokens, with max_rows rows in
 * total. scratch: floats that work of the caller's needs for each worker, or 0. False and err when
 * memory or threads are out. Free with stack_free. */
bool stack_init(struct stack *stack, const struct pg_model *model, int max_tokens, int max_runs,
                int max_rows, size_t scratch, struct pg_error *err);
void stack_free(struct stack *stack);

/* Floats of scratch that each worker of a stack has for one head's attention: keys or values of
 * max_tokens positions, attention_keys_size(), then attention_scratch(). */
size_t attend_scratch(int max_tokens, int width);

/* Bytes that stack_init allocates for each row. */
size_t stack_bytes_per_row(const struct config *config);

/* Adds a run, whose row is set here. Returns its rows of x, (T - first_position) x C, for the
 * caller to fill with the residual stream where the run enters. */
float *stack_add_run(struct stack *stack, struct run run);

/* The row of x, normed, q and z that is a run's position, or -1 if that was dropped. */
int stack_row(const struct stack *stack, int run, int position);

/* One head's attention of a run in the block that the stack is in: its own keys, transposed into
 * keys, attention_keys_size() floats, and values, after the base run's. */
struct attention stack_head(const struct stack *stack, int run, int head, int block, float *keys);

/* The attention half of a block: resid_pre -> resid_mid in x. only_last: after keys and values are
 * computed, drops all rows but each run's last; in the last block no other row affects the logits.
 * Not for runs that are cached. */
void stack_attention(struct stack *stack, int block, bool only_last);

/* The MLP half of a block, in two steps. The first: normed = LN2(x), x being resid_mid. */
void stack_mlp_input(struct stack *stack, int block);

/* The second: x += MLP(normed), giving resid_post. */
void stack_mlp_output(struct stack *stack, int block);

/* In place of stack_attention and of stack_mlp_output: x += what they add in the base run
 * (CACHED_ATTN_OUT, CACHED_MLP_OUT). The hook is called at the start and the end alone. Not for
 * runs that are cached. */
void stack_frozen_attention(struct stack *stack, int block, bool only_last);
void stack_frozen_mlp(struct stack *stack, int block);

/* For runs first_run..n_runs-1, added with resid_pre in x and z in z: x += z Wo + bo, giving
 * resid_mid. */
void stack_project_z(struct stack *stack, int block, int first_run);

/* The factor of attention scores in a block. */
float attention_scale(const struct config *config, int block);

/* normed = LN_f(x) for each run's last row; row r is run r's then. */
void stack_final_norm(struct stack *stack);

/* normed = LN_f(x) for all rows of all runs. */
void stack_final_norm_all(struct stack *stack);

/* The logits of rows first_row..first_row+n-1 of normed: out, n x unembed->n_out. unembed: the
 * model's, or some of its outputs. */
void stack_logits(const struct stack *stack, int first_row, int n, const struct matrix *unembed,
                  float *out);

/* Noise on the token embeddings of some positions of a text: row i of values, C floats, is added at
 * positions[i]. */
struct noise {
    const int *positions;
    int n_positions;
    const float *values;
};

/* The embeddings of positions first_position..first_position+n-1 of a text: out, n x C. noise may
 * be NULL. Each number is (wte + noise) + wpe. */
void embed(const struct pg_model *model, const int *ids, const struct noise *noise,
           int first_position, int n, float *out);

/* A text to run, and the cache that its run fills (initialized for n_tokens). Positions before
 * first_position are not run: there the cache `base`, which is complete or of an earlier text of
 * the same call, has the same activations. */
struct text {
    const int *ids;
    int n_tokens;
    const struct noise *noise; /* or NULL */
    int first_position;        /* less than n_tokens; 0 without a base */
    const struct cache *base;  /* or NULL */
    struct cache *cache;
};

/* Runs n texts together. logits: of all tokens after each text's last position, n x n_vocab. False
 * and err when memory or threads are out. */
bool forward_texts(const struct pg_model *model, const struct text *texts, size_t n, float *logits,
                   struct pg_error *err);

/* The first position at which the texts differ; n_tokens if they are equal. */
int first_difference(const int *a, const int *b, int n_tokens);

#endif
