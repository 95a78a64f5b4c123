/* cmd_predict.c: the command predict: the most probable next tokens, or the predictions for named
 * tokens; and all logits of a text, written to a file or compared with one. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "report/outcome.h"
#include "report/reading_npz.h"
#include "report/result_json.h"
#include "report/token_tables.h"

#include <stdio.h>
#include <stdlib.h>

/* Everything that predict makes on its way. */
struct prediction_session {
    struct outputs outputs;
    struct pg_model *model;
    struct pg_tokens tokens, named; /* of the text; those that are asked about */
    size_t n;
    struct pg_prediction *predictions; /* n: of the named tokens, else of the most probable */
    struct logits_outcome logits;
};

static void session_free(struct prediction_session *s) {
    free(s->predictions);
    pg_tokens_free(&s->tokens);
    pg_tokens_free(&s->named);
    pg_model_close(s->model);
    outputs_free(&s->outputs);
}

/* ---- files ---- */

static const double default_tolerance = 1e-4; /* of a logit: other programs round differently */

/* Checks the files, before and after the model is opened. */
static enum exit_code open_session(struct prediction_session *s, const struct options *o,
                                   struct pg_error *err) {
    const char *const read[] = {o->check, is_stdin(o->text) ? "-" : NULL};
    if (!reference_can_be_read(o, err) || !outputs_choose(o, &s->outputs, err)) return EXIT_FAILED;
    if (!outputs_spare(&s->outputs, read, 2, err)) return EXIT_MISUSED;
    if (!outputs_can_be_written(&s->outputs, err) || !(s->model = open_model(o, err)))
        return EXIT_FAILED;
    return outputs_spare_model(&s->outputs, s->model, err) ? EXIT_DONE : EXIT_MISUSED;
}

static bool check_logits_file(const struct pg_model *model, const struct options *o,
                              const struct pg_tokens *tokens, struct logits_outcome *out,
                              struct pg_error *err) {
    const double tolerance = o->given[OPTION_TOLERANCE] ? o->tolerance : default_tolerance;
    if (!o->check) return true;
    out->checked = o->check;
    out->tolerance = tolerance;
    return pg_check_logits(model, tokens->ids, tokens->count, o->all_positions, o->check, tolerance,
                           &out->check, err);
}

static bool write_logits_file(const struct pg_model *model, const struct options *o,
                              const struct pg_tokens *tokens, struct logits_outcome *out,
                              struct pg_error *err) {
    if (!o->logits) return true;
    if (!is_stdout(o->logits)) out->written = o->logits;
    return output_is_written(o->logits, pg_write_logits(model, tokens->ids, tokens->count,
                                                        o->all_positions, o->logits, err));
}

static bool use_logits(const struct pg_model *model, const struct options *o,
                       const struct pg_tokens *tokens, struct logits_outcome *out,
                       struct pg_error *err) {
    return check_logits_file(model, o, tokens, out, err) &&
           write_logits_file(model, o, tokens, out, err);
}

static enum exit_code verdict(const struct pg_model *model, const struct logits_outcome *o,
                              struct pg_error *err) {
    if (!o->checked || !o->check.n_differing) return EXIT_DONE;
    fail_logits_differ(model, &o->check, o->checked, o->tolerance, err);
    return EXIT_DIFFERENT;
}

/* ---- predictions ---- */

static bool is_named(const struct options *o) {
    return o->spec.tokens.count || o->spec.token_ids.count;
}

static bool prints(const struct options *o) {
    return !o->quiet && !is_stdout(o->logits) && !is_stdout(o->npz);
}

static bool predict_named(struct prediction_session *s, const struct options *o,
                          struct pg_error *err) {
    if (!read_named(s->model, o, &s->named, err)) return false;
    s->n = s->named.count;
    return (s->predictions = allocate(s->n, sizeof *s->predictions, err)) &&
           pg_predict_tokens(s->model, s->tokens.ids, s->tokens.count, s->named.ids, s->n,
                             s->predictions, err);
}

static bool predict_top(struct prediction_session *s, const struct options *o,
                        struct pg_error *err) {
    return read_top(s->model, o, &s->n, err) &&
           (s->predictions = allocate(s->n, sizeof *s->predictions, err)) &&
           pg_predict(s->model, s->tokens.ids, s->tokens.count, s->n, s->predictions, err);
}

static bool predict(struct prediction_session *s, const struct options *o, struct pg_error *err) {
    if (!prints(o) && !o->npz) return true;
    return is_named(o) ? predict_named(s, o, err) : predict_top(s, o, err);
}

/* The name of the predictions in files and reports. */
static const char *list_name(const struct options *o) {
    return is_named(o) ? "named" : "top";
}

static bool write_npz_file(struct prediction_session *s, const struct options *o,
                           struct pg_error *err) {
    const struct text_prediction p = {&s->tokens, o->all_positions, list_name(o), s->predictions,
                                      s->n};
    if (!o->npz) return true;
    if (!is_stdout(o->npz)) s->logits.npz = o->npz;
    return output_is_written(o->npz, prediction_npz(s->model, &p, o->npz, err));
}

static bool report(const struct prediction_session *s, const struct options *o,
                   struct pg_error *err) {
    if (!prints(o)) return true;
    if (o->json)
        return print_json(json_prediction(s->model, &s->tokens, list_name(o), s->predictions, s->n,
                                          &s->logits, err));
    (is_named(o) ? write_named_table : write_top_table)(stdout, s->model, s->predictions, s->n,
                                                        options_form(o));
    write_logits_outcome(stdout, s->model, &s->logits, options_form(o));
    return true;
}

/* Errors in the request are found before a file is written. */
static enum exit_code run(struct prediction_session *s, const struct options *o,
                          struct pg_error *err) {
    const enum exit_code code = open_session(s, o, err);
    if (code != EXIT_DONE) return code;
    const bool done = read_prediction(s->model, o, &s->tokens, err) && predict(s, o, err) &&
                      use_logits(s->model, o, &s->tokens, &s->logits, err) &&
                      write_npz_file(s, o, err) && report(s, o, err);
    return done ? verdict(s->model, &s->logits, err) : EXIT_FAILED;
}

enum exit_code command_predict(const struct options *o, struct pg_error *err) {
    struct prediction_session s = {0};
    const enum exit_code code = run(&s, o, err);
    session_free(&s);
    return code;
}
