/* error.h: how a function says what went wrong. Every function that can fail returns false (or
 * NULL) and leaves one sentence in struct pg_error; only cli/ prints it. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "patchgpt.h"

/* Puts the printf-formatted sentence into err. Always returns false, so that callers can write
 * `return fail(err, "...")`. The sentence names the file, the field, what was found and what was
 * expected; no trailing newline or full stop. It is made printable (base/printable.h), so that a hostile file
 * name or token cannot disturb a terminal. */
bool fail(struct pg_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether the sentence is one about memory: those begin with "out of memory". */
bool is_out_of_memory(const struct pg_error *err);

#endif
