/* model_files.c: pg_model_has_file: whether writing a file would replace one of a model's. */
#include "model/model.h"

#include "base/memory.h"
#include "base/path.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* Whether a file beside a checkpoint belongs to it, even if it is not read. */
static bool is_model_name(const char *name) {
    static const char *const names[] = {
        "config.json",       "generation_config.json", "vocab.json",
        "merges.txt",        "encoder.json",           "vocab.bpe",
        "tokenizer.json",    "tokenizer_config.json",  "special_tokens_map.json",
        "added_tokens.json",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i])) return true;
    return ends_with(name, ".safetensors") || ends_with(name, ".safetensors.index.json");
}

static bool is_in_folder(const char *folder, const char *name, const char *path) {
    struct pg_error err;
    char *file = path_join(folder, name, &err);
    const bool same = file && same_file(file, path);
    free(file);
    return same;
}

bool pg_model_has_file(const struct pg_model *model, const char *path) {
    struct pg_error err;
    char *folder =
        file_exists(path) && file_exists(model->path) ? copy_string(model->path, &err) : NULL;
    if (!folder) return false;
    char *slash = strrchr(folder, '/');
    if (slash) slash[1] = '\0';
    const char *where = slash ? folder : ".";
    bool found = same_file(model->path, path);
    DIR *entries = found ? NULL : opendir(where);
    for (struct dirent *entry; entries && !found && (entry = readdir(entries));)
        found = is_model_name(entry->d_name) && is_in_folder(where, entry->d_name, path);
    if (entries) closedir(entries);
    free(folder);
    return found;
}
