/* random_model.h: checkpoints with random weights, written to a temporary folder and opened from
 * there. For tests. */
#ifndef TESTS_RANDOM_MODEL_H
#define TESTS_RANDOM_MODEL_H

#include "patchgpt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shape {
    int layers, heads, width, inner, context, vocab;
    bool transposed; /* matrices (out, in) */
    const char *activation;
};

/* A small deterministic generator: numbers in [-1, 1). */
static uint32_t random_state = 1;

static inline float random_number(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (float)(random_state >> 8) / 8388608.0f - 1.0f;
}

/* Tensors are collected here before they are written. */
struct writer {
    char header[1 << 20];
    size_t header_size, n_floats;
    float *floats;
};

static void add_tensor(struct writer *w, const char *name, int rows, int columns, float center,
                       float spread) {
    const size_t n = (size_t)rows * (size_t)(columns ? columns : 1);
    char dims[64];
    snprintf(dims, sizeof dims, columns ? "%d,%d" : "%d", rows, columns);
    w->header_size += (size_t)snprintf(
        w->header + w->header_size, sizeof w->header - w->header_size,
        "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
        w->header_size > 1 ? "," : "", name, dims, 4 * w->n_floats, 4 * (w->n_floats + n));
    w->floats = realloc(w->floats, (w->n_floats + n) * sizeof *w->floats);
    for (size_t i = 0; i < n; i++) w->floats[w->n_floats + i] = center + spread * random_number();
    w->n_floats += n;
}

static void add_linear(struct writer *w, const struct shape *s, int block, const char *name,
                       int n_in, int n_out, float gain) {
    char tensor[64];
    snprintf(tensor, sizeof tensor, "h.%d.%s.weight", block, name);
    add_tensor(w, tensor, s->transposed ? n_out : n_in, s->transposed ? n_in : n_out, 0,
               gain * sqrtf(3.0f / (float)n_in));
    snprintf(tensor, sizeof tensor, "h.%d.%s.bias", block, name);
    add_tensor(w, tensor, n_out, 0, 0, 0.2f);
}

static void add_norm(struct writer *w, const char *format, int block, int width) {
    char name[48], tensor[64];
    snprintf(name, sizeof name, format, block);
    snprintf(tensor, sizeof tensor, "%s.weight", name);
    add_tensor(w, tensor, width, 0, 1, 0.2f);
    snprintf(tensor, sizeof tensor, "%s.bias", name);
    add_tensor(w, tensor, width, 0, 0, 0.1f);
}

static void add_all(struct writer *w, const struct shape *s) {
    const int C = s->width;
    add_tensor(w, "wte.weight", s->vocab, C, 0, 0.5f);
    add_tensor(w, "wpe.weight", s->context, C, 0, 0.1f);
    for (int b = 0; b < s->layers; b++) {
        add_norm(w, "h.%d.ln_1", b, C);
        add_linear(w, s, b, "attn.c_attn", C, 3 * C, 1.5f);
        add_linear(w, s, b, "attn.c_proj", C, C, 0.7f);
        add_norm(w, "h.%d.ln_2", b, C);
        add_linear(w, s, b, "mlp.c_fc", C, s->inner, 1.2f);
        add_linear(w, s, b, "mlp.c_proj", s->inner, C, 0.5f);
    }
    add_norm(w, "ln_f", 0, C);
}

static void write_file(const char *folder, const char *name, const void *head, size_t head_size,
                       const void *body, size_t size) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(head, 1, head_size, f) != head_size || fwrite(body, 1, size, f) != size ||
        fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

/* Writes the checkpoint to a fresh temporary folder, whose name it returns (free it after
 * remove_model). */
static char *write_random_model(const struct shape *s, uint32_t seed) {
    struct writer *w = calloc(1, sizeof *w);
    char config[512], *folder = strdup("/tmp/patchgpt-test-XXXXXX");
    if (!mkdtemp(folder)) exit(1);
    random_state = seed;
    w->header[w->header_size++] = '{';
    add_all(w, s);
    w->header[w->header_size++] = '}';
    while (w->header_size % 8) w->header[w->header_size++] = ' ';
    const uint64_t length = w->header_size;
    char *head = malloc(8 + w->header_size);
    memcpy(head, &length, 8);
    memcpy(head + 8, w->header, w->header_size);
    write_file(folder, "model.safetensors", head, 8 + w->header_size, w->floats, 4 * w->n_floats);
    int n = snprintf(config, sizeof config,
                     "{\"n_layer\":%d,\"n_head\":%d,\"n_embd\":%d,\"n_inner\":%d,\"n_positions\":%"
                     "d,\"vocab_size\":%d,"
                     "\"activation_function\":\"%s\"}",
                     s->layers, s->heads, s->width, s->inner, s->context, s->vocab,
                     s->activation ? s->activation : "gelu_new");
    write_file(folder, "config.json", config, (size_t)n, "", 0);
    free(head);
    free(w->floats);
    free(w);
    return folder;
}

static void remove_model(char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/config.json", folder);
    unlink(path);
    rmdir(folder);
    free(folder);
}

static struct pg_model *random_model(const struct shape *s, uint32_t seed) {
    struct pg_error err;
    char *folder = write_random_model(s, seed);
    struct pg_model *model = pg_model_open(folder, &err);
    if (!model) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    remove_model(folder); /* the map outlives the name */
    return model;
}

#endif
