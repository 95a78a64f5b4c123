/* typing.h: what a word processor, or a hand in a hurry, makes of a command line: typographic
 * quotes and dashes, one hyphen for two. Each is refused by its cause, since all that follows would
 * be nonsense. */
#ifndef CLI_TYPING_H
#define CLI_TYPING_H

#include "cli/options.h"

/* Whether an argument that stands where an option or a word is expected was typed as it was meant.
 * False and err otherwise. */
bool check_argument(const char *argument, struct pg_error *err);

/* The same of the value of an option, which may begin with a hyphen. */
bool check_value(const char *value, struct pg_error *err);

/* Replaces an error about a word by its cause if that is a dash in front of it, or a phrase in
 * typographic quotes, of which the shell made several arguments. Always false. */
bool explain_word(int argc, char **argv, const char *word, struct pg_error *err);

#endif
