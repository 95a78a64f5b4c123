/* values.h: numbers, names and lists of them as text. Strict: a value is read whole or refused.
 * `name` is what sentences call the value: "--layers" on a command line, "layers" in a JSON
 * line. */
#ifndef SPEC_VALUES_H
#define SPEC_VALUES_H

#include "base/error.h"

/* Reads digits, after a minus sign or not, from *text on and moves *text past them. False if there
 * is no digit or the number is not an int. */
bool read_integer(const char **text, int *out);

/* Reads a decimal number from low to high. False if the text is anything else. */
bool parse_integer(const char *text, int low, int high, int *out);

/* Reads a finite decimal number. False if the text is anything else. */
bool parse_real(const char *text, double *out);

/* Reads a position: a whole number, negative from the end. False and err otherwise. */
bool parse_position(const char *name, const char *text, int *out, struct pg_error *err);

/* Reads token ids with commas between them, spaces around them allowed. Frees what *out had; free
 * with pg_tokens_free, also after failure. False and err if the text is anything else. */
bool parse_ids(const char *name, const char *text, struct pg_tokens *out, struct pg_error *err);

/* The sentence for a text that is not one of n names: it shows the nearest name, or all of them.
 * Always false. */
bool fail_name(const char *name, const char *text, const char *const *names, size_t n,
               struct pg_error *err);

/* Reads the name of a metric. False and err if it is not one. */
bool parse_metric(const char *name, const char *text, enum pg_metric *out, struct pg_error *err);

/* Sites, each once, in the order in which they are to be patched. */
struct site_list {
    enum pg_site items[PG_N_SITES];
    size_t count;
};

/* Reads names of sites with commas between them; "block" and "heads" stand for several sites. False
 * and err if a name is unknown, or a site is there twice. */
bool parse_sites(const char *name, const char *text, struct site_list *out, struct pg_error *err);

#endif
