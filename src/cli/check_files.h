/* check_files.h: whether the names of files on a command line go together. What can be written is
 * outputs.h's. */
#ifndef CLI_CHECK_FILES_H
#define CLI_CHECK_FILES_H

#include "cli/options.h"

/* Whether --output can be the beginning of names, and no file has the ending of another format. */
bool check_file_names(const struct options *o, struct pg_error *err);

/* Whether at most one thing goes to standard output. */
bool check_stdout(const struct options *o, struct pg_error *err);

#endif
