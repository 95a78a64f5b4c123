/* warnings.h: the warnings of a command on standard error: the first of each kind, and of a batch, which
 * may have thousands, one line that counts them. */
#ifndef CLI_WARNINGS_H
#define CLI_WARNINGS_H

#include "cli/options.h"

struct warnings {
    size_t count[PG_N_WARNINGS]; /* how often each kind was given */
    bool only_count;             /* the counts are printed at the end, no sentences */
};

/* Receives the library's warnings from now on; under --quiet none is printed. */
void warnings_begin(struct warnings *w, const struct options *o);

/* Receives no more, and prints the line that counts, of a command that only counts. */
void warnings_end(const struct warnings *w);

#endif
