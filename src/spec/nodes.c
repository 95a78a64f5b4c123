/* nodes.c: see nodes.h. An item of a list is a pattern, which stands for those nodes of the graph
 * that match it. */
#include "spec/nodes.h"

#include "base/memory.h"
#include "patch/graph.h"
#include "spec/values.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- one item ---- */

enum kind { ANY, EMBED, HEADS, MLPS, LOGITS };

struct range {
    int first, last;
};

struct pattern {
    enum kind kind;
    struct range layers, heads;
    bool readers[3]; /* q, k, v */
    bool many;       /* it has a range or a star */
};

/* Reads a number, a range or *, and moves *text past it. */
static bool read_range(const char **text, struct range *out, bool *many) {
    *out = (struct range){0, INT_MAX};
    if (**text == '*') {
        *many = true;
        ++*text;
        return true;
    }
    if (!read_integer(text, &out->first) || out->first < 0) return false;
    out->last = out->first;
    if (**text != '-') return true;
    *many = true;
    ++*text;
    return read_integer(text, &out->last) && out->last >= out->first;
}

/* Moves *text past a word, if it is there. */
static bool skip(const char **text, const char *word) {
    const size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0) return false;
    *text += n;
    return true;
}

/* Reads 9.9, L9H9 or a9.h9. */
static bool read_head(const char **text, struct pattern *out) {
    const char *between = skip(text, "L") ? "H" : skip(text, "a") ? ".h" : ".";
    out->kind = HEADS;
    return read_range(text, &out->layers, &out->many) && skip(text, between) &&
           read_range(text, &out->heads, &out->many);
}

/* Reads .q, <q> or .*. */
static bool read_letter(const char **text, struct pattern *out) {
    static const char letters[] = "qkv";
    const bool pointed = skip(text, "<");
    if (!pointed && !skip(text, ".")) return false;
    const bool all = !pointed && **text == '*';
    const char *letter = **text ? strchr(letters, **text) : NULL;
    if (!all && !letter) return false;
    for (int i = 0; i < 3; i++) out->readers[i] = all || letter == letters + i;
    out->many |= all;
    ++*text;
    return !pointed || skip(text, ">");
}

/* Reads an item at *text, and moves *text to what is after it. readers: it is one, not a
 * component. */
static bool read_pattern(const char **text, bool readers, struct pattern *out) {
    *out = (struct pattern){.kind = readers ? LOGITS : EMBED};
    const size_t length = strcspn(*text, ",");
    if (readers ? skip(text, "logits") : skip(text, "embed") || skip(text, "input")) return true;
    if (length == 1 && skip(text, "*")) {
        *out = (struct pattern){.kind = ANY, .many = true};
        return true;
    }
    if (skip(text, "mlp.") || skip(text, "mlp") || skip(text, "m")) {
        out->kind = MLPS;
        return read_range(text, &out->layers, &out->many);
    }
    return read_head(text, out) && (!readers || read_letter(text, out));
}

/* ---- a list ---- */

/* Reads the list's next item and moves *text to the one after it; NULL at the end. */
static bool next_pattern(const char **text, bool readers, struct pattern *out) {
    if (!read_pattern(text, readers, out)) return false;
    if (**text == ',')
        ++*text;
    else if (**text)
        return false;
    else
        *text = NULL;
    return true;
}

static bool check_text(const char *name, const char *text, bool readers, struct pg_error *err) {
    struct pattern p;
    const char *rest = text;
    while (rest)
        if (!next_pattern(&rest, readers, &p))
            return readers ? fail(err,
                                  "%s takes readers, such as 10.0.q,mlp8,logits, with numbers, "
                                  "ranges or *, but found \"%s\"",
                                  name, text)
                           : fail(err,
                                  "%s takes components, such as embed,9.9,mlp8, with numbers, "
                                  "ranges or *, but found \"%s\"",
                                  name, text);
    return true;
}

bool check_senders_text(const char *name, const char *text, struct pg_error *err) {
    return check_text(name, text, false, err);
}

bool check_receivers_text(const char *name, const char *text, struct pg_error *err) {
    return check_text(name, text, true, err);
}

/* ---- nodes ---- */

static bool in_range(int number, const struct range *range) {
    return number >= range->first && number <= range->last;
}

static bool matches_sender(const struct pattern *p, const struct pg_sender *s) {
    if (p->kind == ANY) return true;
    if (s->component == PG_EMBED) return p->kind == EMBED;
    if (s->component == PG_MLP) return p->kind == MLPS && in_range(s->layer, &p->layers);
    return p->kind == HEADS && in_range(s->layer, &p->layers) && in_range(s->head, &p->heads);
}

static bool matches_receiver(const struct pattern *p, const struct pg_receiver *r) {
    if (p->kind == ANY) return true;
    if (r->reader == PG_READER_LOGITS) return p->kind == LOGITS;
    if (r->reader == PG_READER_MLP) return p->kind == MLPS && in_range(r->layer, &p->layers);
    return p->kind == HEADS && in_range(r->layer, &p->layers) && in_range(r->head, &p->heads) &&
           p->readers[r->reader];
}

/* A list, resolved: a flag for each node of the graph. */
struct nodes {
    const struct config *config;
    bool readers;
    size_t n;
    bool *chosen;
};

static bool matches(const struct nodes *nodes, const struct pattern *p, size_t i) {
    const struct pg_sender s = graph_sender(nodes->config, i);
    const struct pg_receiver r = graph_receiver(nodes->config, i);
    return nodes->readers ? matches_receiver(p, &r) : matches_sender(p, &s);
}

/* Free with free(out->chosen), also after failure. */
static bool choose(const char *name, const char *text, bool readers, const struct pg_model *model,
                   struct nodes *out, struct pg_error *err) {
    const struct config *c = &model->config;
    *out = (struct nodes){.config = c, .readers = readers};
    out->n = readers ? graph_count_receivers(c) : graph_count_senders(c);
    out->chosen = allocate(out->n, sizeof *out->chosen, err);
    if (!out->chosen) return false;
    for (const char *rest = text; rest;) {
        struct pattern p;
        const char *item = rest;
        bool any = false;
        if (!next_pattern(&rest, readers, &p)) return false;
        for (size_t i = 0; i < out->n; i++)
            if (matches(out, &p, i)) any = out->chosen[i] = true;
        if (!any)
            return fail(err, "%s %s: model %s has no %.*s; layers are 0 to %d, heads 0 to %d", name,
                        text, model->name, (int)strcspn(item, ","), item, c->n_layer - 1,
                        c->n_head - 1);
    }
    return true;
}

static size_t count_chosen(const struct nodes *nodes) {
    size_t n = 0;
    for (size_t i = 0; i < nodes->n; i++) n += nodes->chosen[i];
    return n;
}

bool resolve_senders(const char *name, const char *text, const struct pg_model *model,
                     struct pg_sender **out, size_t *count, struct pg_error *err) {
    struct nodes nodes;
    *out = NULL;
    *count = 0;
    if (choose(name, text, false, model, &nodes, err))
        *out = allocate(count_chosen(&nodes), sizeof **out, err);
    for (size_t i = 0; *out && i < nodes.n; i++)
        if (nodes.chosen[i]) (*out)[(*count)++] = graph_sender(&model->config, i);
    free(nodes.chosen);
    return *out;
}

bool resolve_receivers(const char *name, const char *text, const struct pg_model *model,
                       struct pg_receiver **out, size_t *count, struct pg_error *err) {
    struct nodes nodes;
    *out = NULL;
    *count = 0;
    if (choose(name, text, true, model, &nodes, err))
        *out = allocate(count_chosen(&nodes), sizeof **out, err);
    for (size_t i = 0; *out && i < nodes.n; i++)
        if (nodes.chosen[i]) (*out)[(*count)++] = graph_receiver(&model->config, i);
    free(nodes.chosen);
    return *out;
}

/* ---- the flow ---- */

/* Whether node i of a list has an edge to one of the others'. */
static bool has_partner(const struct nodes *nodes, size_t i, const struct nodes *others) {
    for (size_t j = 0; j < others->n; j++) {
        const struct pg_sender s = graph_sender(nodes->config, nodes->readers ? j : i);
        const struct pg_receiver r = graph_receiver(nodes->config, nodes->readers ? i : j);
        if (others->chosen[j] && graph_has_edge(&s, &r)) return true;
    }
    return false;
}

/* Whether each single node of a list has an edge. */
static bool check_singles(const char *name, const char *text, const struct nodes *nodes,
                          const char *others_name, const char *others_text,
                          const struct nodes *others, struct pg_error *err) {
    for (const char *rest = text; rest;) {
        struct pattern p;
        const char *item = rest;
        if (!next_pattern(&rest, nodes->readers, &p)) return false;
        for (size_t i = 0; !p.many && i < nodes->n; i++)
            if (matches(nodes, &p, i) && !has_partner(nodes, i, others))
                return fail(err,
                            nodes->readers
                                ? "%s %s: %.*s reads before any component of %s %s writes"
                                : "%s %s: %.*s writes after all readers of %s %s have read",
                            name, text, (int)strcspn(item, ","), item, others_name, others_text);
    }
    return true;
}

bool check_flow(const char *from_name, const char *from, const char *to_name, const char *to,
                const struct pg_model *model, struct pg_error *err) {
    struct nodes senders, receivers = {0};
    const char *any = "*";
    bool ok = choose(from_name, from ? from : any, false, model, &senders, err) &&
              choose(to_name, to ? to : any, true, model, &receivers, err);
    ok = ok && (!from ||
                check_singles(from_name, from, &senders, to_name, to ? to : any, &receivers, err));
    ok = ok && (!to || check_singles(to_name, to, &receivers, from_name, from ? from : any,
                                     &senders, err));
    free(senders.chosen);
    free(receivers.chosen);
    return ok;
}
