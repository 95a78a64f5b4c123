/* patchgpt_attribution.h: what one text's prediction is made of: read off every layer (the logit
 * lens), and split over the components that write it (direct logit attribution). Part of the public
 * interface, and included by patchgpt.h, which says what holds for all of it. */
#ifndef PATCHGPT_ATTRIBUTION_H
#define PATCHGPT_ATTRIBUTION_H

#include "patchgpt_experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- the logit lens ---- */

/* What to read. Everything that it points to is only read. */
struct pg_lens_request {
    struct pg_tokens text;       /* 1 to n_positions ids */
    const struct pg_pair *pairs; /* the metric is the mean over them */
    size_t n_pairs;
    struct pg_tokens answers, wrong_answers; /* sets in place of pairs; neither: no values, no
                                                ranks */
    enum pg_metric metric;                   /* not PG_KL */
    int read_position;                       /* the one that reports show; -1: the last */
};

/* logit_diff, without pairs, the last position. */
struct pg_lens_request pg_lens_request_default(void);

/* The prediction that the residual stream makes at one place and position. */
struct pg_reading {
    float value;       /* the metric; NAN without tokens */
    int rank;          /* of the first pair's first token or the first answer, 1 being the most
                          probable; else 0 */
    int top;           /* the most probable token; ties: the lowest id */
    float probability; /* its probability */
};

struct pg_lens {
    size_t n_tokens;
    int *ids;
    size_t n_pairs;
    struct pg_pair *pairs;
    struct pg_tokens answers, wrong_answers;
    enum pg_metric metric;
    int read_position;           /* 0 to n_tokens - 1 */
    size_t n_places;             /* 2 n_layer + 1: the embeddings, then after each block's attention
                                    and after its MLP */
    struct pg_reading *readings; /* n_places x n_tokens */
    double seconds;
};

/* Reads the prediction at every place and position: LN_f, with the mean and the scale of the
 * residual stream there, and the unembedding. The last place has the bits of pg_predict. NULL and
 * err if the request does not fit the model, or memory is out. Free with pg_lens_free. */
struct pg_lens *pg_lens(const struct pg_model *model, const struct pg_lens_request *request,
                        struct pg_error *err);

/* Frees a lens; NULL is allowed. */
void pg_lens_free(struct pg_lens *lens);

/* ---- direct logit attribution ---- */

/* What to split. Everything that it points to is only read. */
struct pg_direct_request {
    struct pg_tokens text;       /* 1 to n_positions ids */
    const struct pg_pair *pairs; /* the metric is the mean over them */
    size_t n_pairs;
    struct pg_tokens answers, wrong_answers; /* sets in place of pairs */
    enum pg_metric metric;                   /* PG_LOGIT_DIFF or PG_LOGIT */
    int read_position;                       /* -1: the last */
    bool neurons;                            /* each MLP's neurons and bias in place of the MLP */
    bool by_source; /* each head once for every position that it attends to */
};

/* logit_diff, without pairs, the last position, neither neurons nor sources. */
struct pg_direct_request pg_direct_request_default(void);

struct pg_part {
    enum pg_component component;
    int layer;  /* -1 for embed, attention_biases and ln_f_bias */
    int index;  /* the head or the neuron; else -1 */
    int source; /* by_source: the position that a head attends to; else -1 */
    float value;
};

struct pg_direct {
    size_t n_tokens;
    int *ids;
    size_t n_pairs;
    struct pg_pair *pairs;
    struct pg_tokens answers, wrong_answers;
    enum pg_metric metric;
    int read_position; /* 0 to n_tokens - 1 */
    bool neurons, by_source;
    size_t n_parts;
    struct pg_part *parts; /* embed; by layer heads (each by source), then the MLP, or its neurons
                              and its bias; attention_biases; ln_f_bias */
    double sum;            /* of the parts, in this order */
    float metric_value;    /* of the run itself: they are equal up to rounding */
    double seconds;
};

/* Splits the metric at the read position: with w the mean over pairs of unembed(a) - unembed(b),
 * or the mean of the answers' unembeddings less that of the wrong ones', a component that writes c
 * adds ((c - mean c) / sigma) . (gamma * w), sigma being the scale of the run's own LN_f; ln_f_bias
 * adds beta . w. Sums are in double. NULL and err if the request does not fit the model, the parts
 * do not add up to the metric, or memory is out. Free with pg_direct_free. */
struct pg_direct *pg_direct(const struct pg_model *model, const struct pg_direct_request *request,
                            struct pg_error *err);

/* Frees an attribution; NULL is allowed. */
void pg_direct_free(struct pg_direct *direct);

#if defined __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
