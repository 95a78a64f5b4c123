/* temporary.h: the hidden files that file_replace writes before it renames them, and the removal of
 * those that a killed process left. */
#ifndef BASE_TEMPORARY_H
#define BASE_TEMPORARY_H

#include "base/error.h"

/* A file that is being written. */
struct temporary {
    char *name;
    int fd;
};

/* Creates one in the folder of a path, named ".patchgpt-" and 16 random hexadecimal digits, and
 * locks it against temporaries_sweep. The first call for a folder sweeps it. End with
 * temporary_rename or temporary_drop. False and err if it cannot be created. */
bool temporary_open(const char *path, struct temporary *out, struct pg_error *err);

/* Gives it its final name and closes it. False and errno on failure; temporary_drop is still needed
 * then. */
bool temporary_rename(struct temporary *t, const char *path);

/* Closes and removes it. Preserves errno. */
void temporary_drop(struct temporary *t);

/* Removes the temporary files in a folder that no process has locked: those that a killed process
 * left. Nothing is removed where files cannot be locked. False and err if the folder cannot be
 * read. */
bool temporaries_sweep(const char *folder, struct pg_error *err);

/* For a signal handler that ends the process: removes the files that this process is writing, and
 * blocks threads that try to create more. Async-signal-safe. */
void temporaries_end(void);

#endif
