/* selection.c: see selection.h. */
#include "spec/selection.h"

#include "base/memory.h"
#include "spec/values.h"

#include <stdlib.h>
#include <string.h>

static const char diff[] = "diff";

/* ---- reading ---- */

/* Whether a range is empty for any number of layers. */
static bool is_empty(struct span span) {
    return (span.first < 0) == (span.last < 0) && span.last < span.first;
}

/* Reads one item and moves *text past it. */
static bool read_item(const char **text, bool with_diff, struct selection *out) {
    const size_t length = sizeof diff - 1;
    if (with_diff && !strncmp(*text, diff, length)) {
        *text += length;
        out->differing = true;
        return true;
    }
    struct span *span = &out->spans[out->count++];
    if (!read_integer(text, &span->first)) return false;
    span->last = span->first;
    if (**text != '-') return true;
    ++*text;
    return read_integer(text, &span->last);
}

/* Replaces *out by an empty selection with room for n spans. */
static bool begin(const char *text, size_t n, struct selection *out, struct pg_error *err) {
    selection_free(out);
    out->text = copy_string(text, err);
    if (out->text) out->spans = allocate(n, sizeof *out->spans, err);
    return out->spans;
}

bool parse_selection(const char *name, const char *text, bool with_diff, struct selection *out,
                     struct pg_error *err) {
    const size_t most = strlen(text) / 2 + 1; /* a digit and its comma */
    if (!begin(text, most, out, err)) return false;
    const char *p = text;
    bool read = read_item(&p, with_diff, out);
    while (read && *p == ',') {
        p++;
        read = read_item(&p, with_diff, out);
    }
    if (!read || *p)
        return fail(err,
                    "%s takes numbers and ranges from low to high, such as 0-3,7 or -1 for the "
                    "last%s, but found \"%s\"",
                    name, with_diff ? ", or diff for those that differ" : "", text);
    for (size_t i = 0; i < out->count; i++)
        if (is_empty(out->spans[i]))
            return fail(err, "%s %s: the range from %d to %d is empty", name, text,
                        out->spans[i].first, out->spans[i].last);
    return true;
}

/* ---- single heads ---- */

static bool read_head(const char **text, struct pg_head *out) {
    if (!read_integer(text, &out->layer) || out->layer < 0 || **text != '.') return false;
    ++*text;
    return read_integer(text, &out->head) && out->head >= 0;
}

static int compare_heads(const void *a, const void *b) {
    const struct pg_head *x = a, *y = b;
    return x->layer != y->layer ? x->layer - y->layer : x->head - y->head;
}

/* Sorts them, each once. */
static void sort_heads(struct selection *s) {
    size_t n = 0;
    qsort(s->heads, s->n_heads, sizeof *s->heads, compare_heads);
    for (size_t i = 0; i < s->n_heads; i++)
        if (n == 0 || compare_heads(&s->heads[n - 1], &s->heads[i]) != 0)
            s->heads[n++] = s->heads[i];
    s->n_heads = n;
}

bool parse_single_heads(const char *name, const char *text, struct selection *out,
                        struct pg_error *err) {
    if (!begin(text, 0, out, err)) return false;
    out->heads = allocate(strlen(text), sizeof *out->heads, err);
    if (!out->heads) return false;
    const char *p = text;
    bool read = read_head(&p, &out->heads[out->n_heads++]);
    while (read && *p == ',') {
        p++;
        read = read_head(&p, &out->heads[out->n_heads++]);
    }
    if (!read || *p)
        return fail(
            err,
            "%s takes numbers and ranges, such as 0-3,7, or single heads as layer.head, such "
            "as 9.6,9.9,10.0, but found \"%s\"",
            name, text);
    sort_heads(out);
    return true;
}

bool selection_check_heads(const struct selection *s, const char *name, int n_layer, int n_head,
                           struct pg_error *err) {
    for (size_t i = 0; i < s->n_heads; i++)
        if (s->heads[i].layer >= n_layer || s->heads[i].head >= n_head)
            return fail(err, "%s %s: there is no head %d.%d, expected 0.0 to %d.%d", name, s->text,
                        s->heads[i].layer, s->heads[i].head, n_layer - 1, n_head - 1);
    return true;
}

/* ---- making and freeing ---- */

bool selection_of(const int *numbers, size_t n, const char *text, struct selection *out,
                  struct pg_error *err) {
    if (!begin(text, n, out, err)) return false;
    for (size_t i = 0; i < n; i++) out->spans[out->count++] = (struct span){numbers[i], numbers[i]};
    return true;
}

bool selection_copy(const struct selection *from, struct selection *out, struct pg_error *err) {
    *out = (struct selection){0};
    if (!from->text) return true;
    if (!begin(from->text, from->count, out, err)) return false;
    memcpy(out->spans, from->spans, from->count * sizeof *out->spans);
    out->count = from->count;
    out->differing = from->differing;
    if (!from->n_heads) return true;
    out->heads = allocate(from->n_heads, sizeof *out->heads, err);
    if (!out->heads) return false;
    memcpy(out->heads, from->heads, from->n_heads * sizeof *out->heads);
    out->n_heads = from->n_heads;
    return true;
}

void selection_free(struct selection *selection) {
    free(selection->text);
    free(selection->spans);
    free(selection->heads);
    *selection = (struct selection){0};
}

/* ---- resolving ---- */

/* Makes a number that counts from the end one that counts from 0. False if it does not exist. */
static bool from_start(int *number, size_t n) {
    if (*number < 0) *number += (int)n;
    return *number >= 0 && *number < (int)n;
}

/* Sets the flags of a span's numbers. */
static bool select_span(struct span span, const char *name, const char *text, const char *noun,
                        size_t n, bool *selected, struct pg_error *err) {
    int *ends[] = {&span.first, &span.last};
    for (int i = 0; i < 2; i++) {
        const int written = *ends[i];
        if (!from_start(ends[i], n))
            return fail(err, "%s %s: there is no %s %d, expected 0 to %zu, or -1 to -%zu", name,
                        text, noun, written, n - 1, n);
    }
    if (span.last < span.first)
        return fail(err, "%s %s: the range from %d to %d is empty", name, text, span.first,
                    span.last);
    for (int i = span.first; i <= span.last; i++) selected[i] = true;
    return true;
}

static bool collect(const bool *selected, size_t n, struct pg_list *out, struct pg_error *err) {
    int *items = allocate(n, sizeof *items, err);
    size_t count = 0;
    for (size_t i = 0; items && i < n; i++)
        if (selected[i]) items[count++] = (int)i;
    *out = (struct pg_list){items, count};
    return items;
}

bool selection_resolve(const struct selection *s, const char *name, const char *noun, size_t n,
                       const bool *differs, struct pg_list *out, struct pg_error *err) {
    *out = (struct pg_list){0};
    if (!s->text || s->n_heads) return true;
    bool *selected = allocate(n, sizeof *selected, err), done = selected;
    for (size_t i = 0; done && i < s->count; i++)
        done = select_span(s->spans[i], name, s->text, noun, n, selected, err);
    for (size_t i = 0; done && s->differing && i < n; i++) selected[i] |= differs[i];
    done = done && collect(selected, n, out, err);
    free(selected);
    if (done && !out->count)
        return fail(err, "%s %s selects nothing: the texts do not differ", name, s->text);
    return done;
}
