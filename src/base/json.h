/* json.h: reading JSON files with cJSON, with errors that name the file and the field. Wrong types,
 * numbers out of range, and fractions in place of integers are errors. From cJSON: the first of two
 * fields of one name counts, numbers are doubles, more than 1000 levels of nesting are an error,
 * and control characters count as white space. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/error.h"

#include <cjson/cJSON.h>

/* Parses size bytes that must be one JSON object, followed by white space at most. name is used in
 * errors. NUL bytes and \u0000 are refused, so that a C string holds every string in full, and so
 * are halves of surrogate pairs, which UTF-8 cannot hold. Free with cJSON_Delete. NULL and err
 * otherwise. */
cJSON *json_parse_object(const char *text, size_t size, const char *name, struct pg_error *err);

/* Reads a file of at most limit bytes and parses it like json_parse_object. */
cJSON *json_read_object(const char *path, size_t limit, struct pg_error *err);

/* Reads a number that is an integer >= 0 and below 2^53, which double holds exactly. False for any
 * other item. */
bool json_size(const cJSON *item, size_t *out);

/* Whether a field is absent or null. */
bool json_is_absent(const cJSON *item);

/* An item in a few words for an error: 1.5, "text", an array, nothing (for NULL). */
struct json_words {
    char text[48];
};
struct json_words json_describe(const cJSON *item);

/* Reads a number that is an integer in [low, high]. False and err, which names file and field, for
 * any other item. */
bool json_int(const cJSON *item, const char *file, const char *field, int low, int high, int *out,
              struct pg_error *err);

/* The field of that name, with case, or NULL if it is absent or `object` is not an object. */
const cJSON *json_field(const cJSON *object, const char *field);

/* Read a field of an object. A field that is absent or null leaves *out unchanged. False and err,
 * which names file and field, if it has another type or is outside [low, high]. */
bool json_field_int(const cJSON *object, const char *file, const char *field, int low, int high,
                    int *out, struct pg_error *err);
bool json_field_bool(const cJSON *object, const char *file, const char *field, bool *out,
                     struct pg_error *err);
bool json_field_float(const cJSON *object, const char *file, const char *field, double low,
                      double high, float *out, struct pg_error *err);

/* A string field, owned by the object. NULL if it is absent or not a string. */
const char *json_field_string(const cJSON *object, const char *field);

#endif
