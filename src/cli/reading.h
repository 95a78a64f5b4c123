/* reading.h: what the commands lens, direct and circuit have in common: the way from their options
 * to a model and, for lens and direct, to a text and a metric; and from a result to files and an
 * exit code. */
#ifndef CLI_READING_H
#define CLI_READING_H

#include "cli/commands.h"
#include "cli/outputs.h"
#include "report/csv_compare.h"
#include "report/outcome.h"

/* Everything that such a command makes on its way, except its result. Begins zeroed. */
struct reading {
    const struct options *options;
    const char *file; /* that is read, or NULL; besides --check */
    const char *over; /* likewise */
    bool reads_stdin;
    struct outputs outputs;
    struct pg_model *model;
    struct pg_mean *mean;      /* of the request */
    struct pg_request request; /* clean, pairs, metric and read position */
    struct outcome outcome;
    struct csv_difference difference; /* found by --check */
};

/* Opens the model, after all errors are found that would otherwise come after the work. Otherwise
 * as reading_prepare. */
enum exit_code reading_open(struct reading *r, struct pg_error *err);

/* Opens the model and reads text and metric, after all errors are found that would otherwise come
 * after the work. Anything but EXIT_DONE: err says why. Free with reading_free, also after
 * failure. */
enum exit_code reading_prepare(struct reading *r, struct pg_error *err);
void reading_free(struct reading *r);

/* Compares the result's table, size bytes, with that of --check, and writes it to --csv, each if
 * asked for. Takes over csv. */
bool reading_use_csv(struct reading *r, const struct csv_columns *columns, char *csv, size_t size,
                     struct pg_error *err);

/* Writes the bytes of a picture to --png. Takes them over. */
bool reading_use_png(struct reading *r, uint8_t *png, size_t size, struct pg_error *err);

/* Whether --npz was written: done, or its reader has gone. */
bool reading_wrote_npz(struct reading *r, bool done);

/* Whether a report for people is printed. */
bool reading_reports(const struct reading *r);

/* The exit code of a command that is done; err if --check has found differences. */
enum exit_code reading_verdict(const struct reading *r, struct pg_error *err);

#endif
