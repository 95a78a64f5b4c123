/* reading_npz.c: see reading_npz.h. */
#include "report/reading_npz.h"

#include "base/memory.h"
#include "circuit/lens.h"
#include "patch/question.h"
#include "report/npz_meta.h"
#include "report/result_json.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Adds the ids of the text, and meta: object, which is taken over, with what all three have. */
static bool add_text(struct npz *npz, const struct pg_model *model, const char *what, cJSON *object,
                     const int *ids, size_t n, struct pg_error *err) {
    const bool done = npz_ints(npz, "ids", npz_list("position", n), ids, err);
    if (done && meta_add_text(object, model, "text", ids, n) &&
        cJSON_AddBoolToObject(object, "bos", begins_with_bos(model, ids)))
        return npz_add_meta(npz, what, object, err);
    cJSON_Delete(object);
    return done && npz_add_meta(npz, what, NULL, err);
}

/* ---- lens ---- */

struct lens_content {
    const struct pg_model *model;
    const struct pg_lens *lens;
};

/* Adds the numbers that are of two types: floats, then ints, both with room for all readings. */
static bool add_readings(struct npz *npz, const struct pg_lens *lens, float *floats, int *ints,
                         struct pg_error *err) {
    const struct question question = question_of_lens(lens);
    const bool tokens = question_has_tokens(&question);
    const size_t n = lens->n_places * lens->n_tokens;
    struct npz_shape shape = npz_list("place", lens->n_places);
    npz_add_axis(&shape, "position", lens->n_tokens);
    for (size_t i = 0; i < n; i++) floats[i] = lens->readings[i].value;
    if (tokens && !npz_floats(npz, "value", shape, floats, err)) return false;
    for (size_t i = 0; i < n; i++) ints[i] = lens->readings[i].rank;
    if (tokens && !npz_ints(npz, "rank", shape, ints, err)) return false;
    for (size_t i = 0; i < n; i++) ints[i] = lens->readings[i].top;
    if (!npz_ints(npz, "top_id", shape, ints, err)) return false;
    for (size_t i = 0; i < n; i++) floats[i] = lens->readings[i].probability;
    return npz_floats(npz, "top_probability", shape, floats, err);
}

bool places_npz(struct npz *npz, size_t n, struct pg_error *err) {
    char(*names)[PLACE_SIZE] = allocate(n, sizeof *names, err);
    const char **list = allocate(n, sizeof *list, err);
    for (size_t i = 0; names && list && i < n; i++) {
        place_name(i, names[i]);
        list[i] = names[i];
    }
    const bool done = names && list && npz_texts(npz, "places", npz_list("place", n), list, err);
    free(names);
    free(list);
    return done;
}

static bool write_lens(void *context, struct npz *npz, struct pg_error *err) {
    const struct lens_content *c = context;
    const struct pg_lens *lens = c->lens;
    const size_t n = lens->n_places * lens->n_tokens;
    float *floats = allocate(n, sizeof *floats, err);
    int *ints = allocate(n, sizeof *ints, err);
    const bool done = floats && ints && add_readings(npz, lens, floats, ints, err) &&
                      places_npz(npz, lens->n_places, err) &&
                      add_text(npz, c->model, "lens", json_lens_object(c->model, lens), lens->ids,
                               lens->n_tokens, err);
    free(floats);
    free(ints);
    return done;
}

bool lens_npz(const struct pg_model *model, const struct pg_lens *lens, const char *path,
              struct pg_error *err) {
    struct lens_content c = {model, lens};
    return npz_write(path, write_lens, &c, err);
}

/* ---- direct ---- */

struct direct_content {
    const struct pg_model *model;
    const struct pg_direct *direct;
};

const char *component_array(enum pg_component component) {
    static const char *const names[] = {
        [PG_EMBED] = "embed",
        [PG_HEAD] = "heads",
        [PG_MLP] = "mlps",
        [PG_MLP_NEURON] = "neurons",
        [PG_MLP_BIAS] = "mlp_biases",
        [PG_ATTENTION_BIASES] = "attention_biases",
        [PG_LN_F_BIAS] = "ln_f_bias",
    };
    return names[component];
}

struct npz_shape component_shape(enum pg_component component, const struct pg_model_info *info,
                                 size_t n_sources) {
    struct npz_shape shape = npz_scalar();
    const bool head = component == PG_HEAD, neuron = component == PG_MLP_NEURON;
    if (head || neuron || component == PG_MLP || component == PG_MLP_BIAS)
        npz_add_axis(&shape, "layer", (size_t)info->n_layer);
    if (head) npz_add_axis(&shape, "head", (size_t)info->n_head);
    if (head && n_sources) npz_add_axis(&shape, "source_position", n_sources);
    if (neuron) npz_add_axis(&shape, "neuron", (size_t)info->n_inner);
    return shape;
}

size_t component_index(const struct npz_shape *shape, const struct pg_part *part) {
    const int at[] = {part->layer, part->index, part->source};
    size_t index = 0;
    for (size_t i = 0; i < shape->n_dims; i++) index = index * shape->dims[i] + (size_t)at[i];
    return index;
}

/* Adds the array of a component, unless the attribution has no such parts. */
static bool add_component(struct npz *npz, const struct direct_content *c,
                          enum pg_component component, struct pg_error *err) {
    const struct pg_direct *d = c->direct;
    const struct pg_model_info info = pg_model_info(c->model);
    const bool split = d->by_source && component == PG_HEAD;
    const struct npz_shape shape = component_shape(component, &info, split ? d->n_tokens : 0);
    const char *name = split ? "heads_by_source" : component_array(component);
    size_t n, n_found = 0;
    if (!npz_count(shape, &n, err)) return false;
    float *values = allocate_unset(n, sizeof *values, err);
    if (!values) return false;
    for (size_t i = 0; i < n; i++) values[i] = NAN;
    for (size_t i = 0; i < d->n_parts; i++) {
        if (d->parts[i].component != component) continue;
        values[component_index(&shape, &d->parts[i])] = d->parts[i].value;
        n_found++;
    }
    const bool done = !n_found || npz_floats(npz, name, shape, values, err);
    free(values);
    return done;
}

static bool write_direct(void *context, struct npz *npz, struct pg_error *err) {
    const struct direct_content *c = context;
    const struct pg_direct *d = c->direct;
    for (int component = PG_EMBED; component <= PG_LN_F_BIAS; component++)
        if (!add_component(npz, c, (enum pg_component)component, err)) return false;
    return npz_doubles(npz, "sum", npz_scalar(), &d->sum, err) &&
           npz_floats(npz, "metric", npz_scalar(), &d->metric_value, err) &&
           add_text(npz, c->model, "direct", json_direct_object(c->model, d), d->ids, d->n_tokens,
                    err);
}

bool direct_npz(const struct pg_model *model, const struct pg_direct *direct, const char *path,
                struct pg_error *err) {
    struct direct_content c = {model, direct};
    return npz_write(path, write_direct, &c, err);
}

/* ---- predict ---- */

struct prediction_content {
    const struct pg_model *model;
    const struct text_prediction *prediction;
};

/* Where the logits of the next position go. */
static bool keep_row(void *context, size_t position, const float *logits, size_t n_vocab,
                     struct pg_error *err) {
    float **next = context;
    (void)position;
    (void)err;
    memcpy(*next, logits, n_vocab * sizeof *logits);
    *next += n_vocab;
    return true;
}

static bool add_logits(struct npz *npz, const struct prediction_content *c, struct pg_error *err) {
    const struct text_prediction *p = c->prediction;
    const struct pg_tokens *text = p->text;
    struct npz_shape shape = npz_scalar();
    size_t n;
    if (p->all_positions) npz_add_axis(&shape, "position", text->count);
    npz_add_axis(&shape, "token_id", (size_t)pg_model_info(c->model).n_vocab);
    if (!npz_count(shape, &n, err)) return false;
    float *logits = allocate_unset(n, sizeof *logits, err), *next = logits;
    const bool done = logits &&
                      pg_logits(c->model, text->ids, text->count,
                                p->all_positions ? 0 : text->count - 1, keep_row, &next, err) &&
                      npz_floats(npz, "logits", shape, logits, err);
    free(logits);
    return done;
}

/* Adds one field of all predictions: floats or, if that is NULL, ints. */
static bool add_field(struct npz *npz, const struct text_prediction *p, const char *field,
                      const float *floats, const int *ints, struct pg_error *err) {
    char name[32];
    const struct npz_shape shape = npz_list(p->name, p->n);
    snprintf(name, sizeof name, "%s_%s", p->name, field);
    return floats ? npz_floats(npz, name, shape, floats, err)
                  : npz_ints(npz, name, shape, ints, err);
}

static bool add_predictions(struct npz *npz, const struct text_prediction *p,
                            struct pg_error *err) {
    float *floats = allocate(p->n, sizeof *floats, err);
    int *ints = allocate(p->n, sizeof *ints, err);
    bool done = floats && ints;
    for (size_t i = 0; done && i < p->n; i++) ints[i] = p->predictions[i].token;
    done = done && add_field(npz, p, "id", NULL, ints, err);
    for (size_t i = 0; done && i < p->n; i++) ints[i] = p->predictions[i].rank;
    done = done && add_field(npz, p, "rank", NULL, ints, err);
    for (size_t i = 0; done && i < p->n; i++) floats[i] = p->predictions[i].logit;
    done = done && add_field(npz, p, "logit", floats, NULL, err);
    for (size_t i = 0; done && i < p->n; i++) floats[i] = p->predictions[i].probability;
    done = done && add_field(npz, p, "probability", floats, NULL, err);
    free(floats);
    free(ints);
    return done;
}

static bool write_prediction(void *context, struct npz *npz, struct pg_error *err) {
    const struct prediction_content *c = context;
    const struct text_prediction *p = c->prediction;
    return add_logits(npz, c, err) && add_predictions(npz, p, err) &&
           add_text(npz, c->model, "predict",
                    json_prediction_object(c->model, p->text, p->name, p->predictions, p->n),
                    p->text->ids, p->text->count, err);
}

bool prediction_npz(const struct pg_model *model, const struct text_prediction *prediction,
                    const char *path, struct pg_error *err) {
    struct prediction_content c = {model, prediction};
    return npz_write(path, write_prediction, &c, err);
}
