/* path.c: see path.h. */
#include "base/path.h"

#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is there ---- */

bool file_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, R_OK) == 0;
}

bool link_is_dangling(const char *path, struct pg_error *err) {
    char target[PATH_MAX];
    struct stat status;
    const ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0 || stat(path, &status) == 0) return false;
    target[n] = '\0';
    fail(err, "%s is a link to %s, which is not there", path, target);
    return true;
}

bool folder_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

enum { MAX_LINKS = 40 }; /* as many as Linux follows */

char *follow_links(const char *path, struct pg_error *err) {
    char *at = copy_string(path, err), target[PATH_MAX];
    for (int links = 0; at; links++) {
        const ssize_t length = readlink(at, target, sizeof target);
        if (length < 0) return at;
        errno = length == sizeof target ? ENAMETOOLONG : ELOOP;
        if (length == sizeof target || links == MAX_LINKS) {
            fail(err, "cannot write %s: %s", path, strerror(errno));
            break;
        }
        const char *slash = *target == '/' ? NULL : strrchr(at, '/');
        char *next = format_string(err, "%.*s%.*s", slash ? (int)(slash - at) + 1 : 0, at,
                                   (int)length, target);
        free(at);
        at = next;
    }
    free(at);
    return NULL;
}

/* ---- the same file ---- */

static bool same_node(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool in_one_folder(const char *a, const char *b) {
    struct pg_error ignored;
    struct stat x, y;
    char *p = folder_of(a, &ignored), *q = folder_of(b, &ignored);
    const bool one = p && q && stat(p, &x) == 0 && stat(q, &y) == 0 && same_node(&x, &y);
    free(p);
    free(q);
    return one;
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether two files that are not there would be made in one place. A path that is too long names no
 * file. */
static bool same_place(const char *a, const char *b) {
    struct pg_error ignored;
    if (strlen(a) >= PATH_MAX || strlen(b) >= PATH_MAX) return false;
    char *p = follow_links(a, &ignored), *q = follow_links(b, &ignored);
    const bool same = p && q && !strcasecmp(name_of(p), name_of(q)) && in_one_folder(p, q);
    free(p);
    free(q);
    return same;
}

bool same_file(const char *a, const char *b) {
    struct stat x, y;
    const bool a_exists = stat(a, &x) == 0, b_exists = stat(b, &y) == 0;
    if (a_exists || b_exists) return a_exists && b_exists && same_node(&x, &y);
    return same_place(a, b);
}

/* ---- names ---- */

bool ends_with(const char *name, const char *ending) {
    const size_t n = strlen(name), m = strlen(ending);
    return n >= m && strcmp(name + n - m, ending) == 0;
}

char *path_join(const char *folder, const char *name, struct pg_error *err) {
    size_t length = strlen(folder), room = length + strlen(name) + 2;
    char *path = allocate(room, 1, err);
    if (!path) return NULL;
    bool separated = length == 0 || folder[length - 1] == '/';
    snprintf(path, room, "%s%s%s", folder, separated ? "" : "/", name);
    return path;
}

char *folder_of(const char *path, struct pg_error *err) {
    const char *slash = strrchr(path, '/');
    return format_string(err, "%.*s.", slash ? (int)(slash - path) + 1 : 0, path);
}
