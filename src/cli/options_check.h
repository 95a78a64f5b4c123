/* options_check.h: whether the options of a command line go together. */
#ifndef CLI_OPTIONS_CHECK_H
#define CLI_OPTIONS_CHECK_H

#include "cli/options.h"

/* Whether there is all that the command needs, and nothing that contradicts. That each option goes with
 * the command is known. False and err, which says what to write instead. */
bool check_sense(const struct options *options, struct pg_error *err);

/* The part of it that is about what an experiment is, and not about its files. */
bool check_request(const struct options *options, struct pg_error *err);

#endif
