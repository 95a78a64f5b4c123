/* edge_set.c: see edge_set.h. */
#include "circuit/edge_set.h"

#include "base/memory.h"
#include "patch/graph.h"

#include <stdlib.h>
#include <string.h>

bool edge_set_init(struct edge_set *set, const struct config *c, struct pg_error *err) {
    *set = (struct edge_set){.n_senders = graph_count_senders(c),
                             .n_receivers = graph_count_receivers(c)};
    set->has = allocate(set->n_senders, set->n_receivers, err);
    return set->has;
}

void edge_set_free(struct edge_set *set) {
    free(set->has);
    *set = (struct edge_set){0};
}

void edge_set_clear(struct edge_set *set) {
    memset(set->has, 0, set->n_senders * set->n_receivers);
    set->count = 0;
}

void edge_set_add(struct edge_set *set, size_t receiver, size_t sender) {
    unsigned char *has = &set->has[receiver * set->n_senders + sender];
    set->count += !*has;
    *has = 1;
}

static void remove_edge(struct edge_set *set, size_t receiver, size_t sender) {
    unsigned char *has = &set->has[receiver * set->n_senders + sender];
    set->count -= *has;
    *has = 0;
}

const unsigned char *edge_set_into(const struct edge_set *set, size_t receiver) {
    return set->has + receiver * set->n_senders;
}

bool edge_set_reaches(const struct edge_set *set, size_t receiver) {
    return memchr(edge_set_into(set, receiver), 1, set->n_senders);
}

void edge_set_fill(struct edge_set *set, const struct config *c) {
    for (size_t i = 0; i < set->n_receivers; i++) {
        const struct pg_receiver receiver = graph_receiver(c, i);
        for (size_t j = 0; j < set->n_senders; j++) {
            const struct pg_sender sender = graph_sender(c, j);
            if (graph_has_edge(&sender, &receiver)) edge_set_add(set, i, j);
        }
    }
}

bool edge_set_put(struct edge_set *set, const struct pg_model *model, const struct pg_edge *e,
                  struct pg_error *err) {
    const struct config *c = &model->config;
    char from[NODE_NAME_SIZE], to[NODE_NAME_SIZE];
    sender_name(&e->sender, from);
    receiver_name(&e->receiver, to);
    if (!graph_has_sender(c, &e->sender) || !graph_has_receiver(c, &e->receiver))
        return fail(err, "model %s has no edge %s->%s", model->name, from, to);
    if (!graph_has_edge(&e->sender, &e->receiver))
        return fail(err, "the edge %s->%s is against the flow: %s reads before %s writes", from, to,
                    to, from);
    const size_t count = set->count;
    edge_set_add(set, graph_receiver_index(c, &e->receiver), graph_sender_index(c, &e->sender));
    return set->count > count || fail(err, "the edge %s->%s is given twice", from, to);
}

bool edge_set_read(struct edge_set *set, const struct pg_model *model,
                   const struct pg_circuit *circuit, struct pg_error *err) {
    for (size_t i = 0; i < circuit->count; i++)
        if (!edge_set_put(set, model, &circuit->edges[i], err)) return false;
    return true;
}

void edge_set_complement(struct edge_set *set, const struct config *c) {
    set->count = 0;
    for (size_t i = 0; i < set->n_receivers; i++) {
        const struct pg_receiver receiver = graph_receiver(c, i);
        for (size_t j = 0; j < set->n_senders; j++) {
            const struct pg_sender sender = graph_sender(c, j);
            if (!graph_has_edge(&sender, &receiver)) continue;
            unsigned char *has = &set->has[i * set->n_senders + j];
            *has = !*has;
            set->count += *has;
        }
    }
}

/* ---- pruning ---- */

/* Whether any receiver reads a sender. */
static bool is_read(const struct edge_set *set, size_t sender) {
    for (size_t i = 0; i < set->n_receivers; i++)
        if (set->has[i * set->n_senders + sender]) return true;
    return false;
}

/* Whether the head or MLP that a sender is reads anything; the embeddings need nothing. */
static bool reads(const struct edge_set *set, const struct config *c, size_t sender) {
    const struct pg_sender s = graph_sender(c, sender);
    if (s.component == PG_EMBED) return true;
    if (s.component == PG_MLP) {
        const struct pg_receiver mlp = {PG_READER_MLP, s.layer, -1};
        return edge_set_reaches(set, graph_receiver_index(c, &mlp));
    }
    for (enum pg_reader reader = PG_READER_Q; reader <= PG_READER_V; reader++) {
        const struct pg_receiver head = {reader, s.layer, s.head};
        if (edge_set_reaches(set, graph_receiver_index(c, &head))) return true;
    }
    return false;
}

/* Removes all edges from a component, and all into it. */
static void remove_component(struct edge_set *set, const struct config *c, size_t sender) {
    const struct pg_sender s = graph_sender(c, sender);
    for (size_t i = 0; i < set->n_receivers; i++) {
        const struct pg_receiver r = graph_receiver(c, i);
        const bool own = r.layer == s.layer &&
                         (s.component == PG_MLP ? r.reader == PG_READER_MLP
                                                : s.component == PG_HEAD && r.head == s.head);
        remove_edge(set, i, sender);
        for (size_t j = 0; own && j < set->n_senders; j++) remove_edge(set, i, j);
    }
}

void edge_set_prune(struct edge_set *set, const struct config *c) {
    size_t before;
    do {
        before = set->count;
        for (size_t i = 0; i < set->n_senders; i++)
            if (!is_read(set, i) || !reads(set, c, i)) remove_component(set, c, i);
    } while (set->count != before);
}
