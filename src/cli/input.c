/* input.c: see input.h. */
#include "cli/input.h"

#include "base/memory.h"
#include "patch/question.h"
#include "spec/resolve.h"
#include "spec/text_input.h"

#include <string.h>

struct pg_model *open_model(const struct options *o, struct pg_error *err) {
    if (o->threads) pg_set_threads(o->threads);
    return pg_model_open(o->model, err);
}

bool read_top(const struct pg_model *model, const struct options *o, size_t *out,
              struct pg_error *err) {
    const size_t n_vocab = (size_t)pg_model_info(model).n_vocab;
    *out = o->top ? (size_t)o->top : pg_request_default().top;
    if (*out <= n_vocab) return true;
    *out = n_vocab;
    return !o->top || fail(err, "--top %d is more than the %zu tokens that model %s has", o->top,
                           n_vocab, o->model);
}

static const char advice[] = "give token ids with --ids and --token-ids";

bool read_prediction(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                     struct pg_error *err) {
    if (!o->text) return tokens_copy(&o->ids, out, err);
    return need_tokenizer(model, advice, err) && read_prompt(model, &o->spec, o->text, out, err);
}

/* A --tokens or --token-ids before the command has up to two tokens, the others have one each. */
bool read_named(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                struct pg_error *err) {
    const struct spec *s = &o->spec;
    int *ids = allocate(2 * (s->tokens.count + s->token_ids.count), sizeof *ids, err);
    size_t n = 0;
    bool done = ids && (!s->tokens.count || need_tokenizer(model, advice, err));
    for (size_t i = 0; done && i < s->token_ids.count; i++) {
        ids[n++] = s->token_ids.items[i].a;
        if (s->token_ids.items[i].b >= 0) ids[n++] = s->token_ids.items[i].b;
    }
    for (size_t i = 0; done && i < s->tokens.count; i++) {
        const struct token_texts *texts = &s->tokens.items[i];
        done = read_token(model, s, SPEC_TOKENS, texts->a, &ids[n++], err) &&
               (!texts->b || read_token(model, s, SPEC_TOKENS, texts->b, &ids[n++], err));
    }
    *out = (struct pg_tokens){ids, n};
    return done;
}

bool read_reading(const struct pg_model *model, const struct options *o, struct pg_request *out,
                  struct pg_error *err) {
    return (!spec_has_token_texts(&o->spec) || need_tokenizer(model, advice, err)) &&
           read_prediction(model, o, &out->clean, err) &&
           (out->clean.count || fail(err, "the text is empty: there is nothing to predict from")) &&
           spec_resolve_metric(&o->spec, model, out, err);
}

bool is_stdin(const char *name) {
    return name && !strcmp(name, "-");
}

bool options_read_stdin(const struct options *o) {
    return is_stdin(o->spec.clean) || is_stdin(o->spec.corrupt);
}
