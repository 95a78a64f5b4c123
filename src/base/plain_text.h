/* plain_text.h: text as other programs write it to files and pipes: with a byte order mark, in
 * UTF-16, with CRLF at the ends of lines. All text is read through here, so that every reader
 * treats these alike. Whether the text is valid UTF-8 is not checked here. */
#ifndef BASE_PLAIN_TEXT_H
#define BASE_PLAIN_TEXT_H

#include "base/error.h"

/* Reads a text file as file_read does, without a UTF-8 byte order mark at its start. NULL and err,
 * which names the encoding, also if it is UTF-16 or UTF-32. */
char *text_read(const char *path, size_t limit, size_t *size, struct pg_error *err);

/* Fails if bytes from the start of a text called name are UTF-16 or UTF-32: with a byte order mark,
 * or without one, if every other byte is mostly NUL, as it is in ASCII text. */
bool text_check(const char *text, size_t size, const char *name, struct pg_error *err);

/* The size of the UTF-8 byte order mark at the start of a text: 3, or 0 without one. */
size_t text_bom_size(const char *text, size_t size);

/* The size of a line without the LF or CRLF at its end. */
size_t text_line_size(const char *line, size_t size);

#endif
