/* plain_text.h: text as other programs leave it in files and pipes: with a byte order mark in
 * front, in UTF-16, with CRLF at the ends of its lines. Every reader of text goes through here, so
 * that none of them takes these for something else. Whether the rest is valid UTF-8 is for the
 * reader to know. */
#ifndef BASE_PLAIN_TEXT_H
#define BASE_PLAIN_TEXT_H

#include "base/error.h"

/* Reads a text file as file_read does, without the UTF-8 byte order mark at its start, if it has
 * one. False and err, which names the encoding, also if it is UTF-16 or UTF-32. */
char *text_read(const char *path, size_t limit, size_t *size, struct pg_error *err);

/* Whether bytes from the start of a text called name are not UTF-16 or UTF-32, with a byte order
 * mark or without: then every other byte of what is mostly ASCII is zero. False and err if they
 * are. */
bool text_check(const char *text, size_t size, const char *name, struct pg_error *err);

/* How many bytes the UTF-8 byte order mark at the start of a text has: 3, or 0 without one. */
size_t text_mark(const char *text, size_t size);

/* How long a line is without the LF or CRLF at its end, if it has one. */
size_t text_line(const char *line, size_t size);

#endif
