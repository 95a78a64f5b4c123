/* utf8.h: characters of UTF-8 text, and text from elsewhere (names of files and models, tokens,
 * labels) in a form that is safe to print on a terminal. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The first character of length > 0 bytes, and in *size the number of its bytes. -1, and a size of
 * 1, if the bytes do not begin with valid UTF-8. length may be SIZE_MAX for a string that ends in a
 * zero byte. */
int32_t utf8_next(const char *text, size_t length, size_t *size);

/* Unicode's White_Space property: what \s of regular expressions matches. */
bool utf8_is_space(int32_t character);

/* Whether a character cannot be seen by itself: a control or format character, a line or paragraph
 * separator, or one that Unicode calls default ignorable. */
bool utf8_is_invisible(int32_t character);

/* Replaces, in a string with room for `room` bytes, invisible characters by escapes such as \u202E
 * or \U000E0001, and ASCII control characters and invalid bytes by '?'. A string that becomes too
 * long is cut. */
void make_printable(char *text, size_t room);

/* Writes a string in that form. */
void write_printable(FILE *out, const char *text);

#endif
