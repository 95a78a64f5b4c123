/* model.c: opening and closing models. locate.c finds the files, weights.c reads the tensors. */
#include "model/model.h"

#include "base/assets.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "base/pool.h"
#include "model/locate.h"
#include "model/weights.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "safetensors are used as they are stored");

enum { CONFIG_LIMIT = 1 << 20, TOKENIZER_LIMIT = 256 << 20 };

/* ---- files ---- */

static bool load_config(const char *path, struct config *out, struct pg_error *err) {
    size_t size;
    char *text = text_read(path, CONFIG_LIMIT, &size, err);
    bool ok = text && config_parse(text, size, path, out, err);
    free(text);
    return ok;
}

/* Loads the vocabulary and merges, from tokenizer.json if it exists, as Hugging Face's libraries
 * do. */
static struct tokenizer *load_vocabulary(const struct model_files *files, struct pg_error *err) {
    size_t size, merges_size = 0;
    const char *path = files->tokenizer ? files->tokenizer : files->vocab;
    struct tokenizer *tokenizer = NULL;
    char *text = text_read(path, TOKENIZER_LIMIT, &size, err), *merges = NULL;
    if (text && files->tokenizer)
        tokenizer = tokenizer_from_json(text, size, path, err);
    else if (text && (merges = text_read(files->merges, TOKENIZER_LIMIT, &merges_size, err)))
        tokenizer = tokenizer_from_vocab(text, size, path, merges, merges_size, files->merges, err);
    free(text);
    free(merges);
    return tokenizer;
}

/* Applies a tokenizer description, which may be absent. */
static bool describe(struct tokenizer *tokenizer, const char *path, struct pg_error *err) {
    size_t size;
    if (!path) return true;
    char *text = text_read(path, TOKENIZER_LIMIT, &size, err);
    const bool done = text && tokenizer_describe(tokenizer, text, size, path, err);
    free(text);
    return done;
}

static struct tokenizer *load_tokenizer(const struct model_files *files, struct pg_error *err) {
    struct tokenizer *tokenizer = load_vocabulary(files, err);
    if (tokenizer && describe(tokenizer, files->added_tokens, err) &&
        describe(tokenizer, files->special_tokens, err) &&
        describe(tokenizer, files->tokenizer_config, err) &&
        tokenizer_finish(tokenizer, files->tokenizer_config, err))
        return tokenizer;
    tokenizer_free(tokenizer);
    return NULL;
}

/* Arguments of load_or_touch. */
struct loading {
    const struct checkpoint *checkpoint;
    const struct model_files *files;
    struct tokenizer *tokenizer;
    struct pg_error *err;
    atomic_bool done;
};

/* Touches the checkpoint's pages while another thread loads the tokenizer, so that they are in
 * memory when the weights are first used. madvise would block the other thread's malloc. */
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
    pool_run_once(pg_threads() > 1 ? 2 : 1, 2, load_or_touch, &loading);
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
    if (!has_tokenizer) return true;
    struct pg_error why;
    m->tokenizer = load_while_touching(files, &m->checkpoint, &why);
    if (m->tokenizer) return true;
    if (is_out_of_memory(&why)) return fail(err, "%s", why.text);
    m->no_text = copy_string(why.text, err); /* ids need no tokenizer */
    return m->no_text;
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
    for (size_t i = 0; i < m->n_own; i++) free(m->own[i]);
    free(m->own);
    free(m->blocks);
    free(m->no_text);
    free(m->path);
    free(m->name);
    free(m);
}

bool model_is_whole(const struct pg_model *m, struct pg_error *err) {
    for (size_t i = 0; i < m->checkpoint.n_files; i++)
        if (!file_map_is_whole(&m->checkpoint.maps[i]))
            return fail(err, "a file of %s became shorter while it was read", m->path);
    return true;
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
        .no_text = m->no_text,
        .n_parameters = m->n_parameters,
        .n_files = m->checkpoint.n_files,
        .file_bytes = m->checkpoint.file_bytes,
    };
}

static bool encode(const struct pg_model *m, const char *text, size_t length, bool whole,
                   struct pg_tokens *out, struct pg_error *err) {
    if (m->no_text) return fail(err, "%s", m->no_text);
    if (!m->tokenizer)
        return fail(err,
                    "model %s has no tokenizer (vocab.json and merges.txt beside %s); give token "
                    "ids instead",
                    m->name, m->path);
    return tokenizer_encode(m->tokenizer, text, length, whole, out, err);
}

bool pg_tokenize(const struct pg_model *m, const char *text, size_t length, struct pg_tokens *out,
                 struct pg_error *err) {
    return encode(m, text, length, true, out, err);
}

bool pg_tokenize_part(const struct pg_model *m, const char *text, size_t length,
                      struct pg_tokens *out, struct pg_error *err) {
    return encode(m, text, length, false, out, err);
}

void pg_tokens_free(struct pg_tokens *tokens) {
    free((int *)tokens->ids);
    *tokens = (struct pg_tokens){0};
}

const char *pg_token_bytes(const struct pg_model *m, int id, size_t *length) {
    return m->tokenizer ? tokenizer_bytes(m->tokenizer, id, length) : NULL;
}

int pg_bos_token(const struct pg_model *m) {
    return m->tokenizer ? tokenizer_bos(m->tokenizer) : -1;
}
