/* print.c: see print.h. */
#include "cli/print.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool print_json(char *json) {
    if (!json) return false;
    puts(json);
    free(json);
    return true;
}

bool stdout_is_unread(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP));
}

bool finish_stdout(struct pg_error *err) {
    const bool failed = ferror(stdout);
    const int earlier = errno; /* of that failure, most likely the last one */
    const bool flushed = fflush(stdout) == 0;
    const int why = failed ? earlier : errno;
    const bool unread = stdout_is_unread();
    const bool closed = fclose(stdout) == 0;
    if ((flushed && closed && !failed) || unread) return true;
    return fail(err, "cannot write standard output: %s",
                strerror(failed || !flushed ? why : errno));
}
