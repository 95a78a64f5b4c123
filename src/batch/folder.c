/* folder.c: see folder.h. */
#include "batch/folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/storage.h"
#include "base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- opening ---- */

static bool make_folder(const char *path, struct pg_error *err) {
    if (mkdir(path, 0777) == 0) return true;
    const int why = errno;
    if (folder_exists(path)) return true;
    if (why == EEXIST) return fail(err, "cannot make the folder %s: a file is there", path);
    return fail(err, "cannot make the folder %s: %s", path, strerror(why));
}

/* Names the process that has the lock, unless it is on another machine or has ended since. */
static bool fail_locked(const struct folder *f, struct flock lock, struct pg_error *err) {
    char process[48] = "";
    if (fcntl(f->lock, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0)
        snprintf(process, sizeof process, " (process %ld)", (long)lock.l_pid);
    return fail(err, "%s: another patchgpt%s is at work there", f->path, process);
}

/* The system releases a lock when its process ends; after a kill only once the process's memory is
 * freed, so this tries for half a second. False and errno if the lock cannot be had. */
static bool take_lock(int file, const struct flock *lock) {
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    for (int tries = 50; fcntl(file, F_SETLK, lock) != 0; tries--) {
        if (tries == 0 || (errno != EACCES && errno != EAGAIN)) return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* Whether a file was opened, and is neither a FIFO nor a device. */
static bool is_file(int file, const char *name, struct pg_error *err) {
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        return fail(err, "cannot write %s: %s", name, strerror(errno));
    return S_ISREG(status.st_mode) || fail(err, "cannot write %s: not a regular file", name);
}

static bool lock_folder(struct folder *f, struct pg_error *err) {
    char *name = path_join(f->path, ".lock", err);
    if (!name) return false;
    f->lock = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    const bool usable = is_file(f->lock, name, err);
    free(name);
    if (!usable) return false;
    const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (take_lock(f->lock, &whole)) return true;
    if (errno == EACCES || errno == EAGAIN) return fail_locked(f, whole, err);
    if (storage_lacks(errno)) {
        storage_warn_no_locks(f->path);
        return true;
    }
    return fail(err, "cannot lock the folder %s: %s", f->path, strerror(errno));
}

bool folder_open(const char *path, struct folder *out, struct pg_error *err) {
    *out = (struct folder){path, -1, -1};
    return make_folder(path, err) && lock_folder(out, err) && temporaries_sweep(path, err);
}

void folder_close(struct folder *f) {
    if (f->partial >= 0) close(f->partial);
    if (f->lock >= 0) close(f->lock);
    *f = (struct folder){NULL, -1, -1};
}

/* ---- files of earlier runs ---- */

static bool refuse(const char *folder, const char *what, const char *advice, struct pg_error *err) {
    return fail(err, "%s holds %.200s already: %s", folder, what, advice);
}

static bool refuse_if_there(const char *folder, const char *name, const char *what,
                            const char *advice, struct pg_error *err) {
    char *path = path_join(folder, name, err);
    if (!path) return false;
    const bool there = access(path, F_OK) == 0;
    free(path);
    return !there || refuse(folder, what, advice, err);
}

bool folder_has_no_batch(const char *folder, const char *advice, struct pg_error *err) {
    return refuse_if_there(folder, SUMMARY_FILE, "a finished batch", advice, err) &&
           refuse_if_there(folder, PARTIAL_FILE, "a batch that was interrupted", advice, err);
}

static bool is_result(const char *name) {
    return ends_with(name, ".csv") || ends_with(name, ".png") || ends_with(name, ".npz") ||
           !strcmp(name, GRAPH_FILE);
}

bool folder_is_clear(const char *folder, struct pg_error *err) {
    DIR *entries = opendir(folder);
    if (!entries) return fail(err, "cannot read the folder %s: %s", folder, strerror(errno));
    bool clear = true;
    for (struct dirent *entry; clear && (entry = readdir(entries));)
        if (is_result(entry->d_name))
            clear = refuse(folder, entry->d_name, "choose another folder", err);
    closedir(entries);
    return clear;
}

static bool is_link(int folder, const char *name) {
    struct stat status;
    return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/* A folder that does not exist or cannot be read is refused by folder_open. */
bool folder_has_no_links(const char *folder, struct pg_error *err) {
    DIR *entries = opendir(folder);
    bool clear = true;
    if (!entries) return true;
    for (struct dirent *entry; clear && (entry = readdir(entries));)
        if (is_result(entry->d_name) && is_link(dirfd(entries), entry->d_name))
            clear =
                fail(err,
                     "%s/%.200s is a link, and what it leads to is not the batch's: remove it, or "
                     "choose another folder",
                     folder, entry->d_name);
    closedir(entries);
    return clear;
}

/* ---- the rows so far ---- */

static bool fail_partial(const struct folder *f, const char *doing, struct pg_error *err) {
    return fail(err, "cannot %s %s in the folder %s: %s", doing, PARTIAL_FILE, f->path,
                strerror(errno));
}

/* Readers skip a row that is cut off. */
static bool append(const struct folder *f, const char *text, size_t size, struct pg_error *err) {
    return write_all(f->partial, text, size) || fail_partial(f, "write", err);
}

/* Where the last whole line of the file ends, or -1 and errno. */
static off_t end_of_lines(int file) {
    off_t end = lseek(file, 0, SEEK_END);
    for (char c; end > 0; end--) {
        if (pread(file, &c, 1, end - 1) != 1) return -1;
        if (c == '\n') break;
    }
    return end;
}

/* Opens the file after its last whole line, and truncates what an interrupted write left there. */
bool folder_begin(struct folder *f, struct pg_error *err) {
    char *name = path_join(f->path, PARTIAL_FILE, err);
    if (!name) return false;
    f->partial =
        open(name, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    const bool usable = is_file(f->partial, name, err);
    free(name);
    if (!usable) return false;
    const off_t end = end_of_lines(f->partial);
    if (end < 0 || ftruncate(f->partial, end) != 0) return fail_partial(f, "write", err);
    if (end > 0) return true;
    size_t size;
    char *header = summary_header(SUMMARY_PLAIN, &size, err);
    bool done = header && append(f, header, size, err);
    free(header);
    return done;
}

bool folder_append(struct folder *f, const struct summary_row *row, struct pg_error *err) {
    size_t size;
    char *text = summary_row_text(row, summary_row_form(row), &size, err);
    bool done = text && append(f, text, size, err);
    free(text);
    return done;
}

bool folder_finish(struct folder *f, struct pg_error *err) {
    char *name = path_join(f->path, PARTIAL_FILE, err);
    if (!name) return false;
    const bool done = unlink(name) == 0 || errno == ENOENT;
    free(name);
    return done || fail_partial(f, "remove", err);
}

char *folder_file(const char *folder, const char *id, const char *ending, struct pg_error *err) {
    const size_t room = strlen(id) + strlen(ending) + 1;
    char *name = allocate(room, 1, err);
    if (!name) return NULL;
    snprintf(name, room, "%s%s", id, ending);
    char *path = path_join(folder, name, err);
    free(name);
    return path;
}

bool folder_write(const char *folder, const char *name, void *bytes, size_t size,
                  struct pg_error *err) {
    char *path = path_join(folder, name, err);
    bool done = path && file_replace(path, bytes, size, err);
    free(path);
    free(bytes);
    return done;
}

bool folder_remove(const char *folder, const char *name, struct pg_error *err) {
    char *path = path_join(folder, name, err);
    bool done = path && (unlink(path) == 0 || errno == ENOENT);
    if (path && !done) fail(err, "cannot remove %s: %s", path, strerror(errno));
    free(path);
    return done;
}

/* ---- which part of which batch ---- */

enum { RECORD_SIZE = 64 };

/* Reads the record at the beginning of an open lock file. *why is an errno if that fails, or 0. */
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

/* A folder whose lock file says what it holds. */
struct holder {
    const char *folder;
    struct shard_label label;
};

/* Opens a lock file for reading; *file is -1 if it does not exist: the folder was copied without
 * its hidden files. */
static bool open_lock(const char *name, int *file, struct pg_error *err) {
    struct stat status;
    *file = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*file < 0 && errno == ENOENT) return true;
    if (*file < 0 || fstat(*file, &status) != 0)
        return fail(err, "cannot read %s: %s", name, strerror(errno));
    return S_ISREG(status.st_mode) || fail(err, "cannot read %s: not a regular file", name);
}

/* Reads what a folder holds; *known: whether it says so. False and err if its lock file cannot be
 * read. */
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

/* Whether n folders are shards of one batch; all: whether no shard is missing. The search ends at
 * the first shard that is missing, at most the (n + 1)-th, however large a count the first one
 * claims. */
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
