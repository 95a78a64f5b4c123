/* same_file.c: see same_file.h. */
#include "base/same_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LINKS = 40 }; /* as the system follows */

/* Where a file would be made. */
struct place {
    struct stat folder;
    char name[PATH_MAX];
};

static bool same_node(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The length of the folder that a path begins with, and its slash; 0 if there is none. */
static size_t folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Replaces a path that is a link by what it leads to. False if it is none, or the target is too long. */
static bool follow_link(char path[PATH_MAX]) {
    char target[PATH_MAX];
    const ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 1) return false;
    target[length] = '\0';
    const size_t start = *target == '/' ? 0 : folder_length(path);
    if (start + (size_t)length >= PATH_MAX) return false;
    memcpy(path + start, target, (size_t)length + 1);
    return true;
}

static bool find_place(const char *path, struct place *out) {
    char at[PATH_MAX];
    if (strlen(path) >= sizeof at) return false;
    strcpy(at, path);
    for (int i = 0; i < MOST_LINKS && follow_link(at);) i++;
    const size_t length = folder_length(at);
    strcpy(out->name, at + length);
    at[length] = '\0';
    return stat(length ? at : ".", &out->folder) == 0;
}

bool same_file(const char *a, const char *b) {
    struct stat x, y;
    struct place p, q;
    const bool a_exists = stat(a, &x) == 0, b_exists = stat(b, &y) == 0;
    if (a_exists || b_exists) return a_exists && b_exists && same_node(&x, &y);
    return find_place(a, &p) && find_place(b, &q) && same_node(&p.folder, &q.folder) &&
           !strcasecmp(p.name, q.name);
}
