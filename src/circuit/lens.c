/* lens.c: see lens.h; and pg_lens. The residual stream x of one run, at each place (the embeddings,
 * then resid_mid and resid_post of each block) and position, read as the last block's is:
 *
 *     logits = LN_f(x) W_U        LN_f with the mean and the scale of that x
 *
 * A cache has all of x as one tall matrix, in the order of the places, so that the unembedding is
 * read once for many rows. */
#include "circuit/lens.h"

#include "base/clock.h"
#include "base/memory.h"
#include "circuit/one_run.h"
#include "gpt2/predict.h"
#include "gpt2/probability.h"
#include "patch/metric.h"
#include "tensor/matmul.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows whose logits are in memory at a time: enough that packing the unembedding costs little. */
enum { CHUNK = 256 };

struct pg_lens_request pg_lens_request_default(void) {
    return (struct pg_lens_request){.metric = PG_LOGIT_DIFF, .read_position = -1};
}

void place_name(size_t place, char out[PLACE_SIZE]) {
    if (place == 0)
        snprintf(out, PLACE_SIZE, "embed");
    else
        snprintf(out, PLACE_SIZE, "L%zu.%s", (place - 1) / 2, place % 2 ? "mid" : "post");
}

bool place_parse(const char *name, size_t *out) {
    char again[PLACE_SIZE];
    *out = 0;
    if (*name == 'L') {
        const char *layer = name + 1;
        const size_t length = strspn(layer, "0123456789");
        if (!length || length > 6) return false;
        for (size_t i = 0; i < length; i++) *out = 10 * *out + (size_t)(layer[i] - '0');
        *out = 2 * *out + (strcmp(layer + length, ".post") ? 1 : 2);
    }
    place_name(*out, again);
    return !strcmp(name, again);
}

/* ---- the result ---- */

static bool check(const struct pg_model *model, struct pg_lens_request *r, struct pg_error *err) {
    if (!one_run_check(model, &r->text, &r->read_position, err)) return false;
    const struct question q = {r->metric, r->pairs, r->n_pairs, r->answers, r->wrong_answers};
    if (!question_has_tokens(&q)) return true;
    if (r->metric == PG_KL)
        return fail(err, "the metric kl compares two runs, and a lens reads one; give another");
    return question_check(model, &q, err);
}

static struct pg_lens *lens_new(const struct pg_model *model, const struct pg_lens_request *r,
                                struct pg_error *err) {
    const struct question q = {r->metric, r->pairs, r->n_pairs, r->answers, r->wrong_answers};
    struct pg_lens *lens = allocate(1, sizeof *lens, err);
    if (!lens) return NULL;
    const size_t n_places = 2 * (size_t)model->config.n_layer + 1;
    *lens = (struct pg_lens){.n_tokens = r->text.count,
                             .ids = copy_array(r->text.ids, r->text.count, sizeof *lens->ids, err),
                             .n_pairs = r->n_pairs,
                             .metric = r->metric,
                             .read_position = r->read_position,
                             .n_places = n_places,
                             .readings =
                                 allocate(n_places * r->text.count, sizeof *lens->readings, err)};
    if (lens->ids && lens->readings &&
        question_copy(&q, &lens->pairs, &lens->answers, &lens->wrong_answers, err))
        return lens;
    pg_lens_free(lens);
    return NULL;
}

void pg_lens_free(struct pg_lens *lens) {
    if (!lens) return;
    free(lens->ids);
    free(lens->pairs);
    pg_tokens_free(&lens->answers);
    pg_tokens_free(&lens->wrong_answers);
    free(lens->readings);
    free(lens);
}

/* ---- reading ---- */

/* Rows of logits, and what is read off each. */
struct reading_job {
    const struct metric *metric; /* without tokens: of no use */
    int n_vocab;
    const float *logits;
    struct pg_reading *readings;
};

static int top_of(const float *logits, int n_vocab) {
    int top = 0;
    for (int i = 1; i < n_vocab; i++)
        if (logits[i] > logits[top]) top = i;
    return top;
}

/* Reads one row; one with a logit that is not finite gets no top token. */
static void read_row(void *context, int i, float *scratch) {
    const struct reading_job *job = context;
    const float *logits = job->logits + (size_t)i * (size_t)job->n_vocab;
    struct pg_reading *out = &job->readings[i];
    (void)scratch;
    *out = (struct pg_reading){.value = NAN, .top = -1};
    if (!check_logits(logits, job->n_vocab, NULL)) return;
    const struct normalizer z = normalizer_of(job->n_vocab, logits);
    out->top = top_of(logits, job->n_vocab);
    out->probability = probability_of(&z, logits[out->top]);
    if (!question_has_tokens(&job->metric->question)) return;
    out->value = metric_value_of_all(job->metric, logits);
    out->rank = token_rank(logits, job->n_vocab, job->metric->tokens[0]);
}

/* Where the rows of a lens are computed: a chunk of them at a time. */
struct reader {
    const struct pg_model *model;
    struct executor executor;
    float *normed; /* CHUNK x stride */
    size_t stride;
    float *logits; /* CHUNK x n_vocab */
};

static bool reader_init(struct reader *r, const struct pg_model *model, struct pg_error *err) {
    *r = (struct reader){.model = model, .stride = row_stride(model->config.n_embd)};
    r->normed = allocate_unset(CHUNK * r->stride, sizeof *r->normed, err);
    r->logits = allocate_unset(CHUNK * (size_t)model->config.n_vocab, sizeof *r->logits, err);
    return r->normed && r->logits && executor_init(&r->executor, matmul_scratch(), err);
}

static void reader_free(struct reader *r) {
    executor_free(&r->executor);
    free(r->normed);
    free(r->logits);
}

/* Reads n rows of the residual stream. */
static bool read_chunk(const struct reader *r, const float *x, int n, const struct metric *metric,
                       struct pg_reading *out, struct pg_error *err) {
    const int C = r->model->config.n_embd, n_vocab = r->model->config.n_vocab;
    norm_rows(&r->executor, n, C, x, (size_t)C, &r->model->ln_f, r->normed, r->stride);
    matmul(&r->executor, n, r->normed, r->stride, &r->model->unembed, NULL, EPILOGUE_STORE,
           r->logits, (size_t)n_vocab);
    executor_run(&r->executor, (double)n * n_vocab, n, read_row,
                 &(struct reading_job){metric, n_vocab, r->logits, out});
    for (int i = 0; i < n; i++)
        if (out[i].top < 0)
            return check_logits(r->logits + (size_t)i * (size_t)n_vocab, n_vocab, err);
    return true;
}

/* Reads the prediction of the run itself once more, to warn of its tokens. */
static bool warn_of_result(const struct reader *r, const float *x, const struct metric *metric,
                           const struct pg_lens *lens, struct pg_error *err) {
    const size_t row = (lens->n_places - 1) * lens->n_tokens + (size_t)lens->read_position;
    struct pg_reading again;
    if (!question_has_tokens(&metric->question)) return true;
    return read_chunk(r, x + row * (size_t)r->model->config.n_embd, 1, metric, &again, err) &&
           warn_of_tokens(r->model, r->logits, &metric->question, err);
}

static bool read_all(const struct pg_model *model, const struct cache *cache, struct pg_lens *lens,
                     struct pg_error *err) {
    const size_t C = (size_t)cache->n_embd, n_rows = lens->n_places * lens->n_tokens;
    const float *x = cache_resid(cache, -1, CUT_POST);
    const struct question question = question_of_lens(lens);
    struct metric metric = {0};
    struct reader reader;
    bool done =
        reader_init(&reader, model, err) &&
        (!question_has_tokens(&question) || metric_init(&metric, model, &question, NULL, err));
    for (size_t row = 0; done && row < n_rows; row += CHUNK) {
        const size_t n = n_rows - row < CHUNK ? n_rows - row : CHUNK;
        done = read_chunk(&reader, x + row * C, (int)n, &metric, lens->readings + row, err);
    }
    done = done && warn_of_result(&reader, x, &metric, lens, err);
    metric_free(&metric);
    reader_free(&reader);
    return done;
}

struct pg_lens *pg_lens(const struct pg_model *model, const struct pg_lens_request *request,
                        struct pg_error *err) {
    const double start = seconds_now();
    struct pg_lens_request r = *request;
    struct one_run run = {0};
    if (!check(model, &r, err)) return NULL;
    struct pg_lens *lens = lens_new(model, &r, err);
    if (!lens) return NULL;
    const bool done = one_run_make(model, r.text.ids, (int)r.text.count, 0, &run, err) &&
                      read_all(model, &run.cache, lens, err) && model_is_whole(model, err);
    one_run_free(&run);
    lens->seconds = seconds_now() - start;
    if (done) return lens;
    pg_lens_free(lens);
    return NULL;
}
