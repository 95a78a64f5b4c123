/* file.h: whole files in, whole files out. Reading is one call or one map; writing is all or nothing. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/error.h"

/* A file mapped read-only; data is NULL for an empty file. */
struct file_map {
    const uint8_t *data;
    size_t size;
};

/* Maps a regular file. False and err when it cannot be opened, is no regular file, or cannot be mapped. */
bool file_map(const char *path, struct file_map *out, struct pg_error *err);
void file_unmap(struct file_map *map);

/* Reads a file of at most limit bytes ("-" is standard input) into memory, followed by a zero byte
 * that *size does not count. Free with free(). NULL and err otherwise. */
char *file_read(const char *path, size_t limit, size_t *size, struct pg_error *err);

/* Writes the bytes under a temporary name in the same folder, syncs and renames: a reader sees the
 * old file or the whole new one, and a failure leaves no trace. "-" writes to standard output.
 * The mode is what open() would have given a new file (umask applied). */
bool file_replace(const char *path, const void *data, size_t size, struct pg_error *err);

/* Whether a regular file (or a folder) can be read there. */
bool file_exists(const char *path);
bool folder_exists(const char *path);

/* "folder/name" in fresh memory, or NULL and err when memory is out. */
char *path_join(const char *folder, const char *name, struct pg_error *err);

#endif
