/* shard.h: which part of which batch a folder holds. It is written in the folder's lock file, so that merge
 * can tell shards that are missing, or were never of one batch. */
#ifndef BATCH_SHARD_H
#define BATCH_SHARD_H

#include "batch/folder.h"

struct shard_label {
    int index, count; /* 1/1 for a whole batch */
    uint32_t batch;   /* a checksum of its lines, options and model */
};

/* Whether a folder that has been opened says that it holds this. */
bool shard_is(const struct folder *folder, const struct shard_label *shard);

/* Whether it says so, or nothing, or that it holds the same part of another batch. False and err if it
 * holds another part. */
bool shard_fits(const struct folder *folder, const struct shard_label *shard, struct pg_error *err);

/* Writes down what it holds. */
bool shard_claim(const struct folder *folder, const struct shard_label *shard,
                 struct pg_error *err);

/* Whether n folders are all the shards of one batch; whole is then what they are together. If some do
 * not say what they hold (copied without their hidden files), those are taken as they are, and
 * whole->count is 0. False and err otherwise. */
bool shards_check(const char *const *folders, size_t n, struct shard_label *whole,
                  struct pg_error *err);

#endif
