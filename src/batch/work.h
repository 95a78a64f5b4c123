/* work.h: what a line of a batch can ask for. Each kind of work is a row of one table, by which
 * reading, running, saving and averaging go; how far a batch is, and its folder, are run.h's and
 * folder.h's. */
#ifndef BATCH_WORK_H
#define BATCH_WORK_H

#include "batch/bootstrap.h"

#include <stdint.h>

struct batch_line;
struct means;
struct shard_label;
struct spec;
struct summary;
struct summary_row;

/* The kinds that a user names come first; experiments whose cells are edges or paths are kinds of
 * their own, since they have other tables and other means. */
enum work_kind {
    WORK_EXPERIMENT,
    WORK_LENS,
    WORK_DIRECT,
    N_NAMED_KINDS,
    WORK_EDGES = N_NAMED_KINDS,
    WORK_PATHS,
    N_WORK_KINDS
};

/* What all lines of a batch have in common. */
struct work_context {
    const struct pg_model *model;
    uint32_t model_fingerprint;
    const struct spec *defaults;
    struct means *means; /* of ablations that need them; else NULL */
    double deviation;    /* that sigma is in; 0: sigma is a number */
};

/* The work of one line. */
struct task {
    enum work_kind kind;
    struct pg_request request; /* of a lens and a direct attribution: text and metric */
    bool neurons, by_source;   /* of a direct attribution */
};

/* How means are made and drawn. */
struct mean_options {
    struct bootstrap bootstrap;
    bool grey;   /* cells of pictures whose interval holds 0 are grey */
    bool arrays; /* write them for NumPy too */
    struct pg_picture looks[N_WORK_KINDS];
};

/* What is to be said of means. Begins zeroed. */
struct mean_report {
    size_t n_pictures;
    char *joint; /* means of joint patches, which have no picture: lines; free with free() */
};

/* The means over the experiments of one kind, as files of a folder. */
struct mean_output {
    const char *folder;
    const struct summary *summary;   /* rows of all kinds, in ascending order of lines */
    const struct shard_label *whole; /* pictures carry its checksum, unless its count is 0 */
    const struct mean_options *options;
    const struct pg_picture *look; /* of the kind */
    struct mean_report *report;    /* is added to */
};

/* A kind of work. Results are of its own type, and all functions that can fail return false (or
 * NULL) and err. */
struct work {
    const char *name; /* of a line's "what", and of a row's in the summary */
    uint64_t fields;  /* of a line that it reads: the bits 1 << field (line.h) */

    /* Whether the parts of a line go together, without a model. */
    bool (*check)(const struct batch_line *line, struct pg_error *err);

    /* Makes the task that a line is to the model, and fills the fields of its row that are known
     * before it runs: labels, fingerprint, measure, intervention, n_tokens. Free the task with
     * task_free, also after failure. The line of an experiment may turn out to be edges or paths:
     * the kind of task and row is changed then. */
    bool (*read)(const struct work_context *context, const struct batch_line *line,
                 struct task *task, struct summary_row *row, struct pg_error *err);

    /* Runs as many of n > 0 tasks of this kind as are worth joining, at least the first, whose
     * progress is told of. Returns how many; where results[i] is NULL, errors[i] says why. */
    size_t (*run)(const struct pg_model *model, const struct task *tasks, size_t n, void **results,
                  struct pg_error *errors);
    void (*free_result)(void *result);

    /* Fills the fields of a row that are results: the metrics, and what is largest. */
    void (*summarize)(const void *result, struct summary_row *row);

    /* Whether experiments of such a row have a picture. Whether the result can be drawn so. */
    bool (*has_picture)(const struct summary_row *row);
    bool (*check_picture)(const void *result, const struct pg_picture *look, struct pg_error *err);

    /* The bytes of the table and of the picture; free with free(). */
    char *(*csv)(const struct pg_model *model, const void *result, size_t *size,
                 struct pg_error *err);
    uint8_t *(*png)(const struct pg_model *model, const void *result, const struct pg_picture *look,
                    int threads, size_t *size, struct pg_error *err);

    /* Compares the result with an earlier table in the file path. *differs: err says how. */
    bool (*compare)(const struct pg_model *model, const void *result, const char *path,
                    double tolerance, bool *differs, struct pg_error *err);

    /* Reads the tables of all rows of this kind that are done, writes their means, and removes what
     * an earlier run has left of means that there are not any more. */
    bool (*write_means)(const struct mean_output *output, struct pg_error *err);
};

extern const struct work works[N_WORK_KINDS];

/* Reads a name that a user gives, and that of any kind. False if no kind of work has it. */
bool what_parse(const char *name, enum work_kind *out);
bool work_parse(const char *name, enum work_kind *out);

/* Whether the cells of a kind are edges or paths. */
bool work_is_graph(enum work_kind kind);

/* Frees what a task owns; also a zeroed one. */
void task_free(struct task *task);

#endif
