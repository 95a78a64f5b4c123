/* outputs.c: see outputs.h. */
#include "cli/outputs.h"

#include "base/memory.h"
#include "base/path.h"
#include "report/show.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PREFIX "patchgpt"

/* ---- standard output ---- */

bool print_json(char *json) {
    if (!json) return false;
    puts(json);
    free(json);
    return true;
}

/* Whether standard output is a pipe whose reader has gone. */
static bool stdout_is_unread(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP));
}

bool finish_stdout(struct pg_error *err) {
    const bool failed = ferror(stdout);
    const int earlier = errno; /* most likely that of the failure */
    const bool flushed = fflush(stdout) == 0;
    const int why = failed ? earlier : errno;
    const bool unread = stdout_is_unread();
    const bool closed = fclose(stdout) == 0;
    if ((flushed && closed && !failed) || unread) return true;
    return fail(err, "cannot write standard output: %s",
                strerror(failed || !flushed ? why : errno));
}

enum { DEFAULT_WIDTH = 100, MIN_WIDTH = 40 };

int terminal_width(void) {
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return DEFAULT_WIDTH;
    return size.ws_col > MIN_WIDTH ? size.ws_col : MIN_WIDTH;
}

/* ---- files ---- */

/* Whether both files are written without being named. */
static bool writes_defaults(const struct options *o) {
    return o->command == COMMAND_EXPERIMENT && !o->csv && !o->png && !o->npz && !o->graph &&
           !o->dot && !o->check;
}

bool options_write_csv(const struct options *o) {
    return o->csv || o->output || writes_defaults(o);
}

bool options_write_png(const struct options *o) {
    if (o->split) return false;
    return o->png || o->output || writes_defaults(o);
}

bool is_stdout(const char *file) {
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    for (size_t i = 0; file && i < sizeof names / sizeof *names; i++)
        if (!strcmp(file, names[i])) return true;
    return false;
}

bool output_is_written(const char *file, bool done) {
    return done || (is_stdout(file) && stdout_is_unread());
}

bool reference_can_be_read(const struct options *o, struct pg_error *err) {
    if (!o->check || access(o->check, R_OK) == 0) return true;
    return fail(err, "cannot open %s: %s", o->check, strerror(errno));
}

/* ---- names ---- */

static char *name_with_ending(const char *prefix, const char *ending, struct pg_error *err) {
    const size_t room = strlen(prefix) + strlen(ending) + 2;
    char *name = allocate(room, 1, err);
    if (name) snprintf(name, room, "%s.%s", prefix, ending);
    return name;
}

/* The file's own name, or the prefix with the ending. A prefix that ends in '/' is a folder. */
static char *choose_name(const char *file, const char *prefix, const char *ending,
                         struct pg_error *err) {
    if (file) return copy_string(file, err);
    if (!prefix) return name_with_ending(DEFAULT_PREFIX, ending, err);
    if (prefix[strlen(prefix) - 1] != '/' && !folder_exists(prefix))
        return name_with_ending(prefix, ending, err);
    char *inside = path_join(prefix, DEFAULT_PREFIX, err);
    char *name = inside ? name_with_ending(inside, ending, err) : NULL;
    free(inside);
    return name;
}

/* Copies a name that is given. */
static bool copy_name(const char *name, char **out, struct pg_error *err) {
    return !name || (*out = copy_string(name, err));
}

bool outputs_choose(const struct options *o, struct outputs *out, struct pg_error *err) {
    *out = (struct outputs){0};
    if (options_write_csv(o) && !(out->csv = choose_name(o->csv, o->output, "csv", err)))
        return false;
    if (options_write_png(o) && !(out->png = choose_name(o->png, o->output, "png", err)))
        return false;
    return copy_name(o->npz, &out->npz, err) && copy_name(o->graph, &out->graph, err) &&
           copy_name(o->dot, &out->dot, err) && copy_name(o->logits, &out->logits, err);
}

void outputs_free(struct outputs *outputs) {
    free(outputs->csv);
    free(outputs->png);
    free(outputs->npz);
    free(outputs->graph);
    free(outputs->dot);
    free(outputs->logits);
}

enum { MAX_FILES = 6 };

/* Lists the files to be written; returns how many. */
static size_t list_files(const struct outputs *o, const char *out[MAX_FILES]) {
    const char *const all[MAX_FILES] = {o->csv, o->png, o->npz, o->graph, o->dot, o->logits};
    size_t n = 0;
    for (size_t i = 0; i < MAX_FILES; i++)
        if (all[i]) out[n++] = all[i];
    return n;
}

/* ---- looks ---- */

struct pg_picture options_picture(const struct options *o) {
    struct pg_picture p = options_mean_picture(o);
    p.show = o->show;
    if (p.show != PG_SHOW_VALUE && !o->given[OPTION_COLORMAP]) p.colormap = PG_RDBU;
    p.low = (float)o->low;
    p.high = (float)o->high;
    p.center = (float)o->center;
    return p;
}

struct pg_picture options_result_picture(const struct options *o, const struct pg_result *result) {
    return options_site_picture(o, result->sites[0]);
}

struct pg_picture options_site_picture(const struct options *o, enum pg_site site) {
    struct pg_picture p = options_picture(o), usual = picture_of_site(site);
    if (o->given[OPTION_SHOW]) return p;
    p.show = usual.show;
    if (!o->given[OPTION_COLORMAP]) p.colormap = usual.colormap;
    return p;
}

struct pg_picture options_mean_picture(const struct options *o) {
    struct pg_picture p = {o->colormap, NAN, NAN, NAN, PG_SHOW_VALUE};
    if (o->show != PG_SHOW_VALUE) return p;
    p.low = (float)o->low;
    p.high = (float)o->high;
    p.center = (float)o->center;
    return p;
}

struct pg_picture options_direct_picture(const struct options *o) {
    struct pg_picture p = options_mean_picture(o);
    if (!o->given[OPTION_COLORMAP]) p.colormap = PG_RDBU;
    return p;
}

struct mean_options options_means(const struct options *o) {
    return (struct mean_options){
        .bootstrap = {o->bootstrap, (uint32_t)o->bootstrap_seed, 0},
        .grey = o->grey,
        .arrays = o->batch_npz,
        .looks = {options_mean_picture(o), options_mean_picture(o), options_direct_picture(o)}};
}

enum table_form options_form(const struct options *o) {
    return o->markdown ? TABLE_MARKDOWN : TABLE_ALIGNED;
}

/* ---- formats ---- */

/* Tables, pictures, pages, arrays, models, archives. */
static const char *const formats[] = {
    "csv",  "tsv",  "txt",  "xls",         "xlsx", "ods", "json", "jsonl", "parquet", "png",
    "apng", "svg",  "pdf",  "ps",          "eps",  "jpg", "jpeg", "gif",   "bmp",     "webp",
    "tif",  "tiff", "avif", "html",        "htm",  "md",  "tex",  "npz",   "npy",     "pt",
    "pth",  "bin",  "pkl",  "safetensors", "gz",   "zip", "bz2",  "xz",    "zst",     "tar",
};

/* The ending, without its dot, or "". */
static const char *ending_of(const char *name) {
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
    return dot ? dot + 1 : "";
}

bool says_format(const char *name) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (!strcasecmp(ending_of(name), formats[i])) return true;
    return false;
}

bool says_this_format(const char *name, const char *format) {
    return !strcasecmp(ending_of(name), format);
}

bool check_format(const char *option, const char *name, const char *format, struct pg_error *err) {
    const char *ending = ending_of(name);
    if (!says_format(name) || !strcasecmp(ending, format)) return true;
    if (!strcmp(format, "csv") && !strcasecmp(ending, "txt")) return true;
    return fail(err, "--%s writes a file in the format %s, but %s has the ending of another: .%s",
                option, format, name, ending);
}

/* ---- files that cannot be written ---- */

/* A file that exists is checked when it is written, by code that knows links, devices and
 * streams. */
static bool can_be_written(const char *name, struct pg_error *err) {
    struct stat status;
    if (is_stdout(name)) return true;
    if (folder_exists(name)) return fail(err, "cannot write %s: it is a folder", name);
    if (lstat(name, &status) == 0) return true;
    char *copy = copy_string(name, err);
    if (!copy) return false;
    bool writable = access(dirname(copy), W_OK | X_OK) == 0;
    int why = errno;
    free(copy);
    return writable || fail(err, "cannot write %s: %s", name, strerror(why));
}

bool outputs_can_be_written(const struct outputs *outputs, struct pg_error *err) {
    const char *files[MAX_FILES];
    const size_t n = list_files(outputs, files);
    for (size_t i = 0; i < n; i++)
        if (!can_be_written(files[i], err)) return false;
    return true;
}

/* ---- files that must not be written ---- */

/* Whether writing replaces nothing, as with a device or a FIFO. */
static bool is_special(const char *name) {
    struct stat status;
    return stat(name, &status) == 0 && !S_ISREG(status.st_mode);
}

static const char *output_path(const char *name) {
    return is_stdout(name) ? "/dev/stdout" : name;
}

/* Whether n files to be written are different files. */
static bool are_different(const char *const *outputs, size_t n, struct pg_error *err) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (!is_special(output_path(outputs[i])) &&
                same_file(output_path(outputs[i]), output_path(outputs[j])))
                return fail(err, "%s and %s are one file, and both are to be written", outputs[j],
                            outputs[i]);
    return true;
}

static bool replaces(const char *output, const char *input) {
    const char *path = strcmp(input, "-") ? input : "/dev/stdin";
    return !is_special(output_path(output)) && same_file(output_path(output), path);
}

/* Whether a file to be written is not one of n that are read. */
static bool output_spares(const char *output, const char *const *inputs, size_t n,
                          struct pg_error *err) {
    for (size_t i = 0; i < n; i++)
        if (inputs[i] && replaces(output, inputs[i]))
            return fail(err, "writing %s would replace %s, which is read", output,
                        strcmp(inputs[i], "-") ? inputs[i] : "the file on standard input");
    return true;
}

bool outputs_spare(const struct outputs *o, const char *const *inputs, size_t n,
                   struct pg_error *err) {
    const char *files[MAX_FILES];
    const size_t n_files = list_files(o, files);
    if (!are_different(files, n_files, err)) return false;
    for (size_t i = 0; i < n_files; i++)
        if (!output_spares(files[i], inputs, n, err)) return false;
    return true;
}

bool outputs_spare_model(const struct outputs *o, const struct pg_model *model,
                         struct pg_error *err) {
    const char *files[MAX_FILES];
    const size_t n = list_files(o, files);
    for (size_t i = 0; i < n; i++)
        if (pg_model_has_file(model, output_path(files[i])))
            return fail(err, "writing %s would replace a file of the model %s", files[i],
                        pg_model_info(model).name);
    return true;
}

static bool is_written_by_batch(const char *name) {
    const char *ending = strrchr(name, '.');
    return ending && (!strcmp(ending, ".csv") || !strcmp(ending, ".png") ||
                      !strcmp(ending, ".npz") || !strcmp(name, ".lock"));
}

bool folder_spares(const char *folder, const char *input, struct pg_error *err) {
    bool spared = true;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && spared && (entry = readdir(entries));) {
        if (!is_written_by_batch(entry->d_name)) continue;
        char *name = path_join(folder, entry->d_name, err);
        spared = name && output_spares(name, &input, 1, err);
        free(name);
    }
    if (entries) closedir(entries);
    return spared;
}
