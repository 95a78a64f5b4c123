/* json.h: reading JSON files with cJSON, with errors that name the file and the field.
 * Numbers out of range, fractions where an integer is meant and wrong types are refused, never bent. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/error.h"

#include <cjson/cJSON.h>

/* Parses size bytes that must be one JSON object, with nothing but white space behind it. name is
 * used in errors. NULL and err otherwise; free with cJSON_Delete. */
cJSON *json_parse_object(const char *text, size_t size, const char *name, struct pg_error *err);

/* Reads and parses a file of at most limit bytes. */
cJSON *json_read_object(const char *path, size_t limit, struct pg_error *err);

/* The number as a non-negative integer that double holds exactly; false if it is anything else. */
bool json_size(const cJSON *item, size_t *out);

/* A field of an object: an absent or null field leaves *out as it was; a field of the wrong type or
 * outside [low, high] fails with a sentence that names file and field. */
bool json_field_int(const cJSON *object, const char *file, const char *field, int low, int high, int *out, struct pg_error *err);
bool json_field_bool(const cJSON *object, const char *file, const char *field, bool *out, struct pg_error *err);
bool json_field_float(const cJSON *object, const char *file, const char *field, double low, double high, float *out, struct pg_error *err);

/* A string field, or NULL when it is absent or no string. Owned by the object. */
const char *json_field_string(const cJSON *object, const char *field);

#endif
