/* merges.c: see merges.h. */
#include "tokenizer/merges.h"

#include <string.h>

/* The place of a merge, for errors: "merges.txt: line 7". */
struct place {
    const char *file, *unit;
    size_t number;
};

struct part {
    const char *spelling;
    size_t length;
};

/* The number of bytes of a spelling that an error shows. */
static int shown(size_t length) {
    return length < 60 ? (int)length : 60;
}

static bool fail_unknown(struct part left, struct part right, struct place place,
                         struct pg_error *err) {
    return fail(err, "%s: %s %zu needs the token \"%.*s%.*s\", which is not in the vocabulary",
                place.file, place.unit, place.number, shown(left.length), left.spelling,
                shown(right.length), right.spelling);
}

static bool add(struct merge_table *table, const struct vocabulary *vocabulary, struct part left,
                struct part right, struct place place, struct pg_error *err) {
    const struct part empty = {"", 0};
    struct merge merge = {.left = vocabulary_find(vocabulary, left.spelling, left.length, "", 0),
                          .right = vocabulary_find(vocabulary, right.spelling, right.length, "", 0),
                          .result = vocabulary_find(vocabulary, left.spelling, left.length,
                                                    right.spelling, right.length)};
    if (merge.left < 0) return fail_unknown(left, empty, place, err);
    if (merge.right < 0) return fail_unknown(right, empty, place, err);
    if (merge.result < 0) return fail_unknown(left, right, place, err);
    if (merge_table_add(table, merge)) return true;
    return fail(err, "%s: %s %zu merges \"%.*s\" and \"%.*s\" a second time", place.file,
                place.unit, place.number, shown(left.length), left.spelling, shown(right.length),
                right.spelling);
}

/* Adds a merge written as "left right". */
static bool add_line(struct merge_table *table, const struct vocabulary *vocabulary,
                     const char *line, size_t length, struct place place, struct pg_error *err) {
    const char *space = memchr(line, ' ', length);
    size_t left = space ? (size_t)(space - line) : 0;
    size_t right = space ? length - left - 1 : 0;
    if (left == 0 || right == 0 || memchr(space + 1, ' ', right))
        return fail(err, "%s: %s %zu is \"%.*s\", expected two tokens with one space between them",
                    place.file, place.unit, place.number, shown(length), line);
    return add(table, vocabulary, (struct part){line, left}, (struct part){space + 1, right}, place,
               err);
}

/* ---- merges.txt ---- */

static size_t count_lines(const char *text, size_t size) {
    size_t count = 1;
    for (size_t i = 0; i < size; i++) count += text[i] == '\n';
    return count;
}

static bool is_version(const char *line, size_t length) {
    const char version[] = "#version";
    return length >= sizeof version - 1 && memcmp(line, version, sizeof version - 1) == 0;
}

static bool read_lines(const char *text, size_t size, const char *file,
                       const struct vocabulary *vocabulary, struct merge_table *table,
                       struct pg_error *err) {
    struct place place = {file, "line", 0};
    bool any = false;
    for (const char *line = text, *end = text + size; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline ? newline + 1 : end;
        size_t length = (size_t)((newline ? newline : end) - line);
        if (length && line[length - 1] == '\r') length--;
        place.number++;
        bool skipped = length == 0 || (place.number == 1 && is_version(line, length));
        if (!skipped && !add_line(table, vocabulary, line, length, place, err)) return false;
        any = any || length;
        line = next;
    }
    return any || fail(err, "%s is empty, expected merges, one a line", file);
}

bool merges_read_text(const char *text, size_t size, const char *file,
                      const struct vocabulary *vocabulary, struct merge_table *out,
                      struct pg_error *err) {
    if (!merge_table_init(out, count_lines(text, size), err)) return false;
    if (read_lines(text, size, file, vocabulary, out, err)) return true;
    merge_table_free(out);
    return false;
}

/* ---- tokenizer.json ---- */

static bool add_item(struct merge_table *table, const struct vocabulary *vocabulary,
                     const cJSON *item, struct place place, struct pg_error *err) {
    const char *line = cJSON_GetStringValue(item);
    if (line) return add_line(table, vocabulary, line, strlen(line), place, err);
    const char *left = NULL, *right = NULL;
    if (cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2) {
        left = cJSON_GetStringValue(item->child);
        right = cJSON_GetStringValue(item->child->next);
    }
    if (!left || !right)
        return fail(err, "%s: %s %zu is %s, expected \"left right\" or [\"left\", \"right\"]",
                    place.file, place.unit, place.number, json_describe(item).text);
    return add(table, vocabulary, (struct part){left, strlen(left)},
               (struct part){right, strlen(right)}, place, err);
}

bool merges_read_json(const cJSON *array, const char *file, const struct vocabulary *vocabulary,
                      struct merge_table *out, struct pg_error *err) {
    if (!merge_table_init(out, (size_t)cJSON_GetArraySize(array), err)) return false;
    struct place place = {file, "merge", 0};
    const cJSON *item;
    cJSON_ArrayForEach(item, array) {
        place.number++;
        if (add_item(out, vocabulary, item, place, err)) continue;
        merge_table_free(out);
        return false;
    }
    return true;
}
