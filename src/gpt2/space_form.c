/* space_form.c: see space_form.h. */
#include "gpt2/space_form.h"

#include "base/error.h"

#include <string.h>

static const float TIMES_10 = 2.3025851f; /* log 10: the difference of two logits */
static const float PROBABLE = 0.01f;

struct bytes {
    const char *text;
    size_t length;
};

static struct bytes bytes_of(const struct pg_model *model, int token) {
    struct bytes b;
    b.text = pg_token_bytes(model, token, &b.length);
    return b;
}

/* Whether a is b with a leading space, and b has none. */
static bool is_spaced(struct bytes a, struct bytes b) {
    return a.text && b.text && a.length == b.length + 1 && b.length && a.text[0] == ' ' &&
           b.text[0] != ' ' && !memcmp(a.text + 1, b.text, b.length);
}

/* The other form of a token, if it is far more probable; else -1. */
static int better_form(const struct pg_model *model, const struct distribution *d, int token,
                       bool of_sets) {
    const struct bytes text = bytes_of(model, token);
    for (int i = 0; text.text && i < d->n_vocab; i++) {
        if (!(d->logits[i] - d->logits[token] > TIMES_10)) continue;
        const struct bytes form = bytes_of(model, i);
        const bool probable = d->probabilities[i] >= PROBABLE;
        if ((probable || !of_sets) && is_spaced(form, text)) return i;
        if (probable && is_spaced(text, form)) return i;
    }
    return -1;
}

static void warn_of_form(const struct pg_model *model, const struct named_run *run, int token,
                         int better) {
    const struct bytes text = bytes_of(model, token), form = bytes_of(model, better);
    const bool spaced = form.length > text.length;
    warn(PG_WARN_TOKEN_SPACE,
         "the token \"%.*s\" has %s space in front, but \"%.*s\", %s one, is far more probable %s "
         "(%.4g, not %.2g)",
         (int)text.length, text.text, spaced ? "no" : "a", (int)form.length, form.text,
         spaced ? "with" : "without", run->where, (double)run->d->probabilities[better],
         (double)run->d->probabilities[token]);
}

static bool is_among(int token, const int *tokens, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (tokens[i] == token) return true;
    return false;
}

/* The run in which the other form of a token, *better, is far more probable: of several the one
 * where its probability is highest. NULL if there is no such run. */
static const struct named_run *find_run(const struct pg_model *model, const struct named_run *runs,
                                        size_t n_runs, int token, bool of_sets, int *better) {
    const struct named_run *found = NULL;
    for (size_t i = 0; i < n_runs; i++) {
        const int form = better_form(model, runs[i].d, token, of_sets);
        if (form < 0 ||
            (found && runs[i].d->probabilities[form] <= found->d->probabilities[*better]))
            continue;
        found = &runs[i];
        *better = form;
    }
    return found;
}

void warn_of_spaces(const struct pg_model *model, const struct named_run *runs, size_t n_runs,
                    const int *tokens, size_t n, bool of_sets) {
    for (size_t i = 0; i < n; i++) {
        int better = -1;
        const struct named_run *run = find_run(model, runs, n_runs, tokens[i], of_sets, &better);
        if (run && !is_among(better, tokens, n)) warn_of_form(model, run, tokens[i], better);
    }
}
