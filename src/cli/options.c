/* options.c: see options.h. One table says which options there are, what they take, where that goes and
 * which commands they belong to; getopt_long reads argv by it. */
#include "cli/options.h"

#include "base/memory.h"
#include "base/nearest.h"
#include "cli/options_check.h"
#include "cli/typing.h"
#include "spec/values.h"

#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 1024 };

/* ---- the table ---- */

/* What an option takes, and so the type of its field. */
enum kind {
    FLAG,       /* nothing: bool */
    TEXT,       /* anything: const char * */
    FILE_NAME,  /* anything but nothing: const char * */
    PNG,        /* the same for an experiment, nothing for batch */
    TOKENS,     /* one or two texts, one more for each time, for predict any number: struct
                   token_texts * */
    TOKEN_IDS,  /* the same as ids: struct pg_pair * */
    ID_LIST,    /* struct pg_tokens */
    IDS_OR_NOT, /* the same for predict, nothing for tokenize */
    SELECTION,  /* numbers and ranges: struct selection */
    POSITIONS,  /* the same, or diff */
    POSITION,   /* any whole number: int */
    NUMBER,     /* 1 or more: int */
    THREADS,    /* 1 to MOST_THREADS: int */
    SHARD,      /* I/N: struct shard */
    DISTANCE,   /* 0 or more: double */
    REAL,       /* double */
    SITES,      /* names: struct site_list */
    METRIC,     /* a name, by its number: int */
    COLORMAP,
    SHOW,
};

enum {
    EXPERIMENT = 1 << COMMAND_EXPERIMENT,
    PREDICT = 1 << COMMAND_PREDICT,
    TOKENIZE = 1 << COMMAND_TOKENIZE,
    DETOKENIZE = 1 << COMMAND_DETOKENIZE,
    INFO = 1 << COMMAND_INFO,
    BATCH = 1 << COMMAND_BATCH,
    MERGE = 1 << COMMAND_MERGE,
    SINGLE = EXPERIMENT | PREDICT | TOKENIZE | DETOKENIZE | INFO,
    FOLDER = BATCH | MERGE,
};

#define FIELD(name) offsetof(struct options, name)

static const struct spec {
    const char *name;
    char letter; /* its short form, or 0 */
    enum kind kind;
    size_t field;
    int commands;
} specs[N_OPTIONS] = {
    [OPTION_MODEL] = {"model", 'm', FILE_NAME, FIELD(model), SINGLE | BATCH},
    [OPTION_CLEAN] = {"clean", 0, TEXT, FIELD(clean), EXPERIMENT},
    [OPTION_CORRUPT] = {"corrupt", 0, TEXT, FIELD(corrupt), EXPERIMENT},
    [OPTION_TOKENS] = {"tokens", 0, TOKENS, FIELD(tokens), EXPERIMENT | PREDICT},
    [OPTION_CLEAN_IDS] = {"clean-ids", 0, ID_LIST, FIELD(clean_ids), EXPERIMENT},
    [OPTION_CORRUPT_IDS] = {"corrupt-ids", 0, ID_LIST, FIELD(corrupt_ids), EXPERIMENT},
    [OPTION_TOKEN_IDS] = {"token-ids", 0, TOKEN_IDS, FIELD(token_ids), EXPERIMENT | PREDICT},
    [OPTION_IDS] = {"ids", 0, IDS_OR_NOT, FIELD(ids), PREDICT | TOKENIZE},
    [OPTION_PREPEND_BOS] = {"prepend-bos", 0, FLAG, FIELD(prepend_bos),
                            EXPERIMENT | PREDICT | TOKENIZE | BATCH},
    [OPTION_SITE] = {"site", 0, SITES, FIELD(sites), EXPERIMENT | BATCH},
    [OPTION_METRIC] = {"metric", 0, METRIC, FIELD(metric), EXPERIMENT | BATCH},
    [OPTION_NOISING] = {"noising", 0, FLAG, FIELD(noising), EXPERIMENT | BATCH},
    [OPTION_LAYERS] = {"layers", 0, SELECTION, FIELD(layers), EXPERIMENT | BATCH},
    [OPTION_HEADS] = {"heads", 0, SELECTION, FIELD(heads), EXPERIMENT | BATCH},
    [OPTION_POSITIONS] = {"positions", 0, POSITIONS, FIELD(positions), EXPERIMENT | BATCH},
    [OPTION_READ_POSITION] = {"read-position", 0, POSITION, FIELD(read_position),
                              EXPERIMENT | BATCH},
    [OPTION_OUTPUT] = {"output", 'o', FILE_NAME, FIELD(output), EXPERIMENT | FOLDER},
    [OPTION_CSV] = {"csv", 0, FILE_NAME, FIELD(csv), EXPERIMENT},
    [OPTION_PNG] = {"png", 0, PNG, FIELD(png), EXPERIMENT | BATCH},
    [OPTION_COLORMAP] = {"colormap", 0, COLORMAP, FIELD(colormap), EXPERIMENT | FOLDER},
    [OPTION_SHOW] = {"show", 0, SHOW, FIELD(show), EXPERIMENT | BATCH},
    [OPTION_VMIN] = {"vmin", 0, REAL, FIELD(low), EXPERIMENT | FOLDER},
    [OPTION_VMAX] = {"vmax", 0, REAL, FIELD(high), EXPERIMENT | FOLDER},
    [OPTION_CENTER] = {"center", 0, REAL, FIELD(center), EXPERIMENT | FOLDER},
    [OPTION_TERMINAL] = {"terminal", 0, FLAG, FIELD(terminal), EXPERIMENT},
    [OPTION_IGNORE] = {"ignore", 0, TEXT, FIELD(ignore), BATCH},
    [OPTION_RESUME] = {"resume", 0, FLAG, FIELD(resume), BATCH},
    [OPTION_SHARD] = {"shard", 0, SHARD, FIELD(shard), BATCH},
    [OPTION_LOGITS] = {"logits", 0, FILE_NAME, FIELD(logits), PREDICT},
    [OPTION_ALL_POSITIONS] = {"all-positions", 0, FLAG, FIELD(all_positions), PREDICT},
    [OPTION_CHECK] = {"check", 0, FILE_NAME, FIELD(check), EXPERIMENT | PREDICT | BATCH},
    [OPTION_TOLERANCE] = {"tolerance", 0, DISTANCE, FIELD(tolerance), EXPERIMENT | PREDICT | BATCH},
    [OPTION_TOP] = {"top", 0, NUMBER, FIELD(top), EXPERIMENT | PREDICT},
    [OPTION_THREADS] = {"threads", 0, THREADS, FIELD(threads), EXPERIMENT | PREDICT | INFO | BATCH},
    [OPTION_JSON] = {"json", 0, FLAG, FIELD(json), SINGLE},
    [OPTION_MARKDOWN] = {"markdown", 0, FLAG, FIELD(markdown), EXPERIMENT | PREDICT | TOKENIZE},
    [OPTION_QUIET] = {"quiet", 0, FLAG, FIELD(quiet), EXPERIMENT | PREDICT | FOLDER},
    [OPTION_HELP] = {"help", 'h', FLAG, FIELD(help), SINGLE | FOLDER},
    [OPTION_VERSION] = {"version", 'V', FLAG, FIELD(version), SINGLE | FOLDER},
};

static const char short_options[] =
    "-:m:o:hV"; /* '-': words come in their places; ':': no value is ':' */

static const char *const command_names[N_COMMANDS] = {
    "an experiment", "predict", "tokenize", "info", "batch", "merge", "detokenize"};

/* getopt_long's code for an option: never a letter, or '?', ':' and 1, which mean something else. */
static int long_code(int id) {
    return 256 + id;
}

/* The option of a code or a letter, or -1. */
static int option_of(int code) {
    for (int id = 0; id < N_OPTIONS; id++)
        if (code == long_code(id) || (code && code == specs[id].letter)) return id;
    return -1;
}

bool option_named(const char *text, size_t length, bool with_letters) {
    for (int id = 0; id < N_OPTIONS; id++) {
        const char *name = specs[id].name;
        if (strlen(name) == length && !strncmp(text, name, length)) return true;
        if (with_letters && length == 1 && *text == specs[id].letter) return true;
    }
    return false;
}

/* Whether the argument is an option, whole, that can hardly be meant as a value. */
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

static bool store_name(const struct spec *s, const char *value, int *out, struct pg_error *err) {
    const char *colormaps[PG_N_COLORMAPS];
    for (int i = 0; i < PG_N_COLORMAPS; i++) colormaps[i] = pg_colormap_name((enum pg_colormap)i);
    const char *metrics[PG_N_METRICS];
    for (int i = 0; i < PG_N_METRICS; i++) metrics[i] = pg_metric_name((enum pg_metric)i);
    const char *shows[PG_N_SHOWS];
    for (int i = 0; i < PG_N_SHOWS; i++) shows[i] = pg_show_name((enum pg_show)i);
    if (s->kind == SHOW) return parse_name(s->name, value, shows, PG_N_SHOWS, out, err);
    if (s->kind == METRIC) return parse_name(s->name, value, metrics, PG_N_METRICS, out, err);
    return parse_name(s->name, value, colormaps, PG_N_COLORMAPS, out, err);
}

/* Whether a word behind a token is the next option and no second token. */
static bool looks_like_option(const char *word) {
    if (*word != '-') return false;
    word += word[1] == '-' ? 2 : 1;
    return (*word >= 'a' && *word <= 'z') || (*word >= 'A' && *word <= 'Z');
}

/* Whether --tokens takes any number: then each is stored by itself. */
static bool takes_many(const struct reader *r) {
    return r->has_command && r->o->command == COMMAND_PREDICT;
}

/* Stores one token for predict, up to two for an experiment; predict's end at "--" too. */
static bool store_tokens(struct reader *r, const char *first, struct pg_error *err) {
    struct options *o = r->o;
    if (!o->tokens) o->tokens = allocate((size_t)r->argc, sizeof *o->tokens, err);
    if (!o->tokens) return false;
    struct token_texts *texts = &o->tokens[o->n_tokens++];
    texts->a = first;
    if (optind == r->argc || looks_like_option(r->argv[optind])) return true;
    if (!check_value(r->argv[optind], err)) return false;
    if (takes_many(r))
        return !strcmp(r->argv[optind], "--") || store_tokens(r, r->argv[optind++], err);
    texts->b = r->argv[optind++];
    r->tokens_end = optind;
    return true;
}

/* Room for n more of --token-ids. */
static bool grow_token_ids(struct options *o, size_t more, struct pg_error *err) {
    struct pg_pair *pairs = allocate(o->n_token_ids + more, sizeof *pairs, err);
    if (!pairs) return false;
    if (o->n_token_ids) memcpy(pairs, o->token_ids, o->n_token_ids * sizeof *pairs);
    free(o->token_ids);
    o->token_ids = pairs;
    return true;
}

static bool store_token_ids(struct reader *r, const char *value, struct pg_error *err) {
    struct options *o = r->o;
    struct pg_tokens ids = {0};
    const size_t each = takes_many(r) ? 1 : 2;
    bool read = parse_ids("token-ids", value, &ids, err) && grow_token_ids(o, ids.count, err);
    if (read && each == 2 && ids.count > 2)
        read = fail(err, "--token-ids takes one or two token ids, but found %zu", ids.count);
    for (size_t i = 0; read && i < ids.count; i += each)
        o->token_ids[o->n_token_ids++] =
            (struct pg_pair){ids.ids[i], i + 1 < ids.count && each == 2 ? ids.ids[i + 1] : -1};
    pg_tokens_free(&ids);
    return read;
}

static bool store_integer(const struct spec *s, const char *value, int *out, struct pg_error *err) {
    const int high = s->kind == THREADS ? MOST_THREADS : INT_MAX;
    if (parse_integer(value, 1, high, out)) return true;
    return s->kind == THREADS
               ? fail(err, "--%s takes a whole number from 1 to %d, but found \"%s\"", s->name,
                      high, value)
               : fail(err, "--%s takes a whole number of 1 or more, but found \"%s\"", s->name,
                      value);
}

static bool store_position(const struct spec *s, const char *value, int *out,
                           struct pg_error *err) {
    if (parse_integer(value, -INT_MAX, INT_MAX, out)) return true;
    return fail(err, "--%s takes a position, such as 3 or -1 for the last, but found \"%s\"",
                s->name, value);
}

static bool store_shard(const struct spec *s, const char *value, struct shard *out,
                        struct pg_error *err) {
    const char *p = value;
    if (read_integer(&p, &out->index) && *p++ == '/' && read_integer(&p, &out->count) && !*p &&
        out->index >= 1 && out->index <= out->count)
        return true;
    return fail(err,
                "--%s takes a number and how many there are, such as 1/4 to 4/4, but found "
                "\"%s\"",
                s->name, value);
}

static bool store_real(const struct spec *s, const char *value, double *out, struct pg_error *err) {
    const bool distance = s->kind == DISTANCE;
    if (parse_real(value, out) && !(distance && signbit(*out))) return true;
    return fail(err, "--%s takes a number%s, but found \"%s\"", s->name,
                distance ? " of 0 or more, such as 1e-4" : ", such as -1.5", value);
}

/* An option with its value, other than tokens. */
static bool store(struct options *o, const struct spec *s, const char *value,
                  struct pg_error *err) {
    void *field = (char *)o + s->field;
    switch (s->kind) {
    case FILE_NAME:
    case PNG:
        if (!*value) return fail(err, "--%s takes a name, but found an empty one", s->name);
        *(const char **)field = value;
        return true;
    case TEXT:
        *(const char **)field = value;
        return true;
    case ID_LIST:
    case IDS_OR_NOT:
        return parse_ids(s->name, value, field, err);
    case SELECTION:
    case POSITIONS:
        return parse_selection(s->name, value, s->kind == POSITIONS, field, err);
    case POSITION:
        return store_position(s, value, field, err);
    case NUMBER:
    case THREADS:
        return store_integer(s, value, field, err);
    case SHARD:
        return store_shard(s, value, field, err);
    case DISTANCE:
    case REAL:
        return store_real(s, value, field, err);
    case SITES:
        return parse_sites(s->name, value, o->sites.items, &o->sites.count, err);
    case METRIC:
    case COLORMAP:
    case SHOW:
        return store_name(s, value, field, err);
    case FLAG:
    case TOKENS:
    case TOKEN_IDS:
        break;
    }
    return false;
}

/* An option that is given again must say the same again. */
static bool note_value(struct reader *r, int id, const char *value, struct pg_error *err) {
    const char **before = &r->values[id];
    if (*before && strcmp(*before, value) != 0)
        return fail(err, "--%s is given twice, with \"%s\" and with \"%s\"", specs[id].name,
                    *before, value);
    *before = value;
    return true;
}

/* An option without a value, or --ids, whose value may be the next argument: for predict it is, for
 * tokenize it is not, and where the command is still to come, digits are ids. */
static bool store_bare(struct reader *r, int id, struct pg_error *err) {
    const struct spec *s = &specs[id];
    void *field = (char *)r->o + s->field;
    if (s->kind != IDS_OR_NOT) {
        *(bool *)(s->kind == PNG ? &r->o->batch_png : field) = true;
        return true;
    }
    const char *next = optind < r->argc ? r->argv[optind] : "";
    bool digits = *next >= '0' && *next <= '9';
    if (!*next || !(r->has_command ? r->o->command == COMMAND_PREDICT : digits)) return true;
    optind++;
    return note_value(r, id, next, err) && parse_ids(s->name, next, field, err);
}

bool options_set(struct options *o, enum option_id id, const char *value, struct pg_error *err) {
    o->given[id] = true;
    return store(o, &specs[id], value, err);
}

/* ---- reading argv ---- */

static bool fail_no_value(int id, struct pg_error *err) {
    return fail(err, "--%s takes a value, but nothing follows", specs[id].name);
}

/* Whether --png is batch's: then it has no value. The command comes before it, or right behind. */
static bool is_bare_png(const struct reader *r) {
    if (r->has_command) return r->o->command == COMMAND_BATCH;
    return optind < r->argc && !strcmp(r->argv[optind], command_names[COMMAND_BATCH]);
}

/* The value of --png, which getopt_long does not look for: a command decides whether there is one. */
static bool find_png(const struct reader *r, struct pg_error *err) {
    if (optarg || is_bare_png(r)) return true;
    if (optind == r->argc) return fail_no_value(OPTION_PNG, err);
    optarg = r->argv[optind++];
    return true;
}

/* An option, its value in optarg. */
static bool read_option(struct reader *r, int id, struct pg_error *err) {
    const struct spec *s = &specs[id];
    r->o->given[id] = true;
    if (s->kind == PNG && !find_png(r, err)) return false;
    const char *value = optarg;
    if (!value) return store_bare(r, id, err);
    if (value == r->argv[optind - 1] && is_option(value))
        return fail(err, "--%s takes a value, but %s follows (if that is the value: --%s=%s)",
                    s->name, value, s->name, value);
    if (!check_value(value, err)) return false;
    if (s->kind == TOKENS) return store_tokens(r, value, err);
    if (s->kind == TOKEN_IDS) return store_token_ids(r, value, err);
    return note_value(r, id, value, err) && store(r->o, s, value, err);
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
    for (int c = COMMAND_PREDICT; c < N_COMMANDS; c++) names[n++] = command_names[c];
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
        if (strcmp(word, command_names[c]) != 0) continue;
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

/* What is no option: the command, then its text, file or folders. */
static bool read_word(struct reader *r, const char *word, struct pg_error *err) {
    if (!r->has_command) return read_command(r, word, err);
    if (r->o->command == COMMAND_INFO)
        return fail(err, "info takes no text, but found \"%s\"", word);
    if (r->o->command == COMMAND_MERGE) return add_folder(r, word, err);
    if (r->o->command == COMMAND_BATCH && r->o->text)
        return fail(err, "batch takes one file, but found \"%s\" after it", word);
    if (r->o->text)
        return fail(
            err, "%s takes one text, but found \"%s\" after it (a text with spaces needs quotes)",
            command_names[r->o->command], word);
    r->o->text = word;
    return true;
}

/* An option that is none, or whose short form stands for several. */
static bool fail_unknown(const char *argument, struct pg_error *err) {
    const char *names[N_OPTIONS];
    char name[64], several[256] = "";
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument, "="), argument);
    for (int id = 0; id < N_OPTIONS; id++) {
        names[id] = specs[id].name;
        if (strncmp(name + 2, names[id], strlen(name + 2)) != 0) continue;
        size_t used = strlen(several);
        snprintf(several + used, sizeof several - used, "%s--%s", used ? " or " : "", names[id]);
    }
    if (*several) return fail(err, "%s could be %s", name, several);
    const char *nearest = nearest_name(name + 2, names, N_OPTIONS);
    if (nearest) return fail(err, "there is no option %s; did you mean --%s?", name, nearest);
    return fail(err, "there is no option %s (see patchgpt --help)", name);
}

/* What getopt_long made nothing of: optopt is the option's code, an unknown letter, or 0. */
static bool fail_option(const struct reader *r, int code, struct pg_error *err) {
    int id = option_of(optopt);
    if (code == ':') return fail_no_value(id, err);
    if (id >= 0) return fail(err, "--%s takes no value", specs[id].name);
    if (optopt) return fail(err, "there is no option -%c (see patchgpt --help)", optopt);
    return fail_unknown(r->argv[optind - 1], err);
}

static bool read_arguments(struct reader *r, struct pg_error *err) {
    struct option longs[N_OPTIONS + 1] = {0};
    for (int id = 0; id < N_OPTIONS; id++) {
        enum kind kind = specs[id].kind;
        int takes = kind == FLAG                        ? no_argument
                    : kind == IDS_OR_NOT || kind == PNG ? optional_argument
                                                        : required_argument;
        longs[id] = (struct option){specs[id].name, takes, NULL, long_code(id)};
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
        if (o->given[id] && !(specs[id].commands >> o->command & 1))
            return fail(err, "--%s does not go with %s", specs[id].name, command_names[o->command]);
    return true;
}

bool options_parse(int argc, char **argv, struct options *out, struct pg_error *err) {
    *out = (struct options){.model = "gpt2",
                            .sites = {{PG_RESID_POST}, 1},
                            .read_position = -1,
                            .low = (double)NAN,
                            .high = (double)NAN,
                            .center = (double)NAN};
    struct reader r = {.argc = argc, .argv = argv, .o = out};
    if (!read_arguments(&r, err)) return false;
    return out->help || out->version || (check_commands(out, err) && check_sense(out, err));
}

void options_free(struct options *o) {
    free(o->tokens);
    free(o->token_ids);
    free(o->folders);
    pg_tokens_free(&o->ids);
    pg_tokens_free(&o->clean_ids);
    pg_tokens_free(&o->corrupt_ids);
    selection_free(&o->layers);
    selection_free(&o->heads);
    selection_free(&o->positions);
}

struct pg_picture options_picture(const struct options *o) {
    struct pg_picture p = options_mean_picture(o);
    p.show = (enum pg_show)o->show;
    if (p.show != PG_SHOW_VALUE && !o->given[OPTION_COLORMAP]) p.colormap = PG_RDBU;
    p.low = (float)o->low;
    p.high = (float)o->high;
    p.center = (float)o->center;
    return p;
}

struct pg_picture options_mean_picture(const struct options *o) {
    struct pg_picture p = {(enum pg_colormap)o->colormap, NAN, NAN, NAN, PG_SHOW_VALUE};
    if (o->show != PG_SHOW_VALUE) return p;
    p.low = (float)o->low;
    p.high = (float)o->high;
    p.center = (float)o->center;
    return p;
}

enum table_form options_form(const struct options *o) {
    return o->markdown ? TABLE_MARKDOWN : TABLE_ALIGNED;
}
