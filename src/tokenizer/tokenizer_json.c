/* tokenizer_json.c: see tokenizer_json.h. */
#include "tokenizer/tokenizer_json.h"

#include <string.h>

static bool is(const cJSON *item, const char *text) {
    const char *value = cJSON_GetStringValue(item);
    return value && strcmp(value, text) == 0;
}

/* Fails unless a boolean field is absent or has the value that GPT-2's tokenizer has. */
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
    const cJSON *item = json_field(model, field);
    if (json_is_absent(item) || is(item, "")) return true;
    return fail(err, "%s: model.%s is %s, expected none as in GPT-2's tokenizer", file, field,
                json_describe(item).text);
}

static bool check_model(const cJSON *model, const char *file, struct pg_error *err) {
    if (!cJSON_IsObject(model))
        return fail(err, "%s: model is %s, expected an object with vocab and merges", file,
                    json_describe(model).text);
    const cJSON *type = json_field(model, "type");
    if (!json_is_absent(type) && !is(type, "BPE"))
        return fail(err, "%s: model.type is %s, expected \"BPE\"", file, json_describe(type).text);
    float dropout = 0;
    if (!json_field_float(model, file, "dropout", 0, 1, &dropout, err)) return false;
    if (dropout > 0)
        return fail(err, "%s: model.dropout is %g, expected none: it makes tokens random", file,
                    (double)dropout);
    return check_empty(model, file, "continuing_subword_prefix", err) &&
           check_empty(model, file, "end_of_word_suffix", err) &&
           check_flag(model, file, "model", "ignore_merges", false, err);
}

static bool check_pre_tokenizer(const cJSON *root, const char *file,
                                struct tokenizer_settings *settings, struct pg_error *err) {
    const cJSON *item = json_field(root, "pre_tokenizer");
    const cJSON *type = json_field(item, "type");
    if (is(type, "Sequence")) {
        const cJSON *list = json_field(item, "pretokenizers");
        if (cJSON_GetArraySize(list) != 1)
            return fail(err,
                        "%s: pre_tokenizer is a Sequence of %d steps, expected ByteLevel alone as "
                        "in GPT-2's tokenizer",
                        file, cJSON_GetArraySize(list));
        item = list->child;
        type = json_field(item, "type");
    }
    if (!is(type, "ByteLevel"))
        return fail(err, "%s: pre_tokenizer is %s, expected ByteLevel as in GPT-2's tokenizer",
                    file, json_describe(type ? type : item).text);
    return json_field_bool(item, file, "add_prefix_space", &settings->add_prefix_space, err) &&
           check_flag(item, file, "pre_tokenizer", "use_regex", true, err);
}

static bool check_normalizer(const cJSON *root, const char *file, struct pg_error *err) {
    const cJSON *item = json_field(root, "normalizer");
    if (json_is_absent(item)) return true;
    const cJSON *type = json_field(item, "type");
    return fail(err, "%s: normalizer is %s, expected none as in GPT-2's tokenizer", file,
                json_describe(type ? type : item).text);
}

/* ---- tokens before a text ---- */

/* Appends the ids of a template's special token. */
static bool add_special(const cJSON *processor, const char *name, const char *file,
                        struct tokenizer_settings *settings, struct pg_error *err) {
    const cJSON *specials = json_field(processor, "special_tokens"), *id;
    const cJSON *special = name ? json_field(specials, name) : NULL;
    const cJSON *ids = json_field(special, "ids");
    if (!cJSON_IsArray(ids))
        return fail(err, "%s: post_processor.special_tokens has no ids for \"%.60s\"", file,
                    name ? name : "");
    cJSON_ArrayForEach(id, ids) {
        size_t value;
        if (!json_size(id, &value) || value >= INT32_MAX || settings->n_prefix == MAX_PREFIX)
            return fail(err,
                        "%s: post_processor.special_tokens: the ids of \"%.60s\" are not 1 to %d "
                        "token ids",
                        file, name, MAX_PREFIX);
        settings->prefix[settings->n_prefix++] = (int)value;
    }
    return true;
}

/* A TemplateProcessing: special tokens, then the text. */
static bool read_template(const cJSON *processor, const char *file,
                          struct tokenizer_settings *settings, struct pg_error *err) {
    const cJSON *item;
    bool text = false;
    cJSON_ArrayForEach(item, json_field(processor, "single")) {
        const cJSON *special = json_field(item, "SpecialToken");
        if (special && text)
            return fail(err, "%s: post_processor adds a token after the text, expected none", file);
        if (special &&
            !add_special(processor, json_field_string(special, "id"), file, settings, err))
            return false;
        text |= !special;
    }
    return true;
}

/* Reads a post_processor, or one of a Sequence. */
static bool read_processor(const cJSON *item, const char *file, struct tokenizer_settings *settings,
                           struct pg_error *err) {
    const cJSON *type = json_field(item, "type");
    if (json_is_absent(item) || is(type, "ByteLevel")) return true; /* changes offsets, not ids */
    if (is(type, "TemplateProcessing")) return read_template(item, file, settings, err);
    return fail(err, "%s: post_processor is %s, expected none, ByteLevel or TemplateProcessing",
                file, json_describe(type ? type : item).text);
}

static bool read_post_processor(const cJSON *root, const char *file,
                                struct tokenizer_settings *settings, struct pg_error *err) {
    const cJSON *processor = json_field(root, "post_processor"), *item;
    if (!is(json_field(processor, "type"), "Sequence"))
        return read_processor(processor, file, settings, err);
    cJSON_ArrayForEach(item, json_field(processor, "processors")) {
        if (!read_processor(item, file, settings, err)) return false;
    }
    return true;
}

/* ---- truncation and padding ---- */

static bool read_length(const cJSON *root, const char *file, struct tokenizer_settings *settings,
                        struct pg_error *err) {
    const cJSON *truncation = json_field(root, "truncation");
    const cJSON *padding = json_field(root, "padding");
    const cJSON *multiple = json_field(padding, "pad_to_multiple_of");
    int most = 0;
    if (!json_is_absent(truncation) &&
        !json_field_int(truncation, file, "max_length", 0, INT32_MAX, &most, err))
        return false;
    settings->max_tokens = (size_t)most;
    if (json_is_absent(padding) ||
        (json_is_absent(multiple) && is(json_field(padding, "strategy"), "BatchLongest")))
        return true;
    return fail(err, "%s: padding adds tokens to a text, expected none", file);
}

bool tokenizer_json_parts(const cJSON *root, const char *file, struct tokenizer_parts *out,
                          struct pg_error *err) {
    const cJSON *model = json_field(root, "model");
    struct tokenizer_settings *settings = &out->settings;
    *out = (struct tokenizer_parts){0};
    if (!check_model(model, file, err) || !check_pre_tokenizer(root, file, settings, err) ||
        !check_normalizer(root, file, err) || !read_post_processor(root, file, settings, err) ||
        !read_length(root, file, settings, err))
        return false;
    out->vocab = json_field(model, "vocab");
    if (!cJSON_IsObject(out->vocab))
        return fail(err, "%s: model.vocab is %s, expected an object of tokens and ids", file,
                    json_describe(out->vocab).text);
    out->merges = json_field(model, "merges");
    if (!cJSON_IsArray(out->merges))
        return fail(err, "%s: model.merges is %s, expected an array", file,
                    json_describe(out->merges).text);
    out->added_tokens = json_field(root, "added_tokens");
    if (json_is_absent(out->added_tokens)) out->added_tokens = NULL;
    if (out->added_tokens && !cJSON_IsArray(out->added_tokens))
        return fail(err, "%s: added_tokens is %s, expected an array", file,
                    json_describe(out->added_tokens).text);
    return true;
}
