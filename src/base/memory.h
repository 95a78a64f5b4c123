/* memory.h: allocation that fails with a sentence instead of a crash. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/error.h"

/* count elements of size bytes each, zeroed, aligned to 64 bytes (one cache line, one AVX-512
 * vector). Free with free(). NULL and err on overflow or when memory is out; count may be 0. */
void *allocate(size_t count, size_t size, struct pg_error *err);

/* The same without the zeros: for large working memory that is written before it is read, so that
 * the threads that write it are the first to touch its pages. */
void *allocate_unset(size_t count, size_t size, struct pg_error *err);

/* A copy of the string, to be freed with free(). NULL and err when memory is out. */
char *copy_string(const char *text, struct pg_error *err);

/* The printf-formatted text, to be freed with free(). NULL and err when memory is out. */
char *format_string(struct pg_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
