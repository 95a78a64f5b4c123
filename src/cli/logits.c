/* logits.c: see logits.h. */
#include "cli/logits.h"

#include "cli/outputs.h"

#include <string.h>

static const double default_tolerance = 1e-4; /* of a logit: other programs round elsewhere */

static bool spare_inputs(const struct options *o, struct pg_error *err) {
    const char *const read[] = {o->check, o->text && !strcmp(o->text, "-") ? "-" : NULL};
    return output_spares(o->logits, read, 2, err);
}

enum exit_code logits_prepare(const struct options *o, struct pg_error *err) {
    if (!reference_can_be_read(o, err)) return EXIT_FAILED;
    if (!spare_inputs(o, err)) return EXIT_MISUSED;
    return !o->logits || output_can_be_written(o->logits, err) ? EXIT_DONE : EXIT_FAILED;
}

static bool check(const struct pg_model *model, const struct options *o,
                  const struct pg_tokens *tokens, struct logits_outcome *out,
                  struct pg_error *err) {
    const double tolerance = o->given[OPTION_TOLERANCE] ? o->tolerance : default_tolerance;
    if (!o->check) return true;
    out->checked = o->check;
    out->tolerance = tolerance;
    return pg_check_logits(model, tokens->ids, tokens->count, o->all_positions, o->check, tolerance,
                           &out->check, err);
}

static bool write_file(const struct pg_model *model, const struct options *o,
                       const struct pg_tokens *tokens, struct logits_outcome *out,
                       struct pg_error *err) {
    if (!o->logits) return true;
    if (!is_stdout(o->logits)) out->written = o->logits;
    return output_is_written(o->logits, pg_write_logits(model, tokens->ids, tokens->count,
                                                        o->all_positions, o->logits, err));
}

bool logits_carry_out(const struct pg_model *model, const struct options *o,
                      const struct pg_tokens *tokens, struct logits_outcome *out,
                      struct pg_error *err) {
    *out = (struct logits_outcome){0};
    return check(model, o, tokens, out, err) && write_file(model, o, tokens, out, err);
}

enum exit_code logits_verdict(const struct pg_model *model, const struct logits_outcome *o,
                              struct pg_error *err) {
    if (!o->checked || !o->check.n_differing) return EXIT_DONE;
    fail_logits_differ(model, &o->check, o->checked, o->tolerance, err);
    return EXIT_DIFFERENT;
}
