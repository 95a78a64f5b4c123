/* progress.h: the progress of long work on one line of a terminal, which is rewritten, and cleared
 * at the end. Nothing is shown in the first second, then at most ten lines a second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "patchgpt.h"

/* One experiment. */
struct progress {
    double start;                  /* when the work began, in seconds */
    double first_call, first_done; /* where the estimate begins: after the runs without patches */
    double shown;                  /* when the line was last written, or 0 */
};

void progress_begin(struct progress *p);

/* A pg_progress whose context is a struct progress. */
void progress_show(void *context, double done);

/* Clears the line, if there is one. */
void progress_end(struct progress *p);

/* Many experiments. Zeroed, it shows nothing. */
struct count_progress {
    double start, shown; /* in seconds */
    size_t total;
};

void count_begin(struct count_progress *p, size_t total);

/* Shows that `done` experiments have ended; the rate leaves out the untimed ones, which took no
 * time. part: of those that are running, 0 to 1. */
void count_show(struct count_progress *p, size_t done, size_t untimed, double part);

/* Clears the line for other text; the next count_show brings it back. */
void count_clear(struct count_progress *p);

#endif
