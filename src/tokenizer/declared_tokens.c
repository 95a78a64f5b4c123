/* declared_tokens.c: see declared_tokens.h. */
#include "tokenizer/declared_tokens.h"

#include "tokenizer/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one token ---- */

static bool read_flags(const cJSON *object, const char *file, struct added_token *out,
                       struct pg_error *err) {
    bool special = !out->normalized;
    if (!json_field_bool(object, file, "special", &special, err)) return false;
    out->normalized = !special;
    return json_field_bool(object, file, "lstrip", &out->lstrip, err) &&
           json_field_bool(object, file, "rstrip", &out->rstrip, err) &&
           json_field_bool(object, file, "single_word", &out->single_word, err) &&
           json_field_bool(object, file, "normalized", &out->normalized, err);
}

/* Adds a token; flags may be an object with its flags. */
static bool add_token(struct declarations *d, const char *content, int id, bool special,
                      const cJSON *flags, const char *file, struct pg_error *err) {
    struct added_token token = {
        .content = content, .length = strlen(content), .id = id, .normalized = !special};
    return (!cJSON_IsObject(flags) || read_flags(flags, file, &token, err)) &&
           added_tokens_add(d->tokens, &token, file, err);
}

/* Adds a token whose id is a number in a file. */
static bool add_with_id(struct declarations *d, const char *content, const cJSON *id,
                        const cJSON *flags, const char *file, struct pg_error *err) {
    size_t value;
    if (json_size(id, &value) && value < N_IDS_MAX)
        return add_token(d, content, (int)value, false, flags, file, err);
    return fail(err, "%s: the id of \"%.60s\" is %s, expected an integer from 0 to %d", file,
                content, json_describe(id).text, N_IDS_MAX - 1);
}

bool declare_added_tokens(struct declarations *d, const cJSON *array, const char *file,
                          struct pg_error *err) {
    const cJSON *item;
    size_t index = 0;
    cJSON_ArrayForEach(item, array) {
        const char *content = json_field_string(item, "content");
        const cJSON *id = json_field(item, "id");
        if (!content)
            return fail(err, "%s: added_tokens[%zu] is %s without a text \"content\"", file, index,
                        json_describe(item).text);
        if (!add_with_id(d, content, id, item, file, err)) return false;
        index++;
    }
    return true;
}

bool declare_ids(struct declarations *d, const cJSON *added_tokens_json, const char *file,
                 struct pg_error *err) {
    const cJSON *item;
    cJSON_ArrayForEach(item, added_tokens_json) {
        if (!add_with_id(d, item->string, item, NULL, file, err)) return false;
    }
    return true;
}

/* ---- special tokens by role ---- */

static const char *const roles[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                    "pad_token", "cls_token", "mask_token"};
enum { N_ROLES = sizeof roles / sizeof *roles };

/* The text of a token declared as a string or as an object with content; NULL without one. */
static const char *content_of(const cJSON *item) {
    return cJSON_IsObject(item) ? json_field_string(item, "content") : cJSON_GetStringValue(item);
}

/* Adds a token declared by its text or as an object with flags; the vocabulary has its id. */
static bool add_special(struct declarations *d, const char *field, const cJSON *item,
                        const char *file, struct pg_error *err) {
    const char *content = content_of(item);
    if (!content)
        return fail(err, "%s: %s is %s, expected a token's text", file, field,
                    json_describe(item).text);
    if (!*content || added_tokens_find(d->tokens, content, strlen(content))) return true;
    const int id = d->find(d->vocabulary, content);
    if (id < 0)
        return fail(err, "%s: %s is \"%.60s\", which is not in the vocabulary", file, field,
                    content);
    return add_token(d, content, id, true, item, file, err);
}

static void note_bos(struct declarations *d, const cJSON *item) {
    const char *content = content_of(item);
    if (content) snprintf(d->settings->bos, sizeof d->settings->bos, "%s", content);
}

bool declare_specials(struct declarations *d, const cJSON *map, const char *file,
                      struct pg_error *err) {
    const cJSON *item;
    for (int i = 0; i < N_ROLES; i++) {
        item = json_field(map, roles[i]);
        if (json_is_absent(item)) continue;
        if (!add_special(d, roles[i], item, file, err)) return false;
        if (i == 0) note_bos(d, item);
    }
    const char *more = "additional_special_tokens";
    cJSON_ArrayForEach(item, json_field(map, more)) {
        if (!add_special(d, more, item, file, err)) return false;
    }
    return true;
}

/* ---- tokenizer_config.json ---- */

/* {"50257": {"content": …, flags}, …} */
static bool declare_decoder(struct declarations *d, const cJSON *config, const char *file,
                            struct pg_error *err) {
    const cJSON *item;
    cJSON_ArrayForEach(item, json_field(config, "added_tokens_decoder")) {
        const char *content = json_field_string(item, "content");
        char *end;
        const long id = strtol(item->string, &end, 10);
        if (!content || *end || end == item->string || id < 0 || id >= N_IDS_MAX)
            return fail(err, "%s: added_tokens_decoder: \"%.60s\" is no id of a token with content",
                        file, item->string);
        if (!add_token(d, content, (int)id, false, item, file, err)) return false;
    }
    return true;
}

/* Refuses settings that are not supported: these fields must be false or absent. */
static bool check_unset(const cJSON *config, const char *file, struct pg_error *err) {
    static const char *const fields[] = {"add_eos_token", "do_lower_case", "split_special_tokens"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        bool set = false;
        if (!json_field_bool(config, file, fields[i], &set, err)) return false;
        if (set)
            return fail(err, "%s: %s is true, expected false as in GPT-2's tokenizer", file,
                        fields[i]);
    }
    return true;
}

static bool check_class(const cJSON *config, const char *file, struct pg_error *err) {
    static const char *const known[] = {
        "GPT2Tokenizer",     "GPT2TokenizerFast", "PreTrainedTokenizer", "PreTrainedTokenizerFast",
        "TokenizersBackend", "CodeGenTokenizer",  "CodeGenTokenizerFast"};
    const cJSON *item = json_field(config, "tokenizer_class");
    if (json_is_absent(item)) return true;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (cJSON_IsString(item) && strcmp(item->valuestring, known[i]) == 0) return true;
    return fail(err, "%s: tokenizer_class is %s, expected GPT2Tokenizer", file,
                json_describe(item).text);
}

bool declare_config(struct declarations *d, const cJSON *config, const char *file,
                    struct pg_error *err) {
    struct tokenizer_settings *s = d->settings;
    return (d->has_tokenizer_json || check_class(config, file, err)) &&
           check_unset(config, file, err) &&
           json_field_bool(config, file, "add_prefix_space", &s->add_prefix_space, err) &&
           json_field_bool(config, file, "add_bos_token", &s->add_bos, err) &&
           declare_decoder(d, config, file, err) && declare_specials(d, config, file, err);
}
