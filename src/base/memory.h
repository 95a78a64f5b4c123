/* memory.h: allocation that reports failure as an error. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/error.h"

/* count elements of size bytes each, zeroed, aligned to 64 bytes (one cache line, one AVX-512
 * vector). Free with free(). NULL and err on overflow or when memory is out; count may be 0. */
void *allocate(size_t count, size_t size, struct pg_error *err);

/* allocate without zeroing, for large buffers that are written before they are read, so that the
 * threads that write them are the first to touch their pages. */
void *allocate_unset(size_t count, size_t size, struct pg_error *err);

/* A copy of count elements of size bytes. Free with free(). NULL and err on overflow or when memory
 * is out; count may be 0. */
void *copy_array(const void *from, size_t count, size_t size, struct pg_error *err);

/* A copy of the string. Free with free(). NULL and err when memory is out. */
char *copy_string(const char *text, struct pg_error *err);

/* The printf-formatted text. Free with free(). NULL and err when memory is out. */
char *format_string(struct pg_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
