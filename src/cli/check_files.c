/* check_files.c: see check_files.h. */
#include "cli/check_files.h"

#include "base/path.h"
#include "cli/outputs.h"

#include <sys/stat.h>
#include <unistd.h>

/* Whether the value of --output can be the beginning of names. */
static bool check_prefix(const struct options *o, struct pg_error *err) {
    struct stat status;
    if (o->output && o->csv && o->png)
        return fail(err, "--output %s has no effect, since --csv and --png name both files",
                    o->output);
    if (!o->output || folder_exists(o->output)) return true;
    if (says_format(o->output))
        return fail(err,
                    "--output %s is a prefix, to which .csv and .png are added: leave out its "
                    "ending, or name one file with --csv or --png",
                    o->output);
    if (stat(o->output, &status) == 0 && !S_ISREG(status.st_mode))
        return fail(err, "--output %s is neither a folder nor a file: name one with --csv or --png",
                    o->output);
    return true;
}

bool check_file_names(const struct options *o, struct pg_error *err) {
    return check_prefix(o, err) && (!o->csv || check_format("csv", o->csv, "csv", err)) &&
           (!o->png || check_format("png", o->png, "png", err)) &&
           (!o->npz || check_format("npz", o->npz, "npz", err)) &&
           (!o->graph || check_format("graph", o->graph, "json", err)) &&
           (!o->dot || check_format("dot", o->dot, "dot", err));
}

bool check_stdout(const struct options *o, struct pg_error *err) {
    const struct {
        const char *name, *file;
    } files[] = {{"logits", o->logits}, {"csv", o->csv},     {"png", o->png},
                 {"npz", o->npz},       {"graph", o->graph}, {"dot", o->dot}};
    const char *found = NULL;
    if (is_stdout(o->output))
        return fail(
            err, "--output names two files, and standard output is one: give --csv - or --png -");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (!is_stdout(files[i].file)) continue;
        if (found)
            return fail(err, "--%s - and --%s - cannot both go to standard output", found,
                        files[i].name);
        found = files[i].name;
    }
    if (found && o->json)
        return fail(err, "--json and --%s - cannot both go to standard output", found);
    if ((is_stdout(o->png) || is_stdout(o->npz)) && isatty(STDOUT_FILENO))
        return fail(err,
                    "--%s - would fill the terminal with bytes; send it to a file or a program",
                    found);
    return true;
}
