/* temporary.h: the hidden files that file_replace writes before it renames them: their names, which of them
 * are being written, by this process or by others, and which a process that was killed has left. */
#ifndef BASE_TEMPORARY_H
#define BASE_TEMPORARY_H

#include "base/error.h"

/* A file that is being written. */
struct temporary {
    char *name;
    int fd;
};

/* Makes a new one in the folder of a path, ".patchgpt-" and 16 random hexadecimal digits, locked against
 * temporaries_sweep, which goes first where this is another folder than the last time. Ends with temporary_rename or temporary_drop. False and err if it cannot be made. */
bool temporary_open(const char *path, struct temporary *out, struct pg_error *err);

/* Gives it its final name and closes it. False and errno if that fails: then it is still to be dropped. */
bool temporary_rename(struct temporary *t, const char *path);

/* Closes it and removes it, if it still has its name. Keeps errno. */
void temporary_drop(struct temporary *t);

/* Removes those in a folder that no process holds: what a kill has left. Where files cannot be locked, and
 * those that cannot be removed, stay. False and err if the folder cannot be read. */
bool temporaries_sweep(const char *folder, struct pg_error *err);

/* For a signal handler that ends the process: removes those that this process is writing, and lets it begin
 * no further ones: threads that try wait for the end. Async-signal-safe. */
void temporaries_end(void);

#endif
