/* locate.c: see locate.h. A name is looked for in each place, in order, until a folder has a
 * checkpoint; a path that is too long for the system is skipped. */
#include "model/locate.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/path.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names that need no owner, and their owners on the Hugging Face hub. */
static const struct {
    const char *name, *owner;
} known[] = {
    {"gpt2", "openai-community"},       {"gpt2-medium", "openai-community"},
    {"gpt2-large", "openai-community"}, {"gpt2-xl", "openai-community"},
    {"distilgpt2", "distilbert"},       {"demo", NULL}, /* built in: only a suggestion here */
};
enum { N_KNOWN = sizeof known / sizeof *known };
#define KNOWN_NAMES "demo, gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2"

enum { MAX_NAME = 200 };

struct search {
    struct pg_error dangling; /* about the first dangling link, or "" */
    char found[PATH_MAX];     /* the folder with a checkpoint, or "" */
    char pytorch[PATH_MAX];   /* the first PyTorch checkpoint, or "" */
    char looked[1024];        /* the places, for the error */
};

static bool vformat_path(char path[PATH_MAX], const char *format, va_list args) {
    int n = vsnprintf(path, PATH_MAX, format, args);
    return n >= 0 && n < PATH_MAX;
}

/* False if the path is too long. */
__attribute__((format(printf, 2, 3))) static bool format_path(char path[PATH_MAX],
                                                              const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool fits = vformat_path(path, format, args);
    va_end(args);
    return fits;
}

/* $variable, or NULL if it is unset or empty. */
static const char *environment(const char *variable) {
    const char *value = getenv(variable);
    return value && *value ? value : NULL;
}

/* Replaces a leading ~ in the n bytes of a path by $HOME, as a shell does where it is not quoted.
 * False if the path is too long. */
static bool expand_home(const char *path, size_t n, char out[PATH_MAX]) {
    const char *home = environment("HOME");
    const bool at_home = home && path[0] == '~' && (n == 1 || path[1] == '/');
    return n < PATH_MAX &&
           format_path(out, "%s%.*s", at_home ? home : "", (int)n - at_home, path + at_home);
}

/* The folder that a variable names. False if it names none. */
static bool environment_folder(const char *variable, char out[PATH_MAX]) {
    const char *value = environment(variable);
    return value && expand_home(value, strlen(value), out);
}

/* ---- the files in a folder ---- */

void model_files_free(struct model_files *files) {
    free(files->checkpoint);
    free(files->config);
    free(files->vocab);
    free(files->merges);
    free(files->tokenizer);
    free(files->added_tokens);
    free(files->special_tokens);
    free(files->tokenizer_config);
    *files = (struct model_files){0};
}

/* Sets *out to the file's path if it is NULL and the file exists. False when memory is out or the
 * file is a dangling link. */
static bool note_file(const char *folder, const char *name, char **out, struct pg_error *err) {
    if (*out) return true;
    char *path = path_join(folder, name, err);
    if (!path) return false;
    const bool dangling = link_is_dangling(path, err);
    if (file_exists(path))
        *out = path;
    else
        free(path);
    return !dangling;
}

static bool note_companions(const char *folder, struct model_files *out, struct pg_error *err) {
    return note_file(folder, "config.json", &out->config, err) &&
           note_file(folder, "vocab.json", &out->vocab, err) &&
           note_file(folder, "encoder.json", &out->vocab, err) &&
           note_file(folder, "merges.txt", &out->merges, err) &&
           note_file(folder, "vocab.bpe", &out->merges, err) &&
           note_file(folder, "tokenizer.json", &out->tokenizer, err) &&
           note_file(folder, "added_tokens.json", &out->added_tokens, err) &&
           note_file(folder, "special_tokens_map.json", &out->special_tokens, err) &&
           note_file(folder, "tokenizer_config.json", &out->tokenizer_config, err);
}

static bool is_pytorch(const char *name) {
    return strncmp(name, "pytorch_model", 13) == 0 || ends_with(name, ".pt") ||
           ends_with(name, ".pth") || ends_with(name, ".ckpt");
}

/* The first PyTorch checkpoint in the folder. */
static bool find_pytorch(const char *folder, char path[PATH_MAX]) {
    DIR *dir = opendir(folder);
    if (!dir) return false;
    struct dirent *entry;
    do entry = readdir(dir);
    while (entry && !is_pytorch(entry->d_name));
    bool found = entry && format_path(path, "%s/%s", folder, entry->d_name);
    closedir(dir);
    return found;
}

static bool fail_pytorch(const char *path, struct pg_error *err) {
    return fail(err, "%s is a PyTorch checkpoint; convert it with scripts/convert_checkpoint.py",
                path);
}

static bool locate_folder(const char *folder, struct model_files *out, struct pg_error *err) {
    char pytorch[PATH_MAX];
    if (!note_file(folder, "model.safetensors", &out->checkpoint, err) ||
        !note_file(folder, "model.safetensors.index.json", &out->checkpoint, err))
        return false;
    if (out->checkpoint) return note_companions(folder, out, err);
    if (find_pytorch(folder, pytorch)) return fail_pytorch(pytorch, err);
    return fail(err, "%s has no model.safetensors and no model.safetensors.index.json", folder);
}

/* ---- a path ---- */

static bool is_checkpoint_name(const char *name) {
    return ends_with(name, ".safetensors") || ends_with(name, ".index.json");
}

static bool is_path(const char *name) {
    return strchr("/.~", name[0]) || is_checkpoint_name(name) || is_pytorch(name) ||
           (strchr(name, '/') && (file_exists(name) || folder_exists(name)));
}

static bool locate_path(const char *name, struct model_files *out, struct pg_error *err) {
    char path[PATH_MAX];
    if (!expand_home(name, strlen(name), path))
        return fail(err, "cannot open %s: %s", name, strerror(ENAMETOOLONG));
    if (folder_exists(path)) return locate_folder(path, out, err);
    if (link_is_dangling(path, err)) return false;
    if (access(path, R_OK) != 0) return fail(err, "cannot open %s: %s", name, strerror(errno));
    if (is_pytorch(path) || ends_with(path, ".bin")) return fail_pytorch(path, err);
    if (!is_checkpoint_name(path))
        return fail(err, "%s is no model, expected a folder, a .safetensors file or an .index.json",
                    path);
    out->checkpoint = copy_string(path, err);
    char *folder = out->checkpoint ? copy_string(path, err) : NULL;
    if (!folder) return false;
    char *slash = strrchr(folder, '/');
    folder[slash ? slash - folder + 1 : 0] = '\0';
    bool good = note_companions(folder, out, err);
    free(folder);
    return good;
}

/* ---- the places of a name; true: s->found is the folder ---- */

/* Adds a place to the list in the error. */
static void note_place(struct search *s, const char *place) {
    size_t used = strlen(s->looked);
    snprintf(s->looked + used, sizeof s->looked - used, "%s%s", used ? ", " : "", place);
}

/* Whether a file exists; a dangling link is noted. */
static bool is_there(struct search *s, const char *folder, const char *name) {
    char path[PATH_MAX];
    struct pg_error dangling;
    if (!format_path(path, "%s/%s", folder, name)) return false;
    if (link_is_dangling(path, &dangling) && !s->dangling.text[0]) s->dangling = dangling;
    return file_exists(path);
}

static bool take_folder(struct search *s, const char *folder) {
    if (is_there(s, folder, "model.safetensors") ||
        is_there(s, folder, "model.safetensors.index.json"))
        return format_path(s->found, "%s", folder);
    if (!s->pytorch[0] && !find_pytorch(folder, s->pytorch)) s->pytorch[0] = '\0';
    return false;
}

__attribute__((format(printf, 2, 3))) static bool try_folder(struct search *s, const char *format,
                                                             ...) {
    char folder[PATH_MAX];
    va_list args;
    va_start(args, format);
    bool fits = vformat_path(folder, format, args);
    va_end(args);
    if (!fits) return false;
    note_place(s, folder);
    return take_folder(s, folder);
}

static bool try_patchgpt_models(struct search *s, const char *name) {
    const char *roots = environment("PATCHGPT_MODELS");
    while (roots) {
        char root[PATH_MAX];
        size_t n = strcspn(roots, ":");
        if (n && expand_home(roots, n, root) && try_folder(s, "%s/%s", root, name)) return true;
        roots = roots[n] ? roots + n + 1 : NULL;
    }
    return false;
}

static bool try_patchgpt_cache(struct search *s, const char *name) {
    char cache[PATH_MAX];
    const char *home = environment("HOME");
    if (environment_folder("XDG_CACHE_HOME", cache))
        return try_folder(s, "%s/patchgpt/%s", cache, name);
    return home && try_folder(s, "%s/.cache/patchgpt/%s", home, name);
}

/* ---- the Hugging Face cache: models--OWNER--NAME/snapshots/COMMIT, refs/main holds a COMMIT
 * ---- */

/* Where it is, in the order of the huggingface_hub library. */
static bool hub_root(char root[PATH_MAX]) {
    char folder[PATH_MAX];
    const char *home = environment("HOME");
    if (environment_folder("HF_HUB_CACHE", root) ||
        environment_folder("HUGGINGFACE_HUB_CACHE", root))
        return true;
    if (environment_folder("HF_HOME", folder)) return format_path(root, "%s/hub", folder);
    if (environment_folder("XDG_CACHE_HOME", folder))
        return format_path(root, "%s/huggingface/hub", folder);
    return home && format_path(root, "%s/.cache/huggingface/hub", home);
}

/* The snapshot that refs/main names. */
static bool try_main_snapshot(struct search *s, const char *repository) {
    char path[PATH_MAX];
    struct pg_error ignored;
    size_t size;
    if (!format_path(path, "%s/refs/main", repository) || !file_exists(path)) return false;
    char *commit = file_read(path, 256, &size, &ignored);
    if (!commit) return false;
    commit[strcspn(commit, " \t\r\n")] = '\0';
    bool plain = isalnum((unsigned char)commit[0]) && !strchr(commit, '/');
    bool found =
        plain && format_path(path, "%s/snapshots/%s", repository, commit) && take_folder(s, path);
    free(commit);
    return found;
}

/* The newest snapshot with a checkpoint: another revision is better than none. */
static bool try_newest_snapshot(struct search *s, const char *repository) {
    char path[PATH_MAX];
    DIR *dir = format_path(path, "%s/snapshots", repository) ? opendir(path) : NULL;
    if (!dir) return false;
    time_t newest = 0;
    bool found = false;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat status;
        if (entry->d_name[0] == '.' ||
            !format_path(path, "%s/snapshots/%s", repository, entry->d_name) ||
            stat(path, &status) != 0 || (found && status.st_mtime <= newest) ||
            !take_folder(s, path))
            continue;
        found = true;
        newest = status.st_mtime;
    }
    closedir(dir);
    return found;
}

static bool try_hub(struct search *s, const char *name) {
    char root[PATH_MAX], repository[PATH_MAX];
    const char *slash = strchr(name, '/');
    if (!hub_root(root)) return false;
    bool fits = slash ? format_path(repository, "%s/models--%.*s--%s", root, (int)(slash - name),
                                    name, slash + 1)
                      : format_path(repository, "%s/models--%s", root, name);
    if (!fits) return false;
    note_place(s, repository);
    return try_main_snapshot(s, repository) || try_newest_snapshot(s, repository);
}

static bool try_places(struct search *s, const char *name) {
    return try_patchgpt_models(s, name) || try_patchgpt_cache(s, name) || try_hub(s, name);
}

/* ---- names ---- */

/* NAME or OWNER/NAME of letters, digits, '_', '-' and '.', neither part beginning with '-' or
 * '.'. */
static bool is_model_name(const char *name) {
    size_t slashes = 0;
    char before = '/';
    if (strlen(name) > MAX_NAME) return false;
    for (const char *p = name; *p; before = *p++) {
        slashes += *p == '/';
        bool word = isalnum((unsigned char)*p) || *p == '_';
        if (!word && (before == '/' || !strchr("/-.", *p))) return false;
    }
    return before != '/' && slashes <= 1;
}

/* The other spelling of a known name: gpt2 <-> openai-community/gpt2. False for other names. */
static bool other_spelling(const char *name, char other[PATH_MAX]) {
    for (int i = 0; i < N_KNOWN && known[i].owner; i++) {
        if (!format_path(other, "%s/%s", known[i].owner, known[i].name)) return false;
        if (strcmp(name, known[i].name) == 0) return true;
        if (strcmp(name, other) == 0) return format_path(other, "%s", known[i].name);
    }
    return false;
}

static const char *nearest_known(const char *name) {
    const char *names[N_KNOWN];
    for (int i = 0; i < N_KNOWN; i++) names[i] = known[i].name;
    return nearest_name(name, names, N_KNOWN);
}

static bool fail_not_found(const char *name, const struct search *s, struct pg_error *err) {
    char other[PATH_MAX];
    const char *looked =
        s->looked[0] ? s->looked : "no place: neither HOME nor PATCHGPT_MODELS is set";
    if (s->dangling.text[0]) return fail(err, "%s", s->dangling.text);
    if (s->pytorch[0]) return fail_pytorch(s->pytorch, err);
    if (strchr(name, '/') || other_spelling(name, other))
        return fail(err,
                    "model %s is not here; fetch it with scripts/fetch_model.sh %s (looked in %s)",
                    name, name, looked);
    const char *nearest = nearest_known(name);
    if (nearest)
        return fail(err, "there is no model %s; did you mean %s? (looked in %s)", name, nearest,
                    looked);
    return fail(err,
                "there is no model %s, expected a folder, a .safetensors file, owner/name or one "
                "of " KNOWN_NAMES " (looked in %s)",
                name, looked);
}

static bool locate_name(const char *name, struct model_files *out, struct pg_error *err) {
    if (!is_model_name(name))
        return fail(
            err,
            "\"%s\" is no model name, expected a folder, a .safetensors file, owner/name or "
            "one of " KNOWN_NAMES,
            name);
    struct search s = {0};
    char other[PATH_MAX];
    bool found = (folder_exists(name) && try_folder(&s, "./%s", name)) || try_places(&s, name) ||
                 (other_spelling(name, other) && try_places(&s, other));
    return found ? locate_folder(s.found, out, err) : fail_not_found(name, &s, err);
}

bool locate_model(const char *name, struct model_files *out, struct pg_error *err) {
    *out = (struct model_files){0};
    if (name[0] == '\0') return fail(err, "the model's name is empty");
    if (is_path(name) ? locate_path(name, out, err) : locate_name(name, out, err)) return true;
    model_files_free(out);
    return false;
}
