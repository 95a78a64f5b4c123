/* signals.h: removes the temporary files when a signal ends the program. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* Handles the signals that end a program from outside, which still end it by the same signal, and
 * SIGBUS, which is raised where a file became shorter while it was read: it ends the program with a
 * sentence and exit code 1. Signals that are ignored (nohup) stay ignored. SIGPIPE and SIGXFSZ are
 * ignored, so that a failed write becomes an error like others. */
void handle_signals(void);

/* From now on the first SIGINT does not end the program, but makes interrupted() true; the second
 * ends it. */
void defer_interrupt(void);
bool interrupted(void);

#endif
