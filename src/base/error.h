/* error.h: errors and warnings. A function that can fail returns false (or NULL) and leaves one
 * sentence in struct pg_error. A function that finds something odd but can go on calls warn(). Only
 * cli/ prints either. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "patchgpt.h"

/* Puts the printf-formatted sentence into err, which may be NULL. Always returns false, so that
 * callers can write `return fail(err, "...")`. The sentence names the file, the field, what was
 * found and what was expected, without a newline or full stop at its end. It is made printable
 * (base/utf8.h), so that a hostile file name or token cannot disturb a terminal. */
bool fail(struct pg_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether the error is that memory ran out: such sentences begin with "out of memory". */
bool is_out_of_memory(const struct pg_error *err);

/* Sends a printf-formatted sentence, made printable, to the function set by pg_set_warning. */
void warn(enum pg_warning_kind kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether warnings of this thread are dropped from now on. Returns whether they were. */
bool mute_warnings(bool muted);

#endif
