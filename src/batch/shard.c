/* shard.c: see shard.h. */
#include "batch/shard.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_SIZE = 64 };

/* Reads what is at the beginning of an open lock file. */
static bool read_record(int file, struct shard_label *out) {
    char text[RECORD_SIZE];
    const ssize_t size = pread(file, text, sizeof text - 1, 0);
    if (size <= 0) return false;
    text[size] = '\0';
    return sscanf(text, "shard %d/%d of batch %" SCNx32, &out->index, &out->count, &out->batch) ==
               3 &&
           out->index >= 1 && out->index <= out->count;
}

bool shard_is(const struct folder *folder, const struct shard_label *shard) {
    struct shard_label there;
    return read_record(folder->lock, &there) && there.index == shard->index &&
           there.count == shard->count && there.batch == shard->batch;
}

bool shard_fits(const struct folder *folder, const struct shard_label *shard,
                struct pg_error *err) {
    struct shard_label there;
    if (!read_record(folder->lock, &there) ||
        (there.index == shard->index && there.count == shard->count))
        return true;
    return fail(err,
                "%s holds shard %d/%d of a batch, and this is shard %d/%d: choose another folder",
                folder->path, there.index, there.count, shard->index, shard->count);
}

bool shard_claim(const struct folder *folder, const struct shard_label *shard,
                 struct pg_error *err) {
    char text[RECORD_SIZE];
    const int size = snprintf(text, sizeof text, "shard %d/%d of batch %08" PRIx32 "\n",
                              shard->index, shard->count, shard->batch);
    if (ftruncate(folder->lock, 0) == 0 && pwrite(folder->lock, text, (size_t)size, 0) == size)
        return true;
    return fail(err, "cannot write %s/.lock: %s", folder->path, strerror(errno));
}

/* Whether the folder says what it holds. */
static bool read_shard(const char *folder, struct shard_label *out, struct pg_error *err) {
    char *path = path_join(folder, ".lock", err);
    const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    const bool found = file >= 0 && read_record(file, out);
    if (file >= 0) close(file);
    free(path);
    return found;
}

/* Whether a folder's shard belongs to those before it; holders: the folder of each shard. */
static bool add_shard(const struct shard_label *first, const char *first_folder,
                      const struct shard_label *shard, const char *folder, const char **holders,
                      struct pg_error *err) {
    if (shard->count != first->count)
        return fail(err, "%s holds shard %d/%d and %s shard %d/%d: they are of different batches",
                    first_folder, first->index, first->count, folder, shard->index, shard->count);
    if (shard->batch != first->batch)
        return fail(
            err,
            "%s and %s are shards of different batches: the lines, the options or the model "
            "are not the same",
            first_folder, folder);
    if (holders[shard->index - 1])
        return fail(err, "%s and %s both hold shard %d/%d", holders[shard->index - 1], folder,
                    shard->index, shard->count);
    holders[shard->index - 1] = folder;
    return true;
}

/* The labels are those of the n folders that have one. */
static bool check_labels(const char *const *folders, const struct shard_label *labels, size_t n,
                         bool all, struct pg_error *err) {
    const int count = n ? labels[0].count : 0;
    const char **holders = allocate((size_t)count, sizeof *holders, err);
    bool fits = holders;
    for (size_t i = 0; fits && i < n; i++)
        fits = add_shard(&labels[0], folders[0], &labels[i], folders[i], holders, err);
    for (int i = 0; fits && all && i < count; i++)
        if (!holders[i]) fits = fail(err, "shard %d/%d is in none of the folders", i + 1, count);
    free(holders);
    return fits;
}

bool shards_check(const char *const *folders, size_t n, struct shard_label *whole,
                  struct pg_error *err) {
    *whole = (struct shard_label){0};
    struct shard_label *labels = allocate(n, sizeof *labels, err);
    const char **labelled = allocate(n, sizeof *labelled, err);
    size_t known = 0;
    for (size_t i = 0; labels && labelled && i < n; i++)
        if (read_shard(folders[i], &labels[known], err)) labelled[known++] = folders[i];
    const bool fits = labels && labelled && check_labels(labelled, labels, known, known == n, err);
    if (fits && known == n && n) *whole = (struct shard_label){1, 1, labels[0].batch};
    free(labelled);
    free(labels);
    return fits;
}
