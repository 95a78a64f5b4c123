/* values.c: see values.h. */
#include "spec/values.h"

#include "base/memory.h"
#include "base/nearest.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

bool read_integer(const char **text, int *out) {
    const char *digits = *text + (**text == '-');
    if (*digits < '0' || *digits > '9') return false;
    char *end;
    errno = 0;
    const long value = strtol(*text, &end, 10);
    if (errno || value > INT_MAX || value < -INT_MAX) return false;
    *text = end;
    *out = (int)value;
    return true;
}

bool parse_integer(const char *text, int low, int high, int *out) {
    int value;
    if (!read_integer(&text, &value) || *text || value < low || value > high) return false;
    *out = value;
    return true;
}

bool parse_real(const char *text, double *out) {
    if (!*text || text[strspn(text, "0123456789.eE+-")]) return false;
    char *end;
    const double value = strtod(text, &end);
    if (*end || !isfinite(value)) return false;
    *out = value;
    return true;
}

bool parse_position(const char *name, const char *text, int *out, struct pg_error *err) {
    if (parse_integer(text, -INT_MAX, INT_MAX, out)) return true;
    return fail(err, "%s takes a position, such as 3 or -1 for the last, but found \"%s\"", name,
                text);
}

/* Reads ids up to the end of the text. ids: room for all that the text can hold. */
static bool read_ids(const char *text, int *ids, size_t *count) {
    for (;; text++) {
        text += strspn(text, " ");
        if (*text == '-' || !read_integer(&text, &ids[*count])) return false;
        ++*count;
        text += strspn(text, " ");
        if (!*text) return true;
        if (*text != ',') return false;
    }
}

bool parse_ids(const char *name, const char *text, struct pg_tokens *out, struct pg_error *err) {
    size_t count = 0;
    int *ids = allocate(strlen(text) / 2 + 1, sizeof *ids, err); /* an id and its comma */
    pg_tokens_free(out);
    if (!ids) return false;
    const bool read = read_ids(text, ids, &count);
    *out = (struct pg_tokens){ids, count};
    if (read) return true;
    return fail(err,
                "%s takes token ids with commas between them, such as 464,3290, but found \"%s\"",
                name, text);
}

/* ---- names ---- */

bool fail_name(const char *name, const char *text, const char *const *names, size_t n,
               struct pg_error *err) {
    char list[512];
    list_names(names, n, list, sizeof list);
    const char *nearest = n > 2 ? nearest_name(text, names, n) : NULL; /* two fit in a sentence */
    return nearest ? fail(err, "%s: unknown name \"%s\"; did you mean %s?", name, text, nearest)
                   : fail(err, "%s: unknown name \"%s\", expected %s", name, text, list);
}

bool parse_metric(const char *name, const char *text, enum pg_metric *out, struct pg_error *err) {
    const char *names[PG_N_METRICS];
    if (pg_metric_parse(text, out)) return true;
    for (int i = 0; i < PG_N_METRICS; i++) names[i] = pg_metric_name((enum pg_metric)i);
    return fail_name(name, text, names, PG_N_METRICS, err);
}

/* ---- sites ---- */

/* Names that stand for several sites. */
static const struct site_group {
    const char *name;
    struct site_list sites;
} groups[] = {
    {"block", {{PG_RESID_PRE, PG_ATTN_OUT, PG_MLP_OUT}, 3}},
    {"heads", {{PG_Z_ALL, PG_Q_ALL, PG_K_ALL, PG_V_ALL, PG_PATTERN_ALL}, 5}},
};
enum { N_GROUPS = sizeof groups / sizeof *groups };

/* The sites that one name stands for. */
static bool find_sites(const char *name, const char *text, struct site_list *out,
                       struct pg_error *err) {
    const char *names[PG_N_SITES + N_GROUPS];
    out->count = 1;
    if (pg_site_parse(text, &out->items[0])) return true;
    for (int i = 0; i < N_GROUPS; i++) {
        *out = groups[i].sites;
        if (!strcmp(text, groups[i].name)) return true;
    }
    for (int i = 0; i < PG_N_SITES; i++) names[i] = pg_site_name((enum pg_site)i);
    for (int i = 0; i < N_GROUPS; i++) names[PG_N_SITES + i] = groups[i].name;
    return fail_name(name, text, names, PG_N_SITES + N_GROUPS, err);
}

static bool add_sites(const char *name, const char *text, const struct site_list *added,
                      struct site_list *out, struct pg_error *err) {
    for (size_t i = 0; i < added->count; i++) {
        for (size_t j = 0; j < out->count; j++)
            if (out->items[j] == added->items[i])
                return fail(err, "%s %s has %s twice", name, text, pg_site_name(added->items[i]));
        out->items[out->count++] = added->items[i];
    }
    return true;
}

bool parse_sites(const char *name, const char *text, struct site_list *out, struct pg_error *err) {
    out->count = 0;
    for (const char *p = text;; p++) {
        char one[64];
        struct site_list added;
        const size_t length = strcspn(p, ",");
        if (!length)
            return fail(err, "%s takes names with commas between them, but found \"%s\"", name,
                        text);
        snprintf(one, sizeof one, "%.*s", (int)length, p);
        if (!find_sites(name, one, &added, err) || !add_sites(name, text, &added, out, err))
            return false;
        p += length;
        if (!*p) return true;
    }
}
