/* json.c: see json.h. */
#include "base/json.h"
#include "base/memory.h"
#include "base/plain_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of an escape \uXXXX at the start of the text, or -1. */
static int read_escape(const char *text, size_t size) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    int number = 0;
    if (size < 6 || text[0] != '\\' || text[1] != 'u') return -1;
    for (int i = 2; i < 6; i++) {
        const char *digit = memchr(digits, text[i], sizeof digits - 1);
        if (!digit) return -1;
        number = 16 * number + (int)(digit - digits) % 16;
    }
    return number;
}

static bool is_surrogate(int number) {
    return number >= 0xd800 && number < 0xe000;
}

/* Whether the escape of a number is half of a surrogate pair whose other half does not follow. */
static bool is_lone(int number, const char *next, size_t size) {
    if (!is_surrogate(number)) return false;
    const int other = read_escape(next, size);
    return number >= 0xdc00 || !is_surrogate(other) || other < 0xdc00;
}

/* Finds what C strings of UTF-8 cannot hold: a NUL byte or the escape \\u0000, which would cut a
 * string short, or half of a surrogate pair. NULL otherwise. (In valid JSON a
 * backslash is always inside a string and takes the next character with it.) */
static const char *find_unfit(const char *text, size_t size, const char **what) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\0' && text[i] != '\\') continue;
        const int number = text[i] ? read_escape(text + i, size - i) : 0;
        *what = number ? "half a surrogate pair (an escape \\ud800 to \\udfff alone)"
                       : "a zero character";
        if (!number) return text + i;
        const size_t length = number < 0 ? 2 : 6;
        if (is_lone(number, text + i + length, size - i - length)) return text + i;
        i += is_surrogate(number) ? 2 * length - 1 : length - 1;
    }
    return NULL;
}

/* Why cJSON stopped at `end`. */
static const char *reason(const char *text, const char *end) {
    size_t depth = 0;
    bool quoted = false;
    for (const char *p = text; p < end; p++) {
        if (*p == '"') quoted = !quoted;
        if (*p == '\\' && quoted) p++;
        if (quoted) continue;
        if ((*p == '[' || *p == '{') && ++depth >= CJSON_NESTING_LIMIT)
            return "brackets nested too deep";
        if ((*p == ']' || *p == '}') && depth) depth--;
    }
    return "unexpected text or end";
}

/* Fails with the position; with the line's number only if the text has several lines. */
static cJSON *fail_at(const char *text, const char *where, const char *name, const char *what,
                      struct pg_error *err) {
    size_t line = 1;
    for (const char *p = text; p < where; p++) line += *p == '\n';
    const size_t byte = (size_t)(where - text);
    if (line > 1 || strchr(where, '\n'))
        fail(err, "%s is not valid JSON: %s in line %zu, near byte %zu", name, what, line, byte);
    else
        fail(err, "%s is not valid JSON: %s near byte %zu", name, what, byte);
    return NULL;
}

/* Parses size bytes that a NUL byte follows. cJSON is told that the NUL belongs to the text:
 * version 1.7.15 may read one byte beyond the length that it is given. */
static cJSON *parse_terminated(const char *text, size_t size, const char *name,
                               struct pg_error *err) {
    const char *what, *unfit = find_unfit(text, size, &what);
    if (unfit) return fail_at(text, unfit, name, what, err);
    const char *end = text;
    errno = 0;
    cJSON *root = cJSON_ParseWithLengthOpts(text, size + 1, &end, true);
    if (!root && errno == ENOMEM) { /* set by malloc: cJSON gives no reason */
        fail(err, "out of memory reading %s", name);
        return NULL;
    }
    if (!root) return fail_at(text, end, name, reason(text, end), err);
    if (!cJSON_IsObject(root)) {
        fail(err, "%s holds %s, expected a JSON object", name, json_describe(root).text);
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

cJSON *json_parse_object(const char *text, size_t size, const char *name, struct pg_error *err) {
    char *copy = allocate(size + 1, 1, err);
    if (!copy) return NULL;
    if (size) memcpy(copy, text, size);
    cJSON *root = parse_terminated(copy, size, name, err);
    free(copy);
    return root;
}

cJSON *json_read_object(const char *path, size_t limit, struct pg_error *err) {
    size_t size;
    char *text = text_read(path, limit, &size, err);
    if (!text) return NULL;
    cJSON *root = parse_terminated(text, size, path, err);
    free(text);
    return root;
}

bool json_size(const cJSON *item, size_t *out) {
    const double exact = 9007199254740992.0; /* 2^53: from there on doubles skip integers */
    if (!cJSON_IsNumber(item)) return false;
    double value = item->valuedouble;
    if (!(value >= 0 && value < exact && value == floor(value)) || value > (double)SIZE_MAX)
        return false;
    *out = (size_t)value;
    return true;
}

bool json_is_absent(const cJSON *item) {
    return !item || cJSON_IsNull(item);
}

struct json_words json_describe(const cJSON *item) {
    struct json_words words;
    char *to = words.text;
    const size_t room = sizeof words.text;
    if (!item)
        snprintf(to, room, "nothing");
    else if (cJSON_IsNumber(item))
        snprintf(to, room, "%.17g", item->valuedouble);
    else if (cJSON_IsString(item))
        snprintf(to, room, "\"%.32s%s\"", item->valuestring,
                 strlen(item->valuestring) > 32 ? "..." : "");
    else if (cJSON_IsBool(item))
        snprintf(to, room, "%s", cJSON_IsTrue(item) ? "true" : "false");
    else if (cJSON_IsNull(item))
        snprintf(to, room, "null");
    else
        snprintf(to, room, "%s", cJSON_IsArray(item) ? "an array" : "an object");
    return words;
}

const cJSON *json_field(const cJSON *object, const char *field) {
    return cJSON_GetObjectItemCaseSensitive(object, field);
}

/* The field, or NULL if it is absent or null. */
static const cJSON *find_field(const cJSON *object, const char *field) {
    const cJSON *item = json_field(object, field);
    return cJSON_IsNull(item) ? NULL : item;
}

bool json_int(const cJSON *item, const char *file, const char *field, int low, int high, int *out,
              struct pg_error *err) {
    double value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!(value >= low && value <= high && value == floor(value)))
        return fail(err, "%s: %s is %s, expected an integer from %d to %d", file, field,
                    json_describe(item).text, low, high);
    *out = (int)value;
    return true;
}

bool json_field_int(const cJSON *object, const char *file, const char *field, int low, int high,
                    int *out, struct pg_error *err) {
    const cJSON *item = find_field(object, field);
    return !item || json_int(item, file, field, low, high, out, err);
}

bool json_field_bool(const cJSON *object, const char *file, const char *field, bool *out,
                     struct pg_error *err) {
    const cJSON *item = find_field(object, field);
    if (!item) return true;
    if (!cJSON_IsBool(item))
        return fail(err, "%s: %s is %s, expected true or false", file, field,
                    json_describe(item).text);
    *out = cJSON_IsTrue(item);
    return true;
}

bool json_field_float(const cJSON *object, const char *file, const char *field, double low,
                      double high, float *out, struct pg_error *err) {
    const cJSON *item = find_field(object, field);
    if (!item) return true;
    double value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!(value >= low && value <= high))
        return fail(err, "%s: %s is %s, expected a number from %g to %g", file, field,
                    json_describe(item).text, low, high);
    *out = (float)value;
    return true;
}

const char *json_field_string(const cJSON *object, const char *field) {
    return cJSON_GetStringValue(json_field(object, field));
}
