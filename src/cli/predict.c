/* predict.c: the command predict: the most probable next tokens, or what is predicted of named ones. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/print.h"
#include "report/json_report.h"
#include "report/prediction_table.h"

#include <stdio.h>
#include <stdlib.h>

static bool report_top(const struct pg_model *model, const struct options *o,
                       const struct pg_tokens *tokens, const struct pg_prediction *top, size_t n,
                       struct pg_error *err) {
    if (o->json) return print_json(json_prediction(model, tokens, "top", top, n, err));
    write_top_table(stdout, model, top, n, options_form(o));
    return true;
}

static bool predict_top(const struct pg_model *model, const struct options *o,
                        const struct pg_tokens *tokens, struct pg_error *err) {
    size_t n;
    if (!read_top(model, o, &n, err)) return false;
    struct pg_prediction *top = allocate(n, sizeof *top, err);
    bool done = top && pg_predict(model, tokens->ids, tokens->count, n, top, err) &&
                report_top(model, o, tokens, top, n, err);
    free(top);
    return done;
}

/* ---- named tokens ---- */

static bool report_named(const struct pg_model *model, const struct options *o,
                         const struct pg_tokens *tokens, const struct pg_prediction *named,
                         size_t n, struct pg_error *err) {
    if (o->json) return print_json(json_prediction(model, tokens, "named", named, n, err));
    write_named_table(stdout, model, named, n, options_form(o));
    return true;
}

static bool predict_named(const struct pg_model *model, const struct options *o,
                          const struct pg_tokens *tokens, struct pg_error *err) {
    struct pg_tokens asked = {0};
    bool done = read_named(model, o, &asked, err);
    const size_t n = asked.count;
    struct pg_prediction *named = done ? allocate(n, sizeof *named, err) : NULL;
    done = named &&
           pg_predict_tokens(model, tokens->ids, tokens->count, asked.ids, n, named, err) &&
           report_named(model, o, tokens, named, n, err);
    free(named);
    pg_tokens_free(&asked);
    return done;
}

static bool predict(const struct pg_model *model, const struct options *o,
                    const struct pg_tokens *tokens, struct pg_error *err) {
    return o->n_tokens || o->n_token_ids ? predict_named(model, o, tokens, err)
                                         : predict_top(model, o, tokens, err);
}

enum exit_code command_predict(const struct options *o, struct pg_error *err) {
    struct pg_tokens tokens = {0};
    struct pg_model *model = open_model(o, err);
    bool done = model && read_prediction(model, o, &tokens, err) && predict(model, o, &tokens, err);
    pg_tokens_free(&tokens);
    pg_model_close(model);
    return done ? EXIT_DONE : EXIT_FAILED;
}
