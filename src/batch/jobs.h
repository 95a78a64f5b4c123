/* jobs.h: the experiments in a batch's file: their lines as text, and their ids, which differ in
 * more than case, since some file systems do not tell cases apart. The other fields of a line are
 * read later, so that long files need little memory. */
#ifndef BATCH_JOBS_H
#define BATCH_JOBS_H

#include "batch/line.h"

/* The index-th (from 1) of count parts of a file: every count-th line. count 0: the whole file. */
struct shard {
    int index, count;
};

struct job {
    size_t line;        /* its number in the file */
    char *id;           /* NULL: an earlier line has it; then */
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

/* Reads a file, "-" being standard input, and keeps the lines of the shard. Ids are compared with
 * those of all lines. False and err if the file cannot be read or has no lines. Free with
 * jobs_free, also after failure. */
bool jobs_read(const char *path, const struct line_rules *rules, struct shard shard,
               struct jobs *out, struct pg_error *err);
void jobs_free(struct jobs *jobs);

/* Frees what a job points to, and leaves it zeroed. */
void job_free(struct job *job);

#endif
