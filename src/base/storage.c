/* storage.c: see storage.h. */
#include "base/storage.h"
#include "base/error.h"

#include <errno.h>
#include <unistd.h>

bool storage_lacks(int why) {
    return why == EOPNOTSUPP || why == ENOTSUP || why == ENOSYS || why == ENOLCK || why == EINVAL;
}

bool storage_sync(int fd, const char *name) {
    if (fsync(fd) == 0) return true;
    if (!storage_lacks(errno)) return false;
    warn(PG_WARN_STORAGE,
         "the file system of %s cannot sync: what was just written may be lost if the power fails",
         name);
    return true;
}

void storage_warn_no_locks(const char *name) {
    warn(PG_WARN_STORAGE,
         "the file system of %s has no locks: that no other patchgpt is at work there is not "
         "checked",
         name);
}
