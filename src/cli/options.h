/* options.h: the command line as a plain struct. Knows what may be written, not what it leads to. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "report/table.h"
#include "spec/selection.h"

enum command {
    COMMAND_EXPERIMENT,
    COMMAND_PREDICT,
    COMMAND_TOKENIZE,
    COMMAND_INFO,
    COMMAND_BATCH,
    COMMAND_MERGE,
    COMMAND_DETOKENIZE,
    N_COMMANDS
};

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
    OPTION_SHOW,
    OPTION_VMIN,
    OPTION_VMAX,
    OPTION_CENTER,
    OPTION_TERMINAL,
    OPTION_IGNORE,
    OPTION_RESUME,
    OPTION_SHARD,
    OPTION_LOGITS,
    OPTION_ALL_POSITIONS,
    OPTION_CHECK,
    OPTION_TOLERANCE,
    OPTION_TOP,
    OPTION_THREADS,
    OPTION_JSON,
    OPTION_MARKDOWN,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_VERSION,
    N_OPTIONS
};

/* The tokens of one --tokens. */
struct token_texts {
    const char *a, *b; /* b is NULL if there is one */
};

/* The index-th of count parts, from 1. */
struct shard {
    int index, count; /* count 0: not given */
};

/* What the user said. Strings point into argv; NULL, and a list without ids, is what was not given. */
struct options {
    enum command command;
    bool given[N_OPTIONS];
    bool help, version;
    const char *model; /* gpt2 unless given */
    const char *
        text; /* TEXT of predict and tokenize, IDS of detokenize, FILE of batch; "-" is standard input */
    const char **folders; /* the DIRs of merge */
    size_t n_folders;
    const char *clean, *corrupt;
    struct token_texts *tokens; /* one for each --tokens; for predict one for each token */
    struct pg_pair *token_ids;  /* the same of --token-ids */
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
    const char *output, *csv, *png; /* PREFIX, or the folder of batch and merge; FILE; FILE */
    bool batch_png;                 /* --png of batch */
    const char *ignore; /* names of fields of a batch's lines, with commas between them */
    bool resume;
    struct shard shard;
    int colormap;             /* enum pg_colormap */
    int show;                 /* enum pg_show */
    double low, high, center; /* of the colours; NAN: not given */
    bool terminal;
    const char *logits; /* FILE */
    bool all_positions;
    const char *check; /* FILE, or the folder of batch */
    double tolerance;
    int top, threads; /* 0: not given */
    bool json, markdown, quiet;
};

/* How the tables of a report are written. */
enum table_form options_form(const struct options *options);

/* Reads the command line. Unless it asks for help or the version, it must make sense as a whole. False
 * and err otherwise. Free with options_free, also after failure. */
bool options_parse(int argc, char **argv, struct options *out, struct pg_error *err);
void options_free(struct options *options);

/* Whether the first length bytes of the text are the name of an option, or, if short ones count, the letter
 * of one. */
bool option_named(const char *text, size_t length, bool with_letters);

/* Stores the value of an option as the command line does; not of --tokens and --token-ids, which can be
 * several. The text must outlive the options. False and err, which names the option, if it is no such
 * value. */
bool options_set(struct options *options, enum option_id id, const char *value,
                 struct pg_error *err);

/* The picture of an experiment that is asked for: rdbu, unless given, where it shows no values. */
struct pg_picture options_picture(const struct options *options);

/* Those of a batch's means, which --show is not for; nor are limits then. */
struct pg_picture options_mean_picture(const struct options *options);

#endif
