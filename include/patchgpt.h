/* patchgpt.h: activation patching for GPT-2 models. This is the public interface of libpatchgpt,
 * and what the patchgpt command itself is built on: models, text and prediction here, experiments
 * and their reports in patchgpt_experiment.h, what one prediction is made of in
 * patchgpt_attribution.h, which it includes.
 *
 *     struct pg_error err;
 *     struct pg_model *model = pg_model_open("demo", &err);
 *     struct pg_tokens clean, corrupt;
 *     pg_tokenize(model, text, strlen(text), &clean, &err); ...
 *     struct pg_pair pair = {smith, jones};
 *     struct pg_request request = pg_request_default();
 *     request.clean = clean;
 *     request.corrupt = corrupt;
 *     request.pairs = &pair;
 *     request.n_pairs = 1;
 *     struct pg_result *result = pg_run(model, &request, &err);
 *     pg_write_csv(model, result, "out.csv", &err);
 *
 * tests/library/example.c is a complete program.
 *
 * Errors: A function that can fail returns false or NULL and fills err, which may be NULL. Nothing
 * here prints or exits.
 *
 * Threads: Any number of threads may make calls on one model at once; each call runs on
 * pg_threads() threads of its own. A model must not be closed while a call uses it.
 *
 * Ownership: Inputs are only read, and stay the caller's. Each result says how it is freed.
 *
 * Numbers: All are float32, with the same bits whatever the number of threads, the memory budget
 * and the CPU. Logits, log-probabilities and KL divergences are in nats. Layers (blocks), heads and
 * positions count from 0.
 *
 * ABI: The shared library's soname is libpatchgpt.so.MAJOR. While MAJOR is 0, a new MINOR version
 * may change structs and signatures: build against the header of the library that you link. From
 * 1.0 on only a new MAJOR version may.
 */
#ifndef PATCHGPT_H
#define PATCHGPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#pragma GCC visibility push(default)
#endif

#define PG_VERSION_MAJOR 0
#define PG_VERSION_MINOR 1
#define PG_VERSION_PATCH 0
#define PG_VERSION       "0.1.0"

/* The version of the library that is linked, "0.1.0": compare with PG_VERSION. Static memory. */
const char *pg_version(void);

/* ---- errors ---- */

/* One sentence that names the file, the field, what was found and what was expected. */
struct pg_error {
    char text[2048];
};

/* ---- warnings ---- */

/* Something is odd, but the call goes on. */
enum pg_warning_kind {
    PG_WARN_STORAGE,     /* a file system cannot lock or sync */
    PG_WARN_TEXT_SPACE,  /* a text ends in a space */
    PG_WARN_TEXT_CR,     /* a text from standard input has CR LF line ends inside */
    PG_WARN_TEXT_IDS,    /* a text looks like token ids */
    PG_WARN_TOKEN_SPACE, /* the form of a token with, or without, a leading space is far likelier */
    PG_WARN_TOKEN_UNUSED, /* the metric does not use a second token */
    PG_WARN_NO_EFFECT,    /* no patch changes the metric */
    PG_WARN_NEGATIVE,     /* edges are scored by a metric that is negative in the clean run */
    PG_N_WARNINGS
};

/* Receives one sentence, valid during the call. Calls from several threads are serialized. */
typedef void pg_warning(void *context, enum pg_warning_kind kind, const char *sentence);

/* Sets the function that receives the warnings of all later calls, and its context; NULL, the
 * default, for none. Not while another call runs. */
void pg_set_warning(pg_warning *function, void *context);

/* ---- models ---- */

/* A loaded checkpoint with its tokenizer. */
struct pg_model;

/* Opens a model: "demo" (built in), a folder, a .safetensors or .safetensors.index.json file, or a
 * name (gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2, owner/name) that is looked for in
 * $PATCHGPT_MODELS, $XDG_CACHE_HOME/patchgpt and the Hugging Face cache. NULL and err if it is not
 * found or is not a complete, consistent GPT-2 checkpoint. Close with pg_model_close.
 *
 * Checkpoints are mapped, not copied. If a file of the model is truncated while the model is open,
 * or its disk fails, the thread that reads the missing part gets SIGBUS, which ends the program
 * unless it handles that signal (the library does not). Replacing a checkpoint by renaming a new
 * file over it is safe. */
struct pg_model *pg_model_open(const char *name, struct pg_error *err);

/* Frees the model; NULL is allowed. */
void pg_model_close(struct pg_model *model);

/* What a model is. Strings live as long as the model. */
struct pg_model_info {
    const char *name; /* as given to pg_model_open */
    const char *path; /* the checkpoint file or index; "(built in)" for the demo */
    int n_layer, n_head, n_embd, n_inner, n_positions, n_vocab;
    const char *activation; /* activation_function of config.json */
    const char *dtype;      /* "F32", "F16", "BF16" or "mixed" */
    bool transposed;        /* matrices are stored (out, in), as minGPT and nanoGPT do */
    bool tied;              /* the unembedding is the token embedding */
    bool has_tokenizer;
    const char
        *no_text; /* why its tokenizer files cannot be used; NULL: they can, or do not exist */
    size_t n_parameters; /* tied weights are counted once */
    size_t n_files;      /* checkpoint files: one, or the shards */
    uint64_t file_bytes; /* their total size */
};
struct pg_model_info pg_model_info(const struct pg_model *model);

/* Whether a path, however it is spelled, is one of the model's files: its checkpoint, a shard, the
 * index, the configuration or a tokenizer file. Ask before writing to a path. */
bool pg_model_has_file(const struct pg_model *model, const char *path);

/* A checksum of the model's shape, tokens, biases, layer norms and a sample of every matrix, the
 * same for all storage layouts. It tells apart models that were trained apart, and a model from
 * itself with an adapter merged or a head removed, but not models that differ in single weights. */
uint32_t pg_model_fingerprint(const struct pg_model *model);

/* Sets the number of threads for later calls made by the calling thread; 0, the default, is one per
 * available core. */
void pg_set_threads(int threads);

/* The number of threads that calls made by the calling thread use. */
int pg_threads(void);

/* The instruction set that the kernels use: "avx512", "avx2", "neon" or "portable". It is chosen
 * once, at the first call that needs it: the fastest that runs here, or the one that $PATCHGPT_ISA
 * names. */
const char *pg_isa(void);

/* Whether $PATCHGPT_ISA, if it is set, names an instruction set that runs here. False and err,
 * which lists those that do, otherwise. pg_model_open checks this too. */
bool pg_check_isa(struct pg_error *err);

/* ---- text ---- */

/* Token ids. Those that the library makes are freed with pg_tokens_free; a request may as well
 * refer to an array of the caller's. */
struct pg_tokens {
    const int *ids;
    size_t count;
};

/* Tokenizes length bytes, which need not be valid UTF-8, with the model's byte-level BPE. What the
 * model's files say is obeyed: tokens that tokenizer.json, added_tokens.json,
 * special_tokens_map.json or tokenizer_config.json declare are found in the text (without such a
 * file "<|endoftext|>" is ordinary text), add_prefix_space adds a leading space, and a BOS that the
 * files put before every text is put there. False and err if the model has no usable tokenizer, a
 * byte has no token in its vocabulary, or memory is out. */
bool pg_tokenize(const struct pg_model *model, const char *text, size_t length,
                 struct pg_tokens *out, struct pg_error *err);

/* pg_tokenize for a part of a text, such as one word: without what the files put before every
 * text. */
bool pg_tokenize_part(const struct pg_model *model, const char *text, size_t length,
                      struct pg_tokens *out, struct pg_error *err);

/* Frees what pg_tokenize made, and leaves it empty. */
void pg_tokens_free(struct pg_tokens *tokens);

/* The bytes of a token, without a terminating zero, and in *length how many; NULL if the model has
 * no tokenizer or no such token. Owned by the model. */
const char *pg_token_bytes(const struct pg_model *model, int id, size_t *length);

/* The id of the token that marks the beginning of a text: the bos_token of the model's files, else
 * <|endoftext|>; -1 if the model has neither. */
int pg_bos_token(const struct pg_model *model);

/* ---- prediction ---- */

/* What a run says of one next token. */
struct pg_prediction {
    int token;
    float logit;
    float probability;
    int rank; /* 1 is the most probable token; ties: lower id first */
};

/* The `top` most probable next tokens after ids[0..count-1], by rank. out: top elements, top at
 * most n_vocab. */
bool pg_predict(const struct pg_model *model, const int *ids, size_t count, size_t top,
                struct pg_prediction *out, struct pg_error *err);

/* Predictions for n given tokens, in the caller's order. out: n elements. */
bool pg_predict_tokens(const struct pg_model *model, const int *ids, size_t count,
                       const int *tokens, size_t n, struct pg_prediction *out,
                       struct pg_error *err);

/* Receives the logits after one position: n_vocab floats, valid during the call. Returning false,
 * with err filled, ends the pass. */
typedef bool pg_logits_row(void *context, size_t position, const float *logits, size_t n_vocab,
                           struct pg_error *err);

/* Passes the logits after positions first..count-1 of a text to `receive`, in order, from the
 * calling thread. The last position's are those of pg_predict, bit for bit. A few positions are in
 * memory at a time. False and err if first is not a position, the ids do not fit the model, a logit
 * is not finite, memory is out, or `receive` returned false. */
bool pg_logits(const struct pg_model *model, const int *ids, size_t count, size_t first,
               pg_logits_row *receive, void *context, struct pg_error *err);

/* Writes the logits after the last position, or after all positions. A path that ends in .npy gets
 * NumPy's format, float32 of shape (n_vocab,) or (count, n_vocab); any other path CSV:
 * position,token_id,logit. Paths as for pg_write_csv. */
bool pg_write_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, struct pg_error *err);

/* The result of comparing logits with a reference file. */
struct pg_logits_check {
    size_t n_compared;  /* n_vocab for each position in the file */
    size_t n_differing; /* differ by more than the tolerance, or are not finite in the file */
    double largest;     /* the largest difference; infinite where the file's is not finite */
    size_t position;    /* where: the first with the largest difference */
    int token;
    double expected;  /* the logit in the file */
    float found;      /* the logit now */
    int expected_top; /* the most probable token after that position in the file; -1 without numbers
                       */
    int found_top;    /* the most probable token now */
};

/* Compares the logits of a text with a file that another program may have made: a NumPy array of
 * float32 or float64 of shape (n_vocab,), the last position's, or (count, n_vocab), all positions',
 * with any number of leading 1s; or CSV as pg_write_logits writes it. With all_positions the file
 * must have them all. False and err if the file cannot be read, is not such a file, or has another
 * shape. */
bool pg_check_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, double tolerance, struct pg_logits_check *out,
                     struct pg_error *err);

#if defined __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#include "patchgpt_attribution.h"
#include "patchgpt_circuit.h"
#include "patchgpt_experiment.h"

#endif
