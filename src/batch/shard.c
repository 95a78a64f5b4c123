/* shard.c: see shard.h. */
#include "batch/shard.h"

#include "base/memory.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_SIZE = 64 };

/* Reads what is at the beginning of an open lock file. *why is an errno if that fails, or 0. */
static bool read_record(int file, struct shard_label *out, int *why) {
    char text[RECORD_SIZE];
    const ssize_t size = pread(file, text, sizeof text - 1, 0);
    *why = size < 0 ? errno : 0;
    if (size <= 0) return false;
    text[size] = '\0';
    return sscanf(text, "shard %d/%d of batch %" SCNx32, &out->index, &out->count, &out->batch) ==
               3 &&
           out->index >= 1 && out->index <= out->count;
}

bool shard_is(const struct folder *folder, const struct shard_label *shard) {
    struct shard_label there;
    int why;
    return read_record(folder->lock, &there, &why) && there.index == shard->index &&
           there.count == shard->count && there.batch == shard->batch;
}

bool shard_fits(const struct folder *folder, const struct shard_label *shard,
                struct pg_error *err) {
    struct shard_label there;
    int why;
    const bool known = read_record(folder->lock, &there, &why);
    if (why) return fail(err, "cannot read %s/.lock: %s", folder->path, strerror(why));
    if (!known || (there.index == shard->index && there.count == shard->count)) return true;
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

/* A folder that says what it holds. */
struct holder {
    const char *folder;
    struct shard_label label;
};

static bool open_lock(const char *name, int *file, struct pg_error *err) {
    struct stat status;
    *file = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*file < 0 && errno == ENOENT) return true; /* copied without its hidden files */
    if (*file < 0 || fstat(*file, &status) != 0)
        return fail(err, "cannot read %s: %s", name, strerror(errno));
    return S_ISREG(status.st_mode) || fail(err, "cannot read %s: not a regular file", name);
}

/* Whether the folder says what it holds: *known. False and err if its lock file cannot be read. */
static bool read_shard(const char *folder, struct holder *out, bool *known, struct pg_error *err) {
    char *name = path_join(folder, ".lock", err);
    int file = -1, why = 0;
    bool done = name && open_lock(name, &file, err);
    *known = done && file >= 0 && read_record(file, &out->label, &why);
    if (why) done = fail(err, "cannot read %s: %s", name, strerror(why));
    out->folder = folder;
    if (file >= 0) close(file);
    free(name);
    return done;
}

/* The folder among n that holds this shard, or NULL. */
static const struct holder *find_holder(const struct holder *holders, size_t n, int index) {
    for (size_t i = 0; i < n; i++)
        if (holders[i].label.index == index) return &holders[i];
    return NULL;
}

/* Whether the folder after n others belongs to them. */
static bool check_holder(const struct holder *holders, size_t n, struct pg_error *err) {
    const struct holder *first = &holders[0], *h = &holders[n];
    if (h->label.count != first->label.count)
        return fail(err, "%s holds shard %d/%d and %s shard %d/%d: they are of different batches",
                    first->folder, first->label.index, first->label.count, h->folder,
                    h->label.index, h->label.count);
    if (h->label.batch != first->label.batch)
        return fail(
            err,
            "%s and %s are shards of different batches: the lines, the options or the model "
            "are not the same",
            first->folder, h->folder);
    const struct holder *same = find_holder(holders, n, h->label.index);
    return !same || fail(err, "%s and %s both hold shard %d/%d", same->folder, h->folder,
                         h->label.index, h->label.count);
}

/* Whether n folders that say what they hold fit together; all: whether no shard is missing. However many
 * shards the first claims there are, one of the first n + 1 is missing if there are more than n. */
static bool check_holders(const struct holder *holders, size_t n, bool all, struct pg_error *err) {
    for (size_t i = 0; i < n; i++)
        if (!check_holder(holders, i, err)) return false;
    const int count = n ? holders[0].label.count : 0;
    for (int i = 1; all && i <= count; i++)
        if (!find_holder(holders, n, i))
            return fail(err, "shard %d/%d is in none of the folders", i, count);
    return true;
}

bool shards_check(const char *const *folders, size_t n, struct shard_label *whole,
                  struct pg_error *err) {
    *whole = (struct shard_label){0};
    struct holder *holders = allocate(n, sizeof *holders, err);
    size_t n_known = 0;
    bool fits = holders;
    for (size_t i = 0; fits && i < n; i++) {
        bool known;
        fits = read_shard(folders[i], &holders[n_known], &known, err);
        n_known += known;
    }
    fits = fits && check_holders(holders, n_known, n_known == n, err);
    if (fits && n_known == n && n) *whole = (struct shard_label){1, 1, holders[0].label.batch};
    free(holders);
    return fits;
}
