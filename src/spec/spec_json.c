/* spec_json.c: see spec_json.h. */
#include "spec/spec_json.h"

#include "base/memory.h"
#include "base/text_stream.h"

#include <limits.h>
#include <stdlib.h>

static bool fail_kind(const struct spec_row *row, const cJSON *found, struct pg_error *err) {
    static const char *const expected[] = {
        [KIND_TEXT] = "a text",
        [KIND_FLAG] = "true or false",
        [KIND_COUNT] = "a whole number of at least 1",
        [KIND_POSITION] = "a position, such as 3 or -1 for the last",
        [KIND_SAMPLES] = "a whole number of at least 1",
        [KIND_TEXTS] = "an array of texts of one token each, such as [\" she\", \" her\"]",
        [KIND_IDS] = "an array of token ids, such as [464, 3290]",
        [KIND_TEXT_PAIRS] =
            "an array of one or two texts, such as [\" she\", \" he\"], or of such arrays",
        [KIND_ID_PAIRS] =
            "an array of one or two token ids, such as [464, 3290], or of such arrays",
        [KIND_SELECTION] =
            "an array of whole numbers, such as [0, 3, -1], or a text, such as \"0-3,-1\"",
        [KIND_HEADS] =
            "an array of numbers, such as [0, 3, -1], or of single heads: [\"9.6\", \"10.0\"]",
        [KIND_POSITIONS] =
            "an array of whole numbers, such as [0, 3, -1], or a text, such as \"0-3,-1\"",
        [KIND_SITES] = "a text",
        [KIND_METRIC] = "a text",
        [KIND_WITH] = "a text",
        [KIND_SENDERS] = "a text",
        [KIND_RECEIVERS] = "a text",
        [KIND_FROZEN] = "a text",
        [KIND_NUMBER] = "a whole number from 0",
        [KIND_SIGMA] = "a text",
    };
    const bool empty = cJSON_IsArray(found) && !found->child;
    return fail(err, "%s: found %s, expected %s", row->key,
                empty ? "an empty array" : json_describe(found).text, expected[row->kind]);
}

/* ---- whole numbers ---- */

static bool is_integer(const cJSON *item, int low, int *out) {
    if (!cJSON_IsNumber(item)) return false;
    const double value = item->valuedouble;
    if (!(value >= low && value <= INT_MAX) || value != (double)(int)value) return false;
    *out = (int)value;
    return true;
}

/* Reads a non-empty array of numbers from low on. Free *out with free(), also after failure. */
static bool read_integers(const cJSON *array, const struct spec_row *row, int low, int **out,
                          size_t *count, struct pg_error *err) {
    const cJSON *item;
    *count = 0;
    *out = NULL;
    if (!cJSON_IsArray(array) || !array->child) return fail_kind(row, array, err);
    *out = allocate((size_t)cJSON_GetArraySize(array), sizeof **out, err);
    if (!*out) return false;
    cJSON_ArrayForEach(
        item, array) if (!is_integer(item, low, &(*out)[(*count)++])) return fail_kind(row, item,
                                                                                       err);
    return true;
}

static bool read_ids(const cJSON *item, const struct spec_row *row, struct pg_tokens *out,
                     struct pg_error *err) {
    int *ids;
    size_t count;
    pg_tokens_free(out);
    const bool done = read_integers(item, row, 0, &ids, &count, err);
    *out = (struct pg_tokens){ids, count};
    return done;
}

/* An array of numbers; sentences show it as it was written. */
static bool read_selection(const cJSON *item, const struct spec_row *row, struct selection *out,
                           struct pg_error *err) {
    int *numbers;
    size_t count;
    char *text = NULL;
    bool done = read_integers(item, row, -INT_MAX, &numbers, &count, err);
    if (done && !(text = cJSON_PrintUnformatted(item)))
        done = fail(err, "out of memory: the array of %s cannot be written", row->key);
    done = done && selection_of(numbers, count, text, out, err);
    free(numbers);
    free(text);
    return done;
}

/* An array of single heads, each a text; read as the texts with commas between them. */
static bool read_heads(struct spec *spec, enum spec_field field, const cJSON *array,
                       struct pg_error *err) {
    const cJSON *item;
    struct text_stream s;
    size_t size;
    cJSON_ArrayForEach(item, array) if (!cJSON_IsString(item)) return fail_kind(&spec_rows[field],
                                                                                item, err);
    if (!text_open(&s, err)) return false;
    cJSON_ArrayForEach(item, array)
        fprintf(s.out, "%s%s", item == array->child ? "" : ",", item->valuestring);
    char *text = text_close(&s, &size, "the list of heads", err);
    const bool done = text && spec_read(spec, field, text, err);
    free(text);
    return done;
}

/* ---- tokens ---- */

/* An array of texts. */
static bool read_texts(struct spec *spec, enum spec_field field, const cJSON *array,
                       struct pg_error *err) {
    const cJSON *item;
    if (!cJSON_IsArray(array) || !array->child) return fail_kind(&spec_rows[field], array, err);
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsString(item)) return fail_kind(&spec_rows[field], item, err);
        if (!spec_add_text(spec, field, item->valuestring, err)) return false;
    }
    return true;
}

/* Adds an array of one or two tokens. */
static bool add_pair(struct spec *spec, const struct spec_row *row, const cJSON *array,
                     struct pg_error *err) {
    const int n = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;
    if (n != 1 && n != 2) return fail_kind(row, array, err);
    const cJSON *a = array->child, *b = a->next;
    if (row->kind == KIND_TEXT_PAIRS) {
        const struct token_texts texts = {cJSON_GetStringValue(a), cJSON_GetStringValue(b)};
        if (!texts.a || (b && !texts.b)) return fail_kind(row, texts.a ? b : a, err);
        return spec_add_texts(spec, texts, err);
    }
    struct pg_pair ids = {-1, -1};
    if (!is_integer(a, 0, &ids.a)) return fail_kind(row, a, err);
    if (b && !is_integer(b, 0, &ids.b)) return fail_kind(row, b, err);
    return spec_add_ids(spec, ids, err);
}

/* One pair, or an array of pairs. */
static bool read_pairs(struct spec *spec, const struct spec_row *row, const cJSON *item,
                       struct pg_error *err) {
    const cJSON *pair;
    if (!cJSON_IsArray(item) || !cJSON_IsArray(item->child)) return add_pair(spec, row, item, err);
    cJSON_ArrayForEach(pair, item) if (!add_pair(spec, row, pair, err)) return false;
    return true;
}

/* ---- fields ---- */

bool spec_read_json(struct spec *spec, enum spec_field field, const cJSON *item,
                    struct pg_error *err) {
    const struct spec_row *row = &spec_rows[field];
    void *member = (char *)spec + row->offset;
    switch (row->kind) {
    case KIND_FLAG:
        if (!cJSON_IsBool(item)) return fail_kind(row, item, err);
        *(bool *)member = cJSON_IsTrue(item);
        return true;
    case KIND_POSITION:
        return is_integer(item, -INT_MAX, member) || fail_kind(row, item, err);
    case KIND_COUNT:
    case KIND_SAMPLES:
        return is_integer(item, 1, member) || fail_kind(row, item, err);
    case KIND_NUMBER:
        return is_integer(item, 0, member) || fail_kind(row, item, err);
    case KIND_IDS:
        return read_ids(item, row, member, err);
    case KIND_TEXTS:
        return read_texts(spec, field, item, err);
    case KIND_TEXT_PAIRS:
    case KIND_ID_PAIRS:
        return read_pairs(spec, row, item, err);
    case KIND_HEADS:
        if (cJSON_IsArray(item) && cJSON_IsString(item->child))
            return read_heads(spec, field, item, err);
        if (cJSON_IsArray(item)) return read_selection(item, row, member, err);
        break;
    case KIND_SELECTION:
    case KIND_POSITIONS:
        if (cJSON_IsArray(item)) return read_selection(item, row, member, err);
        break;
    case KIND_TEXT:
    case KIND_SITES:
    case KIND_METRIC:
    case KIND_WITH:
    case KIND_SENDERS:
    case KIND_RECEIVERS:
    case KIND_FROZEN:
    case KIND_SIGMA:
        break;
    }
    if (!cJSON_IsString(item)) return fail_kind(row, item, err);
    return spec_read(spec, field, item->valuestring, err);
}
