/* logits.c: pg_logits: what the model says of every token after some of a text's positions. */
#include "base/memory.h"
#include "gpt2/forward.h"
#include "gpt2/predict.h"

#include <stdlib.h>

enum { CHUNK = 32 }; /* positions whose logits are in memory at once */

/* The positions that are asked for, and who gets their logits. */
struct request {
    size_t first, count;
    pg_logits_row *receive;
    void *context;
};

/* Takes the text through all blocks; the last one, if only the last position is asked for, for that alone. */
static void run_blocks(struct batch *batch, const int *ids, int n_tokens, bool only_last) {
    const struct pg_model *model = batch->model;
    const int n_layer = model->config.n_layer;
    embed(model, ids, 0, n_tokens, batch_add_run(batch, (struct run){.n_tokens = n_tokens}));
    for (int b = 0; b < n_layer; b++) {
        batch_attention(batch, b, only_last && b == n_layer - 1);
        batch_mlp(batch, b);
    }
    batch_finish_all(batch);
}

/* The logits of n positions, whose rows begin at `row`, one after the other. */
static bool give_chunk(const struct batch *batch, const struct request *r, size_t position, int row,
                       int n, float *logits, struct pg_error *err) {
    const int n_vocab = batch->model->config.n_vocab;
    batch_logits(batch, row, n, &batch->model->unembed, logits);
    for (int i = 0; i < n; i++, logits += n_vocab)
        if (!check_logits(logits, n_vocab, err) ||
            !r->receive(r->context, position + (size_t)i, logits, (size_t)n_vocab, err))
            return false;
    return true;
}

static bool give_all(const struct batch *batch, const struct request *r, struct pg_error *err) {
    const size_t most = r->count - r->first < CHUNK ? r->count - r->first : CHUNK;
    const size_t skipped = r->count - (size_t)batch->n_rows; /* positions without a row */
    float *logits =
        allocate_unset(most * (size_t)batch->model->config.n_vocab, sizeof *logits, err);
    bool done = logits;
    for (size_t at = r->first; done && at < r->count; at += most) {
        const size_t n = r->count - at < most ? r->count - at : most;
        done = give_chunk(batch, r, at, (int)(at - skipped), (int)n, logits, err);
    }
    free(logits);
    return done;
}

bool pg_logits(const struct pg_model *model, const int *ids, size_t count, size_t first,
               pg_logits_row *receive, void *context, struct pg_error *err) {
    const struct request r = {first, count, receive, context};
    struct batch batch;
    if (!check_ids(model, ids, count, "the text", err)) return false;
    if (first >= count)
        return fail(err, "position %zu was asked for; the text has %zu tokens", first, count);
    if (!batch_init(&batch, model, (int)count, 1, (int)count, err)) return false;
    run_blocks(&batch, ids, (int)count, first == count - 1);
    const bool done = give_all(&batch, &r, err) && model_is_whole(model, err);
    batch_free(&batch);
    return done;
}
