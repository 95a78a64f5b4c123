/* warnings.h: the warnings of a command on standard error: the first of each kind, and of a batch,
 * which may have thousands, one line that counts them. */
#ifndef CLI_WARNINGS_H
#define CLI_WARNINGS_H

#include "cli/options.h"

struct warnings {
    size_t count[PG_N_WARNINGS];          /* how often each kind was given */
    struct pg_error first[PG_N_WARNINGS]; /* its first sentence */
};

/* Receives the library's warnings from now on; under --quiet none is printed. */
void warnings_begin(struct warnings *w, const struct options *o);

/* Receives no more, and prints the sentences, or of a batch the line that counts; nothing of a
 * command that was refused or failed, of which one sentence is said, the error. */
void warnings_end(const struct warnings *w, const struct options *o, bool failed);

#endif
