/* typing.h: mistakes that word processors and typing bring into a command line: typographic quotes
 * and dashes, one hyphen for two. Each is refused with its cause, since errors that follow from it
 * would mislead. */
#ifndef CLI_TYPING_H
#define CLI_TYPING_H

#include "cli/options.h"

/* Whether an argument, where an option or a word is expected, has none of these mistakes. False and
 * err otherwise. */
bool check_argument(const char *argument, struct pg_error *err);

/* Whether the value of an option, which may begin with a hyphen, has none of them. */
bool check_value(const char *value, struct pg_error *err);

/* Replaces an error about a word by its cause, if that is a dash in front of the word, or a phrase
 * in typographic quotes, which the shell splits into several arguments. Always false. */
bool explain_word(int argc, char **argv, const char *word, struct pg_error *err);

#endif
