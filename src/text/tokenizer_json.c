/* tokenizer_json.c: see tokenizer_json.h. */
#include "text/tokenizer_json.h"

#include <string.h>

static bool is(const cJSON *item, const char *text) {
    const char *value = cJSON_GetStringValue(item);
    return value && strcmp(value, text) == 0;
}

static bool is_absent(const cJSON *item) {
    return !item || cJSON_IsNull(item);
}

/* Fails unless a field that is true or false, or absent, has the value that GPT-2's tokenizer
 * has. */
static bool check_flag(const cJSON *object, const char *file, const char *path, const char *field,
                       bool expected, struct pg_error *err) {
    bool value = expected;
    if (!json_field_bool(object, file, field, &value, err)) return false;
    if (value == expected) return true;
    return fail(err, "%s: %s.%s is %s, expected %s as GPT-2's tokenizer has it", file, path, field,
                value ? "true" : "false", expected ? "true" : "false");
}

/* Fails unless a field of the model is absent, null or "". */
static bool check_empty(const cJSON *model, const char *file, const char *field,
                        struct pg_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(model, field);
    if (is_absent(item) || is(item, "")) return true;
    return fail(err, "%s: model.%s is %s, expected none as in GPT-2's tokenizer", file, field,
                json_describe(item).text);
}

static bool check_model(const cJSON *model, const char *file, struct pg_error *err) {
    if (!cJSON_IsObject(model))
        return fail(err, "%s: model is %s, expected an object with vocab and merges", file,
                    json_describe(model).text);
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(model, "type");
    if (!is_absent(type) && !is(type, "BPE"))
        return fail(err, "%s: model.type is %s, expected \"BPE\"", file, json_describe(type).text);
    return check_empty(model, file, "continuing_subword_prefix", err) &&
           check_empty(model, file, "end_of_word_suffix", err) &&
           check_flag(model, file, "model", "ignore_merges", false, err);
}

static bool check_pre_tokenizer(const cJSON *root, const char *file, struct pg_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "pre_tokenizer");
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(item, "type");
    if (is(type, "Sequence")) {
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(item, "pretokenizers");
        if (cJSON_GetArraySize(list) != 1)
            return fail(err,
                        "%s: pre_tokenizer is a Sequence of %d steps, expected ByteLevel alone as "
                        "in GPT-2's tokenizer",
                        file, cJSON_GetArraySize(list));
        item = list->child;
        type = cJSON_GetObjectItemCaseSensitive(item, "type");
    }
    if (!is(type, "ByteLevel"))
        return fail(err, "%s: pre_tokenizer is %s, expected ByteLevel as in GPT-2's tokenizer",
                    file, json_describe(type ? type : item).text);
    return check_flag(item, file, "pre_tokenizer", "add_prefix_space", false, err) &&
           check_flag(item, file, "pre_tokenizer", "use_regex", true, err);
}

static bool check_normalizer(const cJSON *root, const char *file, struct pg_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "normalizer");
    if (is_absent(item)) return true;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(item, "type");
    return fail(err, "%s: normalizer is %s, expected none as in GPT-2's tokenizer", file,
                json_describe(type ? type : item).text);
}

bool tokenizer_json_parts(const cJSON *root, const char *file, struct tokenizer_parts *out,
                          struct pg_error *err) {
    const cJSON *model = cJSON_GetObjectItemCaseSensitive(root, "model");
    if (!check_model(model, file, err) || !check_pre_tokenizer(root, file, err) ||
        !check_normalizer(root, file, err))
        return false;
    out->vocab = cJSON_GetObjectItemCaseSensitive(model, "vocab");
    if (!cJSON_IsObject(out->vocab))
        return fail(err, "%s: model.vocab is %s, expected an object of tokens and ids", file,
                    json_describe(out->vocab).text);
    out->merges = cJSON_GetObjectItemCaseSensitive(model, "merges");
    if (!cJSON_IsArray(out->merges))
        return fail(err, "%s: model.merges is %s, expected an array", file,
                    json_describe(out->merges).text);
    out->added_tokens = cJSON_GetObjectItemCaseSensitive(root, "added_tokens");
    if (is_absent(out->added_tokens)) out->added_tokens = NULL;
    if (out->added_tokens && !cJSON_IsArray(out->added_tokens))
        return fail(err, "%s: added_tokens is %s, expected an array", file,
                    json_describe(out->added_tokens).text);
    return true;
}
