/* forward.h: GPT-2's blocks, applied to the rows of many runs at once.
 *
 * A run is one text's pass through the model from some cut on. Its positions before `first` are
 * those of a base run whose keys and values are cached; only its rows first..T-1 are computed.
 * The rows of all runs stand in one tall matrix, so each weight matrix is read once per block
 * however many runs there are. A whole forward pass is a run with first = 0. Not here: what is
 * patched, and where runs enter (patch/). */
#ifndef GPT2_FORWARD_H
#define GPT2_FORWARD_H

#include "gpt2/cache.h"
#include "tensor/matmul.h"

struct run {
    const struct cache *base; /* the base run's; NULL if first = 0 */
    int n_tokens;             /* T */
    int first;                /* first position with rows of its own */
    int row;                  /* where they begin in the tall matrix */
    struct cache *keep;       /* filled with the run's activations, or NULL */
};

struct batch {
    const struct pg_model *model;
    int most_tokens; /* no run has more */
    int n_runs, n_rows;
    struct run *runs;
    float *x;        /* the residual stream: n_rows x C */
    float *h;        /* a layer norm's output; z; what the MLP adds if that is kept: n_rows x C */
    size_t h_stride; /* of h's rows, which are multiplied */
    float *q;        /* queries; what attention adds if that is kept: n_rows x C */
    float *kv;       /* n_rows x 2 C: keys, values */
    float *hidden; /* the MLP's hidden layer, BLOCK_ROWS rows at a time, row_stride() apart; it lies
                      where q and kv do, which the MLP no longer needs */
    struct scratch scratch;
};

/* Working memory for at most max_runs runs of most_tokens tokens, with max_rows rows together. */
bool batch_init(struct batch *batch, const struct pg_model *model, int most_tokens, int max_runs,
                int max_rows, struct pg_error *err);
void batch_free(struct batch *batch);

/* Bytes that batch_init takes for each row. */
size_t batch_bytes_per_row(const struct config *config);

/* Adds a run that enters the residual stream here; its row is set. Returns its rows,
 * (T - first) x C, for the caller to fill. */
float *batch_add_run(struct batch *batch, struct run run);

/* x: resid_pre -> resid_mid of a block, then resid_mid -> resid_post. With only_last every run is
 * narrowed to its last row once keys and values are known: all that the last block owes to the
 * prediction. Not for runs whose activations are kept. */
void batch_attention(struct batch *batch, int block, bool only_last);
void batch_mlp(struct batch *batch, int block);

/* For runs first_run.. that have just joined with resid_pre in x and z in h: x -> resid_mid. */
void batch_project(struct batch *batch, int block, int first_run);

/* What attention scores are multiplied by in a block. */
float attention_scale(const struct config *config, int block);

/* The end of the model: narrows every run to its last row and normalizes it, into h. */
void batch_finish(struct batch *batch);

/* The same for all rows of all runs, which are not narrowed. */
void batch_finish_all(struct batch *batch);

/* After batch_finish, the logits of runs first..first+n-1, after batch_finish_all those of rows: out, n x unembed->n_out. unembed: the
 * model's, or some of its outputs. */
void batch_logits(const struct batch *batch, int first, int n, const struct matrix *unembed,
                  float *out);

/* The embeddings of positions first..first+n-1 of a text: out, n x C. */
void embed(const struct pg_model *model, const int *ids, int first, int n, float *out);

/* A clean and a corrupted text of equally many tokens T, and the caches that their forward passes
 * fill (initialized, T tokens). */
struct text_pair {
    const int *clean, *corrupt;
    int n_tokens;
    struct cache *clean_cache, *corrupt_cache;
};

/* The forward passes of n pairs as one batch. logits: those of all tokens after each text's last
 * position, each pair's clean text's, then its corrupted one's: n x 2 x n_vocab. */
bool forward_pairs(const struct pg_model *model, const struct text_pair *pairs, size_t n,
                   float *logits, struct pg_error *err);

/* The first position at which the texts differ; n_tokens if there is none. */
int first_difference(const int *a, const int *b, int n_tokens);

#endif
