/* line.c: see line.h. */
#include "batch/line.h"

#include "base/memory.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "spec/resolve.h"
#include "spec/spec_json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

/* The fields of a line: those of a spec, and two of its own. */
enum { FIELD_ID = N_SPEC_FIELDS, FIELD_LABELS, N_FIELDS };

static const char *field_name(int field) {
    if (field == FIELD_ID) return "id";
    return field == FIELD_LABELS ? "labels" : spec_rows[field].key;
}

/* Whether a field is the data set's own: by its name, or because it is to be ignored. */
static bool is_ignored(const struct line_rules *rules, const char *name) {
    static const char *const always[] = {"comment", "metadata", "template"};
    const size_t length = strlen(name);
    if (*name == '_') return true;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (!strcmp(name, always[i])) return true;
    for (const char *p = rules->ignore; p; p = strchr(p, ',')) {
        p += *p == ',';
        if (strcspn(p, ",") == length && !strncmp(p, name, length)) return true;
    }
    return false;
}

static bool find_field(const char *name, int *out, struct pg_error *err) {
    const char *names[N_FIELDS];
    for (int i = 0; i < N_FIELDS; i++) {
        names[i] = field_name(i);
        *out = i;
        if (!strcmp(name, names[i])) return true;
    }
    const char *nearest = nearest_name(name, names, N_FIELDS);
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

/* ---- labels ---- */

enum { MAX_LABELS = 1024 };

static bool check_label(const struct labels *labels, const struct lookup *names, const char *name,
                        struct pg_error *err) {
    if (!label_is_valid(name) || strpbrk(name, ";:"))
        return fail(err,
                    "labels: \"%.80s\" cannot be a name, expected 1 to %d bytes without control "
                    "characters, ';' and ':'",
                    name, MAX_LABEL);
    if (label_is_there(names, labels->items, name))
        return fail(err, "labels: \"%s\" is there twice", name);
    return true;
}

static bool add_labels(const cJSON *object, struct labels *out, struct lookup *names,
                       struct pg_error *err) {
    const cJSON *item;
    cJSON_ArrayForEach(item, object) {
        struct position_label *label = &out->items[out->count];
        label->name = item->string;
        if (cJSON_IsNull(item)) continue;
        if (!check_label(out, names, item->string, err) ||
            !json_int(item, "labels", item->string, -INT_MAX, INT_MAX, &label->position, err) ||
            !label_note(names, item->string, out->count, err))
            return false;
        out->count++;
    }
    return true;
}

/* Reads an object of positions by name; a name with null is left out. */
static bool read_labels(const cJSON *object, struct labels *out, struct pg_error *err) {
    if (!cJSON_IsObject(object))
        return fail(err,
                    "labels: found %s, expected an object of positions, such as {\"subject\": 2, "
                    "\"end\": -1}",
                    json_describe(object).text);
    const size_t n = (size_t)cJSON_GetArraySize(object);
    if (n > MAX_LABELS)
        return fail(err, "labels: found %zu names, expected at most %d", n, MAX_LABELS);
    *out = (struct labels){.items = allocate(n, sizeof *out->items, err)};
    if (!out->items) return false;
    struct lookup names = {0};
    const bool done = add_labels(object, out, &names, err);
    lookup_free(&names);
    return done;
}

/* Inserts a label, sorted by position, after equal positions. */
static void insert_label(struct summary_row *row, struct position_label label) {
    size_t at = row->n_labels++;
    for (; at > 0 && row->labels[at - 1].position > label.position; at--)
        row->labels[at] = row->labels[at - 1];
    row->labels[at] = label;
}

/* Puts the labels into a row, with positions that count from 0. The row owns what it has by then,
 * also after failure. */
static bool resolve_labels(const struct labels *labels, size_t n_tokens, struct summary_row *row,
                           struct pg_error *err) {
    const int n = (int)n_tokens;
    row->labels = allocate(labels->count, sizeof *row->labels, err);
    if (!row->labels) return false;
    for (size_t i = 0; i < labels->count; i++) {
        struct position_label label = labels->items[i];
        const int written = label.position;
        if (written < 0) label.position += n;
        if (label.position < 0 || label.position >= n)
            return fail(err,
                        "labels: \"%s\" is position %d, which is not there, expected 0 to %d, or "
                        "-1 to -%d",
                        label.name, written, n - 1, n);
        if (!(label.name = copy_string(label.name, err))) return false;
        insert_label(row, label);
    }
    return true;
}

/* ---- lines ---- */

static bool read_field(const cJSON *item, int field, struct batch_line *out, struct pg_error *err) {
    if (field == FIELD_ID) return true; /* batch_line_id has read it */
    if (field == FIELD_LABELS) return read_labels(item, &out->labels, err);
    if (spec_rows[field].scope == OF_BATCH)
        return fail(err, "%s is the same for all lines of a batch: give it on the command line, %s",
                    spec_rows[field].key, spec_rows[field].option);
    return spec_read_json(&out->spec, (enum spec_field)field, item, err);
}

/* A field that is null counts as left out. */
static bool read_fields(const struct line_rules *rules, struct batch_line *out,
                        struct pg_error *err) {
    bool seen[N_FIELDS] = {false};
    const cJSON *item;
    cJSON_ArrayForEach(item, out->json) {
        int i;
        if (is_ignored(rules, item->string)) continue;
        if (!find_field(item->string, &i, err)) return false;
        if (seen[i]) return fail(err, "the field %s is there twice", item->string);
        seen[i] = true;
        if (!cJSON_IsNull(item) && !read_field(item, i, out, err)) return false;
    }
    return true;
}

static cJSON *parse(const char *text, size_t size, struct pg_error *err) {
    for (size_t at = 0, n; at < size; at += n) {
        if (utf8_next(text + at, size - at, &n) >= 0) continue;
        fail(err, "the line is not valid UTF-8 at byte %zu", at);
        return NULL;
    }
    return json_parse_object(text, size, "the line", err);
}

bool batch_line_read(const struct line_rules *rules, const char *text, size_t size,
                     struct batch_line *out, struct pg_error *err) {
    *out = (struct batch_line){0};
    return spec_inherit(rules->defaults, SPEC_JSON_LINE, &out->spec, err) &&
           (out->json = parse(text, size, err)) && read_fields(rules, out, err) &&
           spec_check(&out->spec, err);
}

void batch_line_free(struct batch_line *line) {
    spec_free(&line->spec);
    free(line->labels.items);
    cJSON_Delete(line->json);
    *line = (struct batch_line){0};
}

/* Labels name positions, not the source positions of single weights, which would be averaged over
 * other tokens. */
static bool check_labels(const struct batch_line *line, struct pg_error *err) {
    for (size_t i = 0; line->labels.count && i < line->spec.sites.count; i++)
        if (pg_site_has_sources(line->spec.sites.items[i]))
            return fail(err, "labels do not go with site %s: they name no source positions",
                        pg_site_name(line->spec.sites.items[i]));
    return true;
}

bool batch_line_request(const struct pg_model *model, const struct batch_line *line,
                        struct pg_request *request, struct summary_row *row, struct pg_error *err) {
    *request = pg_request_default();
    request->top = 0;
    return check_labels(line, err) && spec_resolve(&line->spec, model, request, err) &&
           spec_check_effect(&line->spec, request, err) &&
           resolve_labels(&line->labels, request->clean.count, row, err);
}

/* ---- ids ---- */

char *batch_line_default_id(size_t number, struct pg_error *err) {
    return format_string(err, "line-%zu", number);
}

static bool is_twice(const cJSON *item) {
    for (const cJSON *next = item->next; next; next = next->next)
        if (!strcmp(next->string, item->string)) return true;
    return false;
}

/* Whether the field id is there once, and files can have its value as their name. */
static bool check_id(const cJSON *item, struct pg_error *err) {
    if (is_twice(item)) return fail(err, "the field id is there twice");
    if (!cJSON_IsString(item))
        return fail(err, "id: found %s, expected a text", json_describe(item).text);
    if (id_is_valid(item->valuestring)) return true;
    return fail(err,
                "id is \"%.80s\", which cannot name a file, expected 1 to 200 letters, digits, "
                "'-', '_' and '.', the first not '.', and not mean or summary or their beginnings "
                "with '_', in any case",
                item->valuestring);
}

char *batch_line_id(const struct line_rules *rules, const char *text, size_t size, size_t number,
                    struct pg_error *err) {
    cJSON *json = parse(text, size, err);
    if (!json) return NULL;
    const cJSON *item = json_field(json, "id");
    char *id = NULL;
    if (json_is_absent(item) || is_ignored(rules, "id"))
        id = batch_line_default_id(number, err);
    else if (check_id(item, err))
        id = copy_string(item->valuestring, err);
    cJSON_Delete(json);
    return id;
}
