/* line.c: see line.h. */
#include "batch/line.h"

#include "base/memory.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "spec/one_text.h"
#include "spec/resolve.h"
#include "spec/spec_json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

static const char *field_name(int field) {
    static const char *const own[] = {"id", "labels", "what", "text", "ids", "by_source"};
    return field < N_SPEC_FIELDS ? spec_rows[field].key : own[field - N_SPEC_FIELDS];
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

/* Finds a field; err names the nearest one of this kind of work. */
static bool find_field(const char *name, enum work_kind kind, int *out, struct pg_error *err) {
    const char *names[N_LINE_FIELDS];
    size_t n = 0;
    for (int i = 0; i < N_LINE_FIELDS; i++) {
        *out = i;
        if (!strcmp(name, field_name(i))) return true;
        if (works[kind].fields >> i & 1) names[n++] = field_name(i);
    }
    const char *nearest = nearest_name(name, names, n);
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

/* ---- kinds of work ---- */

/* Reads the field "what", or takes the kind of all lines; *given: the line has the field. */
static bool read_kind(const struct line_rules *rules, struct batch_line *out, bool *given,
                      struct pg_error *err) {
    const cJSON *item = json_field(out->json, "what");
    *given = !json_is_absent(item) && !is_ignored(rules, "what");
    out->kind = rules->kind;
    if (!*given) return true;
    if (!cJSON_IsString(item))
        return fail(err, "what: found %s, expected a text, such as \"direct\"",
                    json_describe(item).text);
    if (what_parse(item->valuestring, &out->kind)) return true;
    const char *names[N_NAMED_KINDS];
    for (int i = 0; i < N_NAMED_KINDS; i++) names[i] = works[i].name;
    return fail_name("what", item->valuestring, names, N_NAMED_KINDS, err);
}

/* Refuses a field that the line's kind of work does not have. */
static bool refuse_field(const struct batch_line *line, int field, struct pg_error *err) {
    const char *name = field_name(field);
    if (line->kind == WORK_EXPERIMENT)
        return fail(err,
                    "%s is a field of %s, which \"what\" would say; if it is the data set's own: "
                    "--ignore %s",
                    name, field == FIELD_BY_SOURCE ? "direct" : "lens and direct", name);
    return fail(err, "%s does not go with %s; if it is the data set's own: --ignore %s", name,
                works[line->kind].name, name);
}

/* ---- lines ---- */

static bool read_flag(const cJSON *item, const char *name, bool *out, struct pg_error *err) {
    if (!cJSON_IsBool(item))
        return fail(err, "%s: found %s, expected true or false", name, json_describe(item).text);
    *out = cJSON_IsTrue(item);
    return true;
}

/* Reads text or ids, the other names of clean and clean_ids. */
static bool read_text_or_ids(const cJSON *item, int field, struct spec *spec,
                             struct pg_error *err) {
    const bool ids = field == FIELD_IDS;
    struct pg_error why;
    if (ids ? spec->clean_ids.ids != NULL : spec->clean != NULL)
        return fail(err, "%s and %s cannot both be given", field_name(field),
                    spec_rows[ids ? SPEC_CLEAN_IDS : SPEC_CLEAN].key);
    if (spec_read_json(spec, ids ? SPEC_CLEAN_IDS : SPEC_CLEAN, item, &why)) return true;
    return fail(err, "%s: found %s, expected %s", field_name(field), json_describe(item).text,
                ids ? "an array of token ids, such as [464, 3290]" : "a text");
}

static bool read_own_field(const cJSON *item, int field, struct batch_line *out,
                           struct pg_error *err) {
    switch (field) {
    case FIELD_LABELS:
        return read_labels(item, &out->labels, err);
    case FIELD_TEXT:
    case FIELD_IDS:
        return read_text_or_ids(item, field, &out->spec, err);
    case FIELD_BY_SOURCE:
        return read_flag(item, field_name(field), &out->by_source, err);
    default:
        return true; /* id and what were read before */
    }
}

static bool read_field(const cJSON *item, int field, struct batch_line *out, struct pg_error *err) {
    if (field >= N_SPEC_FIELDS) return read_own_field(item, field, out, err);
    if (field == SPEC_NEURONS && out->kind == WORK_DIRECT)
        return read_flag(item, field_name(field), &out->neurons, err);
    if (spec_rows[field].scope == OF_BATCH)
        return fail(err, "%s is the same for all lines of a batch: give it on the command line, %s",
                    spec_rows[field].key, spec_rows[field].option);
    out->metric_given |= field == SPEC_METRIC;
    return spec_read_json(&out->spec, (enum spec_field)field, item, err);
}

/* Whether a field is an experiment's, in a line that the command line makes something else of. */
static bool is_not_used(const struct batch_line *line, bool given, int field, const cJSON *item) {
    if (given || line->kind == WORK_EXPERIMENT || field >= N_SPEC_FIELDS) return false;
    return !(works[line->kind].fields >> field & 1) ||
           (field == SPEC_NEURONS && !cJSON_IsBool(item));
}

/* Reads the fields of a line whose kind is known; *given: from the line itself. A field that is
 * null counts as left out. */
static bool read_fields(const struct line_rules *rules, bool given, struct batch_line *out,
                        struct pg_error *err) {
    bool seen[N_LINE_FIELDS] = {false};
    const cJSON *item;
    cJSON_ArrayForEach(item, out->json) {
        int i;
        if (is_ignored(rules, item->string)) continue;
        if (!find_field(item->string, out->kind, &i, err)) return false;
        if (seen[i]) return fail(err, "the field %s is there twice", item->string);
        seen[i] = true;
        if (cJSON_IsNull(item) || is_not_used(out, given, i, item)) continue;
        if (!(works[out->kind].fields >> i & 1)) return refuse_field(out, i, err);
        if (!read_field(item, i, out, err)) return false;
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
    bool given;
    *out = (struct batch_line){.neurons = rules->neurons, .by_source = rules->by_source};
    return spec_inherit(rules->defaults, SPEC_JSON_LINE, &out->spec, err) &&
           (out->json = parse(text, size, err)) && read_kind(rules, out, &given, err) &&
           read_fields(rules, given, out, err) && works[out->kind].check(out, err);
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

bool batch_line_one_text(const struct pg_model *model, const struct batch_line *line,
                         struct pg_request *request, struct summary_row *row,
                         struct pg_error *err) {
    *request = pg_request_default();
    request->top = 0;
    return one_text_resolve(&line->spec, model, request, err) &&
           resolve_labels(&line->labels, request->clean.count, row, err);
}

bool batch_line_check_one_text(const struct batch_line *line, struct pg_error *err) {
    const struct spec *s = &line->spec;
    const char *name = works[line->kind].name;
    const enum one_text_reader reader = line->kind == WORK_DIRECT ? READER_DIRECT : READER_LENS;
    if (s->clean && s->clean_ids.ids)
        return fail(err, "%s takes a text or its token ids, and both are given", name);
    if (!s->clean && !s->clean_ids.ids)
        return fail(err, "text is missing: %s needs text, or ids", name);
    if (s->prepend_bos && s->clean_ids.ids)
        return fail(err,
                    "%s goes with texts; put the id of <|endoftext|> in front of the ids "
                    "instead",
                    spec_name(s, SPEC_PREPEND_BOS));
    return one_text_check(s, reader, line->metric_given || s->metric != PG_LOGIT_DIFF, err);
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
