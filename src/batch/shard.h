/* shard.h: which part of which batch a folder holds. It is written in the folder's lock file, so that merge
 * can tell shards that are missing, or were never of one batch. */
#ifndef BATCH_SHARD_H
#define BATCH_SHARD_H

#include "batch/folder.h"

struct shard_label {
    int index, count; /* 1/1 for a whole batch */
    uint32_t batch;   /* a checksum of its lines, options and model */
};

/* Writes down what a folder that has been opened holds. False and err if it holds another shard, or
 * nothing can be written. */
bool shard_claim(const struct folder *folder, const struct shard_label *shard,
                 struct pg_error *err);

/* Whether n folders are all the shards of one batch; whole is then what they are together. If one does
 * not say what it holds (copied without its hidden files), they are taken as they are, and whole->count
 * is 0. False and err otherwise. */
bool shards_check(const char *const *folders, size_t n, struct shard_label *whole,
                  struct pg_error *err);

#endif
