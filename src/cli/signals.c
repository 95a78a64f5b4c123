/* signals.c: see signals.h. Handlers use only async-signal-safe functions. */
#include "cli/signals.h"

#include "base/temporary.h"
#include "cli/commands.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU};

/* SA_RESETHAND has restored the signal's default action: raising it ends the program, and the shell
 * sees by which signal. */
static void end(int number) {
    temporaries_end();
    raise(number);
}

static void end_by_map(int number) {
    static const char sentence[] =
        "patchgpt: a file of the model, or a table, became shorter while it was read, or its disk "
        "failed: it must not change until the program has ended\n";
    static atomic_flag said = ATOMIC_FLAG_INIT; /* several threads may read the file */
    (void)number;
    while (atomic_flag_test_and_set(&said)) pause();
    if (write(STDERR_FILENO, sentence, sizeof sentence - 1) < 0) {
        /* Nothing else can be done. */
    }
    temporaries_end();
    _exit(EXIT_FAILED);
}

/* Installs a handler, which blocks the other signals until the program has ended. */
static void handle(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (endings[i] != number) sigaddset(&action.sa_mask, endings[i]);
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

static volatile sig_atomic_t was_interrupted;

static void note_interrupt(int number) {
    was_interrupted = 1;
    handle(number, end, (int)SA_RESETHAND | SA_NODEFER);
}

void defer_interrupt(void) {
    handle(SIGINT, note_interrupt, 0);
}

bool interrupted(void) {
    return was_interrupted;
}

void handle_signals(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        handle(endings[i], end, (int)SA_RESETHAND | SA_NODEFER);
    handle(SIGBUS, end_by_map, 0);
}
