/* one_text.c: see one_text.h. */
#include "spec/one_text.h"

#include "patch/question.h"
#include "spec/resolve.h"
#include "spec/text_input.h"

bool one_text_check_metric(const struct spec *s, enum one_text_reader reader,
                           struct pg_error *err) {
    const char *name = spec_name(s, SPEC_METRIC), *metric = pg_metric_name(s->metric);
    if (reader == READER_DIRECT && s->metric != PG_LOGIT_DIFF && s->metric != PG_LOGIT)
        return fail(err, "%s %s is not a sum over components; direct takes logit_diff or logit",
                    name, metric);
    return s->metric != PG_KL ||
           fail(err, "%s kl compares two runs, and lens reads one: give another metric with %s",
                name, spec_name(s, SPEC_TOKENS));
}

bool one_text_check(const struct spec *s, enum one_text_reader reader, bool metric_given,
                    struct pg_error *err) {
    if (!one_text_check_metric(s, reader, err)) return false;
    if (spec_has_tokens(s)) return spec_check_metric(s, err);
    if (reader == READER_DIRECT)
        return fail(err, "direct needs the tokens of its metric: %s",
                    s->form == SPEC_JSON_LINE
                        ? "tokens, or answers and wrong_answers, or their ids"
                        : "--tokens A B, or --answers A --wrong-answers B, or their ids");
    return !metric_given ||
           fail(err, "%s %s is of tokens, which are missing: add %s", spec_name(s, SPEC_METRIC),
                pg_metric_name(s->metric), spec_name(s, SPEC_TOKENS));
}

bool one_text_resolve(const struct spec *s, const struct pg_model *model, struct pg_request *r,
                      struct pg_error *err) {
    static const char advice[] = "give token ids with ids and token_ids";
    if ((s->clean || spec_has_token_texts(s)) && !need_tokenizer(model, advice, err)) return false;
    return (s->clean ? read_prompt(model, s, s->clean, &r->clean, err)
                     : tokens_copy(&s->clean_ids, &r->clean, err)) &&
           (r->clean.count || fail(err, "the text is empty: there is nothing to predict from")) &&
           spec_resolve_metric(s, model, r, err);
}

struct pg_lens_request lens_request_of(const struct pg_request *r) {
    struct pg_lens_request request = pg_lens_request_default();
    request.text = r->clean;
    request.pairs = r->pairs;
    request.n_pairs = r->n_pairs;
    request.answers = r->answers;
    request.wrong_answers = r->wrong_answers;
    request.metric = r->metric;
    request.read_position = r->read_position;
    return request;
}

struct pg_direct_request direct_request_of(const struct pg_request *r) {
    struct pg_direct_request request = pg_direct_request_default();
    request.text = r->clean;
    request.pairs = r->pairs;
    request.n_pairs = r->n_pairs;
    request.answers = r->answers;
    request.wrong_answers = r->wrong_answers;
    request.metric = r->metric;
    request.read_position = r->read_position;
    return request;
}
