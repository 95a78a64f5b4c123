/* faults.c: a library for LD_PRELOAD that lets calls into the system fail. The environment says
 * which:
 *
 *     FAULT=CLASS     memory, open, read, write, sync, lock, rename, remove, map, thread, close,
 * folder, status FAULT_AT=N      the N-th call of the class, from 1; 0: every call FAULT_ERRNO=E
 * why, by number FAULT_MARK=FILE is made when a call fails FAULT_COUNT=FILE gets the number of
 * calls of the class
 *
 * What it is not: a test. glibc only: memory comes from __libc_malloc and its like, so that nothing
 * has to be allocated before the first allocation. Built by: cc -shared -fPIC faults.c. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *class;
static long at, why;
static atomic_long calls;

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("FAULT_AT"), *error = getenv("FAULT_ERRNO");
    at = number ? atol(number) : 0;
    why = error ? atol(error) : EIO;
    class = getenv("FAULT");
}

static void mark(void) {
    const char *path = getenv("FAULT_MARK");
    if (!path) return;
    const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0) syscall(SYS_close, fd);
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAULT_COUNT");
    char digits[24];
    if (!path) return;
    class = NULL;
    const int size = snprintf(digits, sizeof digits, "%ld", atomic_load(&calls));
    const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || syscall(SYS_write, fd, digits, size) != size) _exit(1);
}

/* Whether this call of the class fails; errno says why. */
static bool fails(const char *name) {
    if (!class || strcmp(name, class) != 0) return false;
    if (atomic_fetch_add(&calls, 1) + 1 != at && at != 0) return false;
    mark();
    errno = (int)why;
    return true;
}

/* The next function of that name, as a pointer to functions of the type. */
#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))

/* ---- memory ---- */

#ifndef NO_MEMORY /* a sanitizer has an allocator of its own */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
    return fails("memory") ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    return fails("memory") ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
    return fails("memory") ? NULL : __libc_realloc(p, size);
}

int posix_memalign(void **p, size_t alignment, size_t size) {
    if (fails("memory")) return ENOMEM;
    *p = __libc_memalign(alignment, size);
    return *p ? 0 : ENOMEM;
}
#endif

/* ---- files ---- */

/* The mode of a call of open, which is there only for O_CREAT. */
#define MODE(flags)                                                                                \
    mode_t mode = 0;                                                                               \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                         \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode = va_arg(args, mode_t);                                                               \
        va_end(args);                                                                              \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return fails("open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    MODE(flags)
    return fails("open") ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode) {
    return fails("open") ? NULL : NEXT("fopen", FILE * (*)(const char *, const char *))(path, mode);
}

DIR *opendir(const char *path) {
    return fails("folder") ? NULL : NEXT("opendir", DIR * (*)(const char *))(path);
}

int mkdir(const char *path, mode_t mode) {
    return fails("folder") ? -1 : NEXT("mkdir", int (*)(const char *, mode_t))(path, mode);
}

ssize_t read(int fd, void *to, size_t size) {
    return fails("read") ? -1 : syscall(SYS_read, fd, to, size);
}

ssize_t pread(int fd, void *to, size_t size, off_t offset) {
    return fails("read") ? -1 : syscall(SYS_pread64, fd, to, size, offset);
}

ssize_t write(int fd, const void *from, size_t size) {
    return fails("write") ? -1 : syscall(SYS_write, fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t offset) {
    return fails("write") ? -1 : syscall(SYS_pwrite64, fd, from, size, offset);
}

int ftruncate(int fd, off_t size) {
    return fails("write") ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int close(int fd) {
    const bool failed = fails("close");
    const int reason = errno, result = (int)syscall(SYS_close, fd); /* it is closed all the same */
    if (failed) errno = reason;
    return failed ? -1 : result;
}

int fsync(int fd) {
    return fails("sync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to) {
    return fails("rename") ? -1 : NEXT("rename", int (*)(const char *, const char *))(from, to);
}

int unlink(const char *path) {
    return fails("remove") ? -1 : NEXT("unlink", int (*)(const char *))(path);
}

int unlinkat(int folder, const char *path, int flags) {
    return fails("remove") ? -1 : (int)syscall(SYS_unlinkat, folder, path, flags);
}

int stat(const char *path, struct stat *out) {
    return fails("status") ? -1 : NEXT("stat", int (*)(const char *, struct stat *))(path, out);
}

int fstat(int fd, struct stat *out) {
    return fails("status") ? -1 : NEXT("fstat", int (*)(int, struct stat *))(fd, out);
}

void *mmap(void *where, size_t size, int protection, int flags, int fd, off_t offset) {
    if (fails("map")) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, where, size, protection, flags, fd, offset);
}

/* ---- locks, threads ---- */

int flock(int fd, int operation) {
    return fails("lock") ? -1 : (int)syscall(SYS_flock, fd, operation);
}

int fcntl(int fd, int command, ...) {
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    const bool locks = command == F_SETLK || command == F_SETLKW || command == F_GETLK;
    return locks && fails("lock") ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument) {
    if (fails("thread")) return (int)why;
    return NEXT("pthread_create", int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                                          void *))(thread, attributes, run, argument);
}
