/* batch_line.c: see batch_line.h. One table says which fields there are, what they hold and which options
 * they are. */
#include "cli/batch_line.h"

#include "base/memory.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "cli/input.h"
#include "cli/options_check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

enum kind {
    ID,        /* known already */
    TEXT,      /* a text */
    FLAG,      /* true or false */
    NUMBER,    /* a whole number */
    IDS,       /* an array of token ids */
    SELECTION, /* a text, or an array of whole numbers */
    TEXTS,     /* one or two tokens, or several such arrays */
    TOKEN_IDS, /* the same as ids */
    LABELS,    /* an object of positions */
};

static const struct field {
    const char *name;
    enum kind kind;
    enum option_id option;
} fields[N_BATCH_FIELDS] = {
    {"id", ID, N_OPTIONS},
    {"clean", TEXT, OPTION_CLEAN},
    {"corrupt", TEXT, OPTION_CORRUPT},
    {"clean_ids", IDS, OPTION_CLEAN_IDS},
    {"corrupt_ids", IDS, OPTION_CORRUPT_IDS},
    {"tokens", TEXTS, OPTION_TOKENS},
    {"token_ids", TOKEN_IDS, OPTION_TOKEN_IDS},
    {"site", TEXT, OPTION_SITE},
    {"metric", TEXT, OPTION_METRIC},
    {"noising", FLAG, OPTION_NOISING},
    {"layers", SELECTION, OPTION_LAYERS},
    {"heads", SELECTION, OPTION_HEADS},
    {"positions", SELECTION, OPTION_POSITIONS},
    {"read_position", NUMBER, OPTION_READ_POSITION},
    {"prepend_bos", FLAG, OPTION_PREPEND_BOS},
    {"labels", LABELS, N_OPTIONS},
};

/* Whether a field is the data set's own: by its name, or because --ignore lists it. */
static bool is_ignored(const struct options *batch, const char *name) {
    static const char *const always[] = {"comment", "metadata", "template"};
    const size_t length = strlen(name);
    if (*name == '_') return true;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (!strcmp(name, always[i])) return true;
    for (const char *p = batch->ignore; p; p = strchr(p, ',')) {
        p += *p == ',';
        if (strcspn(p, ",") == length && !strncmp(p, name, length)) return true;
    }
    return false;
}

static bool find_field(const char *name, int *out, struct pg_error *err) {
    const char *names[N_BATCH_FIELDS];
    for (int i = 0; i < N_BATCH_FIELDS; i++) {
        names[i] = fields[i].name;
        *out = i;
        if (!strcmp(name, names[i])) return true;
    }
    const char *nearest = nearest_name(name, names, N_BATCH_FIELDS);
    if (nearest)
        return fail(err,
                    "there is no field \"%.80s\"; did you mean %s? If it is the data set's own: "
                    "--ignore %.80s",
                    name, nearest, name);
    return fail(
        err,
        "there is no field \"%.80s\" (see patchgpt batch --help); if it is the data set's own: "
        "--ignore %.80s",
        name, name);
}

/* ---- sentences ---- */

/* The length of the word that the text begins with, if it is an option that is a field too; else 0. */
static size_t option_length(const char *text) {
    const size_t length = strspn(text, "-abcdefghijklmnopqrstuvwxyz");
    for (int i = 0; i < N_BATCH_FIELDS; i++) {
        const char *name = fields[i].name;
        size_t same = 0;
        while (same < length && text[same] == (name[same] == '_' ? '-' : name[same])) same++;
        if (same == length && !name[same]) return length;
    }
    return 0;
}

/* Makes a sentence about --read-position one about read_position. */
static void name_fields(struct pg_error *err) {
    bool quoted = false; /* then it is the line's own text */
    for (char *p = err->text; *p; p++) {
        if (*p == '"') quoted = !quoted;
        const size_t length = !quoted && !strncmp(p, "--", 2) ? option_length(p + 2) : 0;
        if (!length) continue;
        memmove(p, p + 2, strlen(p + 2) + 1);
        for (size_t i = 0; i < length; i++)
            if (p[i] == '-') p[i] = '_';
    }
}

static bool fail_kind(const struct field *field, const cJSON *found, struct pg_error *err) {
    static const char *const expected[] = {
        [ID] = "a text",
        [TEXT] = "a text",
        [FLAG] = "true or false",
        [NUMBER] = "a position, such as 3 or -1 for the last",
        [IDS] = "an array of token ids, such as [464, 3290]",
        [SELECTION] =
            "an array of whole numbers, such as [0, 3, -1], or a text, such as \"0-3,-1\"",
        [TEXTS] = "an array of one or two texts, such as [\" she\", \" he\"], or of such arrays",
        [TOKEN_IDS] = "an array of one or two token ids, such as [464, 3290], or of such arrays",
        [LABELS] = "an object of positions, such as {\"subject\": 2, \"end\": -1}",
    };
    return fail(err, "%s: found %s, expected %s", field->name, json_describe(found).text,
                expected[field->kind]);
}

/* ---- values ---- */

static bool is_integer(const cJSON *item, int low, int *out) {
    if (!cJSON_IsNumber(item)) return false;
    const double value = item->valuedouble;
    if (!(value >= low && value <= INT_MAX) || value != (double)(int)value) return false;
    *out = (int)value;
    return true;
}

/* Whole numbers with commas between them, as the command line has them; to be freed. */
static char *write_integers(const cJSON *array, const struct field *field, int low,
                            struct pg_error *err) {
    const size_t most = sizeof "-2147483648,";
    const size_t room = (size_t)cJSON_GetArraySize(array) * most + 1;
    char *text = allocate(room, 1, err);
    size_t used = 0;
    const cJSON *item;
    if (!text) return NULL;
    cJSON_ArrayForEach(item, array) {
        int number;
        if (!is_integer(item, low, &number)) {
            fail_kind(field, item, err);
            free(text);
            return NULL;
        }
        used += (size_t)snprintf(text + used, room - used, "%s%d", used ? "," : "", number);
    }
    return text;
}

/* An array of numbers as the value of an option. */
static bool read_integers(const cJSON *item, const struct field *field, int low,
                          struct batch_line *out, struct pg_error *err) {
    char **text = &out->texts[field - fields];
    if (!cJSON_IsArray(item) || !item->child) return fail_kind(field, item, err);
    *text = write_integers(item, field, low, err);
    return *text && options_set(&out->options, field->option, *text, err);
}

static bool read_number(const cJSON *item, const struct field *field, struct batch_line *out,
                        struct pg_error *err) {
    if (!is_integer(item, -INT_MAX, &out->options.read_position))
        return fail_kind(field, item, err);
    out->options.given[field->option] = true;
    return true;
}

static bool read_flag(const cJSON *item, const struct field *field, struct options *o,
                      struct pg_error *err) {
    if (!cJSON_IsBool(item)) return fail_kind(field, item, err);
    *(field->option == OPTION_NOISING ? &o->noising : &o->prepend_bos) = cJSON_IsTrue(item);
    return true;
}

/* ---- tokens ---- */

/* The text or the id of a token. */
static bool read_token(const cJSON *item, const struct field *field, const char **text, int *id,
                       struct pg_error *err) {
    *text = cJSON_GetStringValue(item);
    if (field->kind == TEXTS ? *text != NULL : is_integer(item, 0, id)) return true;
    return fail_kind(field, item, err);
}

static bool read_pair(const cJSON *array, const struct field *field, struct token_texts *texts,
                      struct pg_pair *ids, struct pg_error *err) {
    const int n = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;
    *ids = (struct pg_pair){-1, -1};
    if (n != 1 && n != 2) return fail_kind(field, array, err);
    return read_token(array->child, field, &texts->a, &ids->a, err) &&
           (n == 1 || read_token(array->child->next, field, &texts->b, &ids->b, err));
}

/* One pair, or an array of them. */
static bool read_pairs(const cJSON *item, const struct field *field, struct options *o,
                       struct pg_error *err) {
    const bool several = cJSON_IsArray(item) && cJSON_IsArray(item->child);
    const size_t n = several ? (size_t)cJSON_GetArraySize(item) : 1;
    const cJSON *pair = several ? item->child : item;
    struct token_texts *texts = allocate(n, sizeof *texts, err);
    struct pg_pair *ids = allocate(n, sizeof *ids, err);
    bool done = texts && ids;
    for (size_t i = 0; done && i < n; i++, pair = pair->next)
        done = read_pair(pair, field, &texts[i], &ids[i], err);
    o->given[field->option] = true;
    if (field->kind == TEXTS) {
        o->tokens = texts, o->n_tokens = n;
        free(ids);
    } else {
        o->token_ids = ids, o->n_token_ids = n;
        free(texts);
    }
    return done;
}

/* ---- lines ---- */

static bool read_field(const cJSON *item, const struct field *field, struct batch_line *out,
                       struct pg_error *err) {
    struct options *o = &out->options;
    switch (field->kind) {
    case ID:
        return true;
    case SELECTION:
        if (cJSON_IsArray(item)) return read_integers(item, field, -INT_MAX, out, err);
        __attribute__((fallthrough));
    case TEXT:
        if (!cJSON_IsString(item)) return fail_kind(field, item, err);
        return options_set(o, field->option, item->valuestring, err);
    case FLAG:
        return read_flag(item, field, o, err);
    case NUMBER:
        return read_number(item, field, out, err);
    case IDS:
        return read_integers(item, field, 0, out, err);
    case TEXTS:
    case TOKEN_IDS:
        return read_pairs(item, field, o, err);
    case LABELS:
        if (!cJSON_IsObject(item)) return fail_kind(field, item, err);
        return labels_read(item, &out->labels, err);
    }
    return false;
}

/* A field that is null is as if it were not there. */
static bool read_fields(const struct options *batch, struct batch_line *out, struct pg_error *err) {
    bool seen[N_BATCH_FIELDS] = {false};
    const cJSON *item;
    cJSON_ArrayForEach(item, out->json) {
        int i;
        if (is_ignored(batch, item->string)) continue;
        if (!find_field(item->string, &i, err)) return false;
        if (seen[i]) return fail(err, "the field %s is there twice", item->string);
        seen[i] = true;
        if (!cJSON_IsNull(item) && !read_field(item, &fields[i], out, err)) return false;
    }
    return true;
}

static bool check_utf8(const char *text, size_t size, struct pg_error *err) {
    for (size_t at = 0, n; at < size; at += n)
        if (utf8_next(text + at, size - at, &n) < 0)
            return fail(err, "the line is not valid UTF-8 at byte %zu", at);
    return true;
}

static cJSON *parse(const char *text, size_t size, struct pg_error *err) {
    return check_utf8(text, size, err) ? json_parse_object(text, size, "the line", err) : NULL;
}

/* What the line need not say. Each line has selections of its own, made of the same text. */
static bool inherit(const struct options *batch, struct options *out, struct pg_error *err) {
    *out = (struct options){.command = batch->command,
                            .model = batch->model,
                            .prepend_bos = batch->prepend_bos,
                            .sites = batch->sites,
                            .metric = batch->metric,
                            .noising = batch->noising,
                            .read_position = batch->read_position};
    const char *const texts[] = {batch->layers.text, batch->heads.text, batch->positions.text};
    const enum option_id ids[] = {OPTION_LAYERS, OPTION_HEADS, OPTION_POSITIONS};
    for (int i = 0; i < 3; i++)
        if (texts[i] && !options_set(out, ids[i], texts[i], err)) return false;
    return true;
}

bool batch_line_read(const struct options *batch, const char *text, size_t size,
                     struct batch_line *out, struct pg_error *err) {
    *out = (struct batch_line){0};
    if (!inherit(batch, &out->options, err)) return false;
    if ((out->json = parse(text, size, err)) && read_fields(batch, out, err) &&
        check_request(&out->options, err))
        return true;
    name_fields(err);
    return false;
}

void batch_line_free(struct batch_line *line) {
    options_free(&line->options);
    labels_free(&line->labels);
    cJSON_Delete(line->json);
    for (int i = 0; i < N_BATCH_FIELDS; i++) free(line->texts[i]);
    *line = (struct batch_line){0};
}

bool batch_line_request(const struct pg_model *model, const struct batch_line *line,
                        struct pg_request *request, struct summary_row *row, struct pg_error *err) {
    *request = pg_request_default();
    request->top = 0;
    if (read_experiment(model, &line->options, request, err) &&
        check_effect(&line->options, request, err) &&
        labels_resolve(&line->labels, request->clean.count, row, err))
        return true;
    name_fields(err);
    return false;
}

/* ---- ids ---- */

char *batch_line_default_id(size_t number, struct pg_error *err) {
    char id[32];
    snprintf(id, sizeof id, "line-%zu", number);
    return copy_string(id, err);
}

static char *read_id(const struct options *batch, const cJSON *json, size_t number,
                     struct pg_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "id");
    bool twice = false;
    for (const cJSON *next = item ? item->next : NULL; next; next = next->next)
        twice |= !strcmp(next->string, "id");
    if (!item || cJSON_IsNull(item) || is_ignored(batch, "id"))
        return batch_line_default_id(number, err);
    if (twice) {
        fail(err, "the field id is there twice");
        return NULL;
    }
    if (!cJSON_IsString(item)) {
        fail_kind(&fields[0], item, err);
        return NULL;
    }
    if (id_is_valid(item->valuestring)) return copy_string(item->valuestring, err);
    fail(err,
         "id is \"%.80s\", which cannot name a file, expected 1 to 200 letters, digits, '-', '_' "
         "and '.', the first no '.', and not mean or summary or their beginnings with '_', in any "
         "case",
         item->valuestring);
    return NULL;
}

char *batch_line_id(const struct options *batch, const char *text, size_t size, size_t number,
                    struct pg_error *err) {
    cJSON *json = parse(text, size, err);
    char *id = json ? read_id(batch, json, number, err) : NULL;
    cJSON_Delete(json);
    return id;
}
