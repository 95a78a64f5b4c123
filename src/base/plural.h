/* plural.h: one token, two tokens. */
#ifndef BASE_PLURAL_H
#define BASE_PLURAL_H

#include <stddef.h>

/* What is put after a noun that there are n of. */
static inline const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

#endif
