/* patchgpt.h: the public interface of libpatchgpt, activation patching for GPT-2 models.
 *
 *     struct pg_error err;
 *     struct pg_model *model = pg_model_open("demo", &err);
 *     struct pg_tokens clean, corrupt;
 *     ... pg_tokenize(model, text, strlen(text), &clean, &err) ...
 *     struct pg_request request = pg_request_default();
 *     request.clean = clean, request.corrupt = corrupt;
 *     struct pg_pair pair = {a, b};
 *     request.pairs = &pair, request.n_pairs = 1;
 *     struct pg_result *result = pg_run(model, &request, &err);
 *     pg_write_csv(model, result, "out.csv", &err);
 *
 * Functions that can fail return false or NULL and fill struct pg_error; nothing here prints or
 * exits. A model may be shared by threads that only read it; one call at a time may run on it,
 * since each call uses all threads itself. Blocks, heads and positions count from 0. All numbers
 * are float32 and the same bits whatever the threads, the memory budget and the CPU. */
#ifndef PATCHGPT_H
#define PATCHGPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PG_VERSION "0.1.0"

/* ---- errors ---- */

/* One sentence that names the file, the field, what was found and what was expected. */
struct pg_error {
    char text[2048];
};

/* ---- warnings ---- */

/* What is odd though the call goes on. */
enum pg_warning_kind {
    PG_WARN_STORAGE,     /* the file system cannot lock or sync */
    PG_WARN_TEXT_SPACE,  /* a text ends in a space */
    PG_WARN_TEXT_CR,     /* lines inside a text of standard input end in CR LF */
    PG_WARN_TEXT_IDS,    /* a text looks like token ids */
    PG_WARN_TOKEN_SPACE, /* a token's form with, or without, a space in front is far more probable */
    PG_WARN_TOKEN_UNUSED, /* a second token, of a metric of one */
    PG_WARN_NO_EFFECT,    /* no patch changes the metric */
    PG_N_WARNINGS
};

/* Receives a warning: one sentence, valid during the call. Threads wait for one another. */
typedef void pg_warning(void *context, enum pg_warning_kind kind, const char *sentence);

/* Sends the warnings of all later calls to a function, which gets the context. NULL, as at first, for
 * none. To be called while no other call runs. */
void pg_set_warning(pg_warning *function, void *context);

/* ---- models ---- */

struct pg_model;

/* Opens a model: "demo" (built in), a folder, a .safetensors or .safetensors.index.json file, or a
 * name (gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2, owner/name) that is looked for in
 * $PATCHGPT_MODELS, $XDG_CACHE_HOME/patchgpt and the Hugging Face cache. NULL and err if it is not
 * found or not a whole, consistent GPT-2 checkpoint. Close with pg_model_close.
 *
 * Checkpoints are mapped, not copied. If a file of the model becomes shorter while the model is open, or its disk
 * fails, the thread that reads the missing part gets a SIGBUS, which ends the program unless it handles that (the
 * library handles no signals): replace a checkpoint by renaming a new file to its name, which is safe. */
struct pg_model *pg_model_open(const char *name, struct pg_error *err);
void pg_model_close(struct pg_model *model);

/* What a model is. Strings live as long as the model. */
struct pg_model_info {
    const char *name; /* as it was asked for */
    const char *path; /* the checkpoint file or index; "(built in)" for the demo */
    int n_layer, n_head, n_embd, n_inner, n_positions, n_vocab;
    const char *activation; /* as config.json names it */
    const char *dtype;      /* "F32", "F16", "BF16" or "mixed" */
    bool transposed;        /* matrices stored (out, in), as minGPT and nanoGPT do */
    bool tied;              /* the unembedding is the token embedding */
    bool has_tokenizer;
    const char *
        no_text; /* why its tokenizer cannot be used, so that it has none; NULL: it has no files of one */
    size_t n_parameters; /* tied weights counted once */
    size_t n_files;      /* checkpoint files: one, or the shards */
    uint64_t file_bytes; /* their sizes together */
};
struct pg_model_info pg_model_info(const struct pg_model *model);

/* Whether a path, however it is spelled, is one of the files that lie there as the model's: its checkpoint, all
 * its shards, its index, its configuration, what describes its tokenizer. To be asked before such a path is
 * written. */
bool pg_model_has_file(const struct pg_model *model, const char *path);

/* A checksum of the model's shape, its tokens, its biases and layer norms and some of every output's
 * weights, the same whatever the layout: it tells models apart that were trained apart, and a model from what an
 * adapter or the removal of a head makes of it, but not two that differ in single weights. */
uint32_t pg_model_fingerprint(const struct pg_model *model);

/* Threads used by every later call from this thread; 0 means one per available core. */
void pg_set_threads(int threads);
int pg_threads(void);

/* Name of the instruction set the kernels run on: "avx512", "avx2", "neon" or "portable". */
const char *pg_isa(void);

/* Whether $PATCHGPT_ISA, if it is set, names kernels that run here. False and err, which lists those that
 * do, otherwise. pg_model_open asks it too. */
bool pg_check_isa(struct pg_error *err);

/* ---- text ---- */

struct pg_tokens {
    int *ids;
    size_t count;
};

/* GPT-2's byte-level BPE of length bytes, any bytes, as the model's files describe it: tokens that
 * tokenizer.json, added_tokens.json, special_tokens_map.json or tokenizer_config.json declare are found where
 * they stand in the text (without such a file "<|endoftext|>" is text), add_prefix_space puts a space before
 * it, and a BOS that the files put before every text is put there. False and err if the model has no
 * tokenizer that can be used, the text has a byte that its vocabulary has no token for, or memory is out.
 * Free with pg_tokens_free. */
bool pg_tokenize(const struct pg_model *model, const char *text, size_t length,
                 struct pg_tokens *out, struct pg_error *err);

/* The same of a text that is no whole one: without what the files put before every text. */
bool pg_tokenize_part(const struct pg_model *model, const char *text, size_t length,
                      struct pg_tokens *out, struct pg_error *err);

void pg_tokens_free(struct pg_tokens *tokens);

/* The bytes that a token stands for (no terminating zero), or NULL if the model has no tokenizer or
 * no such token. Owned by the model. */
const char *pg_token_bytes(const struct pg_model *model, int id, size_t *length);

/* The id of the token that stands before a text: the bos_token that the model's files name, else
 * <|endoftext|>, which GPT-2 saw before every text; -1 without one. */
int pg_bos_token(const struct pg_model *model);

/* ---- prediction ---- */

struct pg_prediction {
    int token;
    float logit;
    float probability;
    int rank; /* its place among all tokens: 1 is the most probable (ties: lower id first) */
};

/* The `top` most probable next tokens after ids[0..count-1], ranks 1 to top; top at most n_vocab.
 * out is the caller's, top elements. */
bool pg_predict(const struct pg_model *model, const int *ids, size_t count, size_t top,
                struct pg_prediction *out, struct pg_error *err);

/* The same of n tokens that the caller names, in the caller's order. out: n elements. */
bool pg_predict_tokens(const struct pg_model *model, const int *ids, size_t count,
                       const int *tokens, size_t n, struct pg_prediction *out,
                       struct pg_error *err);

/* Receives the logits of all tokens after one position of a text: n_vocab, valid during the call. False and
 * err end the pass. */
typedef bool pg_logits_row(void *context, size_t position, const float *logits, size_t n_vocab,
                           struct pg_error *err);

/* Gives the logits after positions first..count-1 of ids[0..count-1] to a function, in order, each once, from
 * the thread that calls. The last position's are those of pg_predict, bit for bit. All of them take
 * (count - first) x n_vocab floats, of which a few positions are in memory at a time. False and err if
 * first is no position, the ids do not fit the model, a logit is no finite number, memory is out, or the
 * function said so. */
bool pg_logits(const struct pg_model *model, const int *ids, size_t count, size_t first,
               pg_logits_row *receive, void *context, struct pg_error *err);

/* Writes the logits after the last position, or after all, as float32 in NumPy's format if the path ends in
 * .npy: of shape (n_vocab,), or (count, n_vocab); otherwise as CSV: position,token_id,logit. Same path
 * rules as pg_write_csv. */
bool pg_write_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, struct pg_error *err);

/* The result of comparing logits with those of a file. */
struct pg_logits_check {
    size_t n_compared;  /* n_vocab for each position in the file */
    size_t n_differing; /* by more than the tolerance, or because the file's is no finite number */
    double largest;     /* the largest difference; infinite where the file's is no finite number */
    size_t position;    /* where: the first of those that differ most */
    int token;
    double expected; /* the logit in the file */
    float found;     /* the logit now */
    int expected_top,
        found_top; /* the most probable tokens after that position, in the file (-1: it has
                                    no numbers there) and now */
};

/* Compares the logits of a text with those in a file that another program may have made: an array of NumPy (.npy)
 * of float32 or float64, of shape (n_vocab,), the last position's, or (count, n_vocab), all positions',
 * also with 1s in front; or CSV as pg_write_logits writes it. With all_positions the file must have
 * them all. False and err if it cannot be read, is no such file, or has another shape. */
bool pg_check_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, double tolerance, struct pg_logits_check *out,
                     struct pg_error *err);

/* ---- experiments ---- */

/* Which activation is patched. Definitions as in TransformerLens. */
enum pg_site {
    PG_RESID_PRE,  /* the residual stream before a block, one position */
    PG_RESID_MID,  /* after its attention is added */
    PG_RESID_POST, /* after its MLP is added: the output of the layer */
    PG_ATTN_OUT,   /* what the attention adds */
    PG_MLP_OUT,    /* what the MLP adds */
    PG_Z,          /* one head's mixed values, at one position */
    PG_Q,          /* its query, */
    PG_K,          /* its key, */
    PG_V,          /* its value, */
    PG_PATTERN,    /* and how it attends from one position */
    PG_Z_ALL,      /* the same at all positions at once */
    PG_Q_ALL,
    PG_K_ALL,
    PG_V_ALL,
    PG_PATTERN_ALL,
    PG_N_SITES
};

/* Whether a site has one cell for each head, and one for each position. */
bool pg_site_has_heads(enum pg_site site);
bool pg_site_has_positions(enum pg_site site);

/* What is read off a run's next-token distribution at the read position, for a token a, or for two:
 * then a's minus b's. */
enum pg_metric {
    PG_LOGIT_DIFF, /* logit(a) - logit(b) */
    PG_LOGIT,      /* logit(a) [- logit(b)] */
    PG_LOGPROB,    /* log p(a) [- log p(b)] */
    PG_PROB,       /* p(a) [- p(b)] */
    PG_KL, /* the clean run's distribution against this one: sum of p_clean log(p_clean / p); no tokens */
    PG_LOSS, /* -log p(a) */
    PG_N_METRICS
};

/* How many tokens a pair of the metric has, at least and at most. */
int pg_metric_min_tokens(enum pg_metric metric);
int pg_metric_max_tokens(enum pg_metric metric);

/* "resid_post", "logit_diff", ...: the names of the command line and of the CSV. */
const char *pg_site_name(enum pg_site site);
const char *pg_metric_name(enum pg_metric metric);

/* Called now and then from pg_run with the share of the work that is done, 0 to 1. */
typedef void pg_progress(void *context, double done);

/* One or two tokens of a metric; b is -1 if there is one. The pairs of a request have equally many: whether a
 * metric is of one or of two is part of what it is. */
struct pg_pair {
    int a, b;
};

/* Numbers of layers, heads or positions, ascending and each once; no items: all there are. Owned by
 * the caller. */
struct pg_list {
    int *items;
    size_t count;
};

struct pg_request {
    struct pg_tokens clean, corrupt; /* equally many ids, 1 to n_positions; owned by the caller */
    struct pg_pair *pairs;           /* the metric is the mean over them; owned by the caller */
    size_t n_pairs;                  /* 0 for PG_KL, at least 1 for the others */
    enum pg_site sites[PG_N_SITES];  /* each once; all in one walk over the blocks */
    size_t n_sites;
    enum pg_metric metric;
    bool noising; /* patch corrupted activations into the clean run instead */
    struct pg_list layers, heads,
        positions;     /* which patches; heads and positions are for the sites that have them */
    int read_position; /* where the metric is read; -1: the last position */
    size_t top;        /* predictions to report for both texts, at most n_vocab */
    size_t memory;     /* bytes for the rows of the patched runs; one run always fits; 0: 1 GiB */
    pg_progress *progress; /* or NULL */
    void *progress_context;
};

/* Every field at its default: resid_post, logit_diff, all layers, heads and positions, the last
 * position, top 20. */
struct pg_request pg_request_default(void);

/* One patch: where, and the metric of the patched run. */
struct pg_cell {
    enum pg_site site;
    int layer;
    int head;     /* -1 for sites without heads */
    int position; /* -1 for sites that patch all positions */
    float value;
};

struct pg_result {
    size_t n_tokens;
    int *clean_ids, *corrupt_ids;
    size_t n_pairs;
    struct pg_pair *pairs;
    size_t n_sites;
    enum pg_site sites[PG_N_SITES];
    enum pg_metric metric;
    bool noising;
    int read_position; /* 0 to n_tokens - 1 */
    size_t n_top;
    struct pg_prediction *clean_top, *corrupt_top; /* after the read position */
    size_t n_named; /* the tokens of the pairs, each once, as they first appear */
    struct pg_prediction *clean_named, *corrupt_named; /* what both runs say of them there */
    float clean_metric, corrupt_metric;
    size_t n_cells;
    struct pg_cell *cells; /* by site as requested, then layer, head, position */
    double seconds;        /* the forward passes and the sweep */
};

/* Runs one experiment: both texts, then every patch. NULL and err if the request does not fit the
 * model (each reason in one sentence) or memory is out. Free with pg_result_free. */
struct pg_result *pg_run(const struct pg_model *model, const struct pg_request *request,
                         struct pg_error *err);
void pg_result_free(struct pg_result *result);

/* Runs experiments together, in one walk over the blocks, with the same bits as each alone: as many
 * from the front of requests[0..n-1] as are worth joining and fit requests[0].memory, at least one.
 * Returns how many. Of those, results[i] is what pg_run returns (seconds: all of them together); where
 * it is NULL, errors[i] says why. Sites, metrics and lengths may differ. progress is that of
 * requests[0]. */
size_t pg_run_together(const struct pg_model *model, const struct pg_request *requests, size_t n,
                       struct pg_result **results, struct pg_error *errors);

/* (value - corrupt) / (clean - corrupt): 1 is the clean run, 0 the corrupted one; NaN if 0/0. */
float pg_recovered(const struct pg_result *result, float value);

/* ---- reports ---- */

/* Writes one row per cell, RFC 4180:
 * site,layer,head,position,clean_token,corrupt_token,value,recovered. Numbers read back to the
 * same float32. path "-" is standard output; a file is replaced at once or not at all. */
bool pg_write_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err);

/* How a heatmap is coloured, from low values to high ones. */
enum pg_colormap {
    PG_VIRIDIS, /* from dark to bright */
    PG_RDBU,    /* from red over white to blue */
    PG_MAGMA,   /* from black over red to light yellow */
    PG_GREYS,   /* from white to black */
    PG_N_COLORMAPS
};

/* What a heatmap shows of each patch. */
enum pg_show {
    PG_SHOW_VALUE,     /* the metric of the patched run */
    PG_SHOW_RECOVERED, /* pg_recovered of it */
    PG_SHOW_CHANGE,    /* it less the metric of the run that is patched */
    PG_SHOW_GAP,       /* it less the clean run's */
    PG_N_SHOWS
};

/* "value", "recovered", "change", "gap": the names of the command line. */
const char *pg_show_name(enum pg_show show);

/* What is shown of a patch with that value. */
float pg_shown(const struct pg_result *result, enum pg_show show, float value);

/* How a heatmap looks; zeros but for NAN in low, high and center are the default. NAN means that it is
 * chosen: low and high to hold all numbers shown; center, which is in the middle between low and high,
 * for PG_RDBU where a patch changes nothing (PG_SHOW_RECOVERED: 0.5; PG_SHOW_GAP: 0), for the others
 * nowhere in particular. PG_SHOW_RECOVERED with NAN in all three is from 0 to 1. */
struct pg_picture {
    enum pg_colormap colormap;
    float low, high, center;
    enum pg_show show;
};

/* Writes the heatmap: a panel for each site, all with one scale and one colour bar. Layers, or
 * layers and heads, down the side; positions with their tokens below, or heads, across. False and
 * err also when low, center and high are not in this order, when low and high leave no room for
 * center, and when PG_SHOW_RECOVERED is 0/0. Same path rules as pg_write_csv. */
bool pg_write_png(const struct pg_model *model, const struct pg_result *result,
                  const struct pg_picture *picture, const char *path, struct pg_error *err);

/* The result of comparing with an earlier CSV. */
struct pg_check {
    size_t n_differing;  /* cells whose value differs by more than the tolerance */
    double largest;      /* largest difference found */
    struct pg_cell cell; /* where, with the value found now */
    float expected;      /* the value in the file */
};

/* Compares a result with a CSV that pg_write_csv wrote. With tolerance 0 the float32 bits must be
 * equal. False and err if the file cannot be read, is not such a CSV, or its rows are not this
 * experiment's (site, layers, heads, positions, tokens). */
bool pg_check_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  double tolerance, struct pg_check *out, struct pg_error *err);

#endif
