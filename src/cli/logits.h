/* logits.h: what predict does with all logits of a text: --logits writes them, --check compares them. */
#ifndef CLI_LOGITS_H
#define CLI_LOGITS_H

#include "cli/commands.h"
#include "report/logits_report.h"

/* Finds out before any work what would go wrong after it: a reference that cannot be read, a file that cannot
 * be written or is one that is read. EXIT_DONE, or the code and err. */
enum exit_code logits_prepare(const struct options *o, struct pg_error *err);

/* Compares with the file of --check, then writes that of --logits, as far as they are given. False and err if
 * either fails; a difference is none. */
bool logits_carry_out(const struct pg_model *model, const struct options *o,
                      const struct pg_tokens *tokens, struct logits_outcome *out,
                      struct pg_error *err);

/* EXIT_DONE, or EXIT_DIFFERENT and err, which says what differs. */
enum exit_code logits_verdict(const struct pg_model *model, const struct logits_outcome *outcome,
                              struct pg_error *err);

#endif
