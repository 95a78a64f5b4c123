/* over.c: see over.h. */
#include "spec/over.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "spec/spec_json.h"
#include "spec/text_input.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_OVER = 1 << 28 }; /* bytes of a file of texts */

bool text_list_add(struct text_list *list, struct pg_tokens tokens, struct pg_error *err) {
    if ((list->n & (list->n - 1)) == 0) {
        struct pg_tokens *larger =
            reallocarray(list->items, list->n ? 2 * list->n : 1, sizeof *larger);
        if (!larger) {
            pg_tokens_free(&tokens);
            return fail(err, "out of memory: %zu texts cannot be listed", list->n);
        }
        list->items = larger;
    }
    list->items[list->n++] = tokens;
    return true;
}

void text_list_free(struct text_list *list) {
    for (size_t i = 0; i < list->n; i++) pg_tokens_free(&list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}

/* ---- a line ---- */

/* The tokens of a JSON object's clean or clean_ids. */
static bool read_object(const struct spec *spec, const struct pg_model *model, const char *line,
                        size_t size, struct pg_tokens *out, struct pg_error *err) {
    cJSON *object = json_parse_object(line, size, "the line", err);
    if (!object) return false;
    struct spec one = spec_default(SPEC_JSON_LINE);
    one.prepend_bos = spec->prepend_bos;
    const cJSON *text = json_field(object, "clean"), *ids = json_field(object, "clean_ids");
    bool done = text || ids || fail(err, "there is neither clean nor clean_ids");
    if (text && ids) done = fail(err, "there are both clean and clean_ids");
    if (done && text) done = spec_read_json(&one, SPEC_CLEAN, text, err);
    if (done && !text) done = spec_read_json(&one, SPEC_CLEAN_IDS, ids, err);
    if (done && text)
        done = need_tokenizer(model, NULL, err) &&
               tokenize_text(model, &one, one.clean, strlen(one.clean), out, err);
    if (done && !text) {
        *out = one.clean_ids;
        one.clean_ids = (struct pg_tokens){0};
    }
    spec_free(&one);
    cJSON_Delete(object);
    return done;
}

static bool read_line(const struct spec *spec, const struct pg_model *model, const char *line,
                      size_t size, struct text_list *out, struct pg_error *err) {
    struct pg_tokens tokens = {0};
    const bool done = *line == '{' ? read_object(spec, model, line, size, &tokens, err)
                                   : need_tokenizer(model, NULL, err) &&
                                         tokenize_text(model, spec, line, size, &tokens, err);
    return done && text_list_add(out, tokens, err);
}

/* ---- the file ---- */

static bool is_blank(const char *line, size_t size) {
    return strspn(line, " \t\r") >= size;
}

bool over_read(const struct spec *spec, const struct pg_model *model, struct text_list *out,
               struct pg_error *err) {
    size_t size, number = 1;
    struct pg_error why;
    *out = (struct text_list){0};
    char *text = text_read(spec->over, MAX_OVER, &size, err);
    if (!text) return false;
    bool done = true;
    for (size_t at = 0; done && at < size; number++) {
        const char *line = text + at, *end = memchr(line, '\n', size - at);
        const size_t length = end ? (size_t)(end - line) + 1 : size - at;
        const size_t without_end = text_line_size(line, length);
        at += length;
        if (is_blank(line, without_end)) continue;
        done = read_line(spec, model, line, without_end, out, &why) ||
               fail(err, "%s: line %zu: %s", spec->over, number, why.text);
    }
    free(text);
    return done && (out->n || fail(err, "%s has no text", spec->over));
}

struct pg_mean *over_mean(const struct spec *spec, const struct pg_model *model,
                          struct pg_error *err) {
    struct text_list texts;
    struct pg_error why;
    struct pg_mean *mean = NULL;
    if (over_read(spec, model, &texts, err)) {
        mean = pg_mean_make(model, texts.items, texts.n, spec->with == WITH_MEAN_ALL,
                            spec->sites.items, spec->sites.count, &why);
        if (!mean) fail(err, "%s: %s", spec->over, why.text);
    }
    text_list_free(&texts);
    return mean;
}
