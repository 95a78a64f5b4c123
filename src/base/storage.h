/* storage.h: what not every file system can do: to lock a file, to say when its bytes are on the disk. Where
 * it cannot, the program warns (PG_WARN_STORAGE) and goes on without. */
#ifndef BASE_STORAGE_H
#define BASE_STORAGE_H

#include "base/error.h"

/* Whether an errno of a lock or of fsync says that the file system knows no such thing. */
bool storage_lacks(int why);

/* fsync of an open file or folder of that name. False and errno if it fails, other than because the file
 * system has none: that is warned about. */
bool storage_sync(int fd, const char *name);

/* Warns that files there cannot be locked, so that two programs may write to a folder at once. */
void storage_warn_no_locks(const char *name);

#endif
