/* patchgpt_experiment.h: experiments, what they are made of, and their reports. Part of the public
 * interface, and included by patchgpt.h, which says what holds for all of it. */
#ifndef PATCHGPT_EXPERIMENT_H
#define PATCHGPT_EXPERIMENT_H

#include "patchgpt.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- experiments ---- */

/* Which activation is patched. Definitions as in TransformerLens. */
enum pg_site {
    PG_RESID_PRE,   /* residual stream before a block, at one position */
    PG_RESID_MID,   /* residual stream after a block's attention, at one position */
    PG_RESID_POST,  /* residual stream after a block, at one position */
    PG_ATTN_OUT,    /* what a block's attention adds to the residual stream, at one position */
    PG_MLP_OUT,     /* what a block's MLP adds to the residual stream, at one position */
    PG_Z,           /* one head's z (values weighted by its pattern), at one position */
    PG_Q,           /* one head's query, at one position */
    PG_K,           /* one head's key, at one position */
    PG_V,           /* one head's value, at one position */
    PG_PATTERN,     /* one head's attention pattern, the row of one query position */
    PG_Z_ALL,       /* one head's z at all positions at once */
    PG_Q_ALL,       /* one head's queries at all positions at once */
    PG_K_ALL,       /* one head's keys at all positions at once */
    PG_V_ALL,       /* one head's values at all positions at once */
    PG_PATTERN_ALL, /* one head's whole attention pattern */
    PG_NEURON,      /* one number of a block's hidden layer after the activation, at one position */
    PG_PATTERN_DEST_SRC, /* one weight of one head's pattern, its row not normalized again */
    PG_EDGES, /* what one component writes, in what one reader reads, at all positions at once; no
                 other site beside it */
    PG_PATHS, /* what one component writes, on all paths to some readers together; no other site
                 beside it */
    PG_N_SITES
};

/* "resid_post", ...: the names of the command line and of the CSV. Static memory. */
const char *pg_site_name(enum pg_site site);

/* The site of that name. False, and *out unchanged, for any other name. */
bool pg_site_parse(const char *name, enum pg_site *out);

/* Whether a site has one cell for each head. */
bool pg_site_has_heads(enum pg_site site);

/* Whether a site has one cell for each position; the others patch all positions at once. */
bool pg_site_has_positions(enum pg_site site);

/* Whether a site has one cell for each neuron, and for each source position up to the position. */
bool pg_site_has_neurons(enum pg_site site);
bool pg_site_has_sources(enum pg_site site);

/* What writes to the residual stream, and so what a prediction is made of. */
enum pg_component {
    PG_EMBED,            /* the token and position embeddings */
    PG_HEAD,             /* a head: its z times its rows of the attention's output matrix */
    PG_MLP,              /* an MLP with its bias */
    PG_MLP_NEURON,       /* a neuron times its row of the MLP's output matrix */
    PG_MLP_BIAS,         /* the bias of an MLP's output */
    PG_ATTENTION_BIASES, /* the biases of all attention outputs together */
    PG_LN_F_BIAS,        /* the bias of the final layer norm */
};

/* A component that edges lead from: PG_EMBED, PG_HEAD or PG_MLP. layer and head are -1 where it has
 * none. */
struct pg_sender {
    enum pg_component component;
    int layer, head;
};

/* What takes its input from the residual stream: a head's queries, keys or values (through the
 * block's first layer norm), an MLP (through the second), the unembedding (through the last). */
enum pg_reader { PG_READER_Q, PG_READER_K, PG_READER_V, PG_READER_MLP, PG_READER_LOGITS };

/* A reader that edges lead to. layer and head are -1 where it has none. */
struct pg_receiver {
    enum pg_reader reader;
    int layer, head;
};

/* What paths can be kept from going through. */
enum pg_frozen { PG_FROZEN_ATTENTION = 1, PG_FROZEN_MLPS = 2 };

/* A number computed from a run's next-token distribution at the read position, for one token a, for
 * a pair of tokens a, b, or for sets of them: answers A, or answers A and wrong answers W. */
enum pg_metric {
    PG_LOGIT_DIFF, /* logit(a) - logit(b); mean of the logits of A - mean of the logits of W */
    PG_LOGIT,      /* logit(a), or logit(a) - logit(b); the mean over A, less that over W */
    PG_LOGPROB,    /* log p(a), or log p(a) - log p(b); the log of the sum of p over A, less that
                      over W */
    PG_PROB,       /* p(a), or p(a) - p(b); the sum over A, less that over W */
    PG_KL,   /* KL divergence from the clean run: sum of p_clean log(p_clean / p); no tokens */
    PG_LOSS, /* -log p(a); no sets */
    PG_N_METRICS
};

/* "logit_diff", ...: the names of the command line. Static memory. */
const char *pg_metric_name(enum pg_metric metric);

/* The metric of that name. False, and *out unchanged, for any other name. */
bool pg_metric_parse(const char *name, enum pg_metric *out);

/* How many tokens a pair has: 2 for PG_LOGIT_DIFF, 1 or 2 for PG_PROB, 0 for PG_KL, ... */
int pg_metric_min_tokens(enum pg_metric metric);
int pg_metric_max_tokens(enum pg_metric metric);

/* Called from pg_run, by the calling thread, with the fraction of the work that is done, 0 to 1. */
typedef void pg_progress(void *context, double done);

/* Called from pg_run, by the calling thread, now and then: whether it is to stop. */
typedef bool pg_stop(void *context);

/* The tokens of a metric. b is -1 for one token. All pairs of a request have the same number. */
struct pg_pair {
    int a, b;
};

/* Layers, heads or positions, ascending and without duplicates; count 0 stands for all of them. */
struct pg_list {
    const int *items;
    size_t count;
};

/* One attention head. */
struct pg_head {
    int layer, head;
};

/* Where new activations come from. */
enum pg_with {
    PG_WITH_TEXT, /* the other text's run */
    PG_WITH_ZERO, /* ablation of the clean text: activations become 0, ... */
    PG_WITH_MEAN, /* ... or their mean over several texts */
    PG_N_WITH
};

/* The mean of activations over texts, for ablation. */
struct pg_mean;

/* Takes the mean over n texts: at each position, for texts of equally many tokens; or over all
 * positions of all texts, which patterns have not. It holds what the sites need. Sums are in
 * double, in the order of the texts. NULL and err if a text does not fit the model, lengths differ,
 * or memory is out. The model must outlive it; several threads may use it at once. Free with
 * pg_mean_free. */
struct pg_mean *pg_mean_make(const struct pg_model *model, const struct pg_tokens *texts, size_t n,
                             bool over_positions, const enum pg_site *sites, size_t n_sites,
                             struct pg_error *err);

/* Frees a mean; NULL is allowed. */
void pg_mean_free(struct pg_mean *mean);

/* Noise in place of a corrupted text: the corrupted run is the clean text's with
 * (float)(sigma e) added to the token embeddings of some positions; e: the numbers of NumPy's
 * RandomState(seed).randn(samples, n_positions, n_embd). Values, and the metric of the corrupted
 * run, are means over the samples (causal tracing: Meng et al. 2022, arXiv:2202.05262). */
struct pg_noise {
    const int *positions; /* ascending */
    size_t n_positions;
    double sigma; /* above 0 */
    size_t samples;
    unsigned seed; /* 32 bits */
};

/* The standard deviation, with n - 1, of all numbers in the token embeddings of `count` tokens: of
 * which Meng et al. take three times as the noise's. False and err if an id is not the model's. */
bool pg_embedding_deviation(const struct pg_model *model, const int *ids, size_t count, double *out,
                            struct pg_error *err);

/* What to run. Start from pg_request_default(). Everything that it points to is only read. */
struct pg_request {
    struct pg_tokens clean, corrupt; /* the same number of ids, 1 to n_positions; for ablation and
                                        noise clean alone */
    const struct pg_noise *noise;    /* in place of corrupt; or NULL */
    enum pg_with with;
    const struct pg_mean *mean; /* PG_WITH_MEAN: whose length, by position, is clean's */
    const char *over; /* the file whose texts the mean is over, which reports name; or NULL */
    const struct pg_pair *pairs;    /* the metric is the mean over them */
    size_t n_pairs;                 /* 0 for PG_KL and with sets, at least 1 for the others */
    struct pg_tokens answers,       /* sets in place of pairs, no token twice: PG_LOGIT_DIFF has */
        wrong_answers;              /* both, other metrics may have answers alone */
    enum pg_site sites[PG_N_SITES]; /* each once; all are done in one walk over the blocks */
    size_t n_sites;
    enum pg_metric metric;
    bool noising; /* patch corrupted activations into the clean run, not clean into corrupted */
    struct pg_list layers, heads, positions, neurons; /* restrict the cells */
    const struct pg_head *single_heads; /* ascending; in place of layers and heads, where all sites
                                           are of heads */
    size_t n_single_heads;
    const struct pg_sender *senders; /* PG_EDGES, PG_PATHS: restrict the senders; 0: all */
    size_t n_senders;
    const struct pg_receiver *receivers; /* PG_EDGES: restrict the readers, 0: all; there is an edge
                                            wherever the sender writes before the receiver reads.
                                            PG_PATHS: where the paths end; the logits alone, or
                                            any others together */
    size_t n_receivers;
    unsigned frozen; /* PG_PATHS: what is held at the base run's output while the sender's change
                        goes through the model to the readers: a sum of enum pg_frozen */
    int window; /* a patch is of this many consecutive layers, window / 2 of them before the cell's,
                   cut at the ends of the model: for sites by layer and position. 1: of one layer */
    bool joint; /* all cells are one patch, which gives one value */
    int read_position; /* where the metric is read; -1: the last position */
    size_t top;        /* predictions to report for each text, at most n_vocab */
    size_t memory; /* budget in bytes for the rows of patched runs, 0: 1 GiB; one run always fits */
    pg_progress *progress; /* or NULL */
    void *progress_context;
    pg_stop *stop; /* PG_EDGES: ends the run early, with the edges that are done; or NULL */
    void *stop_context;
};

/* resid_post, logit_diff, all layers, heads and positions, paths that do not go through other
 * heads, the last position, top 20. */
struct pg_request pg_request_default(void);

/* One patch: where, and the metric of the patched run. For a joint patch the first site, and the
 * numbers that all its cells share, else -1. */
struct pg_cell {
    enum pg_site site;
    int layer;
    int head;     /* -1 for sites without heads */
    int position; /* -1 for sites that patch all positions */
    float value;
    int neuron;              /* -1 except for PG_NEURON */
    int source;              /* PG_PATTERN_DEST_SRC: the position that is attended to; else -1 */
    struct pg_sender sender; /* PG_EDGES, PG_PATHS; layer and head above are -1 then */
    struct pg_receiver receiver; /* PG_EDGES */
};

struct pg_result {
    size_t n_tokens;
    int *clean_ids, *corrupt_ids; /* without a corrupted text NULL, and its predictions have no
                                     elements */
    enum pg_with with;            /* ablation: corrupt_metric is NAN */
    char *over;                   /* of the request */
    size_t n_samples; /* of noise, over which corrupt_metric and values are means; without noise 0,
                         as the rest of what noise is */
    int *noise_positions;
    size_t n_noise_positions;
    double sigma;
    unsigned seed;
    size_t n_pairs;
    struct pg_pair *pairs;
    struct pg_tokens answers, wrong_answers;
    size_t n_sites;
    enum pg_site sites[PG_N_SITES];
    enum pg_metric metric;
    bool noising;
    int window;
    bool joint;        /* one cell, for all sites */
    int read_position; /* 0 to n_tokens - 1 */
    size_t n_top;
    struct pg_prediction *clean_top,
        *corrupt_top; /* the most probable tokens at the read position */
    size_t n_named;   /* tokens of the pairs or sets, each once, in order of appearance */
    struct pg_prediction *clean_named, *corrupt_named; /* their predictions there */
    float clean_metric, corrupt_metric;                /* the metric of the runs without patches */
    size_t n_patched;                                  /* joint: the cells that are one patch */
    size_t n_left_out; /* edges that were not run since the run was stopped */
    size_t n_cells;
    struct pg_cell *cells; /* by site as requested, then layer, head, position; edges by receiver:
                              by layer the queries of all heads, keys, values, the MLP; then the
                              logits; then by sender: embed, then by layer the heads, the MLP; paths
                              by sender */
    size_t n_receivers;    /* PG_PATHS: where the paths end, in the order of the graph; else 0 */
    struct pg_receiver *receivers;
    unsigned frozen;
    double seconds; /* spent in the forward passes and the patched runs */
};

/* Runs one experiment: both texts, then every patch. NULL and err if the request does not fit the
 * model, which one sentence explains, or memory is out. Free with pg_result_free. */
struct pg_result *pg_run(const struct pg_model *model, const struct pg_request *request,
                         struct pg_error *err);

/* Runs n experiments, which may differ in everything, several in one walk over the blocks where
 * that is faster. results[i] is what pg_run returns for requests[i], bit for bit (seconds: of all
 * that were run together); where it is NULL, errors[i] says why. errors may be NULL. Those that run
 * together share the memory budget and the progress of the first of them. Returns how many results
 * are not NULL. */
size_t pg_run_many(const struct pg_model *model, const struct pg_request *requests, size_t n,
                   struct pg_result **results, struct pg_error *errors);

/* Frees a result; NULL is allowed. */
void pg_result_free(struct pg_result *result);

/* (value - corrupt) / (clean - corrupt): 1 for the clean run's metric, 0 for the corrupted run's;
 * NaN for 0/0; never -0. */
float pg_recovered(float value, float clean, float corrupt);

/* ---- reports ---- */

/* Writes RFC 4180, one row a cell: site,layer,head,position,clean_id,corrupt_id,clean_token,
 * corrupt_token,value,recovered; after position neuron and source_position where a site has them. A
 * joint patch has the names of its sites with '+' between them; without a corrupted text its
 * columns are empty, for ablation recovered too. Numbers read back to the same float32. The path
 * "-" is standard output; a file is replaced as a whole or not at all. */
bool pg_write_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err);

/* Writes NumPy's .npz, for np.load: an array of float32 for each site, named after it, and one with
 * _recovered after its name unless it is an ablation; clean_ids and corrupt_ids, int64; and meta, a
 * text in JSON: model, texts, metric, direction, what else pg_result says, and under "axes" the
 * names of each array's dimensions. Dimensions, in TransformerLens' order: [layer, position]; for
 * heads by position [layer, position, head], all positions at once [layer, head], patterns [layer,
 * head, position]; for PG_NEURON [layer, position, neuron], for PG_PATTERN_DEST_SRC [layer, head,
 * position, source_position]. Indices are the numbers themselves: cells that were not patched are
 * NaN. A joint patch is one number, named as in the CSV. The bytes depend on the result alone.
 * False and err also if the arrays have more than 4 GiB. Paths as for pg_write_csv. */
bool pg_write_npz(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err);

/* The result of comparing with an earlier CSV. */
struct pg_check {
    size_t n_differing;  /* cells whose value differs by more than the tolerance */
    double largest;      /* the largest difference */
    struct pg_cell cell; /* where, with the value now */
    float expected;      /* the value in the file */
};

/* Compares a result with a CSV that pg_write_csv wrote. With tolerance 0 the float32 bits must be
 * equal. False and err if the file cannot be read, is not such a CSV, or its rows are not this
 * experiment's (site, layers, heads, positions, tokens). */
bool pg_check_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  double tolerance, struct pg_check *out, struct pg_error *err);

/* The colours of a heatmap, from low values to high ones. */
enum pg_colormap {
    PG_VIRIDIS, /* dark to bright */
    PG_RDBU,    /* red over white to blue */
    PG_MAGMA,   /* black over red to light yellow */
    PG_GREYS,   /* white to black */
    PG_N_COLORMAPS
};

/* "viridis", ...: the names of the command line. Static memory. */
const char *pg_colormap_name(enum pg_colormap map);

/* The colour map of that name. False, and *out unchanged, for any other name. */
bool pg_colormap_parse(const char *name, enum pg_colormap *out);

/* What a heatmap shows of each patch. */
enum pg_show {
    PG_SHOW_VALUE,     /* the metric of the patched run */
    PG_SHOW_RECOVERED, /* pg_recovered of it */
    PG_SHOW_CHANGE,    /* it minus the metric of the run that is patched */
    PG_SHOW_GAP,       /* it minus the metric of the clean run */
    PG_SHOW_SCORE,     /* PG_EDGES: how much the edge helps the metric: PG_SHOW_CHANGE with clean
                          activations in the corrupted run, else its negative */
    PG_N_SHOWS
};

/* "value", "recovered", "change", "gap", "score": the names of the command line. Static memory. */
const char *pg_show_name(enum pg_show show);

/* What is shown under that name. False, and *out unchanged, for any other name. */
bool pg_show_parse(const char *name, enum pg_show *out);

/* The number shown for a patch whose metric is value. */
float pg_shown(const struct pg_result *result, enum pg_show show, float value);

/* How a heatmap looks. NAN stands for a default: low and high enclose all numbers shown; center,
 * halfway between low and high, is where a patch changes nothing for PG_RDBU (PG_SHOW_RECOVERED:
 * 0.5; PG_SHOW_GAP: 0) and nowhere in particular for the others. PG_SHOW_RECOVERED with NAN in all
 * three goes from 0 to 1. */
struct pg_picture {
    enum pg_colormap colormap;
    float low, high, center;
    enum pg_show show;
};

/* Viridis, values, all limits NAN. */
struct pg_picture pg_picture_default(void);

/* Writes a PNG heatmap: a panel for each site, all with one scale and one colour bar. Rows are
 * layers, or layers and heads; columns are positions with their tokens, pairs of positions, or
 * heads; for neurons there is a panel for each position, and columns are neurons; for edges rows
 * are senders and columns readers, for paths rows are layers and columns heads, the MLP and the
 * embeddings. picture may be NULL for pg_picture_default(), or of edges and paths for
 * PG_SHOW_SCORE and PG_SHOW_CHANGE in PG_RDBU. False and err also if low, center and high are not
 * in this order or leave no room for center, if PG_SHOW_RECOVERED is 0/0 or of an ablation, or if
 * the patch is joint or there are too many panels or columns. Paths as for pg_write_csv. */
bool pg_write_png(const struct pg_model *model, const struct pg_result *result,
                  const struct pg_picture *picture, const char *path, struct pg_error *err);

/* Writes edges as a graph in JSON, as EAP-IG (Hanna et al. 2024, arXiv:2403.17806) and MIB write
 * and read it: {"cfg", "nodes": {"a0.h0": {"in_graph": false}}, "edges": {"a0.h0->a1.h3<q>":
 * {"score", "in_graph": false}}}, score being PG_SHOW_SCORE; and "meta", which says what they are
 * of. Edges that were not patched are left out. False and err if the result has no edges. Paths as
 * for pg_write_csv. */
bool pg_write_graph(const struct pg_model *model, const struct pg_result *result, const char *path,
                    struct pg_error *err);

/* Writes the 40 edges with the largest absolute scores, for Graphviz. The rest as pg_write_graph.
 */
bool pg_write_dot(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err);

#if defined __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
