/* help.h: what --help says, and what is said to those who say nothing. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/options.h"

/* A few lines on standard error. */
void print_usage(void);

/* Everything about a command, on standard output; of COMMAND_EXPERIMENT: about patchgpt. */
void print_help(enum command command);

#endif
