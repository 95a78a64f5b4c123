/* run.h: the engine of a batch: reads experiments from a file, runs them in groups, writes their
 * files, and at the end the summary and the means. Prints nothing: what happens goes to
 * callbacks. */
#ifndef BATCH_RUN_H
#define BATCH_RUN_H

#include "batch/jobs.h"

/* How far a batch is. */
struct batch_counts {
    size_t total;                 /* experiments of the file, or of the shard */
    size_t done;                  /* in this run */
    size_t kept;                  /* done in an earlier run */
    size_t failed;                /* including the different ones */
    size_t different;             /* not equal to the reference */
    size_t of_kind[N_WORK_KINDS]; /* done or kept, of each kind of work */
    size_t untimed; /* those that ended without being run: kept, or failed while they were read */
};

/* What to run, and where its results go. Everything that it points to must outlive the batch. */
struct batch_options {
    const char *model, *file, *output; /* output: a folder, which is made if it does not exist */
    struct line_rules rules;
    struct shard shard;
    bool resume;   /* keep results of an earlier run that are still those of their lines */
    bool pictures; /* write <id>.png */
    struct pg_picture looks[N_WORK_KINDS];
    struct mean_options means;
    const char *reference; /* the folder to compare with, or NULL */
    double tolerance;
    /* Callbacks, from the calling thread; each may be NULL. failed: why the experiment of a line
     * failed. moved: the counts after each group, and in between the part of the current group that
     * is done, 0 to 1. */
    void (*failed)(void *context, size_t line, const char *why);
    void (*moved)(void *context, const struct batch_counts *counts, double part);
    void *context;
};

struct batch;

/* Reads the file, opens the model, and takes over the folder. Errors that would otherwise come at
 * the end are found here. NULL and err otherwise. Close with batch_close. */
struct batch *batch_open(const struct batch_options *options, struct pg_error *err);

/* Runs all experiments and writes all files. An experiment that fails is a row of the summary; the
 * batch goes on. False and err if a file cannot be written or memory is out. */
bool batch_run(struct batch *batch, struct pg_error *err);

const struct pg_model *batch_model(const struct batch *batch);
struct batch_counts batch_counts(const struct batch *batch);

/* What is to be said of the means, after batch_run. */
const struct mean_report *batch_report(const struct batch *batch);

/* Frees the batch; NULL is allowed. */
void batch_close(struct batch *batch);

#endif
