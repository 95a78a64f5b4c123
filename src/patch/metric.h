/* metric.h: the number that is read off a run's next-token distribution. */
#ifndef PATCH_METRIC_H
#define PATCH_METRIC_H

#include "model/model.h"
#include "tensor/kernels.h"

/* A metric made ready: which logits it needs. */
struct metric {
    enum pg_metric kind;
    const struct pg_pair *pairs;
    size_t n_pairs;
    struct matrix unembed; /* gives the logits it needs: those of its tokens in order, or all */
    float *rows;           /* a pair's a and b, pair after pair; NULL if unembed is the model's */
    const float *clean;    /* PG_KL: the clean run's logits, */
    double clean_log_sum;  /* the logarithm of the sum of their exponentials, */
    float *clean_p;        /* and their softmax */
};

/* Prepares a metric. pairs and clean, the clean run's logits of all tokens (for PG_KL), must
 * outlive it. False and err when memory is out. Free with metric_free, also after failure. */
bool metric_init(struct metric *metric, const struct pg_model *model, enum pg_metric kind,
                 const struct pg_pair *pairs, size_t n_pairs, const float *clean,
                 struct pg_error *err);
void metric_free(struct metric *metric);

/* The metric of a run from metric->unembed.n_out logits. */
float metric_value(const struct metric *metric, const float *logits);

/* The same from the logits of all tokens. */
float metric_value_of_all(const struct metric *metric, const float *logits);

#endif
