/* metric.c: see metric.h. After the logits all arithmetic is in double, and the same bits on every
 * machine; the divergence is summed in the order of the ids, the others in that of their tokens. Of
 * pairs the metric is the mean of m(a) - m(b). Of sets, answers A less wrong answers W:
 *
 *     logit, logit_diff    mean of the logits of A - mean of the logits of W
 *     prob                 sum of p(a) over A - sum of p(w) over W
 *     logprob              log(sum of p(a) over A) - log(sum of p(w) over W)
 *                          each (log sum of e^logit over the set) - (that over all tokens)
 *
 * so that sets of one token have the bits of a pair. */
#include "patch/metric.h"

#include "base/memory.h"
#include "gpt2/probability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int min_tokens, max_tokens; /* of a pair; a metric that takes two takes sets of them */
    bool needs_all;             /* the logits of all tokens */
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

/* Widens the unembedding's rows of the question's tokens. */
static bool init_rows(struct metric *metric, const struct pg_model *model, struct pg_error *err) {
    const size_t C = (size_t)model->config.n_embd, n = question_n_tokens(&metric->question);
    metric->rows = allocate(n, C * sizeof *metric->rows, err);
    if (!metric->rows) return false;
    for (size_t i = 0; i < n; i++)
        kernels_default()->widen(model->unembed.dtype,
                                 matrix_at(&model->unembed, 0, metric->tokens[i]), (int)C,
                                 metric->rows + i * C);
    metric->unembed = (struct matrix){metric->rows, DTYPE_F32, true, (int)C, (int)n, C};
    return true;
}

bool metric_init(struct metric *metric, const struct pg_model *model,
                 const struct question *question, const float *clean, struct pg_error *err) {
    *metric = (struct metric){.question = *question, .unembed = model->unembed};
    if (question->metric == PG_KL)
        return init_divergence(metric, model->config.n_vocab, clean, err);
    metric->tokens = allocate(question_n_tokens(question), sizeof *metric->tokens, err);
    if (!metric->tokens) return false;
    question_tokens(question, metric->tokens);
    return metrics[question->metric].needs_all || init_rows(metric, model, err);
}

void metric_free(struct metric *metric) {
    free(metric->tokens);
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

/* The logit of the question's i-th token. */
static float logit_of(const struct metric *m, const float *logits, size_t i) {
    return logits[m->rows ? (int)i : m->tokens[i]];
}

/* The mean over pairs. */
static double of_pairs(const struct metric *m, const float *logits, const struct normalizer *z) {
    const struct question *q = &m->question;
    const bool two = question_is_difference(q);
    double total = 0;
    for (size_t i = 0, at = 0; i < q->n_pairs; i++) {
        total += of_token(q->metric, logit_of(m, logits, at++), z);
        if (two) total -= of_token(q->metric, logit_of(m, logits, at++), z);
    }
    return total / (double)q->n_pairs;
}

/* A set of n of the question's tokens, from the first on. */
static double of_set(const struct metric *m, const float *logits, size_t first, size_t n,
                     const struct normalizer *z) {
    const enum pg_metric kind = m->question.metric;
    double sum = 0;
    if (kind == PG_LOGPROB) return log_sum_of(logits, m->tokens + first, n) - z->log_sum;
    for (size_t i = first; i < first + n; i++) sum += of_token(kind, logit_of(m, logits, i), z);
    return kind == PG_PROB ? sum : sum / (double)n;
}

/* The answers less the wrong answers, if there are any. */
static double of_sets(const struct metric *m, const float *logits, const struct normalizer *z) {
    const size_t n = m->question.answers.count, n_wrong = m->question.wrong_answers.count;
    const double right = of_set(m, logits, 0, n, z);
    return n_wrong ? right - of_set(m, logits, n, n_wrong, z) : right;
}

float metric_value(const struct metric *m, const float *logits) {
    const enum pg_metric kind = m->question.metric;
    struct normalizer z = {0};
    if (metrics[kind].needs_all) z = normalizer_of(m->unembed.n_out, logits);
    if (kind == PG_KL) return (float)divergence(m, logits, z.log_sum);
    return (float)(question_has_sets(&m->question) ? of_sets(m, logits, &z)
                                                   : of_pairs(m, logits, &z));
}

float metric_value_of_all(const struct metric *m, const float *logits) {
    if (!m->rows) return metric_value(m, logits);
    struct metric of_all = *m;
    of_all.rows = NULL;
    return metric_value(&of_all, logits);
}
