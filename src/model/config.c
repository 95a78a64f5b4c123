/* config.c: see config.h. */
#include "model/config.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

enum { MAX_LAYERS = 1000, MAX_WIDTH = 1 << 16, MAX_INNER = 1 << 20, MAX_POSITIONS = 1 << 20 };
enum { MAX_VOCAB = 1 << 24 };

/* gelu_new, gelu_pytorch_tanh and gelu_fast are three ways to write one formula. */
static const struct {
    const char *name;
    enum activation activation;
} activations[] = {
    {"gelu_new", ACTIVATION_GELU_TANH},  {"gelu_pytorch_tanh", ACTIVATION_GELU_TANH},
    {"gelu_fast", ACTIVATION_GELU_TANH}, {"gelu", ACTIVATION_GELU_ERF},
    {"relu", ACTIVATION_RELU},
};

static bool read_activation(const cJSON *root, const char *name, struct config *out,
                            struct pg_error *err) {
    const char *found = json_field_string(root, "activation_function");
    const cJSON *item = json_field(root, "activation_function");
    if (!item || cJSON_IsNull(item)) found = activations[0].name;
    for (size_t i = 0; found && i < sizeof activations / sizeof *activations; i++) {
        if (strcmp(activations[i].name, found) != 0) continue;
        out->activation = activations[i].activation;
        snprintf(out->activation_name, sizeof out->activation_name, "%s", found);
        return true;
    }
    return fail(err,
                "%s: activation_function is %s, expected \"gelu_new\", \"gelu_pytorch_tanh\", "
                "\"gelu_fast\", \"gelu\" or \"relu\"",
                name, json_describe(item).text);
}

static bool check_kind(const cJSON *root, const char *name, struct pg_error *err) {
    const cJSON *type = json_field(root, "model_type");
    const char *found = cJSON_GetStringValue(type);
    if (type && !cJSON_IsNull(type) && (!found || strcmp(found, "gpt2") != 0))
        return fail(err, "%s: model_type is %s, expected \"gpt2\"", name, json_describe(type).text);
    bool cross = false;
    if (!json_field_bool(root, name, "add_cross_attention", &cross, err)) return false;
    if (cross)
        return fail(err,
                    "%s: add_cross_attention is true, expected false: a model that also attends to "
                    "an encoder needs more than a text",
                    name);
    return true;
}

/* Reads a required field, from 1 to high. */
static bool read_required(const cJSON *root, const char *name, const char *field, int high,
                          int *out, struct pg_error *err) {
    *out = 0;
    if (!json_field_int(root, name, field, 1, high, out, err)) return false;
    if (*out == 0)
        return fail(err, "%s: %s is missing, expected an integer from 1 to %d", name, field, high);
    return true;
}

static bool read_shape(const cJSON *root, const char *name, struct config *out,
                       struct pg_error *err) {
    if (!read_required(root, name, "n_layer", MAX_LAYERS, &out->n_layer, err) ||
        !read_required(root, name, "n_head", MAX_WIDTH, &out->n_head, err) ||
        !read_required(root, name, "n_embd", MAX_WIDTH, &out->n_embd, err) ||
        !read_required(root, name, "vocab_size", MAX_VOCAB, &out->n_vocab, err))
        return false;
    if (out->n_embd % out->n_head != 0)
        return fail(err, "%s: n_embd is %d, expected a multiple of n_head, %d", name, out->n_embd,
                    out->n_head);
    out->n_inner = 4 * out->n_embd;
    out->n_positions = 1024;
    return json_field_int(root, name, "n_inner", 1, MAX_INNER, &out->n_inner, err) &&
           json_field_int(root, name, "n_ctx", 1, MAX_POSITIONS, &out->n_positions, err) &&
           json_field_int(root, name, "n_positions", 1, MAX_POSITIONS, &out->n_positions, err);
}

static bool read_tie(const cJSON *root, const char *name, struct config *out,
                     struct pg_error *err) {
    const cJSON *item = json_field(root, "tie_word_embeddings");
    bool tie = false;
    if (json_is_absent(item)) return true;
    if (!json_field_bool(root, name, "tie_word_embeddings", &tie, err)) return false;
    out->tie = tie ? TIE_YES : TIE_NO;
    return true;
}

static bool read_config(const cJSON *root, const char *name, struct config *out,
                        struct pg_error *err) {
    out->layer_norm_epsilon = 1e-5f;
    out->scale_attn_weights = true;
    return check_kind(root, name, err) && read_shape(root, name, out, err) &&
           read_activation(root, name, out, err) && read_tie(root, name, out, err) &&
           json_field_float(root, name, "layer_norm_epsilon", 1e-30, 0.999,
                            &out->layer_norm_epsilon, err) &&
           json_field_bool(root, name, "scale_attn_weights", &out->scale_attn_weights, err) &&
           json_field_bool(root, name, "scale_attn_by_inverse_layer_idx",
                           &out->scale_attn_by_inverse_layer_idx, err);
}

bool config_parse(const char *text, size_t size, const char *name, struct config *out,
                  struct pg_error *err) {
    *out = (struct config){0};
    cJSON *root = json_parse_object(text, size, name, err);
    if (!root) return false;
    bool good = read_config(root, name, out, err);
    cJSON_Delete(root);
    return good;
}
