/* storage.h: operations that not every file system supports, locking and syncing. Where they are
 * missing, the program warns (PG_WARN_STORAGE) and continues without. */
#ifndef BASE_STORAGE_H
#define BASE_STORAGE_H

#include "base/error.h"

/* Whether an errno of a lock or of fsync means that the file system does not support it. */
bool storage_lacks(int why);

/* fsync for an open file or folder; name is for the warning. False and errno if it fails; if the
 * file system does not support it, warns and returns true. */
bool storage_sync(int fd, const char *name);

/* Warns that files in a folder cannot be locked, so that two processes may write to it at once. */
void storage_warn_no_locks(const char *name);

#endif
