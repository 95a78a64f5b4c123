/* file.h: whole files in, whole files out. Reading is one call or one map; writing is all or
 * nothing. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/error.h"

#include <stdio.h>

/* A file mapped read-only; data is NULL for an empty file. Whoever shortens it while it is mapped sends the
 * thread that touches the missing part a SIGBUS, as with every map. */
struct file_map {
    const uint8_t *data;
    size_t size;
    int file; /* open as long as data is not NULL */
};

/* Maps a regular file. False and err when it cannot be opened, is no regular file, or cannot be
 * mapped. */
bool file_map(const char *path, struct file_map *out, struct pg_error *err);

/* Whether the file is still as long as it was mapped. What it lost of the page that is its last now reads as
 * zeros, without a signal. */
bool file_map_is_whole(const struct file_map *map);

/* Unmaps; a zeroed map is fine. Leaves it zeroed. */
void file_unmap(struct file_map *map);

/* Reads a file of at most limit bytes ("-" is standard input) into memory, followed by a zero byte
 * that *size does not count. Free with free(). NULL and err otherwise, and for a FIFO that nothing opens to
 * write to within a second; what has a writer, as <(COMMAND) of a shell, is read to its end. */
char *file_read(const char *path, size_t limit, size_t *size, struct pg_error *err);

/* Writes the bytes under a temporary name in the same folder, syncs and renames: a reader sees
 * the old file or the whole new one, and a failure leaves no trace. The mode is what open() would
 * have given a new file (umask applied). A symbolic link stays, and the file that it leads to is
 * replaced, or made. "-" and every other name of standard output or
 * standard error (/dev/stdout, the file it is redirected to) is written to where it stands; what
 * exists and is no regular file (/dev/null, a FIFO) is written to as it is. False and err, which
 * names the path, for everything that goes wrong; SIGPIPE and SIGXFSZ become errors only if the
 * program ignores them. */
bool file_replace(const char *path, const void *data, size_t size, struct pg_error *err);

/* Writes what a file is to have. False and err if that fails; what goes wrong in the stream alone may be
 * left in it. */
typedef bool file_content(void *context, FILE *out, struct pg_error *err);

/* The same as file_replace of what the function writes, which need not be in memory all at once: where that
 * is more than a program wants to hold. Nothing is replaced if the function fails. */
bool file_write(const char *path, file_content *function, void *context, struct pg_error *err);

#endif
