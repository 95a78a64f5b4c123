/* logits_check.c: pg_check_logits: compares the logits of a text with those that are stored. */
#include "base/file.h"
#include "gpt2/predict.h"
#include "report/logits_file.h"

#include <math.h>
#include <stdlib.h>

struct comparison {
    const struct logits_file *file;
    size_t first; /* the position of the file's first row */
    double tolerance;
    struct pg_logits_check *out;
};

/* Takes a logit into account. Returns whether none before it differed as much. */
static bool compare(const struct comparison *c, size_t position, size_t token, float found) {
    struct pg_logits_check *out = c->out;
    const double expected = logits_file_at(c->file, position - c->first, token);
    const double apart = isfinite(expected) ? fabs((double)found - expected) : INFINITY;
    const bool furthest = out->n_compared++ == 0 || apart > out->largest;
    out->n_differing += apart > c->tolerance || isinf(apart);
    if (!furthest) return false;
    out->largest = apart;
    out->position = position;
    out->token = (int)token;
    out->expected = expected;
    out->found = found;
    return true;
}

/* The most probable tokens of a row. */
static void find_tops(const struct comparison *c, size_t position, const float *logits) {
    struct pg_logits_check *out = c->out;
    double highest = -INFINITY;
    out->found_top = 0;
    out->expected_top = -1;
    for (size_t i = 0; i < c->file->n_vocab; i++) {
        const double expected = logits_file_at(c->file, position - c->first, i);
        if (logits[i] > logits[out->found_top]) out->found_top = (int)i;
        if (!(expected > highest)) continue;
        highest = expected;
        out->expected_top = (int)i;
    }
}

static bool compare_row(void *context, size_t position, const float *logits, size_t n_vocab,
                        struct pg_error *err) {
    const struct comparison *c = context;
    (void)err;
    bool furthest = false;
    for (size_t i = 0; i < n_vocab; i++) furthest |= compare(c, position, i, logits[i]);
    if (furthest) find_tops(c, position, logits);
    return true;
}

static bool compare_all(const struct pg_model *model, const int *ids, size_t count,
                        const struct logits_file *file, double tolerance,
                        struct pg_logits_check *out, struct pg_error *err) {
    struct comparison c = {file, count - file->n_rows, tolerance, out};
    *out = (struct pg_logits_check){0};
    return pg_logits(model, ids, count, c.first, compare_row, &c, err);
}

bool pg_check_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, double tolerance, struct pg_logits_check *out,
                     struct pg_error *err) {
    const size_t limit = (size_t)1 << 32, n_vocab = (size_t)pg_model_info(model).n_vocab;
    size_t size;
    struct logits_file file = {0};
    if (!check_ids(model, ids, count, "the text", err)) return false;
    char *bytes = file_read(path, limit, &size, err);
    bool done = bytes && logits_file_parse(bytes, size, path, count, n_vocab, &file, err);
    if (done && all_positions && file.n_rows != count)
        done = fail(err, "%s has the logits of the last position alone, expected all %zu", path,
                    count);
    done = done && compare_all(model, ids, count, &file, tolerance, out, err);
    logits_file_free(&file);
    free(bytes);
    return done;
}
