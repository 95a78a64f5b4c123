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

bool read_integer(const char **text, int *out) {
    const char *digits = *text + (**text == '-');
    if (*digits < '0' || *digits > '9') return false;
    char *end;
    errno = 0;
    long value = strtol(*text, &end, 10);
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
    double value = strtod(text, &end);
    if (*end || !isfinite(value)) return false;
    *out = value;
    return true;
}

/* Reads ids with commas between them, spaces around them allowed. False if that is not the whole text. */
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

bool parse_ids(const char *option, const char *text, struct pg_tokens *out, struct pg_error *err) {
    size_t count = 0;
    int *ids = allocate(strlen(text) / 2 + 1, sizeof *ids, err); /* an id and its comma */
    pg_tokens_free(out);
    if (!ids) return false;
    const bool read = read_ids(text, ids, &count);
    *out = (struct pg_tokens){ids, count};
    if (read) return true;
    return fail(err,
                "%s%s takes token ids with commas between them, such as 464,3290, but found \"%s\"",
                option ? "--" : "", option ? option : "detokenize", text);
}

bool parse_name(const char *option, const char *text, const char *const *names, size_t n, int *out,
                struct pg_error *err) {
    char list[512];
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *out = (int)i;
        return true;
    }
    list_names(names, n, list, sizeof list);
    const char *nearest =
        n > 2 ? nearest_name(text, names, n) : NULL; /* of two, both can be named */
    return nearest ? fail(err, "--%s knows no \"%s\"; did you mean %s?", option, text, nearest)
                   : fail(err, "--%s knows no \"%s\", expected %s", option, text, list);
}

/* ---- sites ---- */

enum { BLOCK = PG_N_SITES, HEADS, N_SITE_NAMES };

static bool add_sites(const enum pg_site *added, size_t n_added, const char *option,
                      const char *text, enum pg_site sites[PG_N_SITES], size_t *n,
                      struct pg_error *err) {
    for (size_t i = 0; i < n_added; i++) {
        for (size_t j = 0; j < *n; j++)
            if (sites[j] == added[i])
                return fail(err, "--%s %s has %s twice", option, text, pg_site_name(added[i]));
        sites[(*n)++] = added[i];
    }
    return true;
}

bool parse_sites(const char *option, const char *text, enum pg_site sites[PG_N_SITES], size_t *n,
                 struct pg_error *err) {
    static const enum pg_site block[] = {PG_RESID_PRE, PG_ATTN_OUT, PG_MLP_OUT},
                              heads[] = {PG_Z_ALL, PG_Q_ALL, PG_K_ALL, PG_V_ALL, PG_PATTERN_ALL};
    const char *names[N_SITE_NAMES] = {[BLOCK] = "block", [HEADS] = "heads"};
    for (int i = 0; i < PG_N_SITES; i++) names[i] = pg_site_name((enum pg_site)i);
    *n = 0;
    for (const char *p = text;; p++) {
        char name[64];
        int found = 0;
        const size_t length = strcspn(p, ",");
        if (!length)
            return fail(err, "--%s takes names with commas between them, but found \"%s\"", option,
                        text);
        snprintf(name, sizeof name, "%.*s", (int)length, p);
        if (!parse_name(option, name, names, N_SITE_NAMES, &found, err)) return false;
        const enum pg_site one = (enum pg_site)found;
        const enum pg_site *added = found == BLOCK ? block : found == HEADS ? heads : &one;
        const size_t n_added = found == BLOCK ? 3 : found == HEADS ? 5 : 1;
        if (!add_sites(added, n_added, option, text, sites, n, err)) return false;
        p += length;
        if (!*p) return true;
    }
}
