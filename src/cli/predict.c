/* predict.c: the command predict: the most probable next tokens, or what is predicted of named ones. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/logits.h"
#include "cli/outputs.h"
#include "cli/print.h"
#include "report/json_report.h"
#include "report/prediction_table.h"

#include <stdio.h>
#include <stdlib.h>

/* What predict works on. */
struct session {
    struct pg_model *model;
    struct pg_tokens tokens;
    struct logits_outcome logits;
};

static bool report_top(const struct session *s, const struct options *o,
                       const struct pg_prediction *top, size_t n, struct pg_error *err) {
    if (o->json)
        return print_json(json_prediction(s->model, &s->tokens, "top", top, n, &s->logits, err));
    write_top_table(stdout, s->model, top, n, options_form(o));
    return true;
}

static bool predict_top(const struct session *s, const struct options *o, struct pg_error *err) {
    size_t n;
    if (!read_top(s->model, o, &n, err)) return false;
    struct pg_prediction *top = allocate(n, sizeof *top, err);
    bool done = top && pg_predict(s->model, s->tokens.ids, s->tokens.count, n, top, err) &&
                report_top(s, o, top, n, err);
    free(top);
    return done;
}

/* ---- named tokens ---- */

static bool report_named(const struct session *s, const struct options *o,
                         const struct pg_prediction *named, size_t n, struct pg_error *err) {
    if (o->json)
        return print_json(
            json_prediction(s->model, &s->tokens, "named", named, n, &s->logits, err));
    write_named_table(stdout, s->model, named, n, options_form(o));
    return true;
}

static bool predict_named(const struct session *s, const struct options *o, struct pg_error *err) {
    struct pg_tokens asked = {0};
    bool done = read_named(s->model, o, &asked, err);
    const size_t n = asked.count;
    struct pg_prediction *named = done ? allocate(n, sizeof *named, err) : NULL;
    done = named &&
           pg_predict_tokens(s->model, s->tokens.ids, s->tokens.count, asked.ids, n, named, err) &&
           report_named(s, o, named, n, err);
    free(named);
    pg_tokens_free(&asked);
    return done;
}

/* ---- the command ---- */

static bool report(const struct session *s, const struct options *o, struct pg_error *err) {
    if (o->quiet || is_stdout(o->logits)) return true;
    const bool named = o->n_tokens || o->n_token_ids;
    if (!(named ? predict_named(s, o, err) : predict_top(s, o, err))) return false;
    if (!o->json) write_logits_outcome(stdout, s->model, &s->logits, options_form(o));
    return true;
}

static enum exit_code run(struct session *s, const struct options *o, struct pg_error *err) {
    enum exit_code code = logits_prepare(o, err);
    if (code != EXIT_DONE) return code;
    if (!(s->model = open_model(o, err))) return EXIT_FAILED;
    if (!output_spares_model(o->logits, s->model, err)) return EXIT_MISUSED;
    const bool done = read_prediction(s->model, o, &s->tokens, err) &&
                      logits_carry_out(s->model, o, &s->tokens, &s->logits, err) &&
                      report(s, o, err);
    return done ? logits_verdict(s->model, &s->logits, err) : EXIT_FAILED;
}

enum exit_code command_predict(const struct options *o, struct pg_error *err) {
    struct session s = {0};
    const enum exit_code code = run(&s, o, err);
    pg_tokens_free(&s.tokens);
    pg_model_close(s.model);
    return code;
}
