/* print.h: what the commands share in printing their results. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "base/error.h"

/* Prints a line of JSON on standard output and frees it. False if it is NULL. */
bool print_json(char *json);

/* Whether standard output is a pipe whose reader has gone, as head goes when it has enough: what it does not
 * read need not be written, and that is no error. */
bool stdout_is_unread(void);

/* Sends out what standard output still holds, and closes it. False and err if anything of all that was
 * printed could not be written, though it would have been read. */
bool finish_stdout(struct pg_error *err);

#endif
