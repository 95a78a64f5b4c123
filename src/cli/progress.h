/* progress.h: how far long work is, on one line of a terminal that is rewritten and cleared at the end. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "patchgpt.h"

struct progress {
    double start;                  /* when the work began, in seconds */
    double first_call, first_done; /* where the estimate counts from: the texts come before */
    double shown;                  /* when the line was last written, or 0 */
};

void progress_begin(struct progress *p);

/* A pg_progress on a struct progress. Nothing in the first second, then at most ten lines a second. */
void progress_show(void *context, double done);

/* Clears the line, if there is one. */
void progress_end(struct progress *p);

/* The same for many pieces of work. */
struct count_progress {
    double start, shown;
    size_t total, done, free; /* pieces; those that took no time, which the rate leaves out */
};

/* Zeroed, it shows nothing. */
void count_begin(struct count_progress *p, size_t total);

/* So many more are done, or were already. At most ten lines a second. */
void count_add(struct count_progress *p, size_t done, bool took_time);

/* A pg_progress on a struct count_progress, of the pieces that are being worked on. */
void count_show(void *context, double done);

/* Clears the line for other text; the next call of the others brings it back. */
void count_clear(struct count_progress *p);

#endif
