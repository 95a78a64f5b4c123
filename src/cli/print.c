/* print.c: see print.h. */
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool print_json(char *json) {
    if (!json) return false;
    puts(json);
    free(json);
    return true;
}

bool finish_stdout(struct pg_error *err) {
    const bool failed = ferror(stdout);
    const int why = errno; /* of that failure, most likely the last one */
    if (fclose(stdout) == 0 && !failed) return true;
    if (failed) errno = why;
    return fail(err, "cannot write standard output: %s", strerror(errno));
}
