/* json_items.h: what the JSON of all results is made of. Where memory runs out, an item is NULL,
 * and json_put() fails; so every builder is one expression. Whole results are result_json.h's and
 * circuit_json.h's. */
#ifndef REPORT_JSON_ITEMS_H
#define REPORT_JSON_ITEMS_H

#include "patch/question.h"
#include "report/outcome.h"

#include <cjson/cJSON.h>

/* Gives the item to the object or array. False if it is NULL or memory is out; it is deleted
 * then. */
bool json_put(cJSON *object, const char *name, cJSON *item);
bool json_append(cJSON *array, cJSON *item);

/* The item if it is complete; else deletes it and returns NULL. */
cJSON *json_whole(cJSON *item, bool complete);

/* Numbers; null for those that are not finite. A float32 number reads back to the same bits. */
cJSON *json_real(float value);
cJSON *json_number(double value);
cJSON *json_integer(size_t value);

/* Texts, whose bytes may not be UTF-8: of n bytes; of a string; of a token, null without text. */
cJSON *json_bytes_string(const char *bytes, size_t n);
cJSON *json_string(const char *text);
cJSON *json_token_text(const struct pg_model *model, int id);

/* [{"id", "text"}, ...] */
cJSON *json_token_list(const struct pg_model *model, const int *ids, size_t n);

/* Adds the tokens of the metric: "pairs"; and "answers", "wrong_answers" where it is of sets. */
bool json_put_tokens(cJSON *object, const struct pg_model *model, const struct question *question);

/* The names of the files that were written; {"file", "differing", "largest_difference"}. */
cJSON *json_file_list(const struct outcome *outcome);
cJSON *json_check(const struct outcome *outcome);

/* {"model"}, to which more is added. */
cJSON *json_object_of(const struct pg_model *model);

/* The text of the object, which is deleted. Free with free(). NULL and err if it is not complete or
 * memory is out. */
char *json_print(cJSON *object, bool complete, struct pg_error *err);

#endif
