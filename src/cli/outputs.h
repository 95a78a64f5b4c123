/* outputs.h: the files that an experiment writes: their names, and whether they can be written. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/options.h"

struct outputs {
    char *csv, *png; /* or NULL: not written */
};

/* Chooses the names, and finds out before any work what would make writing fail: a folder that is
 * missing, or in which nothing can be made. False and err then. Free with outputs_free, also after
 * failure. */
bool outputs_choose(const struct options *o, struct outputs *out, struct pg_error *err);
void outputs_free(struct outputs *outputs);

#endif
