/* signals.h: what the program does when a signal would end it: its temporary files go first. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/* Handles the signals that end a program from outside, which end it by the same signal, and SIGBUS,
 * which says that a file became shorter while it was read: that ends it with a sentence and 1.
 * Signals that are ignored (nohup) stay ignored; SIGPIPE and SIGXFSZ are, so that what they say
 * becomes an error like others. */
void handle_signals(void);

#endif
