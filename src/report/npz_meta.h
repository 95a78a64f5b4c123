/* npz_meta.h: what the arrays of a .npz file are of, as the array meta: one text of NumPy, which
 * json.loads(str(file["meta"])) reads. */
#ifndef REPORT_NPZ_META_H
#define REPORT_NPZ_META_H

#include "report/npz.h"

#include <cjson/cJSON.h>

/* Adds to what is to be said the text of n tokens, or null if the model has no texts. False when
 * memory is out, also if object is NULL. */
bool meta_add_text(cJSON *object, const struct pg_model *model, const char *name, const int *ids,
                   size_t n);

/* What an experiment is: json_experiment_object, and what the notes of its picture say besides.
 * Delete with cJSON_Delete. NULL when memory is out. */
cJSON *meta_of_experiment(const struct pg_model *model, const struct pg_result *result);

/* Adds the array meta after all others: the fields of object, "what", "program",
 * "version", and "axes": {array: [the name of each dimension]}. Takes over object; NULL: memory is
 * out. False and err on failure. */
bool npz_add_meta(struct npz *npz, const char *what, cJSON *object, struct pg_error *err);

#endif
