/* folder.h: the folder that a batch writes to: its lock, which keeps other processes out and says
 * which part of which batch the folder holds, and the rows of the experiments that are done so far.
 * Its other files are batch/output.h's. */
#ifndef BATCH_FOLDER_H
#define BATCH_FOLDER_H

#include "batch/summary.h"

#define SUMMARY_FILE "summary.csv"
#define PARTIAL_FILE "summary_partial.csv"
#define GRAPH_FILE   "mean_graph.json"

struct folder {
    const char *path;
    int lock;    /* a file, locked while it is open */
    int partial; /* a file, or -1 before folder_begin */
};

/* Makes the folder if only the last part of its path is missing, locks it against other processes,
 * and removes the temporary files of one that was killed. path must outlive out. False and err if
 * that fails, or if another process is at work there. Close with folder_close, also after
 * failure. */
bool folder_open(const char *path, struct folder *out, struct pg_error *err);

/* Whether the folder has no summary of a finished or interrupted batch. False and err, which ends
 * in the advice, otherwise. */
bool folder_has_no_batch(const char *folder, const char *advice, struct pg_error *err);

/* Whether the folder has no tables and pictures, which would be replaced. False and err, which
 * names one, otherwise. */
bool folder_is_clear(const char *folder, struct pg_error *err);

/* Whether no table or picture in the folder, if it exists, is a symbolic link: writing would
 * replace the link's target. False and err, which names one, otherwise. */
bool folder_has_no_links(const char *folder, struct pg_error *err);

/* Makes or opens summary_partial.csv: from now on the folder holds an unfinished batch. */
bool folder_begin(struct folder *folder, struct pg_error *err);

/* After folder_begin: appends a row to summary_partial.csv in one piece. */
bool folder_append(struct folder *folder, const struct summary_row *row, struct pg_error *err);

/* Removes summary_partial.csv, once summary.csv is written. */
bool folder_finish(struct folder *folder, struct pg_error *err);

/* Releases the lock. */
void folder_close(struct folder *folder);

/* The file "folder/<id><ending>", to be freed with free(). NULL and err when memory is out. */
char *folder_file(const char *folder, const char *id, const char *ending, struct pg_error *err);

/* Writes a file of the folder and frees its bytes. */
bool folder_write(const char *folder, const char *name, void *bytes, size_t size,
                  struct pg_error *err);

/* Removes a file of the folder, if it exists. */
bool folder_remove(const char *folder, const char *name, struct pg_error *err);

/* ---- which part of which batch ---- */

/* A part of a batch. The lock file has it, so that merge can tell shards that are missing, or of
 * different batches. */
struct shard_label {
    int index, count; /* 1/1 for a whole batch */
    uint32_t batch;   /* a checksum of its lines, options and model */
};

/* Whether a folder that has been opened says that it holds this. */
bool shard_is(const struct folder *folder, const struct shard_label *shard);

/* Whether it says nothing, or that it holds this part of this or another batch. False and err if it
 * holds another part. */
bool shard_fits(const struct folder *folder, const struct shard_label *shard, struct pg_error *err);

/* Writes into the lock file what the folder holds. */
bool shard_claim(const struct folder *folder, const struct shard_label *shard,
                 struct pg_error *err);

/* Whether n folders are all the shards of one batch; *whole is then the batch as one part. Folders
 * that do not say what they hold (copied without their hidden files) are accepted, and whole->count
 * is 0 then. False and err otherwise. */
bool shards_check(const char *const *folders, size_t n, struct shard_label *whole,
                  struct pg_error *err);

#endif
