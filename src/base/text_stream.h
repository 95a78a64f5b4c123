/* text_stream.h: a stream that writes to a text in memory. In place of open_memstream: when memory
 * runs out, glibc's loses bytes, or the whole text, without an error. */
#ifndef BASE_TEXT_STREAM_H
#define BASE_TEXT_STREAM_H

#include "base/error.h"

#include <stdio.h>

struct text_stream {
    FILE *out; /* to be written to */
    char *text;
    size_t size, room;
};

/* Opens a stream. *s must not be moved or copied until it is closed: the stream points to it. False
 * and err when memory is out. */
bool text_open(struct text_stream *s, struct pg_error *err);

/* Closes a stream. Returns its text: *size bytes and a NUL byte, to be freed with free(). NULL and
 * err, "out of memory: WHAT cannot be allocated", if memory ran out at any time. */
char *text_close(struct text_stream *s, size_t *size, const char *what, struct pg_error *err);

#endif
