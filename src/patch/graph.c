/* graph.c: see graph.h. */
#include "patch/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the order ---- */

size_t graph_count_senders(const struct config *c) {
    return 1 + (size_t)c->n_layer * ((size_t)c->n_head + 1);
}

size_t graph_count_receivers(const struct config *c) {
    return (size_t)c->n_layer * (3 * (size_t)c->n_head + 1) + 1;
}

struct pg_sender graph_sender(const struct config *c, size_t i) {
    const size_t H = (size_t)c->n_head;
    if (i == 0) return (struct pg_sender){PG_EMBED, -1, -1};
    const int layer = (int)((i - 1) / (H + 1)), at = (int)((i - 1) % (H + 1));
    return at < c->n_head ? (struct pg_sender){PG_HEAD, layer, at}
                          : (struct pg_sender){PG_MLP, layer, -1};
}

struct pg_receiver graph_receiver(const struct config *c, size_t i) {
    const size_t in_block = 3 * (size_t)c->n_head + 1;
    const int layer = (int)(i / in_block), at = (int)(i % in_block);
    if (layer == c->n_layer) return (struct pg_receiver){PG_READER_LOGITS, -1, -1};
    if (at == 3 * c->n_head) return (struct pg_receiver){PG_READER_MLP, layer, -1};
    return (struct pg_receiver){(enum pg_reader)(at / c->n_head), layer, at % c->n_head};
}

size_t graph_sender_index(const struct config *c, const struct pg_sender *s) {
    const size_t in_block = (size_t)c->n_head + 1;
    if (s->component == PG_EMBED) return 0;
    return 1 + (size_t)s->layer * in_block +
           (size_t)(s->component == PG_HEAD ? s->head : c->n_head);
}

size_t graph_receiver_index(const struct config *c, const struct pg_receiver *r) {
    const size_t H = (size_t)c->n_head, in_block = 3 * H + 1;
    if (r->reader == PG_READER_LOGITS) return (size_t)c->n_layer * in_block;
    const size_t first = (size_t)r->layer * in_block;
    if (r->reader == PG_READER_MLP) return first + 3 * H;
    return first + (size_t)r->reader * H + (size_t)r->head;
}

static bool is_below(int number, int count) {
    return number >= 0 && number < count;
}

bool graph_has_sender(const struct config *c, const struct pg_sender *s) {
    switch (s->component) {
    case PG_EMBED:
        return s->layer == -1 && s->head == -1;
    case PG_HEAD:
        return is_below(s->layer, c->n_layer) && is_below(s->head, c->n_head);
    case PG_MLP:
        return is_below(s->layer, c->n_layer) && s->head == -1;
    default:
        return false;
    }
}

bool graph_has_receiver(const struct config *c, const struct pg_receiver *r) {
    switch (r->reader) {
    case PG_READER_Q:
    case PG_READER_K:
    case PG_READER_V:
        return is_below(r->layer, c->n_layer) && is_below(r->head, c->n_head);
    case PG_READER_MLP:
        return is_below(r->layer, c->n_layer) && r->head == -1;
    case PG_READER_LOGITS:
        return r->layer == -1 && r->head == -1;
    }
    return false;
}

bool graph_has_edge(const struct pg_sender *s, const struct pg_receiver *r) {
    if (s->component == PG_EMBED || r->reader == PG_READER_LOGITS) return true;
    if (s->layer != r->layer) return s->layer < r->layer;
    return s->component == PG_HEAD && r->reader == PG_READER_MLP;
}

/* ---- the edges of a request ---- */

static bool is_sender_chosen(const struct config *c, const struct pg_request *r, size_t sender) {
    for (size_t i = 0; i < r->n_senders; i++)
        if (graph_sender_index(c, &r->senders[i]) == sender) return true;
    return r->n_senders == 0;
}

static bool is_receiver_chosen(const struct config *c, const struct pg_request *r,
                               size_t receiver) {
    for (size_t i = 0; i < r->n_receivers; i++)
        if (graph_receiver_index(c, &r->receivers[i]) == receiver) return true;
    return r->n_receivers == 0;
}

size_t graph_list_edges(const struct config *c, const struct pg_request *r, struct pg_cell *cells) {
    const size_t n_senders = graph_count_senders(c), n_receivers = graph_count_receivers(c);
    size_t n = 0;
    for (size_t i = 0; i < n_receivers; i++) {
        if (!is_receiver_chosen(c, r, i)) continue;
        struct pg_cell cell = {PG_EDGES, -1, -1, -1, 0, -1, -1, {0}, graph_receiver(c, i)};
        for (size_t j = 0; j < n_senders; j++) {
            cell.sender = graph_sender(c, j);
            if (!is_sender_chosen(c, r, j) || !graph_has_edge(&cell.sender, &cell.receiver))
                continue;
            if (cells) cells[n] = cell;
            n++;
        }
    }
    return n;
}

size_t graph_list_paths(const struct config *c, const struct pg_request *r, struct pg_cell *cells) {
    size_t n = 0;
    for (size_t i = 0; i < graph_count_senders(c); i++) {
        struct pg_cell cell = {PG_PATHS, -1, -1, -1, 0, -1, -1, graph_sender(c, i), {0}};
        bool any = false;
        for (size_t j = 0; j < r->n_receivers; j++)
            any |= graph_has_edge(&cell.sender, &r->receivers[j]);
        if (!any || !is_sender_chosen(c, r, i)) continue;
        if (cells) cells[n] = cell;
        n++;
    }
    return n;
}

void graph_sort_receivers(const struct config *c, const struct pg_request *r,
                          struct pg_receiver *out) {
    size_t n = 0;
    for (size_t i = 0; i < graph_count_receivers(c); i++)
        if (r->n_receivers && is_receiver_chosen(c, r, i)) out[n++] = graph_receiver(c, i);
}

/* ---- names ---- */

void sender_name(const struct pg_sender *s, char out[NODE_NAME_SIZE]) {
    if (s->component == PG_EMBED)
        snprintf(out, NODE_NAME_SIZE, "embed");
    else if (s->component == PG_HEAD)
        snprintf(out, NODE_NAME_SIZE, "L%dH%d", s->layer, s->head);
    else
        snprintf(out, NODE_NAME_SIZE, "mlp%d", s->layer);
}

void receiver_name(const struct pg_receiver *r, char out[NODE_NAME_SIZE]) {
    if (r->reader == PG_READER_LOGITS)
        snprintf(out, NODE_NAME_SIZE, "logits");
    else if (r->reader == PG_READER_MLP)
        snprintf(out, NODE_NAME_SIZE, "mlp%d", r->layer);
    else
        snprintf(out, NODE_NAME_SIZE, "L%dH%d.%c", r->layer, r->head, "qkv"[r->reader]);
}

/* Reads the digits of a number at *text, and moves *text after them. False without digits, or if
 * they are more than a number of layers or heads has. */
static bool take_number(const char **text, int *out) {
    const size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 6) return false;
    *out = atoi(*text);
    *text += digits;
    return true;
}

/* Whether *text begins with one of the words; moves it after the longest. */
static bool take_word(const char **text, const char *longer, const char *shorter) {
    const char *words[] = {longer, shorter};
    for (int i = 0; i < 2; i++)
        if (!strncmp(*text, words[i], strlen(words[i]))) {
            *text += strlen(words[i]);
            return true;
        }
    return false;
}

/* Reads L9H9, a9.h9 or 9.9 at *text, and moves *text after it. */
static bool take_head(const char **text, int *layer, int *head) {
    const char first = **text;
    const char *between = first == 'L' ? "H" : first == 'a' ? ".h" : ".";
    if (first == 'L' || first == 'a') ++*text;
    return take_number(text, layer) && take_word(text, between, between) && take_number(text, head);
}

/* Reads mlp8, mlp.8 or m8, the whole text. */
static bool read_mlp(const char *text, int *layer) {
    if (!take_word(&text, "mlp", "m")) return false;
    if (text[0] == '.' && text[-1] == 'p') text++;
    return take_number(&text, layer) && !*text;
}

bool sender_parse(const char *name, struct pg_sender *out) {
    struct pg_sender s = {PG_EMBED, -1, -1};
    if (!strcmp(name, "embed") || !strcmp(name, "input")) {
        *out = s;
        return true;
    }
    if (read_mlp(name, &s.layer)) {
        *out = (struct pg_sender){PG_MLP, s.layer, -1};
        return true;
    }
    s.component = PG_HEAD;
    if (!take_head(&name, &s.layer, &s.head) || *name) return false;
    *out = s;
    return true;
}

/* Reads .q, .k or .v, or <q> and so on: the rest of a head's reader. */
static bool read_letter(const char *text, enum pg_reader *out) {
    static const char letters[] = "qkv";
    const bool pointed = text[0] == '<';
    if ((text[0] != '.' && !pointed) || !text[1] || !strchr(letters, text[1])) return false;
    *out = (enum pg_reader)(strchr(letters, text[1]) - letters);
    return !strcmp(text + 2, pointed ? ">" : "");
}

bool receiver_parse(const char *name, struct pg_receiver *out) {
    struct pg_receiver r = {PG_READER_LOGITS, -1, -1};
    if (!strcmp(name, "logits")) {
        *out = r;
        return true;
    }
    if (read_mlp(name, &r.layer)) {
        *out = (struct pg_receiver){PG_READER_MLP, r.layer, -1};
        return true;
    }
    if (!take_head(&name, &r.layer, &r.head) || !read_letter(name, &r.reader)) return false;
    *out = r;
    return true;
}
