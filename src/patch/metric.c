/* metric.c: see metric.h. After the logits all arithmetic is in double, and the divergence is
 * summed in the order of the ids: the same bits on every machine. */
#include "patch/metric.h"

#include "base/memory.h"
#include "gpt2/predict.h"
#include "gpt2/probability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int min_tokens, max_tokens;
    bool needs_all; /* the logits of all tokens */
} metrics[PG_N_METRICS] = {
    [PG_LOGIT_DIFF] = {"logit_diff", 2, 2, false},
    [PG_LOGIT] = {"logit", 1, 2, false},
    [PG_LOGPROB] = {"logprob", 1, 2, true},
    [PG_PROB] = {"prob", 1, 2, true},
    [PG_KL] = {"kl", 0, 0, true},
    [PG_LOSS] = {"loss", 1, 1, true},
};

const char *pg_metric_name(enum pg_metric metric) {
    return metrics[metric].name;
}

bool pg_metric_parse(const char *name, enum pg_metric *out) {
    for (enum pg_metric metric = 0; metric < PG_N_METRICS; metric++) {
        if (strcmp(name, metrics[metric].name) != 0) continue;
        *out = metric;
        return true;
    }
    return false;
}

int pg_metric_min_tokens(enum pg_metric metric) {
    return metrics[metric].min_tokens;
}

int pg_metric_max_tokens(enum pg_metric metric) {
    return metrics[metric].max_tokens;
}

/* ---- preparation ---- */

bool metric_check(const struct pg_model *model, enum pg_metric metric, const struct pg_pair *pairs,
                  size_t n_pairs, struct pg_error *err) {
    if ((unsigned)metric >= PG_N_METRICS) return fail(err, "there is no metric %d", (int)metric);
    const int least = pg_metric_min_tokens(metric), most = pg_metric_max_tokens(metric);
    const char *name = pg_metric_name(metric);
    if (most == 0 && n_pairs) return fail(err, "the metric %s takes no tokens", name);
    if (least > 0 && !n_pairs) return fail(err, "the metric %s needs a token", name);
    for (size_t i = 0; i < n_pairs; i++) {
        const struct pg_pair *pair = &pairs[i];
        if (pair->b == -1 && least == 2) return fail(err, "the metric %s needs two tokens", name);
        if (pair->b != -1 && most == 1) return fail(err, "the metric %s takes one token", name);
        if ((pair->b == -1) != (pairs[0].b == -1))
            return fail(
                err, "the metric %s has one token here and two there; give one or two in each pair",
                name);
        if (!check_ids(model, &pair->a, 1, "the metric", err)) return false;
        if (pair->b != -1 && !check_ids(model, &pair->b, 1, "the metric", err)) return false;
    }
    return true;
}

static bool init_divergence(struct metric *metric, int n, const float *clean,
                            struct pg_error *err) {
    metric->clean_p = allocate((size_t)n, sizeof(float), err);
    if (!metric->clean_p) return false;
    metric->clean = clean;
    metric->clean_log_sum = normalizer_of(n, clean).log_sum;
    memcpy(metric->clean_p, clean, (size_t)n * sizeof *clean);
    kernels_default()->softmax(n, metric->clean_p, 1);
    return true;
}

bool metric_init(struct metric *metric, const struct pg_model *model, enum pg_metric kind,
                 const struct pg_pair *pairs, size_t n_pairs, const float *clean,
                 struct pg_error *err) {
    *metric = (struct metric){.kind = kind, .pairs = pairs, .n_pairs = n_pairs};
    metric->unembed = model->unembed;
    if (kind == PG_KL) return init_divergence(metric, model->config.n_vocab, clean, err);
    if (metrics[kind].needs_all) return true;

    const size_t C = (size_t)model->config.n_embd;
    metric->rows = allocate(2 * n_pairs, C * sizeof *metric->rows, err);
    if (!metric->rows) return false;
    for (size_t i = 0; i < 2 * n_pairs; i++) {
        const struct pg_pair *pair = &pairs[i / 2];
        const int token = i % 2 && pair->b >= 0 ? pair->b : pair->a;
        kernels_default()->widen(model->unembed.dtype, matrix_at(&model->unembed, 0, token), (int)C,
                                 metric->rows + i * C);
    }
    metric->unembed = (struct matrix){metric->rows, DTYPE_F32, true, (int)C, (int)(2 * n_pairs), C};
    return true;
}

void metric_free(struct metric *metric) {
    free(metric->rows);
    free(metric->clean_p);
    *metric = (struct metric){0};
}

/* ---- values ---- */

/* KL(clean || run) = sum over all tokens of p_clean (log p_clean - log p), not below 0 by
 * rounding. */
static double divergence(const struct metric *m, const float *logits, double log_sum) {
    double total = 0;
    for (int i = 0; i < m->unembed.n_out; i++)
        total += (double)m->clean_p[i] *
                 (((double)m->clean[i] - m->clean_log_sum) - ((double)logits[i] - log_sum));
    return total < 0 ? 0 : total;
}

/* The metric of one token: its logit, log p = logit - log_sum, -log p, or p. */
static double of_token(enum pg_metric kind, float logit, const struct normalizer *z) {
    switch (kind) {
    case PG_LOGPROB:
        return (double)logit - z->log_sum;
    case PG_LOSS:
        return z->log_sum - (double)logit;
    case PG_PROB:
        return (double)probability_of(z, logit);
    default:
        return (double)logit;
    }
}

float metric_value(const struct metric *m, const float *logits) {
    struct normalizer z = {0};
    if (metrics[m->kind].needs_all) z = normalizer_of(m->unembed.n_out, logits);
    if (m->kind == PG_KL) return (float)divergence(m, logits, z.log_sum);
    double total = 0;
    for (size_t i = 0; i < m->n_pairs; i++) {
        const struct pg_pair *pair = &m->pairs[i];
        const float a = logits[m->rows ? (int)(2 * i) : pair->a];
        total += of_token(m->kind, a, &z);
        if (pair->b >= 0)
            total -= of_token(m->kind, logits[m->rows ? (int)(2 * i + 1) : pair->b], &z);
    }
    return (float)(total / (double)m->n_pairs);
}

float metric_value_of_all(const struct metric *m, const float *logits) {
    if (!m->rows) return metric_value(m, logits);
    struct metric of_all = *m;
    of_all.rows = NULL;
    return metric_value(&of_all, logits);
}
