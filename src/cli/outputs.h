/* outputs.h: the files that an experiment writes: which, their names, and whether they can be
 * written. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/options.h"

/* Whether an experiment writes the CSV and the PNG: those that are named, and both when neither is and
 * there is nothing to check either. */
bool options_write_csv(const struct options *options);
bool options_write_png(const struct options *options);

/* Whether a file's name is given and means standard output. */
bool is_stdout(const char *file);

struct outputs {
    char *csv, *png; /* or NULL: not written */
};

/* Chooses the names, and finds out before any work what would make writing fail: a folder that is
 * missing, or in which nothing can be made. False and err then. Free with outputs_free, also after
 * failure. */
bool outputs_choose(const struct options *o, struct outputs *out, struct pg_error *err);
void outputs_free(struct outputs *outputs);

#endif
