/* text_stream.h: a stream whose bytes become a text in memory. open_memstream is not enough: where
 * memory runs out, glibc's leaves bytes out, or the whole text, and sets no error. */
#ifndef BASE_TEXT_STREAM_H
#define BASE_TEXT_STREAM_H

#include "base/error.h"

#include <stdio.h>

struct text_stream {
    FILE *out; /* to be written to */
    char *text;
    size_t size, room;
};

/* Opens it; s stays where it is until it is closed. False and err when memory is out. */
bool text_open(struct text_stream *s, struct pg_error *err);

/* Closes it. Returns the text, with a zero byte after it that *size does not count, to be freed
 * with free(). NULL and err, "out of memory: WHAT cannot be allocated", if memory ran out at any
 * time. */
char *text_close(struct text_stream *s, size_t *size, const char *what, struct pg_error *err);

#endif
