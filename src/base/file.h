/* file.h: whole files in, whole files out. Reading is one call or one map; writing is all or
 * nothing. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/error.h"

#include <stdio.h>

/* A file mapped read-only; data is NULL for an empty file. If the file is truncated while it is
 * mapped, a thread that touches the missing part gets SIGBUS. */
struct file_map {
    const uint8_t *data;
    size_t size;
    int file; /* open as long as data is not NULL */
};

/* Maps a regular file. False and err if it is not one, or cannot be opened or mapped. */
bool file_map(const char *path, struct file_map *out, struct pg_error *err);

/* Whether the file is still as long as when it was mapped. Bytes missing from its last page read as
 * zeros, without a signal. */
bool file_map_is_whole(const struct file_map *map);

/* Unmaps; a zeroed map is fine. Leaves it zeroed. */
void file_unmap(struct file_map *map);

/* Reads a file of at most limit bytes ("-" is standard input) into memory, followed by a zero byte
 * that *size does not count. Free with free(). NULL and err otherwise, and for a FIFO that is not
 * opened for writing within a second; one with a writer, such as a shell's <(COMMAND), is read to
 * its end. */
char *file_read(const char *path, size_t limit, size_t *size, struct pg_error *err);

/* Writes all bytes to an open file, in one call as long as there is room. False and errno on
 * failure. */
bool write_all(int fd, const char *data, size_t size);

/* Writes the bytes under a temporary name in the same folder, syncs and renames: a reader sees the
 * old file or the whole new one, and a failure leaves no trace. The mode is what open() would have
 * given a new file (umask applied). A symbolic link stays; its target is replaced, or created. "-"
 * and every other name of standard output or standard error (/dev/stdout, the file it is redirected
 * to) is written to at its current offset; an existing file that is not regular (/dev/null, a FIFO)
 * is written to, not replaced. False and err, which names the path, on any failure; SIGPIPE and
 * SIGXFSZ become errors only if the program ignores them. */
bool file_replace(const char *path, const void *data, size_t size, struct pg_error *err);

/* Writes the content of a file to out. False and err on failure; errors of the stream itself may be
 * left in it. */
typedef bool file_content(void *context, FILE *out, struct pg_error *err);

/* file_replace with the content written by a function, for content too large to hold in memory.
 * Nothing is replaced if the function fails. */
bool file_write(const char *path, file_content *function, void *context, struct pg_error *err);

#endif
