/* search.c: see search.h. */
#include "circuit/search.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Circuits that are run at a time. */
enum { AHEAD = 16 };

/* ---- edges in the order in which they are tried ---- */

static size_t count_all(const struct search *s) {
    return s->circuit.n_receivers * s->circuit.n_senders;
}

/* Place i of the order: the last receiver's last sender first. Not every place has an edge. */
static size_t place_at(const struct search *s, size_t i) {
    return count_all(s) - 1 - i;
}

/* The next edge that is still there, from `from` on; the number of places if no edge is left. */
static size_t find_edge(const struct search *s, size_t from) {
    while (from < count_all(s) && !s->circuit.has[place_at(s, from)]) from++;
    return from;
}

bool search_is_done(const struct search *s) {
    return find_edge(s, s->next) == count_all(s);
}

double search_part(const struct search *s) {
    return (double)find_edge(s, s->next) / (double)count_all(s);
}

/* ---- sets ---- */

static bool copy_set(const struct edge_set *from, struct edge_set *to, struct pg_error *err) {
    *to = *from;
    to->has = copy_array(from->has, from->n_senders * from->n_receivers, 1, err);
    return to->has;
}

static void remove_at(struct edge_set *set, size_t place) {
    set->count -= set->has[place];
    set->has[place] = 0;
}

/* ---- the search ---- */

bool search_begin(const struct circuit_base *base, double max_loss, struct search *out,
                  struct pg_error *err) {
    *out = (struct search){.base = base, .value = base->all, .max_loss = max_loss};
    if (!edge_set_init(&out->circuit, &base->model->config, err)) return false;
    edge_set_fill(&out->circuit, &base->model->config);
    return true;
}

void search_free(struct search *s) {
    edge_set_free(&s->circuit);
}

/* Whether a circuit of this value may be kept. */
static bool is_near(const struct search *s, float value) {
    const double loss = s->base->request.metric == PG_KL
                            ? (double)value
                            : fabs((double)s->base->all - (double)value);
    return loss <= s->max_loss; /* not NaN */
}

/* Circuits that may be wanted next. */
struct attempts {
    struct edge_set sets[AHEAD];
    size_t places[AHEAD]; /* of the order: the edge that set i is the first without */
    size_t n;
    bool in_a_row; /* set i is without all edges up to its own; else without its own alone */
};

static void attempts_free(struct attempts *a) {
    for (size_t i = 0; i < a->n; i++) edge_set_free(&a->sets[i]);
}

/* After a removal, a row of removals is expected; after an edge that was kept, a row of those. */
static bool attempts_make(const struct search *s, struct attempts *a, struct pg_error *err) {
    *a = (struct attempts){.in_a_row = s->last_removed};
    for (size_t at = find_edge(s, s->next); at < count_all(s) && a->n < AHEAD;
         at = find_edge(s, at + 1)) {
        const struct edge_set *from = a->in_a_row && a->n ? &a->sets[a->n - 1] : &s->circuit;
        if (!copy_set(from, &a->sets[a->n], err)) return false;
        a->places[a->n] = at;
        remove_at(&a->sets[a->n++], place_at(s, at));
    }
    return true;
}

/* Takes over the decisions that the values of the attempts give, as long as each would have been
 * run one by one. */
static void decide(const struct attempts *a, const float *values, struct search *s) {
    for (size_t i = 0; i < a->n; i++) {
        s->next = a->places[i] + 1;
        s->last_removed = is_near(s, values[i]);
        if (s->last_removed) {
            remove_at(&s->circuit, place_at(s, a->places[i]));
            s->value = values[i];
        }
        if (s->last_removed != a->in_a_row) return;
    }
}

bool search_go_on(struct search *s, struct pg_error *err) {
    struct attempts a;
    float values[AHEAD];
    const bool ok = attempts_make(s, &a, err) && circuit_values(s->base, a.sets, a.n, values, err);
    if (ok) {
        s->n_runs += a.n;
        decide(&a, values, s);
        if (s->base->request.with == PG_WITH_TEXT)
            edge_set_prune(&s->circuit, &s->base->model->config);
    }
    attempts_free(&a);
    return ok;
}
