/* main.c: from the command line to a command, from what it returns to an exit code. The only place
 * that prints errors. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/signals.h"
#include "cli/warnings.h"

#include <fcntl.h>
#include <stdio.h>

/* If a standard stream is closed, occupies its descriptor with /dev/null, opened so that using it
 * fails: a file that is opened later must not get that descriptor. */
static void keep_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

static enum exit_code run(const struct options *o, struct pg_error *err) {
    if (o->help) {
        fputs(commands[o->command].help, stdout);
        return EXIT_DONE;
    }
    if (o->version) {
        puts("patchgpt " PG_VERSION);
        return EXIT_DONE;
    }
    if (!pg_check_isa(err)) return EXIT_MISUSED;
    struct warnings warnings;
    warnings_begin(&warnings, o);
    enum exit_code code = commands[o->command].run(o, err);
    warnings_end(&warnings, o, code == EXIT_FAILED || code == EXIT_MISUSED);
    return code;
}

int main(int argc, char **argv) {
    keep_standard_streams();
    handle_signals();
    if (argc < 2) {
        print_usage();
        return EXIT_MISUSED;
    }
    struct options options;
    struct pg_error err, late;
    enum exit_code code =
        options_parse(argc, argv, &options, &err) ? run(&options, &err) : EXIT_MISUSED;
    options_free(&options);
    if (!finish_stdout(&late) && code == EXIT_DONE) {
        code = EXIT_FAILED;
        err = late;
    }
    if (code == EXIT_MISUSED && is_out_of_memory(&err)) code = EXIT_FAILED;
    if (code != EXIT_DONE) fprintf(stderr, "patchgpt: %s\n", err.text);
    return code;
}
