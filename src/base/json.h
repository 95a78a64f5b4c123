/* json.h: reading JSON files with cJSON, with errors that name the file and the field. Numbers
 * out of range, fractions where an integer is meant and wrong types are refused, never bent. What
 * cJSON decides: names are compared with case, the first of two fields of one name counts,
 * numbers are doubles, more than 1000 levels of nesting are an error, control characters pass for
 * white space. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/error.h"

#include <cjson/cJSON.h>

/* Parses size bytes that must be one JSON object, with nothing but white space behind it. name is
 * used in errors. Zero bytes and \u0000 are refused, so a C string holds every string in full, and
 * so are halves of surrogate pairs, which UTF-8 cannot hold. NULL and err otherwise; free with
 * cJSON_Delete. */
cJSON *json_parse_object(const char *text, size_t size, const char *name, struct pg_error *err);

/* Reads and parses a file of at most limit bytes. */
cJSON *json_read_object(const char *path, size_t limit, struct pg_error *err);

/* The number as a non-negative integer that double holds exactly; false if it is anything else. */
bool json_size(const cJSON *item, size_t *out);

/* Whether a field is absent or null. */
bool json_is_absent(const cJSON *item);

/* What the item is, in a few words for an error: 1.5, "text", an array, nothing (for NULL). */
struct json_words {
    char text[48];
};
struct json_words json_describe(const cJSON *item);

/* The number as an integer in [low, high]; fails with a sentence that names file and field if it is
 * anything else. */
bool json_int(const cJSON *item, const char *file, const char *field, int low, int high, int *out,
              struct pg_error *err);

/* A field of an object: an absent or null field leaves *out as it was; a field of the wrong type or
 * outside [low, high] fails with a sentence that names file and field. */
bool json_field_int(const cJSON *object, const char *file, const char *field, int low, int high,
                    int *out, struct pg_error *err);
bool json_field_bool(const cJSON *object, const char *file, const char *field, bool *out,
                     struct pg_error *err);
bool json_field_float(const cJSON *object, const char *file, const char *field, double low,
                      double high, float *out, struct pg_error *err);

/* A string field, or NULL when it is absent or no string. Owned by the object. */
const char *json_field_string(const cJSON *object, const char *field);

#endif
