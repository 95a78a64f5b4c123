/* commands.h: the commands, one file each, and the table of them. A command does its work and
 * prints its result on standard output. It returns an exit code; unless that is EXIT_DONE, err is
 * the sentence for standard error. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_MISUSED = 2,     /* the command line is wrong */
    EXIT_DIFFERENT = 3,   /* --check found a difference */
    EXIT_SOME_FAILED = 4, /* some experiments of a batch */
};

enum exit_code command_experiment(const struct options *o, struct pg_error *err);
enum exit_code command_predict(const struct options *o, struct pg_error *err);
enum exit_code command_tokenize(const struct options *o, struct pg_error *err);
enum exit_code command_detokenize(const struct options *o, struct pg_error *err);
enum exit_code command_lens(const struct options *o, struct pg_error *err);
enum exit_code command_direct(const struct options *o, struct pg_error *err);
enum exit_code command_circuit(const struct options *o, struct pg_error *err);
enum exit_code command_info(const struct options *o, struct pg_error *err);
enum exit_code command_batch(const struct options *o, struct pg_error *err);
enum exit_code command_merge(const struct options *o, struct pg_error *err);

/* A row of the table. */
struct command_row {
    const char *name; /* of COMMAND_EXPERIMENT, which has none: as sentences call it */
    const char *help;
    enum exit_code (*run)(const struct options *o, struct pg_error *err);
};
extern const struct command_row commands[N_COMMANDS];

/* Prints the usage, a few lines, on standard error: for a command line without arguments. */
void print_usage(void);

#endif
