/* options.c: see options.h. getopt_long reads argv by the table of option_table.h. */
#include "cli/options.h"

#include "base/memory.h"
#include "base/nearest.h"
#include "batch/bootstrap.h"
#include "cli/commands.h"
#include "cli/option_table.h"
#include "cli/option_values.h"
#include "cli/options_check.h"
#include "cli/typing.h"

#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 1024 };

static const char *name_of(int id) {
    return row_of(id).name;
}

/* '-': words are given in their places; ':': a missing value is ':'. */
static const char short_options[] = "-:m:o:hV";

/* getopt_long's code for an option: never a letter, or '?', ':' and 1, which mean something
 * else. */
static int long_code(int id) {
    return 256 + id;
}

/* The option of a code or a letter, or -1. */
static int option_of(int code) {
    for (int id = 0; id < N_OPTIONS; id++)
        if (code == long_code(id) || (code && code == row_of(id).letter)) return id;
    return -1;
}

bool option_named(const char *text, size_t length, bool with_letters) {
    for (int id = 0; id < N_OPTIONS; id++) {
        const struct option_row row = row_of(id);
        const char *name = row.name + 2;
        if (strlen(name) == length && !strncmp(text, name, length)) return true;
        if (with_letters && length == 1 && *text == row.letter) return true;
    }
    return false;
}

/* Whether the argument is the full name of an option, and so hardly meant as a value. */
static bool is_option(const char *argument) {
    return !strncmp(argument, "--", 2) && option_named(argument + 2, strlen(argument + 2), false);
}

/* ---- storing one value ---- */

struct reader {
    int argc;
    char **argv;
    struct options *o;
    bool has_command;
    const char *values[N_OPTIONS]; /* as they were written, of options that are given once */
    int tokens_end;                /* the index after the second token of --tokens */
};

/* Stores an option with its value, except for pairs of tokens. */
static bool store(struct options *o, int id, const char *value, struct pg_error *err) {
    const struct option_row row = row_of(id);
    void *member = (char *)o + row.offset;
    switch (row.kind) {
    case OF_SPEC:
        return spec_read(&o->spec, (enum spec_field)id, value, err);
    case FILE_NAME:
    case OUTPUT:
        if (!*value) return fail(err, "%s takes a name, but found an empty one", row.name);
        *(const char **)member = value;
        return true;
    case TEXT:
        *(const char **)member = value;
        return true;
    case IDS:
        return parse_ids(row.name, value, member, err);
    case NUMBER:
        return parse_count(row.name, value, INT_MAX, member, err);
    case THREADS:
        return parse_count(row.name, value, MAX_THREADS, member, err);
    case REPLICATES:
        return parse_whole(row.name, value, BOOTSTRAP_MAX, member, err);
    case SEED:
        return parse_whole(row.name, value, INT_MAX, member, err);
    case SHARD:
        return parse_shard(row.name, value, member, err);
    case DISTANCE:
        return parse_distance(row.name, value, member, err);
    case REAL:
        return parse_number(row.name, value, member, err);
    case SIZES:
        return parse_sizes(row.name, value, member, err);
    case COLORMAP:
        return parse_colormap(row.name, value, member, err);
    case SHOW:
        return parse_show(row.name, value, member, err);
    case WORK:
        return parse_work(row.name, value, member, err);
    case FLAG:
        break;
    }
    return fail(err, "%s takes no value", row.name);
}

/* An option that is given again must have the same value. */
static bool note_value(struct reader *r, int id, const char *value, struct pg_error *err) {
    const char **before = &r->values[id];
    if (*before && strcmp(*before, value) != 0)
        return fail(err, "%s is given twice, with \"%s\" and with \"%s\"", name_of(id), *before,
                    value);
    *before = value;
    return true;
}

/* Stores an option without a value, or --ids, whose value may be the next argument: for tokenize it
 * is not, for other commands it is, and where the command is still to come, digits are ids. */
static bool store_bare(struct reader *r, int id, struct pg_error *err) {
    const struct option_row row = row_of(id);
    if (id == SPEC_NEURONS) return r->o->by_neuron = true;
    if (id < N_SPEC_FIELDS) return spec_read(&r->o->spec, (enum spec_field)id, "", err);
    if (row.kind != IDS) {
        bool *flag = id == OPTION_PNG   ? &r->o->batch_png
                     : id == OPTION_NPZ ? &r->o->batch_npz
                                        : (bool *)((char *)r->o + row.offset);
        return *flag = true;
    }
    const char *next = optind < r->argc ? r->argv[optind] : "";
    const bool digits = *next >= '0' && *next <= '9';
    if (!*next || !(r->has_command ? ONE_TEXT >> r->o->command & 1 : digits)) return true;
    optind++;
    return note_value(r, id, next, err) && store(r->o, id, next, err);
}

/* ---- tokens ---- */

/* Whether a word after a token is the next option, not a second token. */
static bool looks_like_option(const char *word) {
    if (*word != '-') return false;
    word += word[1] == '-' ? 2 : 1;
    return (*word >= 'a' && *word <= 'z') || (*word >= 'A' && *word <= 'Z');
}

/* Whether --tokens takes any number of tokens: each is a pair by itself then. */
static bool takes_many(const struct reader *r) {
    return r->has_command && r->o->command == COMMAND_PREDICT;
}

/* Whether the next argument is a further token. False and err if it is mistyped. */
static bool find_token(const struct reader *r, bool *found, struct pg_error *err) {
    *found = optind < r->argc && !looks_like_option(r->argv[optind]);
    if (*found && !check_value(r->argv[optind], err)) return false;
    *found = *found && !(takes_many(r) && !strcmp(r->argv[optind], "--"));
    return true;
}

/* Stores the tokens of a --tokens: up to two for an experiment; any number, up to "--", for
 * predict. */
static bool store_tokens(struct reader *r, const char *first, struct pg_error *err) {
    struct token_texts texts = {first, NULL};
    bool found;
    if (!find_token(r, &found, err)) return false;
    if (found && !takes_many(r)) {
        texts.b = r->argv[optind++];
        r->tokens_end = optind;
    }
    if (!spec_add_texts(&r->o->spec, texts, err)) return false;
    while (found && takes_many(r)) {
        texts.a = r->argv[optind++];
        if (!spec_add_texts(&r->o->spec, texts, err) || !find_token(r, &found, err)) return false;
    }
    return true;
}

static bool store_token_ids(struct reader *r, const char *value, struct pg_error *err) {
    const char *name = name_of(SPEC_TOKEN_IDS);
    struct pg_tokens ids = {0};
    const size_t each = takes_many(r) ? 1 : 2;
    bool read = parse_ids(name, value, &ids, err);
    if (read && each == 2 && ids.count > 2)
        read = fail(err, "%s takes one or two token ids, but found %zu", name, ids.count);
    for (size_t i = 0; read && i < ids.count; i += each) {
        const int b = each == 2 && i + 1 < ids.count ? ids.ids[i + 1] : -1;
        read = spec_add_ids(&r->o->spec, (struct pg_pair){ids.ids[i], b}, err);
    }
    pg_tokens_free(&ids);
    return read;
}

/* ---- reading argv ---- */

static bool fail_no_value(int id, struct pg_error *err) {
    return fail(err, "%s takes a value, but nothing follows", name_of(id));
}

/* The commands for which the option has no value although it has one elsewhere: --png of batch,
 * --npz of batch and merge, --neurons of direct; or 0. */
static int bare_for(int id) {
    return id == OPTION_PNG ? BATCH : id == OPTION_NPZ ? FOLDER : id == SPEC_NEURONS ? DIRECT : 0;
}

/* Whether the option stands for one of these commands, which is given before it or right after. */
static bool is_bare(const struct reader *r, int those) {
    if (r->has_command) return those >> r->o->command & 1;
    for (int c = COMMAND_PREDICT; c < N_COMMANDS && optind < r->argc; c++)
        if (those >> c & 1 && !strcmp(r->argv[optind], commands[c].name)) return true;
    return false;
}

/* Whether --neurons of a batch has no value, as that of direct has none: no list follows. */
static bool is_bare_in_batch(const struct reader *r, int id) {
    if (id != SPEC_NEURONS || !r->has_command || r->o->command != COMMAND_BATCH) return false;
    const char *next = optind < r->argc ? r->argv[optind] : "";
    return !strchr("0123456789", next[*next == '-']) || !*next;
}

/* The value of such an option, which getopt_long does not look for: a command decides whether there
 * is one. */
static bool find_value(const struct reader *r, int id, struct pg_error *err) {
    if (optarg || is_bare(r, bare_for(id)) || is_bare_in_batch(r, id)) return true;
    if (optind == r->argc) return fail_no_value(id, err);
    optarg = r->argv[optind++];
    return true;
}

/* An option, its value in optarg. */
static bool read_option(struct reader *r, int id, struct pg_error *err) {
    r->o->given[id] = true;
    if (bare_for(id) && !find_value(r, id, err)) return false;
    const char *value = optarg;
    if (!value) return store_bare(r, id, err);
    if (value == r->argv[optind - 1] && is_option(value))
        return fail(err, "%s takes a value, but %s follows (if that is the value: %s=%s)",
                    name_of(id), value, name_of(id), value);
    if (!check_value(value, err)) return false;
    if (id == SPEC_TOKENS) return store_tokens(r, value, err);
    if (id == SPEC_TOKEN_IDS) return store_token_ids(r, value, err);
    if (id < N_SPEC_FIELDS && spec_rows[id].kind == KIND_TEXTS)
        return spec_add_text(&r->o->spec, (enum spec_field)id, value, err);
    return note_value(r, id, value, err) && store(r->o, id, value, err);
}

static bool fail_command(const struct reader *r, const char *word, struct pg_error *err) {
    const char *names[N_COMMANDS + 1];
    char list[128];
    size_t n = 0;
    if (r->tokens_end && r->argv[r->tokens_end] == word)
        return fail(
            err,
            "--tokens takes one or two tokens, but found \"%s\" after two; each further pair "
            "needs a --tokens of its own",
            word);
    for (int c = COMMAND_PREDICT; c < N_COMMANDS; c++) names[n++] = commands[c].name;
    names[n++] = "help";
    names[n++] = "version";
    const char *nearest = nearest_name(word, names, n);
    if (nearest) return fail(err, "there is no command \"%s\"; did you mean %s?", word, nearest);
    list_names(names, n, list, sizeof list);
    return fail(
        err,
        "there is no command \"%s\", expected %s, or options alone (a text with spaces needs "
        "quotes)",
        word, list);
}

/* After help and version there may be another command. */
static bool read_command(struct reader *r, const char *word, struct pg_error *err) {
    struct options *o = r->o;
    if (!strcmp(word, "help")) return o->help = true;
    if (!strcmp(word, "version")) return o->version = true;
    for (enum command c = COMMAND_PREDICT; c < N_COMMANDS; c++) {
        if (strcmp(word, commands[c].name) != 0) continue;
        o->command = c;
        return r->has_command = true;
    }
    return fail_command(r, word, err);
}

static bool add_folder(struct reader *r, const char *word, struct pg_error *err) {
    struct options *o = r->o;
    if (!*word) return fail(err, "merge takes folders, but one has an empty name");
    if (!o->folders) o->folders = allocate((size_t)r->argc, sizeof *o->folders, err);
    if (!o->folders) return false;
    o->folders[o->n_folders++] = word;
    return true;
}

/* A word that is not an option: the command, then its text, file or folders. */
static bool read_word(struct reader *r, const char *word, struct pg_error *err) {
    if (!r->has_command) return read_command(r, word, err);
    if (r->o->command == COMMAND_INFO)
        return fail(err, "info takes no text, but found \"%s\"", word);
    if (r->o->command == COMMAND_MERGE) return add_folder(r, word, err);
    if ((r->o->command == COMMAND_BATCH || r->o->command == COMMAND_CIRCUIT) && r->o->text)
        return fail(err, "%s takes one file, but found \"%s\" after it",
                    commands[r->o->command].name, word);
    if (r->o->text)
        return fail(
            err, "%s takes one text, but found \"%s\" after it (a text with spaces needs quotes)",
            commands[r->o->command].name, word);
    r->o->text = word;
    return true;
}

/* An unknown option, or a beginning that several share. */
static bool fail_unknown(const char *argument, struct pg_error *err) {
    const char *names[N_OPTIONS];
    char name[64], several[256] = "";
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument, "="), argument);
    for (int id = 0; id < N_OPTIONS; id++) {
        names[id] = name_of(id) + 2;
        if (strncmp(name + 2, names[id], strlen(name + 2)) != 0) continue;
        size_t used = strlen(several);
        snprintf(several + used, sizeof several - used, "%s--%s", used ? " or " : "", names[id]);
    }
    if (*several) return fail(err, "%s could be %s", name, several);
    const char *nearest = nearest_name(name + 2, names, N_OPTIONS);
    if (nearest) return fail(err, "there is no option %s; did you mean --%s?", name, nearest);
    return fail(err, "there is no option %s (see patchgpt --help)", name);
}

/* An argument that getopt_long refused: optopt is the option's code, an unknown letter, or 0. */
static bool fail_option(const struct reader *r, int code, struct pg_error *err) {
    int id = option_of(optopt);
    if (code == ':') return fail_no_value(id, err);
    if (id >= 0) return fail(err, "%s takes no value", name_of(id));
    if (optopt) return fail(err, "there is no option -%c (see patchgpt --help)", optopt);
    return fail_unknown(r->argv[optind - 1], err);
}

static bool read_arguments(struct reader *r, struct pg_error *err) {
    struct option longs[N_OPTIONS + 1] = {0};
    for (int id = 0; id < N_OPTIONS; id++) {
        const enum option_kind kind = row_of(id).kind;
        const int takes = kind == FLAG                  ? no_argument
                          : kind == IDS || bare_for(id) ? optional_argument
                                                        : required_argument;
        longs[id] = (struct option){name_of(id) + 2, takes, NULL, long_code(id)};
    }
    opterr = 0;
    while (optind < r->argc) {
        if (!check_argument(r->argv[optind], err)) return false;
        const int code = getopt_long(r->argc, r->argv, short_options, longs, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return fail_option(r, code, err);
        if (code != 1 && !read_option(r, option_of(code), err)) return false;
        if (code == 1 && !read_word(r, optarg, err))
            return explain_word(r->argc, r->argv, optarg, err);
    }
    while (optind < r->argc)
        if (!read_word(r, r->argv[optind++], err)) return false;
    return true;
}

static bool check_commands(const struct options *o, struct pg_error *err) {
    for (int id = 0; id < N_OPTIONS; id++)
        if (o->given[id] && !(row_of(id).commands >> o->command & 1))
            return fail(err, "%s does not go with %s", name_of(id), commands[o->command].name);
    return true;
}

bool options_parse(int argc, char **argv, struct options *out, struct pg_error *err) {
    *out = (struct options){.model = "gpt2",
                            .spec = spec_default(SPEC_COMMAND_LINE),
                            .bootstrap = BOOTSTRAP_DEFAULT,
                            .bootstrap_seed = 1,
                            .low = (double)NAN,
                            .high = (double)NAN,
                            .center = (double)NAN};
    struct reader r = {.argc = argc, .argv = argv, .o = out};
    if (!read_arguments(&r, err)) return false;
    return out->help || out->version || (check_commands(out, err) && options_check(out, err));
}

bool options_run_many(const struct options *o) {
    return o->spec.over && !spec_needs_mean(&o->spec);
}

void options_free(struct options *o) {
    free(o->folders);
    pg_tokens_free(&o->ids);
    free(o->top_edges.items);
    spec_free(&o->spec);
}
