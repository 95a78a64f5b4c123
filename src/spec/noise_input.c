/* noise_input.c: see noise_input.h. */
#include "spec/noise_input.h"

#include "base/memory.h"
#include "base/text_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the tokens of a part of the text ---- */

/* The tokens from the one that has byte `start` to the one that has the byte before `end`. */
static bool cover(const struct pg_model *model, const struct pg_tokens *clean, size_t start,
                  size_t end, struct pg_list *out, struct pg_error *err) {
    int *items = allocate(clean->count, sizeof *items, err);
    size_t at = 0, count = 0;
    for (size_t t = 0; items && t < clean->count; t++) {
        size_t length;
        pg_token_bytes(model, clean->ids[t], &length);
        if (at < end && at + length > start) items[count++] = (int)t;
        at += length;
    }
    *out = (struct pg_list){items, count};
    return items;
}

/* The bytes of all tokens, followed by a NUL. Free with free(). */
static char *text_of(const struct pg_model *model, const struct pg_tokens *tokens, size_t *size,
                     struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    for (size_t t = 0; t < tokens->count; t++) {
        size_t length;
        const char *bytes = pg_token_bytes(model, tokens->ids[t], &length);
        if (bytes) fwrite(bytes, 1, length, s.out);
    }
    return text_close(&s, size, "the text", err);
}

/* The positions of a part of the clean text, its first occurrence. */
static bool find_part(const struct spec *spec, const struct pg_model *model,
                      const struct pg_tokens *clean, struct pg_list *out, struct pg_error *err) {
    size_t size;
    const char *name = spec_name(spec, SPEC_NOISE_TEXT), *part = spec->noise_text;
    if (!*part) return fail(err, "%s is empty", name);
    char *text = text_of(model, clean, &size, err);
    if (!text) return false;
    const char *found = memmem(text, size, part, strlen(part));
    const bool done = found ? cover(model, clean, (size_t)(found - text),
                                    (size_t)(found - text) + strlen(part), out, err)
                            : fail(err, "%s \"%s\" is not in the clean text", name, part);
    free(text);
    return done;
}

/* ---- the noise ---- */

static bool find_positions(const struct spec *s, const struct pg_model *model,
                           const struct pg_tokens *clean, struct pg_list *out,
                           struct pg_error *err) {
    if (s->noise_text) return find_part(s, model, clean, out, err);
    return selection_resolve(&s->noise, spec_name(s, SPEC_NOISE), "position", clean->count, NULL,
                             out, err);
}

static bool find_sigma(const struct spec *s, const struct pg_model *model,
                       const struct pg_tokens *clean, struct pg_noise *noise,
                       struct pg_error *err) {
    noise->sigma = s->sigma.value;
    if (!s->sigma.of_deviation) return true;
    int *ids = allocate(noise->n_positions, sizeof *ids, err);
    double deviation;
    if (!ids) return false;
    for (size_t i = 0; i < noise->n_positions; i++) ids[i] = clean->ids[noise->positions[i]];
    const bool done = pg_embedding_deviation(model, ids, noise->n_positions, &deviation, err);
    free(ids);
    if (done) noise->sigma *= deviation;
    return done;
}

struct pg_noise *noise_of(const struct spec *s, const struct pg_model *model,
                          const struct pg_tokens *clean, struct pg_error *err) {
    struct pg_noise *noise = allocate(1, sizeof *noise, err);
    struct pg_list list = {0};
    bool done = noise && find_positions(s, model, clean, &list, err);
    if (noise)
        *noise = (struct pg_noise){.positions = list.items,
                                   .n_positions = list.count,
                                   .samples = (size_t)s->samples,
                                   .seed = (unsigned)s->seed};
    if (done && find_sigma(s, model, clean, noise, err)) return noise;
    noise_free(noise);
    return NULL;
}

void noise_free(const struct pg_noise *noise) {
    if (!noise) return;
    free((void *)noise->positions);
    free((void *)noise);
}
