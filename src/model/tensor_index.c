/* tensor_index.c: see tensor_index.h. */
#include "model/tensor_index.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static bool begins_with(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The name without the prefixes that frameworks add. */
static const char *plain_name(const char *name) {
    static const char *const prefixes[] = {"transformer.", "model.", "module.", "_orig_mod."};
    enum { N = sizeof prefixes / sizeof *prefixes };
    for (int i = 0; i < N; i++) {
        if (!begins_with(name, prefixes[i])) continue;
        name += strlen(prefixes[i]);
        i = -1; /* start again */
    }
    return name;
}

/* ---- aliases ---- */

/* The name under which __metadata__ says that another one is stored, or NULL. */
static const char *alias_of(const struct checkpoint *c, const char *name) {
    for (size_t i = 0; i < c->n_metadata; i++)
        if (strcmp(c->metadata[i].key, name) == 0) return c->metadata[i].value;
    return NULL;
}

/* Follows a chain of aliases to a tensor; NULL if it does not end at one. */
static const struct tensor *follow(const struct checkpoint *c, const char *name) {
    for (size_t steps = 0; name && steps <= c->n_metadata; steps++) {
        const struct tensor *tensor = checkpoint_find(c, name);
        if (tensor) return tensor;
        name = alias_of(c, name);
    }
    return NULL;
}

/* ---- the index ---- */

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct tensor_name *)a)->name, ((const struct tensor_name *)b)->name);
}

static bool check_names(const struct tensor_index *x, struct pg_error *err) {
    for (size_t i = 1; i < x->n; i++) {
        const struct tensor_name *a = &x->names[i - 1], *b = &x->names[i];
        if (strcmp(a->name, b->name) == 0 && a->tensor != b->tensor)
            return fail(err, "%s: tensors %s and %s are both %s", x->path, a->tensor->name,
                        b->tensor->name, a->name);
    }
    return true;
}

bool tensor_index_make(const struct checkpoint *c, const char *path, struct tensor_index *out,
                       struct pg_error *err) {
    *out = (struct tensor_index){.checkpoint = c, .path = path};
    out->names = allocate(c->n_tensors + c->n_metadata, sizeof *out->names, err);
    out->used = out->names ? allocate(c->n_tensors, sizeof *out->used, err) : NULL;
    if (!out->used) return false;
    for (size_t i = 0; i < c->n_tensors; i++)
        out->names[out->n++] = (struct tensor_name){plain_name(c->tensors[i].name), &c->tensors[i]};
    for (size_t i = 0; i < c->n_metadata; i++) {
        const struct tensor *tensor = follow(c, c->metadata[i].key);
        if (tensor)
            out->names[out->n++] = (struct tensor_name){plain_name(c->metadata[i].key), tensor};
    }
    if (out->n) qsort(out->names, out->n, sizeof *out->names, by_name);
    return check_names(out, err);
}

void tensor_index_free(struct tensor_index *x) {
    free(x->names);
    free(x->used);
    *x = (struct tensor_index){0};
}

const struct tensor *tensor_index_find(const struct tensor_index *x, const char *name) {
    const struct tensor_name key = {.name = name};
    const struct tensor_name *found =
        x->n ? bsearch(&key, x->names, x->n, sizeof key, by_name) : NULL;
    return found ? found->tensor : NULL;
}

static bool fail_missing(const struct tensor_index *x, const char *name, struct pg_error *err) {
    const struct checkpoint *c = x->checkpoint;
    for (size_t i = 0; i < c->n_metadata; i++)
        if (strcmp(plain_name(c->metadata[i].key), name) == 0)
            return fail(err,
                        "%s: tensor %s is missing, and so is %.200s, under which __metadata__ says "
                        "that it is stored",
                        x->path, name, c->metadata[i].value);
    return fail(err, "%s: tensor %s is missing", x->path, name);
}

const struct tensor *tensor_index_take(struct tensor_index *x, const char *name,
                                       struct pg_error *err) {
    const struct tensor *tensor = tensor_index_find(x, name);
    if (tensor)
        x->used[tensor - x->checkpoint->tensors] = true;
    else
        fail_missing(x, name, err);
    return tensor;
}

void tensor_index_pass(struct tensor_index *x, const char *name) {
    const struct tensor *tensor = tensor_index_find(x, name);
    if (tensor) x->used[tensor - x->checkpoint->tensors] = true;
}

/* ---- unused tensors ---- */

/* The block of h.BLOCK.REST, and *rest; -1 for other names. */
static int block_of(const char *name, const char **rest) {
    int block = -1, end = 0;
    if (!begins_with(name, "h.") || name[2] < '0' || name[2] > '9' ||
        sscanf(name, "h.%9d.%n", &block, &end) != 1 || !end)
        return -1;
    *rest = name + end;
    return block;
}

/* Masks are the same in every GPT-2; heads for other tasks only read the model's output. */
static bool is_harmless(const char *name) {
    static const char *const heads[] = {"score.", "classifier.", "multiple_choice_head.",
                                        "qa_outputs.", "v_head."};
    const char *rest;
    if (block_of(name, &rest) >= 0)
        return !strcmp(rest, "attn.bias") || !strcmp(rest, "attn.masked_bias");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (begins_with(name, heads[i])) return true;
    return false;
}

bool tensor_index_check_rest(const struct tensor_index *x, int n_layer, struct pg_error *err) {
    const struct checkpoint *c = x->checkpoint;
    for (size_t i = 0; i < c->n_tensors; i++) {
        const char *name = c->tensors[i].name, *rest, *plain = plain_name(name);
        if (x->used[i] || is_harmless(plain)) continue;
        if (block_of(plain, &rest) >= n_layer)
            return fail(err,
                        "%s: tensor %s is of a block that config.json, with n_layer %d, does "
                        "not have",
                        x->path, name, n_layer);
        if (strstr(name, "lora_"))
            return fail(err, "%s: tensor %s is an adapter's; merge it into the model first",
                        x->path, name);
        return fail(err, "%s: tensor %s is not part of a GPT-2, and would change what it predicts",
                    x->path, name);
    }
    return true;
}
