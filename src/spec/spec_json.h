/* spec_json.h: a field of a spec from JSON, with the types of JSON: numbers, flags and arrays go
 * into the spec as they are; only names and ranges are texts. */
#ifndef SPEC_SPEC_JSON_H
#define SPEC_SPEC_JSON_H

#include "base/json.h"
#include "spec/spec.h"

/* Reads a field's value. Texts stay in the JSON, which must outlive the spec. False and err, which
 * names the field, if the value is not one of this field. */
bool spec_read_json(struct spec *spec, enum spec_field field, const cJSON *item,
                    struct pg_error *err);

#endif
