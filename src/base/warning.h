/* warning.h: how a function says that something is odd when the program can go on all the same. What
 * is said goes to the function that pg_set_warning was given; only cli/ prints it. */
#ifndef BASE_WARNING_H
#define BASE_WARNING_H

#include "patchgpt.h"

/* Says a printf-formatted sentence, made printable as fail does it. */
void warn(enum pg_warning_kind kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
