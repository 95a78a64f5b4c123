/* options_check.h: whether the options of a command line go together. Whether the parts of an
 * experiment do is known in spec/spec.h. */
#ifndef CLI_OPTIONS_CHECK_H
#define CLI_OPTIONS_CHECK_H

#include "cli/options.h"

/* Whether the options have everything that the command needs, and nothing that contradicts. That
 * each of them goes with the command was checked before. False and err, which says what to write
 * instead. */
bool options_check(const struct options *options, struct pg_error *err);

#endif
