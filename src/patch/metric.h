/* metric.h: the number computed from a run's next-token distribution. */
#ifndef PATCH_METRIC_H
#define PATCH_METRIC_H

#include "model/model.h"
#include "patch/question.h"
#include "tensor/kernels.h"

/* A metric, prepared: which logits it needs. */
struct metric {
    struct question question;
    int *tokens;           /* its tokens in order (question_tokens) */
    struct matrix unembed; /* maps to the logits it needs: of its tokens in order, or of all */
    float *rows;           /* unembed's weights; NULL: the model's unembedding */
    const float *clean;    /* PG_KL: the clean run's logits */
    double clean_log_sum;  /* PG_KL: the logarithm of the sum of their exponentials */
    float *clean_p;        /* PG_KL: their softmax */
};

/* Prepares a checked question's metric. The question's lists and clean, the clean run's logits of
 * all tokens (for PG_KL), must outlive it. False and err when memory is out. Free with metric_free,
 * also after failure. */
bool metric_init(struct metric *metric, const struct pg_model *model,
                 const struct question *question, const float *clean, struct pg_error *err);
void metric_free(struct metric *metric);

/* The metric of a run, from the metric->unembed.n_out logits that it needs. */
float metric_value(const struct metric *metric, const float *logits);

/* The metric of a run, from the logits of all tokens. */
float metric_value_of_all(const struct metric *metric, const float *logits);

#endif
