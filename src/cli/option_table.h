/* option_table.h: which options there are: what they take, where that goes and which commands they
 * belong to. How a command line is read by it is options.h's. */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include "cli/options.h"

/* What an option takes, and so the type of its member of struct options. */
enum option_kind {
    OF_SPEC,    /* a field of the spec */
    FLAG,       /* nothing: bool */
    TEXT,       /* any text: const char * */
    FILE_NAME,  /* any text but an empty one: const char * */
    OUTPUT,     /* a file name, but for batch and merge nothing */
    IDS,        /* token ids for predict, lens and direct, nothing for tokenize: struct pg_tokens */
    NUMBER,     /* 1 or more: int */
    THREADS,    /* 1 to 1024: int */
    REPLICATES, /* 0 to BOOTSTRAP_MAX: int */
    SEED,       /* 0 or more: int */
    SHARD,      /* I/N: struct shard */
    DISTANCE,   /* 0 or more: double */
    REAL,       /* double */
    SIZES,      /* whole numbers, ascending: struct size_list */
    COLORMAP,   /* a name: enum pg_colormap */
    SHOW,       /* a name: enum pg_show */
    WORK,       /* a name: enum work_kind */
};

/* Sets of commands. */
enum {
    EXPERIMENT = 1 << COMMAND_EXPERIMENT,
    PREDICT = 1 << COMMAND_PREDICT,
    TOKENIZE = 1 << COMMAND_TOKENIZE,
    DETOKENIZE = 1 << COMMAND_DETOKENIZE,
    INFO = 1 << COMMAND_INFO,
    BATCH = 1 << COMMAND_BATCH,
    MERGE = 1 << COMMAND_MERGE,
    LENS = 1 << COMMAND_LENS,
    DIRECT = 1 << COMMAND_DIRECT,
    CIRCUIT = 1 << COMMAND_CIRCUIT,
    READING = LENS | DIRECT,
    ONE_TEXT = PREDICT | READING,
    SINGLE = EXPERIMENT | ONE_TEXT | CIRCUIT | TOKENIZE | DETOKENIZE | INFO,
    FOLDER = BATCH | MERGE,
};

struct option_row {
    const char *name;
    char letter; /* its short form, or 0 */
    enum option_kind kind;
    size_t offset; /* of its member of struct options */
    int commands;
};

/* The row of an option. */
struct option_row row_of(int id);

#endif
