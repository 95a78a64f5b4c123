/* printable.h: text from elsewhere (names of files and models, tokens, labels) as a terminal may have it. What
 * would be obeyed or not be seen is written out: control characters, marks that turn the direction of what
 * follows, line separators, characters of no width. */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Whether a character is not seen by itself: a control or format character, a line or paragraph separator, or
 * one that Unicode lets be ignored. */
bool is_invisible(int32_t character);

/* Replaces, in a string that has room for `room` bytes, what is invisible by \u202E or \U000E0001, and ASCII's
 * control characters and bytes that are no UTF-8 by '?'. A string that grows too long loses its end. */
void make_printable(char *text, size_t room);

/* Writes a string so. */
void write_printable(FILE *out, const char *text);

#endif
