/* progress.c: see progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>

static const double QUIET_SECONDS = 1.0, SECONDS_BETWEEN = 0.1;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_begin(struct progress *p) {
    *p = (struct progress){.start = now()};
}

void progress_show(void *context, double done) {
    struct progress *p = context;
    const double time = now();
    if (p->first_call == 0) {
        p->first_call = time;
        p->first_done = done;
    }
    if (time - p->start < QUIET_SECONDS || time - p->shown < SECONDS_BETWEEN) return;
    if (!(done > p->first_done)) return;
    p->shown = time;
    double left = (time - p->first_call) / (done - p->first_done) * (1 - done);
    long seconds = (long)(left + 0.5);
    if (seconds < 60)
        fprintf(stderr, "\rpatching: %3.0f %%, %ld s left       ", 100 * done, seconds);
    else
        fprintf(stderr, "\rpatching: %3.0f %%, %ld min %02ld s left", 100 * done, seconds / 60,
                seconds % 60);
    fflush(stderr);
}

void progress_end(struct progress *p) {
    if (p->shown > 0) fprintf(stderr, "\r%40s\r", "");
}
