/* values.h: the numbers and lists of a command line. Strict: a value is read whole or refused. */
#ifndef SPEC_VALUES_H
#define SPEC_VALUES_H

#include "base/error.h"

/* Reads digits, which may follow a minus sign, from *text on and moves it behind them. False if there
 * are none or they are more than an int. */
bool read_integer(const char **text, int *out);

/* A decimal number from low to high. */
bool parse_integer(const char *text, int low, int high, int *out);

/* A finite decimal number. */
bool parse_real(const char *text, double *out);

/* Token ids with commas between them, spaces around them allowed. Replaces what out had. False
 * and err, which names the option, if the text is anything else. */
bool parse_ids(const char *option, const char *text, struct pg_tokens *out, struct pg_error *err);

/* The number of the name that is this text. False and err, which names the option and the nearest
 * name or all of them, if none is. */
bool parse_name(const char *option, const char *text, const char *const *names, size_t n, int *out,
                struct pg_error *err);

/* Names of sites with commas between them; "block" and "heads" stand for several. False and err if a
 * name is none, or a site is there twice. */
bool parse_sites(const char *option, const char *text, enum pg_site sites[PG_N_SITES], size_t *n,
                 struct pg_error *err);

#endif
