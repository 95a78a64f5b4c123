/* formats.c: see formats.h. */
#include "cli/formats.h"

#include <string.h>
#include <strings.h>

/* Tables, pictures, pages, arrays, models, and what is packed. */
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
