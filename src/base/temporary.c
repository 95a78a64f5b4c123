/* temporary.c: see temporary.h. A process holds a lock on each of its temporary files. A file
 * without a lock was left by a killed process, or was created this moment; so after creating and
 * locking a file, its process checks that it still has a name. */
#include "base/temporary.h"
#include "base/memory.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char start[] = ".patchgpt-";
enum { START = sizeof start - 1, DIGITS = 16 };

/* ---- the files of this process, which a signal handler removes ---- */

enum { MAX_NAMES = 1 << 11 }; /* at a time: more than there are threads */

/* A name belongs to the thread that writes the file, until the signal handler takes it from
 * here. */
static _Atomic(char *) names[MAX_NAMES];
static atomic_int making; /* threads that are creating a file whose name is not here yet */
static atomic_bool ending;

/* Blocks until the signal that is being handled ends the process. */
static void await_end(void) {
    for (;;) pause();
}

static void put_name(char *name) {
    for (int i = 0; i < MAX_NAMES; i++) {
        char *empty = NULL;
        if (atomic_compare_exchange_strong(&names[i], &empty, name)) return;
    }
}

/* Takes the name back, unless the signal handler has it: then waits for the end of the process. */
static void take_name(char *name) {
    for (int i = 0; i < MAX_NAMES; i++) {
        char *found = name;
        if (atomic_compare_exchange_strong(&names[i], &found, NULL)) break;
    }
    if (atomic_load(&ending)) await_end();
}

void temporaries_end(void) {
    const struct timespec moment = {.tv_nsec = 1000 * 1000};
    atomic_store(&ending, true);
    for (int i = 0; i < 1000 && atomic_load(&making); i++) nanosleep(&moment, NULL);
    for (int i = 0; i < MAX_NAMES; i++) {
        const char *name = atomic_exchange(&names[i], NULL);
        if (name) unlink(name);
    }
}

/* Creates a file and registers its name before a signal can end this process. */
static int make_file(char *name) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_fetch_add(&making, 1);
    const bool late = atomic_load(&ending);
    const int fd = late ? -1 : open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const int why = errno;
    if (fd >= 0) put_name(name);
    atomic_fetch_sub(&making, 1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (late) await_end();
    errno = why;
    return fd;
}

/* ---- files of killed processes ---- */

static bool is_temporary(const char *name) {
    return !strncmp(name, start, START) && strlen(name) == START + DIGITS &&
           strspn(name + START, "0123456789abcdef") == DIGITS;
}

static void remove_if_left(int folder, const char *name) {
    struct stat status;
    const int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

bool temporaries_sweep(const char *folder, struct pg_error *err) {
    DIR *entries = opendir(folder);
    if (!entries) return fail(err, "cannot read the folder %s: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(entries));)
        if (is_temporary(entry->d_name)) remove_if_left(dirfd(entries), entry->d_name);
    closedir(entries);
    return true;
}

/* Sweeps a folder, unless it is the one that was swept last. */
static void sweep_before(const char *folder) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct stat last; /* the folder that was swept last */
    struct stat status;
    struct pg_error ignored;
    if (stat(folder, &status) != 0) return;
    pthread_mutex_lock(&lock);
    const bool swept = status.st_dev == last.st_dev && status.st_ino == last.st_ino;
    last = status;
    pthread_mutex_unlock(&lock);
    if (!swept) temporaries_sweep(folder, &ignored);
}

/* ---- one file ---- */

/* A new name in the folder, which cannot be guessed and is short however long the final name is. */
static char *choose_name(const char *folder, const char *path, struct pg_error *err) {
    uint64_t random;
    if (getentropy(&random, sizeof random) == 0)
        return format_string(err, "%s/%s%016" PRIx64, folder, start, random);
    fail(err, "cannot write %s: %s", path, strerror(errno));
    return NULL;
}

/* Locks a new file. False if another process took it for a leftover and removed it first. */
static bool hold(int fd) {
    struct stat status;
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) break; /* where files cannot be locked, none is swept */
    return fstat(fd, &status) != 0 || status.st_nlink > 0;
}

/* Creates and locks one; another one if that was removed before it was locked. */
static bool make_temporary(const char *folder, const char *path, struct temporary *out,
                           struct pg_error *err) {
    for (;;) {
        *out = (struct temporary){choose_name(folder, path, err), -1};
        if (!out->name) return false;
        out->fd = make_file(out->name);
        if (out->fd < 0) break;
        if (hold(out->fd)) return true;
        temporary_drop(out);
    }
    fail(err, "cannot write %s: %s", path, strerror(errno));
    free(out->name);
    return false;
}

bool temporary_open(const char *path, struct temporary *out, struct pg_error *err) {
    char *folder = folder_of(path, err);
    if (!folder) return false;
    sweep_before(folder);
    const bool made = make_temporary(folder, path, out, err);
    free(folder);
    return made;
}

/* Closes a copy of the descriptor: some file systems report write errors only at close. The lock
 * stays until the last descriptor is closed. */
static bool close_copy(int fd) {
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy >= 0 && close(copy) == 0;
}

bool temporary_rename(struct temporary *t, const char *path) {
    if (!close_copy(t->fd) || rename(t->name, path) != 0) return false;
    close(t->fd);
    take_name(t->name);
    free(t->name);
    *t = (struct temporary){NULL, -1};
    return true;
}

void temporary_drop(struct temporary *t) {
    const int why = errno;
    if (t->fd >= 0) close(t->fd);
    unlink(t->name);
    take_name(t->name);
    free(t->name);
    *t = (struct temporary){NULL, -1};
    errno = why;
}
