/* print.h: what the commands share in printing their results. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "base/error.h"

/* Prints a line of JSON on standard output and frees it. False if it is NULL. */
bool print_json(char *json);

/* Sends out what standard output still holds, and closes it. False and err if anything of all that was
 * printed could not be written. */
bool finish_stdout(struct pg_error *err);

#endif
