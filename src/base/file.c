/* file.c: see file.h. Calls that may be interrupted or do only part of the work are repeated until
 * it is done. */
#include "base/file.h"
#include "base/path.h"
#include "base/storage.h"
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ---- */

static bool map_open_file(int fd, const char *path, struct file_map *out, struct pg_error *err) {
    struct stat status;
    if (fstat(fd, &status) != 0) return fail(err, "cannot read %s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode)) return fail(err, "cannot read %s: it is a folder", path);
    if (!S_ISREG(status.st_mode)) return fail(err, "cannot read %s: not a regular file", path);
    if ((uintmax_t)status.st_size > SIZE_MAX)
        return fail(err, "cannot read %s: %jd bytes do not fit the address space", path,
                    (intmax_t)status.st_size);
    if (status.st_size == 0) return true;
    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) return fail(err, "cannot map %s: %s", path, strerror(errno));
#ifdef MADV_HUGEPAGE
    /* Best effort: where the file system can (ext4 since Linux 6.16, xfs), 2 MB take one page
     * fault, for later processes too. */
    madvise(data, (size_t)status.st_size, MADV_HUGEPAGE);
#endif
    *out = (struct file_map){.data = data, .size = (size_t)status.st_size, .file = fd};
    return true;
}

bool file_map(const char *path, struct file_map *out, struct pg_error *err) {
    *out = (struct file_map){0};
    int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* do not wait for the writer of a FIFO */
    if (fd < 0) return fail(err, "cannot open %s: %s", path, strerror(errno));
    bool done = map_open_file(fd, path, out, err);
    if (!out->data) close(fd);
    return done;
}

bool file_map_is_whole(const struct file_map *map) {
    struct stat status;
    return !map->data || (fstat(map->file, &status) == 0 && (size_t)status.st_size >= map->size);
}

void file_unmap(struct file_map *map) {
    if (map->data) {
        munmap((void *)map->data, map->size);
        close(map->file);
    }
    *map = (struct file_map){0};
}

/* For a descriptor opened with O_NONBLOCK: waits until there is something to read. */
static bool await_input(int fd) {
    struct pollfd end = {.fd = fd, .events = POLLIN};
    return poll(&end, 1, -1) >= 0 || errno == EINTR;
}

/* Reads fd to its end, at most one buffer beyond the limit. */
static char *read_to_end(int fd, const char *name, size_t limit, size_t *size,
                         struct pg_error *err) {
    char *text = NULL;
    size_t capacity = 0, length = 0;
    for (;;) {
        if (capacity - length < 2) {
            capacity = capacity ? 2 * capacity : 1 << 16;
            char *larger = realloc(text, capacity);
            if (!larger) {
                fail(err, "out of memory reading %s", name);
                break;
            }
            text = larger;
        }
        ssize_t n = read(fd, text + length, capacity - length - 1);
        if (n < 0 && (errno == EINTR || (errno == EAGAIN && await_input(fd)))) continue;
        if (n < 0) {
            fail(err, "cannot read %s: %s", name, strerror(errno));
            break;
        }
        length += (size_t)n;
        if (length > limit) {
            fail(err, "%s has more than the %zu bytes expected at most", name, limit);
            break;
        }
        if (n == 0) {
            text[length] = '\0';
            *size = length;
            return text;
        }
    }
    free(text);
    return NULL;
}

enum { FIFO_TIMEOUT = 1000 }; /* milliseconds to wait for the writer of a FIFO */

/* Whether it is a FIFO that has nothing to read within FIFO_TIMEOUT. */
static bool is_silent_fifo(int fd) {
    struct stat status;
    struct pollfd end = {.fd = fd, .events = POLLIN};
    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && poll(&end, 1, FIFO_TIMEOUT) == 0;
}

char *file_read(const char *path, size_t limit, size_t *size, struct pg_error *err) {
    if (strcmp(path, "-") == 0)
        return read_to_end(STDIN_FILENO, "standard input", limit, size, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        fail(err, "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    const bool silent = is_silent_fifo(fd);
    char *text = read_to_end(fd, path, limit, size, err);
    close(fd);
    if (!text || !silent || *size) return text;
    fail(err, "cannot read %s: it is a FIFO that nothing writes to", path);
    free(text);
    return NULL;
}

/* ---- writing ---- */

static bool cannot_write(const char *path, struct pg_error *err) {
    return fail(err, "cannot write %s: %s", path, strerror(errno));
}

bool write_all(int fd, const char *data, size_t size) {
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

/* What to write: the output of a function, or bytes if that is NULL. */
struct content {
    file_content *function;
    void *context;
    const void *data;
    size_t size;
};

/* Writes through a stream with a copy of the descriptor, since closing a stream closes its
 * descriptor. */
static bool write_by_function(int fd, const char *path, const struct content *content,
                              struct pg_error *err) {
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *out = own >= 0 ? fdopen(own, "w") : NULL;
    if (!out) {
        cannot_write(path, err);
        if (own >= 0) close(own);
        return false;
    }
    bool made = content->function(content->context, out, err);
    bool flushed = !made || (!ferror(out) && fflush(out) == 0) || cannot_write(path, err);
    if (fclose(out) != 0 && made && flushed) return cannot_write(path, err);
    return made && flushed;
}

static bool write_content(int fd, const char *path, const struct content *content,
                          struct pg_error *err) {
    if (content->function) return write_by_function(fd, path, content, err);
    return write_all(fd, content->data, content->size) || cannot_write(path, err);
}

/* Flushes stdio first, so that output stays in order. */
static bool write_to_stream(int fd, const char *path, const struct content *content,
                            struct pg_error *err) {
    if (fflush(fd == STDOUT_FILENO ? stdout : stderr) != 0) return cannot_write(path, err);
    return write_content(fd, path, content, err);
}

/* Writes to a device or FIFO, which cannot be replaced. */
static bool write_in_place(const char *path, const struct content *content, struct pg_error *err) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return cannot_write(path, err);
    bool written = write_content(fd, path, content, err);
    if (close(fd) != 0 && written) return cannot_write(path, err);
    return written;
}

/* 1 or 2 if the file is what standard output or standard error is redirected to, else -1. */
static int standard_stream(const struct stat *file) {
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat stream;
        if (fstat(fd, &stream) == 0 && stream.st_dev == file->st_dev &&
            stream.st_ino == file->st_ino)
            return fd;
    }
    return -1;
}

/* Syncs the folder, so that the new name survives a power failure. A folder without read permission
 * cannot be synced. */
static bool sync_folder_of(const char *path, struct pg_error *err) {
    char *folder = folder_of(path, err);
    if (!folder) return false;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) return true;
    bool synced = storage_sync(fd, path) || cannot_write(path, err);
    close(fd);
    return synced;
}

static bool replace_regular(const char *path, const struct content *content, struct pg_error *err) {
    struct temporary new;
    if (!temporary_open(path, &new, err)) return false;
    bool written = write_content(new.fd, path, content, err);
    if (written && storage_sync(new.fd, path) && temporary_rename(&new, path))
        return sync_folder_of(path, err);
    temporary_drop(&new);
    return written && cannot_write(path, err);
}

static bool replace_target(char *target, const struct content *content, struct pg_error *err) {
    bool done = target && replace_regular(target, content, err);
    free(target);
    return done;
}

static bool replace(const char *path, const struct content *content, struct pg_error *err) {
    if (strcmp(path, "-") == 0)
        return write_to_stream(STDOUT_FILENO, "standard output", content, err);
    struct stat old;
    const bool there = stat(path, &old) == 0;
    if (!there && errno != ENOENT) return cannot_write(path, err);
    if (!there) return replace_target(follow_links(path, err), content, err);
    if (S_ISDIR(old.st_mode)) return fail(err, "cannot write %s: it is a folder", path);
    int fd = standard_stream(&old);
    if (fd >= 0) return write_to_stream(fd, path, content, err);
    if (!S_ISREG(old.st_mode)) return write_in_place(path, content, err);
    char *target = realpath(path, NULL);
    if (!target) return cannot_write(path, err);
    return replace_target(target, content, err);
}

bool file_replace(const char *path, const void *data, size_t size, struct pg_error *err) {
    return replace(path, &(struct content){.data = data, .size = size}, err);
}

bool file_write(const char *path, file_content *function, void *context, struct pg_error *err) {
    return replace(path, &(struct content){.function = function, .context = context}, err);
}
