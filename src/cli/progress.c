/* progress.c: see progress.h. */
#include "cli/progress.h"

#include "base/clock.h"

#include <stdio.h>

static const double QUIET_SECONDS = 1.0, SECONDS_BETWEEN = 0.1;

void progress_begin(struct progress *p) {
    *p = (struct progress){.start = seconds_now()};
}

void progress_show(void *context, double done) {
    struct progress *p = context;
    const double time = seconds_now();
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

/* ---- many experiments ---- */

enum { COUNT_WIDTH = 64 };

void count_begin(struct count_progress *p, size_t total) {
    *p = (struct count_progress){.start = seconds_now(), .total = total};
}

/* "4.1 a second, 19 s left" */
static void format_rate(const struct count_progress *p, size_t done, size_t untimed, double seconds,
                        char *out, size_t room) {
    const double each = seconds / (double)(done - untimed);
    const long left = (long)(each * (double)(p->total - done) + 0.5);
    const int used = each < 1 ? snprintf(out, room, "%.1f a second", 1 / each)
                              : snprintf(out, room, "%.1f s each", each);
    if (left < 60)
        snprintf(out + used, room - (size_t)used, ", %ld s left", left);
    else
        snprintf(out + used, room - (size_t)used, ", %ld min %02ld s left", left / 60, left % 60);
}

void count_show(struct count_progress *p, size_t done, size_t untimed, double part) {
    const double time = seconds_now();
    char rate[80], line[COUNT_WIDTH + 64];
    if (!p->total || time - p->start < QUIET_SECONDS || time - p->shown < SECONDS_BETWEEN) return;
    p->shown = time;
    if (done > untimed)
        format_rate(p, done, untimed, time - p->start, rate, sizeof rate);
    else
        snprintf(rate, sizeof rate, "%.0f %% of the next", 100 * part);
    snprintf(line, sizeof line, "%zu/%zu done, %s", done, p->total, rate);
    fprintf(stderr, "\r%-*.*s", COUNT_WIDTH, COUNT_WIDTH, line);
    fflush(stderr);
}

void count_clear(struct count_progress *p) {
    if (p->shown > 0) fprintf(stderr, "\r%*s\r", COUNT_WIDTH, "");
    p->shown = 0;
}
