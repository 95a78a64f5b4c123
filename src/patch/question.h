/* question.h: what is asked of a run: a metric, and the tokens that it is of, as pairs or as sets.
 * Not here: the number itself (metric.h). */
#ifndef PATCH_QUESTION_H
#define PATCH_QUESTION_H

#include "base/error.h"

/* Lists belong to the request or the result that the question is from. */
struct question {
    enum pg_metric metric;
    const struct pg_pair *pairs;
    size_t n_pairs;
    struct pg_tokens answers, wrong_answers; /* sets, in place of pairs */
};

struct question question_of(const struct pg_request *request);
struct question question_of_result(const struct pg_result *result);
struct question question_of_lens(const struct pg_lens *lens);
struct question question_of_direct(const struct pg_direct *direct);

/* Whether it is of sets of tokens; whether it is of any tokens. */
bool question_has_sets(const struct question *question);
bool question_has_tokens(const struct question *question);

/* Whether it compares tokens with others: pairs of two, or answers with wrong answers. */
bool question_is_difference(const struct question *question);

/* The number of its tokens: of pairs with both tokens, or of both sets. */
size_t question_n_tokens(const struct question *question);

/* Writes its tokens: pair by pair, or the answers, then the wrong ones. ids: question_n_tokens().
 */
void question_tokens(const struct question *question, int *ids);

/* Whether the tokens fit the model and the metric: as many in each pair as it takes; of sets each
 * token once. False and err otherwise. */
bool question_check(const struct pg_model *model, const struct question *question,
                    struct pg_error *err);

enum repeated { NOT_REPEATED, IN_ANSWERS, IN_WRONG_ANSWERS, IN_BOTH };

/* Finds a token that is in the sets twice. False and err when memory is out. */
bool question_find_repeated(const struct question *question, int *token, enum repeated *where,
                            struct pg_error *err);

/* Copies token ids. Free with pg_tokens_free. False and err when memory is out. */
bool tokens_copy(const struct pg_tokens *from, struct pg_tokens *out, struct pg_error *err);

/* Copies the pairs and the sets. What is copied is freed with free() and pg_tokens_free(), also
 * after failure. False and err when memory is out. */
bool question_copy(const struct question *from, struct pg_pair **pairs, struct pg_tokens *answers,
                   struct pg_tokens *wrong_answers, struct pg_error *err);

#endif
