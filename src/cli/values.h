/* values.h: the numbers and lists of a command line. Strict: a value is read whole or refused. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "base/error.h"

/* Inclusive; last -1 is the last there is. */
struct range {
    int first, last;
};

/* A decimal number from low (at least 0) to high, digits only. */
bool parse_integer(const char *text, int low, int high, int *out);

/* A finite decimal number of at least 0. */
bool parse_real(const char *text, double *out);

/* "A-B" with A not above B, or "A" for A-A. */
bool parse_range(const char *text, struct range *out);

/* Token ids with commas between them, spaces around them allowed. Replaces what out had. False
 * and err, which names the option, if the text is anything else. */
bool parse_ids(const char *option, const char *text, struct pg_tokens *out, struct pg_error *err);

/* The number of the name that is this text. False and err, which names the option and the nearest
 * name or all of them, if none is. */
bool parse_name(const char *option, const char *text, const char *const *names, size_t n, int *out,
                struct pg_error *err);

#endif
