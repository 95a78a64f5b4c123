/* scratch.h: a folder of its own for a test's files, and small helpers to fill it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct scratch {
    char path[64];
};

/* A path inside the folder; lives until the next call but seven. */
static inline const char *scratch_path(const struct scratch *s, const char *name) {
    static char paths[8][1024];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", s->path, name);
    return path;
}

static inline void scratch_open(struct scratch *s) {
    strcpy(s->path, P_tmpdir "/patchgpt-test-XXXXXX");
    if (!mkdtemp(s->path)) abort();
}

static inline int scratch_remove(const char *path, const struct stat *st, int type,
                                 struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void scratch_close(const struct scratch *s) {
    nftw(s->path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file, making the folders on the way to it. */
static inline const char *scratch_write(const struct scratch *s, const char *name, const void *data,
                                        size_t size) {
    const char *path = scratch_path(s, name);
    for (const char *p = path + strlen(s->path) + 1; (p = strchr(p, '/')); p++) {
        char folder[1024];
        snprintf(folder, sizeof folder, "%.*s", (int)(p - path), path);
        mkdir(folder, 0777);
    }
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

static inline const char *scratch_text(const struct scratch *s, const char *name,
                                       const char *text) {
    return scratch_write(s, name, text, strlen(text));
}

#endif
