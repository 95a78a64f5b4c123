/* options.h: the command line as a plain struct. Knows what may be written, not what it leads
 * to. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "batch/jobs.h"
#include "spec/spec.h"

enum command {
    COMMAND_EXPERIMENT,
    COMMAND_PREDICT,
    COMMAND_TOKENIZE,
    COMMAND_INFO,
    COMMAND_BATCH,
    COMMAND_MERGE,
    COMMAND_DETOKENIZE,
    COMMAND_LENS,
    COMMAND_DIRECT,
    COMMAND_CIRCUIT,
    N_COMMANDS
};

/* The options: the fields of a spec (spec/spec.h), then those of the table in options.c. */
enum option_id {
    OPTION_MODEL = N_SPEC_FIELDS,
    OPTION_IDS,
    OPTION_OUTPUT,
    OPTION_CSV,
    OPTION_PNG,
    OPTION_NPZ,
    OPTION_GRAPH,
    OPTION_DOT,
    OPTION_COLORMAP,
    OPTION_SHOW,
    OPTION_VMIN,
    OPTION_VMAX,
    OPTION_CENTER,
    OPTION_TERMINAL,
    OPTION_PARTIAL,
    OPTION_SPLIT,
    OPTION_WHAT,
    OPTION_IGNORE,
    OPTION_RESUME,
    OPTION_SHARD,
    OPTION_BOOTSTRAP,
    OPTION_BOOTSTRAP_SEED,
    OPTION_GREY,
    OPTION_LOGITS,
    OPTION_ALL_POSITIONS,
    OPTION_CHECK,
    OPTION_TOLERANCE,
    OPTION_TOP,
    OPTION_BY_SOURCE,
    OPTION_TOP_EDGES,
    OPTION_THRESHOLD,
    OPTION_SIGNED,
    OPTION_COMPLEMENT,
    OPTION_SEARCH,
    OPTION_MAX_LOSS,
    OPTION_STATE,
    OPTION_THREADS,
    OPTION_JSON,
    OPTION_MARKDOWN,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_VERSION,
    N_OPTIONS
};

/* Whole numbers, ascending, each once. */
struct size_list {
    size_t *items;
    size_t count;
};

/* A parsed command line. Strings point into argv. Options that were not given are NULL, 0, false or
 * empty lists, unless said otherwise. */
struct options {
    enum command command;
    bool given[N_OPTIONS];
    bool help, version;
    const char *model; /* gpt2 unless given */
    /* TEXT of predict, lens, direct and tokenize, IDS of detokenize, FILE of batch and circuit; "-"
     * is standard input. */
    const char *text;
    const char **folders; /* the DIRs of merge */
    size_t n_folders;
    struct spec
        spec; /* the experiment, or what a batch gives all lines; predict: one token a pair */
    struct pg_tokens ids;
    const char *output;                        /* PREFIX, or the folder of batch and merge */
    const char *csv, *png, *npz, *graph, *dot; /* FILE */
    bool batch_png, batch_npz;                 /* --png of batch; --npz of batch and merge */
    enum work_kind what;                       /* of a batch's lines without "what" */
    const char *ignore;                        /* names of fields, with commas between them */
    bool resume;
    struct shard shard;
    int bootstrap, bootstrap_seed; /* BOOTSTRAP_DEFAULT and 1 unless given */
    bool grey;
    enum pg_colormap colormap;
    enum pg_show show;
    double low, high, center; /* of the colours; NAN: not given */
    bool terminal, partial, split;
    const char *logits; /* FILE */
    bool all_positions;
    const char *check; /* FILE, or the folder of batch */
    double tolerance;
    int top, threads;
    bool by_neuron, by_source; /* --neurons and --by-source of direct, also in a batch */
    struct size_list top_edges;
    double threshold;
    bool by_sign, complement, search;
    double max_loss;
    const char *state; /* FILE of a search */
    bool json, markdown, quiet;
};

/* Reads the command line. Unless it asks for help or the version, its options must go together.
 * False and err otherwise. Free with options_free, also after failure. */
bool options_parse(int argc, char **argv, struct options *out, struct pg_error *err);
void options_free(struct options *options);

/* Whether circuit runs the experiments of a file: --over, unless that is the texts of a mean. */
bool options_run_many(const struct options *options);

/* Whether the first length bytes of the text are the name of an option, without its hyphens, or,
 * with_letters, the letter of one. */
bool option_named(const char *text, size_t length, bool with_letters);

#endif
