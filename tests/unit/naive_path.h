/* naive_path.h: the definition of path patching: a full forward pass of the base text with one
 * component's output replaced and others held, and another in which readers take what they took in
 * the first. For tests. */
#ifndef TESTS_NAIVE_PATH_H
#define TESTS_NAIVE_PATH_H

#include "naive_edge.h"

struct naive_path {
    const struct pg_model *model;
    const struct pg_sender *sender;
    const struct pg_request *request; /* readers, and what is frozen */
    const struct naive_cache *base, *source;
    struct naive_cache first; /* of the first pass */
};

/* The first pass. */
static void send(void *context, enum activation_name name, int block, float *x) {
    struct naive_path *p = context;
    const struct pg_sender *s = p->sender;
    const int T = p->base->T, C = p->base->C, D = C / p->base->H;
    const size_t size = (size_t)(T * C) * sizeof *x;
    if (name == RESID_PRE && block == 0 && s->component == PG_EMBED)
        memcpy(x, p->source->kept[0][RESID_PRE], size);
    if (name == Z && (p->request->frozen & PG_FROZEN_ATTENTION))
        memcpy(x, p->base->kept[block][Z], size);
    if (name == Z && s->component == PG_HEAD && s->layer == block)
        for (int t = 0; t < T; t++)
            memcpy(x + t * C + s->head * D, p->source->kept[block][Z] + t * C + s->head * D,
                   (size_t)D * sizeof *x);
    if (name == MLP_OUT && (p->request->frozen & PG_FROZEN_MLPS))
        memcpy(x, p->base->kept[block][MLP_OUT], size);
    if (name == MLP_OUT && s->component == PG_MLP && s->layer == block)
        memcpy(x, p->source->kept[block][MLP_OUT], size);
    keep(&p->first, name, block, x);
}

/* The second pass. */
static void receive(void *context, enum activation_name name, int block, float *x) {
    struct naive_path *p = context;
    float *nothing = calloc((size_t)(p->base->T * p->base->C), sizeof *nothing);
    for (size_t i = 0; i < p->request->n_receivers; i++) {
        const struct pg_cell cell = {.receiver = p->request->receivers[i]};
        struct naive_edge as_edge = {p->model, &cell, nothing, &p->first};
        replace_input(&as_edge, name, block, x);
    }
    free(nothing);
}

/* The logits of both passes, or of the first if the paths end at the logits. */
static float *run_path(const struct pg_model *model, const int *ids, const struct pg_request *r,
                       const struct naive_cache *base, const struct naive_cache *source,
                       const struct pg_sender *sender) {
    struct naive_path p = {model, sender, r, base, source, empty_cache(model, base->T)};
    float *logits = naive_forward(model, ids, base->T, send, &p);
    if (r->receivers[0].reader != PG_READER_LOGITS) {
        free(logits);
        logits = naive_forward(model, ids, base->T, receive, &p);
    }
    free_cache(&p.first);
    return logits;
}

#endif
