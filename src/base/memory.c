/* memory.c: see memory.h. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The size of a huge page on most processors: memory that fills one takes 512 times fewer page
 * faults. posix_memalign, since aligned_alloc accepts only multiples of the alignment. */
enum { LINE = 64, HUGE_PAGE = 1 << 21 };

void *allocate_unset(size_t count, size_t size, struct pg_error *err) {
    size_t bytes, rounded;
    void *p = NULL;
    if (!__builtin_mul_overflow(count, size, &bytes) &&
        !__builtin_add_overflow(bytes, LINE - 1 + (bytes == 0), &rounded) &&
        posix_memalign(&p, bytes < HUGE_PAGE ? LINE : HUGE_PAGE, rounded / LINE * LINE) != 0)
        p = NULL;
#ifdef MADV_HUGEPAGE
    if (p && bytes >= HUGE_PAGE) madvise(p, bytes, MADV_HUGEPAGE); /* best effort */
#endif
    if (!p) fail(err, "out of memory: %zu x %zu bytes cannot be allocated", count, size);
    return p;
}

void *allocate(size_t count, size_t size, struct pg_error *err) {
    void *p = allocate_unset(count, size, err);
    return p ? memset(p, 0, count * size) : NULL;
}

void *copy_array(const void *from, size_t count, size_t size, struct pg_error *err) {
    void *copy = allocate(count, size, err);
    return copy && count ? memcpy(copy, from, count * size) : copy;
}

char *copy_string(const char *text, struct pg_error *err) {
    size_t n = strlen(text) + 1;
    char *copy = allocate(n, 1, err);
    return copy ? memcpy(copy, text, n) : NULL;
}

char *format_string(struct pg_error *err, const char *format, ...) {
    va_list args;
    char *text;
    va_start(args, format);
    const int length = vasprintf(&text, format, args);
    va_end(args);
    if (length >= 0) return text;
    fail(err, "out of memory: a text cannot be allocated");
    return NULL;
}
