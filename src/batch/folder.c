/* folder.c: see folder.h. */
#include "batch/folder.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/storage.h"
#include "base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

/* The process that has the lock; not above 0 if it is on another machine, or has ended since. */
static bool fail_locked(const struct folder *f, struct flock lock, struct pg_error *err) {
    char process[48] = "";
    if (fcntl(f->lock, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0)
        snprintf(process, sizeof process, " (process %ld)", (long)lock.l_pid);
    return fail(err, "%s: another patchgpt%s is at work there", f->path, process);
}

/* The system lets go of a lock when its process ends, however it does; after a kill only once the memory
 * is taken apart, so we try for half a second. False and errno if the lock cannot be had. */
static bool take_lock(int file, const struct flock *lock) {
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    for (int tries = 50; fcntl(file, F_SETLK, lock) != 0; tries--) {
        if (tries == 0 || (errno != EACCES && errno != EAGAIN)) return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* Whether a file was opened, and is no FIFO and no device. */
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

/* ---- what is there already ---- */

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

static bool ends_in(const char *name, const char *ending) {
    const size_t length = strlen(name), tail = strlen(ending);
    return length > tail && !strcmp(name + length - tail, ending);
}

static bool is_result(const char *name) {
    return ends_in(name, ".csv") || ends_in(name, ".png");
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

/* A folder that is not there, or cannot be read, is its opener's to refuse. */
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

/* In one call, as long as there is room. A row that is cut off is none to those who read the file. */
static bool append(const struct folder *f, const char *text, size_t size, struct pg_error *err) {
    while (size) {
        const ssize_t n = write(f->partial, text, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_partial(f, "write", err);
        text += n;
        size -= (size_t)n;
    }
    return true;
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

/* Opens the file after its last whole line. What follows that an interrupted write has left. */
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
    char *header = summary_header(&size, err);
    bool done = header && append(f, header, size, err);
    free(header);
    return done;
}

bool folder_append(struct folder *f, const struct summary_row *row, struct pg_error *err) {
    size_t size;
    char *text = summary_row_text(row, &size, err);
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
