/* options.h: the command line as a plain struct. Knows what may be written, not what it leads to. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/selection.h"

enum command { COMMAND_EXPERIMENT, COMMAND_PREDICT, COMMAND_TOKENIZE, COMMAND_INFO, N_COMMANDS };

/* The options, each with its row in the table of options.c. */
enum option_id {
    OPTION_MODEL,
    OPTION_CLEAN,
    OPTION_CORRUPT,
    OPTION_TOKENS,
    OPTION_CLEAN_IDS,
    OPTION_CORRUPT_IDS,
    OPTION_TOKEN_IDS,
    OPTION_IDS,
    OPTION_PREPEND_BOS,
    OPTION_SITE,
    OPTION_METRIC,
    OPTION_NOISING,
    OPTION_LAYERS,
    OPTION_HEADS,
    OPTION_POSITIONS,
    OPTION_READ_POSITION,
    OPTION_OUTPUT,
    OPTION_CSV,
    OPTION_PNG,
    OPTION_COLORMAP,
    OPTION_VMIN,
    OPTION_VMAX,
    OPTION_CENTER,
    OPTION_TERMINAL,
    OPTION_CHECK,
    OPTION_TOLERANCE,
    OPTION_TOP,
    OPTION_THREADS,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_VERSION,
    N_OPTIONS
};

/* The tokens of one --tokens. */
struct token_texts {
    const char *a, *b; /* b is NULL if there is one */
};

/* What the user said. Strings point into argv; NULL, and a list without ids, is what was not given. */
struct options {
    enum command command;
    bool given[N_OPTIONS];
    bool help, version;
    const char *model; /* gpt2 unless given */
    const char *text;  /* TEXT of predict and tokenize; "-" is standard input */
    const char *clean, *corrupt;
    struct token_texts *tokens; /* one for each --tokens */
    struct pg_pair *token_ids;  /* one for each --token-ids */
    size_t n_tokens, n_token_ids;
    struct pg_tokens ids, clean_ids, corrupt_ids;
    bool prepend_bos;
    struct site_list {
        enum pg_site items[PG_N_SITES];
        size_t count;
    } sites;    /* resid_post unless given */
    int metric; /* enum pg_metric */
    bool noising;
    struct selection layers, heads, positions;
    int read_position;              /* negative from the end; -1 unless given */
    const char *output, *csv, *png; /* PREFIX, FILE, FILE */
    int colormap;                   /* enum pg_colormap */
    double low, high, centre;       /* of the colours; NAN: not given */
    bool terminal;
    const char *check;
    double tolerance;
    int top, threads; /* 0: not given */
    bool json, quiet;
};

/* Reads the command line. Unless it asks for help or the version, it must make sense as a whole. False
 * and err otherwise. Free with options_free, also after failure. */
bool options_parse(int argc, char **argv, struct options *out, struct pg_error *err);
void options_free(struct options *options);

/* Whether an experiment writes the CSV and the PNG: those that are named, and both when neither is and
 * there is nothing to check either. */
bool options_write_csv(const struct options *options);
bool options_write_png(const struct options *options);

/* Whether a file's name is given and means standard output. */
bool is_stdout(const char *file);

#endif
