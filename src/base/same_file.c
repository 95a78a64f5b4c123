/* same_file.c: see same_file.h. */
#include "base/same_file.h"

#include "base/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

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

/* Whether two files that are not there would be made in one place. A path that is too long names no file. */
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
