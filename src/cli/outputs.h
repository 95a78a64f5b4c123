/* outputs.h: where results go and how they look: standard output, and the files of an experiment:
 * which of them are written, their names, and whether they can be written without a loss. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "batch/work.h"
#include "cli/options.h"
#include "report/table.h"

/* ---- standard output ---- */

/* Whether a file's name is given and means standard output. */
bool is_stdout(const char *file);

/* The columns that a report on standard output is laid out for. */
int terminal_width(void);

/* Prints a line of JSON and frees it. False if it is NULL. */
bool print_json(char *json);

/* Sends out what standard output still holds, and closes it. False and err if something that was
 * printed could not be written, unless the reader of a pipe has gone, as head goes when it has
 * enough. */
bool finish_stdout(struct pg_error *err);

/* Whether a file was written: done, or it is standard output and its reader has gone. */
bool output_is_written(const char *file, bool done);

/* ---- the files that a command names ---- */

/* Whether a CSV is written, and a PNG: the ones that are named; by an experiment both if no file is
 * named, and there is no --check either; no PNG with --split. Arrays are written only where --npz
 * names a file. */
bool options_write_csv(const struct options *options);
bool options_write_png(const struct options *options);

struct outputs {
    char *csv, *png, *npz, *graph, *dot, *logits; /* names; NULL: not written */
};

/* Chooses the names; an --output that is a folder contains the files. False and err when memory is
 * out. Free with outputs_free, also after failure. */
bool outputs_choose(const struct options *o, struct outputs *out, struct pg_error *err);
void outputs_free(struct outputs *outputs);

/* ---- looks ---- */

/* The picture of an experiment: in rdbu, unless a colour map is given, where it does not show
 * values. That of a result, or of a site, shows edges by their score and paths by the change,
 * unless something else is asked for. */
struct pg_picture options_picture(const struct options *options);
struct pg_picture options_result_picture(const struct options *options,
                                         const struct pg_result *result);
struct pg_picture options_site_picture(const struct options *options, enum pg_site site);

/* The pictures of a batch's means, which always show values: limits for another --show do not
 * apply. */
struct pg_picture options_mean_picture(const struct options *options);

/* The pictures of direct attributions, in rdbu unless a colour map is given. */
struct pg_picture options_direct_picture(const struct options *options);

/* How a batch's means are made and drawn. */
struct mean_options options_means(const struct options *options);

/* How the tables of a report are written. */
enum table_form options_form(const struct options *options);

/* ---- formats, by the endings of names ---- */

/* Whether the name's ending is that of a format of files, such as .pdf, in any case. */
bool says_format(const char *name);

/* Whether it is that of this format ("csv"). */
bool says_this_format(const char *name, const char *format);

/* Whether a file of this format ("csv") can have the name: its ending is that of the format, or not
 * that of a format. A CSV may be .txt too. False and err, which names the option ("csv"),
 * otherwise. */
bool check_format(const char *option, const char *name, const char *format, struct pg_error *err);

/* ---- errors that are found before the work ---- */

/* Whether the file of --check, if given, can be read. */
bool reference_can_be_read(const struct options *o, struct pg_error *err);

/* Whether all files can be written: their folders exist, and files can be made in them. */
bool outputs_can_be_written(const struct outputs *outputs, struct pg_error *err);

/* Whether the files to be written are different files, standard output among them, and not one of n
 * that are read; "-" is standard input, and NULL not given. False and err, which names it,
 * otherwise. */
bool outputs_spare(const struct outputs *outputs, const char *const *inputs, size_t n,
                   struct pg_error *err);

/* Whether no file to be written is a file of the model. */
bool outputs_spare_model(const struct outputs *outputs, const struct pg_model *model,
                         struct pg_error *err);

/* Whether a batch that writes into the folder does not replace the file that it reads. */
bool folder_spares(const char *folder, const char *input, struct pg_error *err);

#endif
