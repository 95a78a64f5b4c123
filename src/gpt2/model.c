/* model.c: opening and closing models. Every tensor's shape is checked against config.json before
 * any number is used. Where the files are is locate.c's matter. */
#include "gpt2/model.h"

#include "base/assets.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "base/team.h"
#include "gpt2/locate.h"
#include "tensor/kernels.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "safetensors are used as they are stored");

enum { CONFIG_LIMIT = 1 << 20, TOKENIZER_LIMIT = 256 << 20 };

/* ---- weights ---- */

/* What reading the tensors of one checkpoint needs. */
struct loader {
    struct pg_model *model;
    const char *prefix;
    float *next_vector;
    struct pg_error *err;
};

static const char *shape_text(const size_t *shape, int n_dims, char text[64]) {
    size_t n = 1;
    strcpy(text, "[");
    for (int i = 0; i < n_dims && n < 40; i++)
        n += (size_t)snprintf(text + n, 64 - n, "%s%zu", i ? ", " : "", shape[i]);
    strcpy(text + n, "]");
    return text;
}

/* The named tensor, if it is stored as floats of exactly that shape. */
static const struct tensor *find(struct loader *l, const char *name, int n_dims,
                                 const size_t *shape) {
    char full[128], found[64], wanted[64];
    snprintf(full, sizeof full, "%s%s", l->prefix, name);
    const struct tensor *t = checkpoint_find(&l->model->checkpoint, full);
    if (!t) {
        fail(l->err, "%s: tensor %s is missing", l->model->path, full);
        return NULL;
    }
    if (t->dtype == DTYPE_OTHER) {
        fail(l->err, "%s: tensor %s is stored as %s; F32, F16 and BF16 can be used", l->model->path,
             full, t->dtype_name);
        return NULL;
    }
    if (t->n_dims != n_dims || memcmp(t->shape, shape, (size_t)n_dims * sizeof *shape) != 0) {
        fail(l->err, "%s: tensor %s has shape %s; config.json makes it %s", l->model->path, full,
             shape_text(t->shape, t->n_dims, found), shape_text(shape, n_dims, wanted));
        return NULL;
    }
    const char *dtype = t->dtype == DTYPE_F32 ? "F32" : t->dtype == DTYPE_F16 ? "F16" : "BF16";
    l->model->dtype = !l->model->dtype || strcmp(l->model->dtype, dtype) == 0 ? dtype : "mixed";
    l->model->n_parameters += t->size / dtype_size(t->dtype);
    return t;
}

/* A tensor of n numbers, widened. */
static const float *take_vector(struct loader *l, const char *name, int n) {
    const struct tensor *t = find(l, name, 1, (size_t[]){(size_t)n});
    if (!t) return NULL;
    float *vector = l->next_vector;
    l->next_vector += n;
    kernels_default()->widen(t->dtype, t->data, n, vector);
    return vector;
}

/* The tensor's bytes, aligned for its numbers. */
static const void *aligned_data(struct loader *l, const struct tensor *t) {
    if ((uintptr_t)t->data % dtype_size(t->dtype) == 0) return t->data;
    void **copies = realloc(l->model->copies, (l->model->n_copies + 1) * sizeof *copies);
    if (!copies) {
        fail(l->err, "out of memory");
        return NULL;
    }
    l->model->copies = copies;
    void *copy = allocate(t->size, 1, l->err);
    if (!copy) return NULL;
    copies[l->model->n_copies++] = copy;
    return memcpy(copy, t->data, t->size);
}

/* A rows x columns tensor as a matrix with `rows` inputs, or `columns` inputs if transposed. */
static bool take_matrix(struct loader *l, const char *name, int rows, int columns, bool transposed,
                        struct matrix *out) {
    const struct tensor *t = find(l, name, 2, (size_t[]){(size_t)rows, (size_t)columns});
    const void *data = t ? aligned_data(l, t) : NULL;
    if (!data) return false;
    *out = (struct matrix){.data = data,
                           .dtype = t->dtype,
                           .transposed = transposed,
                           .n_in = transposed ? columns : rows,
                           .n_out = transposed ? rows : columns,
                           .stride = (size_t)columns};
    return true;
}

static bool take_linear(struct loader *l, int block, const char *name, int n_in, int n_out,
                        struct linear *out) {
    char tensor[64];
    const bool transposed = l->model->transposed;
    snprintf(tensor, sizeof tensor, "h.%d.%s.weight", block, name);
    if (!take_matrix(l, tensor, transposed ? n_out : n_in, transposed ? n_in : n_out, transposed,
                     &out->weight))
        return false;
    snprintf(tensor, sizeof tensor, "h.%d.%s.bias", block, name);
    out->bias = take_vector(l, tensor, n_out);
    return out->bias;
}

static bool take_norm(struct loader *l, const char *name, struct norm *out) {
    char tensor[64];
    const int n = l->model->config.n_embd;
    snprintf(tensor, sizeof tensor, "%s.weight", name);
    out->gain = take_vector(l, tensor, n);
    if (!out->gain) return false;
    snprintf(tensor, sizeof tensor, "%s.bias", name);
    out->bias = take_vector(l, tensor, n);
    out->epsilon = l->model->config.layer_norm_epsilon;
    return out->bias;
}

static bool take_block(struct loader *l, int b, struct block *out) {
    const int C = l->model->config.n_embd, inner = l->model->config.n_inner;
    char ln_1[32], ln_2[32];
    struct linear attn;
    snprintf(ln_1, sizeof ln_1, "h.%d.ln_1", b);
    snprintf(ln_2, sizeof ln_2, "h.%d.ln_2", b);
    if (!take_norm(l, ln_1, &out->ln_1) || !take_norm(l, ln_2, &out->ln_2) ||
        !take_linear(l, b, "attn.c_attn", C, 3 * C, &attn) ||
        !take_linear(l, b, "attn.c_proj", C, C, &out->attn_proj) ||
        !take_linear(l, b, "mlp.c_fc", C, inner, &out->fc) ||
        !take_linear(l, b, "mlp.c_proj", inner, C, &out->mlp_proj))
        return false;
    out->q = (struct linear){matrix_outputs(&attn.weight, 0, C), attn.bias};
    out->kv = (struct linear){matrix_outputs(&attn.weight, C, 2 * C), attn.bias + C};
    return true;
}

/* lm_head.weight if the checkpoint has one, else the token embedding again. */
static bool take_unembed(struct loader *l) {
    struct pg_model *m = l->model;
    m->tied = !checkpoint_find(&m->checkpoint, "lm_head.weight");
    if (!m->tied) {
        l->prefix = "";
        return take_matrix(l, "lm_head.weight", m->config.n_vocab, m->config.n_embd, true,
                           &m->unembed);
    }
    m->unembed = m->wte;
    m->unembed.transposed = true;
    m->unembed.n_in = m->config.n_embd;
    m->unembed.n_out = m->config.n_vocab;
    return true;
}

/* Whether the matrices are stored (out, in), told by the first one that is not square. */
static bool is_transposed(const struct loader *l) {
    char name[64];
    snprintf(name, sizeof name, "%sh.0.attn.c_attn.weight", l->prefix);
    const struct tensor *t = checkpoint_find(&l->model->checkpoint, name);
    return t && t->n_dims == 2 && t->shape[0] == 3 * t->shape[1];
}

/* The numbers in all biases and norms. */
static size_t count_vectors(const struct config *c) {
    const size_t C = (size_t)c->n_embd;
    return (size_t)c->n_layer * (9 * C + (size_t)c->n_inner) + 2 * C;
}

static bool load_weights(struct pg_model *m, struct pg_error *err) {
    const struct config *c = &m->config;
    struct loader l = {.model = m, .prefix = "", .err = err};
    if (!checkpoint_find(&m->checkpoint, "wte.weight") &&
        checkpoint_find(&m->checkpoint, "transformer.wte.weight"))
        l.prefix = "transformer.";
    m->transposed = is_transposed(&l);
    m->blocks = allocate((size_t)c->n_layer, sizeof *m->blocks, err);
    m->vectors = allocate(count_vectors(c), sizeof(float), err);
    if (!m->blocks || !m->vectors) return false;
    l.next_vector = m->vectors;

    if (!take_matrix(&l, "wte.weight", c->n_vocab, c->n_embd, false, &m->wte) ||
        !take_matrix(&l, "wpe.weight", c->n_positions, c->n_embd, false, &m->wpe) ||
        !take_norm(&l, "ln_f", &m->ln_f))
        return false;
    for (int b = 0; b < c->n_layer; b++)
        if (!take_block(&l, b, &m->blocks[b])) return false;
    return take_unembed(&l);
}

/* ---- files ---- */

static bool load_config(const char *path, struct config *out, struct pg_error *err) {
    size_t size;
    char *text = text_read(path, CONFIG_LIMIT, &size, err);
    bool ok = text && config_parse(text, size, path, out, err);
    free(text);
    return ok;
}

static struct tokenizer *load_tokenizer(const struct model_files *files, struct pg_error *err) {
    size_t size, merges_size = 0;
    const bool two_files = files->vocab && files->merges;
    const char *path = two_files ? files->vocab : files->tokenizer;
    struct tokenizer *tokenizer = NULL;
    char *text = text_read(path, TOKENIZER_LIMIT, &size, err);
    char *merges =
        text && two_files ? text_read(files->merges, TOKENIZER_LIMIT, &merges_size, err) : NULL;
    if (merges)
        tokenizer = tokenizer_from_vocab(text, size, path, merges, merges_size, files->merges, err);
    else if (text && !two_files)
        tokenizer = tokenizer_from_json(text, size, path, err);
    free(text);
    free(merges);
    return tokenizer;
}

/* Loading a tokenizer, and what somebody else does meanwhile. */
struct loading {
    const struct checkpoint *checkpoint;
    const struct model_files *files;
    struct tokenizer *tokenizer;
    struct pg_error *err;
    atomic_bool done;
};

/* Touches the checkpoint's pages until the tokenizer is loaded, so that the system has them at hand when
 * the weights are first used. Not by madvise: it would hold up the loader's malloc. */
static void touch_pages(const struct loading *loading) {
    const size_t page = 4096;
    for (size_t i = 0; i < loading->checkpoint->n_files; i++) {
        const struct file_map *map = &loading->checkpoint->maps[i];
        for (size_t at = 0; at < map->size && !loading->done; at += page)
            (void)*(const volatile uint8_t *)(map->data + at);
    }
}

static void load_or_touch(void *context, int i, int member) {
    (void)member;
    struct loading *loading = context;
    if (i > 0) {
        touch_pages(loading);
        return;
    }
    loading->tokenizer = load_tokenizer(loading->files, loading->err);
    loading->done = true;
}

static struct tokenizer *load_while_touching(const struct model_files *files,
                                             const struct checkpoint *checkpoint,
                                             struct pg_error *err) {
    struct loading loading = {.checkpoint = checkpoint, .files = files, .err = err};
    team_run_once(pg_threads() > 1 ? 2 : 1, 2, load_or_touch, &loading);
    return loading.tokenizer;
}

static bool load_files(struct pg_model *m, const struct model_files *files, struct pg_error *err) {
    if (!files->config)
        return fail(err, "%s has no config.json beside it, which says how many heads the model has",
                    files->checkpoint);
    m->path = copy_string(files->checkpoint, err);
    if (!m->path || !load_config(files->config, &m->config, err) ||
        !checkpoint_open(files->checkpoint, &m->checkpoint, err) || !load_weights(m, err))
        return false;
    const bool has_tokenizer = (files->vocab && files->merges) || files->tokenizer;
    if (has_tokenizer) m->tokenizer = load_while_touching(files, &m->checkpoint, err);
    return m->tokenizer || !has_tokenizer;
}

static bool load_demo(struct pg_model *m, struct pg_error *err) {
    const size_t weights = (size_t)(asset_demo_weights_end - asset_demo_weights);
    m->path = copy_string("(built in)", err);
    if (!m->path ||
        !config_parse(asset_demo_config, (size_t)(asset_demo_config_end - asset_demo_config),
                      "config.json", &m->config, err) ||
        !checkpoint_open_memory(asset_demo_weights, weights, "demo", &m->checkpoint, err) ||
        !load_weights(m, err))
        return false;
    m->tokenizer = tokenizer_from_vocab(
        asset_demo_vocab, (size_t)(asset_demo_vocab_end - asset_demo_vocab), "vocab.json",
        asset_demo_merges, (size_t)(asset_demo_merges_end - asset_demo_merges), "merges.txt", err);
    return m->tokenizer;
}

static bool load(struct pg_model *m, const char *name, struct pg_error *err) {
    struct model_files files;
    m->name = copy_string(name, err);
    if (!m->name) return false;
    if (strcmp(name, "demo") == 0) return load_demo(m, err);
    if (!locate_model(name, &files, err)) return false;
    bool ok = load_files(m, &files, err);
    model_files_free(&files);
    return ok;
}

struct pg_model *pg_model_open(const char *name, struct pg_error *err) {
    if (!pg_check_isa(err)) return NULL;
    struct pg_model *m = allocate(1, sizeof *m, err);
    if (!m || load(m, name, err)) return m;
    pg_model_close(m);
    return NULL;
}

void pg_model_close(struct pg_model *m) {
    if (!m) return;
    tokenizer_free(m->tokenizer);
    checkpoint_close(&m->checkpoint);
    for (size_t i = 0; i < m->n_copies; i++) free(m->copies[i]);
    free(m->copies);
    free(m->vectors);
    free(m->blocks);
    free(m->path);
    free(m->name);
    free(m);
}

/* ---- what a model is ---- */

struct pg_model_info pg_model_info(const struct pg_model *m) {
    const struct config *c = &m->config;
    return (struct pg_model_info){
        .name = m->name,
        .path = m->path,
        .n_layer = c->n_layer,
        .n_head = c->n_head,
        .n_embd = c->n_embd,
        .n_inner = c->n_inner,
        .n_positions = c->n_positions,
        .n_vocab = c->n_vocab,
        .activation = c->activation_name,
        .dtype = m->dtype,
        .transposed = m->transposed,
        .tied = m->tied,
        .has_tokenizer = m->tokenizer,
        .n_parameters = m->n_parameters,
        .n_files = m->checkpoint.n_files,
        .file_bytes = m->checkpoint.file_bytes,
    };
}

bool pg_tokenize(const struct pg_model *m, const char *text, size_t length, struct pg_tokens *out,
                 struct pg_error *err) {
    if (!m->tokenizer)
        return fail(err,
                    "model %s has no tokenizer (vocab.json and merges.txt beside %s); give token "
                    "ids instead",
                    m->name, m->path);
    return tokenizer_encode(m->tokenizer, text, length, out, err);
}

void pg_tokens_free(struct pg_tokens *tokens) {
    free(tokens->ids);
    *tokens = (struct pg_tokens){0};
}

const char *pg_token_bytes(const struct pg_model *m, int id, size_t *length) {
    return m->tokenizer ? tokenizer_bytes(m->tokenizer, id, length) : NULL;
}

int pg_bos_token(const struct pg_model *m) {
    return m->tokenizer ? tokenizer_end_of_text(m->tokenizer) : -1;
}
