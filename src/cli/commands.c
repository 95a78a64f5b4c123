/* commands.c: see commands.h. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

/* The texts of help/NAME.txt, built in by help.S.in. */
extern const char help_experiment[], help_predict[], help_tokenize[], help_detokenize[],
    help_info[], help_batch[], help_merge[], help_lens[], help_direct[], help_circuit[];

const struct command_row commands[N_COMMANDS] = {
    [COMMAND_EXPERIMENT] = {"an experiment", help_experiment, command_experiment},
    [COMMAND_PREDICT] = {"predict", help_predict, command_predict},
    [COMMAND_LENS] = {"lens", help_lens, command_lens},
    [COMMAND_DIRECT] = {"direct", help_direct, command_direct},
    [COMMAND_CIRCUIT] = {"circuit", help_circuit, command_circuit},
    [COMMAND_TOKENIZE] = {"tokenize", help_tokenize, command_tokenize},
    [COMMAND_INFO] = {"info", help_info, command_info},
    [COMMAND_BATCH] = {"batch", help_batch, command_batch},
    [COMMAND_MERGE] = {"merge", help_merge, command_merge},
    [COMMAND_DETOKENIZE] = {"detokenize", help_detokenize, command_detokenize},
};

/* The first paragraph of the help for an experiment. */
void print_usage(void) {
    const char *end = strstr(help_experiment, "\n\n") + 1;
    fwrite(help_experiment, 1, (size_t)(end - help_experiment), stderr);
    fputs("       patchgpt --help\n", stderr);
}
