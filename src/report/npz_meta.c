/* npz_meta.c: see npz_meta.h. */
#include "report/npz_meta.h"

#include "report/intervention.h"
#include "report/result_json.h"
#include "report/tokens.h"

#include <stdlib.h>

bool meta_add_text(cJSON *object, const struct pg_model *model, const char *name, const int *ids,
                   size_t n) {
    cJSON *text =
        pg_model_info(model).has_tokenizer ? json_whole_text(model, ids, n) : cJSON_CreateNull();
    if (text && cJSON_AddItemToObject(object, name, text)) return true;
    cJSON_Delete(text);
    return false;
}

/* What a picture's notes say and the report in JSON does not. */
static bool add_notes(cJSON *o, const struct pg_model *model, const struct pg_result *r) {
    const struct intervention i = intervention_of(r);
    const bool bos = begins_with_bos(model, r->clean_ids) &&
                     (!r->corrupt_ids || begins_with_bos(model, r->corrupt_ids));
    return meta_add_text(o, model, "clean_text", r->clean_ids, r->n_tokens) &&
           (!r->corrupt_ids ||
            meta_add_text(o, model, "corrupt_text", r->corrupt_ids, r->n_tokens)) &&
           cJSON_AddStringToObject(o, "direction", direction_text(&i)) &&
           cJSON_AddBoolToObject(o, "bos", bos);
}

cJSON *meta_of_experiment(const struct pg_model *model, const struct pg_result *r) {
    cJSON *meta = json_experiment_object(model, r);
    if (add_notes(meta, model, r)) return meta;
    cJSON_Delete(meta);
    return NULL;
}

/* {"resid_post": ["layer", "position"], ...} */
static bool add_axes(cJSON *object, const struct npz *npz) {
    cJSON *axes = cJSON_AddObjectToObject(object, "axes");
    const struct npz_array *array;
    bool done = axes;
    for (size_t i = 0; done && (array = npz_array(npz, i)); i++) {
        cJSON *names = cJSON_AddArrayToObject(axes, array->name);
        done = names;
        for (size_t k = 0; done && k < array->shape.n_dims; k++)
            done = cJSON_AddItemToArray(names, cJSON_CreateString(array->shape.axes[k]));
    }
    return done;
}

bool npz_add_meta(struct npz *npz, const char *what, cJSON *object, struct pg_error *err) {
    const bool whole = object && cJSON_AddStringToObject(object, "what", what) &&
                       cJSON_AddStringToObject(object, "program", "patchgpt") &&
                       cJSON_AddStringToObject(object, "version", PG_VERSION) &&
                       add_axes(object, npz);
    char *text = whole ? cJSON_PrintUnformatted(object) : NULL;
    const bool done = text ? npz_texts(npz, "meta", npz_scalar(), (const char *const[]){text}, err)
                           : fail(err, "out of memory writing JSON");
    free(text);
    cJSON_Delete(object);
    return done;
}
