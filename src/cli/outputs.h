/* outputs.h: the files that an experiment writes: which, their names, and whether they can be
 * written. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/options.h"

/* Whether an experiment writes the CSV and the PNG: those that are named, and both when neither is and
 * there is nothing to check either. */
bool options_write_csv(const struct options *options);
bool options_write_png(const struct options *options);

/* Whether a file's name is given and means standard output. */
bool is_stdout(const char *file);

/* Whether writing a file has come to its end; a pipe that is no longer read is as good as written. */
bool output_is_written(const char *file, bool done);

/* Finds out before any work whether the file of --check, if it is given, can be read. */
bool reference_can_be_read(const struct options *o, struct pg_error *err);

struct outputs {
    char *csv, *png; /* or NULL: not written */
};

/* Chooses the names; a --output that is a folder is where they are put. False and err when memory is
 * out. Free with outputs_free, also after failure. */
bool outputs_choose(const struct options *o, struct outputs *out, struct pg_error *err);
void outputs_free(struct outputs *outputs);

/* ---- formats, by the endings of names ---- */

/* Whether the name's ending says a format of files, such as .pdf, in any case. */
bool says_format(const char *name);

/* Whether it says this one ("csv"). */
bool says_this_format(const char *name, const char *format);

/* Whether a name can be that of a file of this format ("csv"): its ending says it, or no format. A CSV may
 * be .txt too. False and err, which names the option, otherwise. */
bool check_format(const char *option, const char *name, const char *format, struct pg_error *err);

/* ---- files that can be written ---- */

/* Finds out before any work what would make writing fail: a folder that is missing, or in which nothing can
 * be made. Of one file, and of all. */
bool output_can_be_written(const char *name, struct pg_error *err);
bool outputs_can_be_written(const struct outputs *outputs, struct pg_error *err);

/* ---- what must not be written; all for any command, of names that may be NULL: not given ---- */

/* Whether no two of n files that are to be written are one, standard output counted. False and err
 * otherwise. */
bool outputs_differ(const char *const *outputs, size_t n, struct pg_error *err);

/* Whether a file that is to be written is none of n that are read, of which "-" is standard input. False and
 * err, which names it, otherwise. */
bool output_spares(const char *output, const char *const *inputs, size_t n, struct pg_error *err);

/* Whether it is no file of the model. */
bool output_spares_model(const char *output, const struct pg_model *model, struct pg_error *err);

/* Whether nothing that a batch may write into a folder is the file that is read. */
bool folder_spares(const char *folder, const char *input, struct pg_error *err);

#endif
