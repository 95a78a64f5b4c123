/* cmd_predict.c: the command predict: the most probable next tokens, or what is predicted of named ones. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/logits.h"
#include "cli/outputs.h"
#include "cli/print.h"
#include "report/prediction_table.h"
#include "report/result_json.h"

#include <stdio.h>
#include <stdlib.h>

/* What predict works on, and what it says. */
struct session {
    struct pg_model *model;
    struct pg_tokens tokens, named; /* the text's; those that are asked for */
    size_t n;
    struct pg_prediction *predictions; /* n: of the named tokens, else the most probable */
    struct logits_outcome logits;
};

static void session_free(struct session *s) {
    free(s->predictions);
    pg_tokens_free(&s->tokens);
    pg_tokens_free(&s->named);
    pg_model_close(s->model);
}

static bool is_named(const struct options *o) {
    return o->n_tokens || o->n_token_ids;
}

static bool prints(const struct options *o) {
    return !o->quiet && !is_stdout(o->logits);
}

static bool predict_named(struct session *s, const struct options *o, struct pg_error *err) {
    if (!read_named(s->model, o, &s->named, err)) return false;
    s->n = s->named.count;
    return (s->predictions = allocate(s->n, sizeof *s->predictions, err)) &&
           pg_predict_tokens(s->model, s->tokens.ids, s->tokens.count, s->named.ids, s->n,
                             s->predictions, err);
}

static bool predict_top(struct session *s, const struct options *o, struct pg_error *err) {
    return read_top(s->model, o, &s->n, err) &&
           (s->predictions = allocate(s->n, sizeof *s->predictions, err)) &&
           pg_predict(s->model, s->tokens.ids, s->tokens.count, s->n, s->predictions, err);
}

static bool predict(struct session *s, const struct options *o, struct pg_error *err) {
    if (!prints(o)) return true;
    return is_named(o) ? predict_named(s, o, err) : predict_top(s, o, err);
}

static bool report(const struct session *s, const struct options *o, struct pg_error *err) {
    if (!prints(o)) return true;
    if (o->json)
        return print_json(json_prediction(s->model, &s->tokens, is_named(o) ? "named" : "top",
                                          s->predictions, s->n, &s->logits, err));
    (is_named(o) ? write_named_table : write_top_table)(stdout, s->model, s->predictions, s->n,
                                                        options_form(o));
    write_logits_outcome(stdout, s->model, &s->logits, options_form(o));
    return true;
}

/* What can be wrong with what was asked is found before a file is written. */
static enum exit_code run(struct session *s, const struct options *o, struct pg_error *err) {
    enum exit_code code = logits_prepare(o, err);
    if (code != EXIT_DONE) return code;
    if (!(s->model = open_model(o, err))) return EXIT_FAILED;
    if (!output_spares_model(o->logits, s->model, err)) return EXIT_MISUSED;
    const bool done = read_prediction(s->model, o, &s->tokens, err) && predict(s, o, err) &&
                      logits_carry_out(s->model, o, &s->tokens, &s->logits, err) &&
                      report(s, o, err);
    return done ? logits_verdict(s->model, &s->logits, err) : EXIT_FAILED;
}

enum exit_code command_predict(const struct options *o, struct pg_error *err) {
    struct session s = {0};
    const enum exit_code code = run(&s, o, err);
    session_free(&s);
    return code;
}
