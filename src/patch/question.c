/* question.c: see question.h. */
#include "patch/question.h"

#include "base/memory.h"
#include "gpt2/predict.h"

#include <stdlib.h>
#include <string.h>

struct question question_of(const struct pg_request *r) {
    return (struct question){r->metric, r->pairs, r->n_pairs, r->answers, r->wrong_answers};
}

struct question question_of_result(const struct pg_result *r) {
    return (struct question){r->metric, r->pairs, r->n_pairs, r->answers, r->wrong_answers};
}

struct question question_of_lens(const struct pg_lens *l) {
    return (struct question){l->metric, l->pairs, l->n_pairs, l->answers, l->wrong_answers};
}

struct question question_of_direct(const struct pg_direct *d) {
    return (struct question){d->metric, d->pairs, d->n_pairs, d->answers, d->wrong_answers};
}

/* ---- its tokens ---- */

bool question_has_sets(const struct question *q) {
    return q->answers.count || q->wrong_answers.count;
}

bool question_has_tokens(const struct question *q) {
    return q->n_pairs || question_has_sets(q);
}

bool question_is_difference(const struct question *q) {
    return question_has_sets(q) ? q->wrong_answers.count > 0 : q->n_pairs && q->pairs[0].b >= 0;
}

size_t question_n_tokens(const struct question *q) {
    const size_t of_pair = question_is_difference(q) ? 2 : 1;
    return question_has_sets(q) ? q->answers.count + q->wrong_answers.count : of_pair * q->n_pairs;
}

void question_tokens(const struct question *q, int *ids) {
    for (size_t i = 0; i < q->n_pairs; i++) {
        *ids++ = q->pairs[i].a;
        if (q->pairs[i].b >= 0) *ids++ = q->pairs[i].b;
    }
    for (size_t i = 0; i < q->answers.count; i++) *ids++ = q->answers.ids[i];
    for (size_t i = 0; i < q->wrong_answers.count; i++) *ids++ = q->wrong_answers.ids[i];
}

bool tokens_copy(const struct pg_tokens *from, struct pg_tokens *out, struct pg_error *err) {
    int *ids = copy_array(from->ids, from->count, sizeof *ids, err);
    *out = (struct pg_tokens){ids, ids ? from->count : 0};
    return ids;
}

bool question_copy(const struct question *from, struct pg_pair **pairs, struct pg_tokens *answers,
                   struct pg_tokens *wrong_answers, struct pg_error *err) {
    return (*pairs = copy_array(from->pairs, from->n_pairs, sizeof **pairs, err)) &&
           tokens_copy(&from->answers, answers, err) &&
           tokens_copy(&from->wrong_answers, wrong_answers, err);
}

/* ---- checking ---- */

static bool check_pairs(const struct pg_model *model, const struct question *q,
                        struct pg_error *err) {
    const int least = pg_metric_min_tokens(q->metric), most = pg_metric_max_tokens(q->metric);
    const char *name = pg_metric_name(q->metric);
    if (most == 0 && q->n_pairs) return fail(err, "the metric %s takes no tokens", name);
    if (least > 0 && !q->n_pairs) return fail(err, "the metric %s needs a token", name);
    for (size_t i = 0; i < q->n_pairs; i++) {
        const struct pg_pair *pair = &q->pairs[i];
        if (pair->b == -1 && least == 2) return fail(err, "the metric %s needs two tokens", name);
        if (pair->b != -1 && most == 1) return fail(err, "the metric %s takes one token", name);
        if ((pair->b == -1) != (q->pairs[0].b == -1))
            return fail(err,
                        "some pairs of the metric %s have one token and others have two; give "
                        "each pair one, or each two",
                        name);
        if (!check_ids(model, &pair->a, 1, "the metric", err)) return false;
        if (pair->b != -1 && !check_ids(model, &pair->b, 1, "the metric", err)) return false;
    }
    return true;
}

/* A token of a set. */
struct set_token {
    int id;
    bool wrong;
};

static int compare_ids(const void *left, const void *right) {
    const struct set_token *a = left, *b = right;
    return a->id != b->id ? (a->id > b->id) - (a->id < b->id) : a->wrong - b->wrong;
}

bool question_find_repeated(const struct question *q, int *token, enum repeated *where,
                            struct pg_error *err) {
    const size_t right = q->answers.count, n = right + q->wrong_answers.count;
    struct set_token *all = allocate(n, sizeof *all, err);
    *where = NOT_REPEATED;
    if (!all) return false;
    for (size_t i = 0; i < n; i++)
        all[i] = (struct set_token){i < right ? q->answers.ids[i] : q->wrong_answers.ids[i - right],
                                    i >= right};
    qsort(all, n, sizeof *all, compare_ids);
    for (size_t i = 1; i < n && !*where; i++) {
        if (all[i].id != all[i - 1].id) continue;
        *token = all[i].id;
        *where = all[i].wrong != all[i - 1].wrong ? IN_BOTH
                 : all[i].wrong                   ? IN_WRONG_ANSWERS
                                                  : IN_ANSWERS;
    }
    free(all);
    return true;
}

static bool check_set_metric(const struct question *q, struct pg_error *err) {
    const char *name = pg_metric_name(q->metric);
    if (q->n_pairs) return fail(err, "the metric is of pairs of tokens or of sets, not of both");
    if (!q->answers.count) return fail(err, "there are wrong answers, but no answers");
    if (pg_metric_max_tokens(q->metric) < 2)
        return fail(err, "the metric %s takes no sets of tokens", name);
    return q->wrong_answers.count || pg_metric_min_tokens(q->metric) < 2 ||
           fail(err, "the metric %s needs wrong answers too", name);
}

/* Whether the tokens are the model's; there may be more than a text has room for. */
static bool check_set(const struct pg_model *model, const struct pg_tokens *set,
                      struct pg_error *err) {
    for (size_t i = 0; i < set->count; i++)
        if (!check_ids(model, &set->ids[i], 1, "the metric", err)) return false;
    return true;
}

static bool check_sets(const struct pg_model *model, const struct question *q,
                       struct pg_error *err) {
    static const char *const names[] = {[IN_ANSWERS] = "among the answers twice",
                                        [IN_WRONG_ANSWERS] = "among the wrong answers twice",
                                        [IN_BOTH] = "an answer and a wrong answer"};
    enum repeated where;
    int token;
    if (!check_set_metric(q, err) || !check_set(model, &q->answers, err) ||
        !check_set(model, &q->wrong_answers, err) ||
        !question_find_repeated(q, &token, &where, err))
        return false;
    return !where || fail(err, "the token %d is %s", token, names[where]);
}

bool question_check(const struct pg_model *model, const struct question *q, struct pg_error *err) {
    if ((unsigned)q->metric >= PG_N_METRICS)
        return fail(err, "there is no metric %d", (int)q->metric);
    return question_has_sets(q) ? check_sets(model, q, err) : check_pairs(model, q, err);
}
