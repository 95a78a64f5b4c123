/* outputs.c: see outputs.h. */
#include "cli/outputs.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PREFIX "patchgpt"

bool options_write_csv(const struct options *o) {
    return o->csv || o->output || (!o->png && !o->check);
}

bool options_write_png(const struct options *o) {
    return o->png || o->output || (!o->csv && !o->check);
}

bool is_stdout(const char *file) {
    return file && !strcmp(file, "-");
}

/* The file's own name, or the prefix with the ending. A prefix that ends in '/' is a folder. */
static char *choose_name(const char *file, const char *prefix, const char *ending,
                         struct pg_error *err) {
    if (file) return copy_string(file, err);
    if (!prefix) prefix = DEFAULT_PREFIX;
    const bool folder = prefix[strlen(prefix) - 1] == '/';
    const size_t room = strlen(prefix) + sizeof DEFAULT_PREFIX + strlen(ending) + 1;
    char *name = allocate(room, 1, err);
    if (name) snprintf(name, room, "%s%s.%s", prefix, folder ? DEFAULT_PREFIX : "", ending);
    return name;
}

/* What already exists is left to the writer, which knows about links, devices and streams. */
static bool check_writable(const char *name, struct pg_error *err) {
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

bool outputs_choose(const struct options *o, struct outputs *out, struct pg_error *err) {
    *out = (struct outputs){0};
    if (options_write_csv(o) && (!(out->csv = choose_name(o->csv, o->output, "csv", err)) ||
                                 !check_writable(out->csv, err)))
        return false;
    if (options_write_png(o) && (!(out->png = choose_name(o->png, o->output, "png", err)) ||
                                 !check_writable(out->png, err)))
        return false;
    return true;
}

void outputs_free(struct outputs *outputs) {
    free(outputs->csv);
    free(outputs->png);
}
