/* warnings.h: prints the warnings of a command on standard error: the first of each kind; for a
 * batch, which may have thousands, one line that counts them. */
#ifndef CLI_WARNINGS_H
#define CLI_WARNINGS_H

#include "cli/options.h"

struct warnings {
    size_t count[PG_N_WARNINGS];          /* how often each kind was given */
    struct pg_error first[PG_N_WARNINGS]; /* its first sentence */
};

/* Receives the library's warnings from now on; with --quiet they are dropped. */
void warnings_begin(struct warnings *w, const struct options *o);

/* Receives no more, and prints the sentences, or the line of counts; nothing for a command that was
 * refused or failed, which prints only its error. */
void warnings_end(const struct warnings *w, const struct options *o, bool failed);

#endif
