/* sense.c: see sense.h. */
#include "cli/sense.h"

#include <unistd.h>

/* An input of an experiment that is given either as text or as token ids. */
static bool check_input(const struct options *o, const char *name, enum option_id text,
                        enum option_id ids, struct pg_error *err) {
    if (o->given[text] && o->given[ids])
        return fail(err, "--%s and --%s-ids cannot both be given", name,
                    text == OPTION_TOKENS ? "token" : name);
    if (o->given[text] || o->given[ids]) return true;
    return fail(
        err,
        "--%s is missing: an experiment needs --clean, --corrupt and --tokens, or the same as ids: "
        "--clean-ids, --corrupt-ids and --token-ids",
        name);
}

/* Standard output can take one thing. */
static bool check_output(const struct options *o, struct pg_error *err) {
    const bool csv = is_stdout(o->csv), png = is_stdout(o->png);
    if (is_stdout(o->output))
        return fail(
            err, "--output names two files, and standard output is one: give --csv - or --png -");
    if (csv && png) return fail(err, "--csv - and --png - cannot both go to standard output");
    if ((csv || png) && o->json)
        return fail(err, "--json and --%s - cannot both go to standard output",
                    csv ? "csv" : "png");
    if (png && isatty(STDOUT_FILENO))
        return fail(err,
                    "--png - would fill the terminal with bytes; send it to a file or a program");
    if (o->quiet && o->json) return fail(err, "--quiet and --json contradict each other");
    if (o->given[OPTION_COLORMAP] && !options_write_png(o))
        return fail(err, "--colormap is for the PNG, and none is written: add --png FILE");
    return true;
}

static bool check_experiment(const struct options *o, struct pg_error *err) {
    if (!check_input(o, "clean", OPTION_CLEAN, OPTION_CLEAN_IDS, err) ||
        !check_input(o, "corrupt", OPTION_CORRUPT, OPTION_CORRUPT_IDS, err) ||
        !check_input(o, "tokens", OPTION_TOKENS, OPTION_TOKEN_IDS, err))
        return false;
    if (o->given[OPTION_TOKEN_IDS] && o->token_ids.count != 2)
        return fail(err, "--token-ids takes two token ids, but found %zu", o->token_ids.count);
    if (o->prepend_bos && (o->given[OPTION_CLEAN_IDS] || o->given[OPTION_CORRUPT_IDS]))
        return fail(err, "--prepend-bos goes with texts; put the id of <|endoftext|> in front of "
                         "the ids instead");
    if (o->given[OPTION_TOLERANCE] && !o->check)
        return fail(err, "--tolerance is for --check FILE, which is missing");
    return check_output(o, err);
}

static bool check_predict(const struct options *o, struct pg_error *err) {
    if (o->given[OPTION_IDS] && !o->ids.count)
        return fail(err, "--ids takes token ids, but nothing follows");
    if (o->text && o->ids.count) return fail(err, "predict takes a text or --ids, not both");
    if (!o->text && !o->ids.count)
        return fail(err, "predict needs a text, or token ids with --ids");
    if (o->prepend_bos && o->ids.count)
        return fail(err, "--prepend-bos goes with a text; put the id of <|endoftext|> in front of "
                         "the ids instead");
    return true;
}

static bool check_tokenize(const struct options *o, struct pg_error *err) {
    if (o->ids.count) return fail(err, "--ids of tokenize takes no value: it prints the ids alone");
    if (!o->text) return fail(err, "tokenize needs a text, or - to read lines from standard input");
    if (o->given[OPTION_IDS] && o->json) return fail(err, "--ids and --json contradict each other");
    return true;
}

bool check_sense(const struct options *o, struct pg_error *err) {
    switch (o->command) {
    case COMMAND_EXPERIMENT:
        return check_experiment(o, err);
    case COMMAND_PREDICT:
        return check_predict(o, err);
    case COMMAND_TOKENIZE:
        return check_tokenize(o, err);
    case COMMAND_INFO:
    case N_COMMANDS:
        break;
    }
    return true;
}
