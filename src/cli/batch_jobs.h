/* batch_jobs.h: the experiments in a batch's file: their lines as text, and their ids, each of which is
 * there once, in whatever case: some file systems do not tell cases apart. What else is in a line is left for later, so that long files need little memory. */
#ifndef CLI_BATCH_JOBS_H
#define CLI_BATCH_JOBS_H

#include "cli/options.h"

struct job {
    size_t line;        /* its number in the file */
    char *id;           /* NULL: it has that of an earlier line; then */
    bool default_taken; /* another line of the shard has the one that it would have by default */
    char *text;         /* size bytes; NULL: error says why the line cannot be used */
    size_t size;
    char *error;
};

struct jobs {
    struct job *items;
    size_t n;
    uint32_t checksum; /* of all lines, also those of other shards */
};

/* Reads the file that the options name, and keeps the lines of their shard. Ids are compared with those
 * of all lines. False and err if the file cannot be read or has no lines. Free with jobs_free, also
 * after failure. */
bool jobs_read(const struct options *options, struct jobs *out, struct pg_error *err);
void jobs_free(struct jobs *jobs);

/* Frees what a job points to, and leaves it zeroed. */
void job_free(struct job *job);

#endif
