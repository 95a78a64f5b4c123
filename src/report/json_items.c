/* json_items.c: see json_items.h. */
#include "report/json_items.h"

#include "base/error.h"
#include "base/number.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- items ---- */

bool json_put(cJSON *object, const char *name, cJSON *item) {
    if (item && cJSON_AddItemToObject(object, name, item)) return true;
    cJSON_Delete(item);
    return false;
}

bool json_append(cJSON *array, cJSON *item) {
    if (item && cJSON_AddItemToArray(array, item)) return true;
    cJSON_Delete(item);
    return false;
}

cJSON *json_whole(cJSON *item, bool complete) {
    if (complete) return item;
    cJSON_Delete(item);
    return NULL;
}

cJSON *json_real(float value) {
    char text[NUMBER_SIZE];
    if (!isfinite(value)) return cJSON_CreateNull();
    number_format(value, text);
    return cJSON_CreateRaw(text);
}

cJSON *json_number(double value) {
    return isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
}

cJSON *json_integer(size_t value) {
    return cJSON_CreateNumber((double)value);
}

/* Bytes, which may not be UTF-8. */
cJSON *json_bytes_string(const char *bytes, size_t length) {
    struct pg_error err;
    char *text = replace_invalid(bytes, length, &err);
    cJSON *item = text ? cJSON_CreateString(text) : NULL;
    free(text);
    return item;
}

cJSON *json_string(const char *text) {
    return json_bytes_string(text, strlen(text));
}

cJSON *json_token_text(const struct pg_model *model, int id) {
    size_t length;
    const char *bytes = pg_token_bytes(model, id, &length);
    return bytes ? json_bytes_string(bytes, length) : cJSON_CreateNull();
}

/* ---- parts ---- */

static cJSON *token(const struct pg_model *model, int id) {
    cJSON *o = cJSON_CreateObject();
    return json_whole(o, json_put(o, "id", cJSON_CreateNumber(id)) &&
                             json_put(o, "text", json_token_text(model, id)));
}

cJSON *json_token_list(const struct pg_model *model, const int *ids, size_t n) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < n; i++) complete = json_append(list, token(model, ids[i]));
    return json_whole(list, complete);
}

/* [[a, b], ...], or [[a], ...] where the metric has one token. */
static cJSON *json_pair_list(const struct pg_model *model, const struct pg_pair *pairs, size_t n) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < n; i++) {
        const int ids[] = {pairs[i].a, pairs[i].b};
        complete = json_append(list, json_token_list(model, ids, ids[1] >= 0 ? 2 : 1));
    }
    return json_whole(list, complete);
}

bool json_put_tokens(cJSON *o, const struct pg_model *model, const struct question *q) {
    const struct pg_tokens *right = &q->answers, *wrong = &q->wrong_answers;
    return json_put(o, "pairs", json_pair_list(model, q->pairs, q->n_pairs)) &&
           (!right->count ||
            json_put(o, "answers", json_token_list(model, right->ids, right->count))) &&
           (!wrong->count ||
            json_put(o, "wrong_answers", json_token_list(model, wrong->ids, wrong->count)));
}

cJSON *json_file_list(const struct outcome *outcome) {
    cJSON *list = cJSON_CreateArray();
    const char *files[MAX_WRITTEN];
    const size_t n = outcome_files(outcome, files);
    bool complete = list;
    for (size_t i = 0; complete && i < n; i++) complete = json_append(list, json_string(files[i]));
    return json_whole(list, complete);
}

cJSON *json_check(const struct outcome *outcome) {
    cJSON *o = cJSON_CreateObject();
    return json_whole(
        o, json_put(o, "file", json_string(outcome->checked)) &&
               json_put(o, "differing", json_integer(outcome->check.n_differing)) &&
               json_put(o, "largest_difference", json_real((float)outcome->check.largest)));
}

cJSON *json_object_of(const struct pg_model *model) {
    cJSON *o = cJSON_CreateObject();
    return json_whole(o, json_put(o, "model", json_string(pg_model_info(model).name)));
}

char *json_print(cJSON *object, bool complete, struct pg_error *err) {
    char *text = complete ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    if (!text) fail(err, "out of memory writing JSON");
    return text;
}
