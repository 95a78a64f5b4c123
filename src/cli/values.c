/* values.c: see values.h. */
#include "cli/values.h"

#include "base/memory.h"
#include "base/nearest.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads digits from *text on, and moves it behind them. False if there are none or they are more
 * than an int. */
static bool read_integer(const char **text, int *out) {
    const char *start = *text;
    if (*start < '0' || *start > '9') return false;
    char *end;
    errno = 0;
    long value = strtol(start, &end, 10);
    if (errno || value > INT_MAX) return false;
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
    if (*end || !isfinite(value) || signbit(value)) return false;
    *out = value;
    return true;
}

bool parse_range(const char *text, struct range *out) {
    struct range r;
    if (!read_integer(&text, &r.first)) return false;
    r.last = r.first;
    if (*text == '-' && !(text++, read_integer(&text, &r.last))) return false;
    if (*text || r.last < r.first) return false;
    *out = r;
    return true;
}

bool parse_ids(const char *option, const char *text, struct pg_tokens *out, struct pg_error *err) {
    const char *p = text;
    pg_tokens_free(out);
    out->ids = allocate(strlen(text) / 2 + 1, sizeof *out->ids, err); /* an id and its comma */
    if (!out->ids) return false;
    do {
        p += strspn(p, " ");
        if (!read_integer(&p, &out->ids[out->count])) break;
        out->count++;
        p += strspn(p, " ");
        if (!*p) return true;
    } while (*p++ == ',');
    return fail(err,
                "--%s takes token ids with commas between them, such as 464,3290, but found \"%s\"",
                option, text);
}

bool parse_name(const char *option, const char *text, const char *const *names, size_t n, int *out,
                struct pg_error *err) {
    char list[512] = "";
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(text, names[i])) {
            *out = (int)i;
            return true;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s",
                 i == 0      ? ""
                 : i + 1 < n ? ", "
                             : " or ",
                 names[i]);
    }
    const char *nearest =
        n > 2 ? nearest_name(text, names, n) : NULL; /* of two, both can be named */
    return nearest ? fail(err, "--%s knows no \"%s\"; did you mean %s?", option, text, nearest)
                   : fail(err, "--%s knows no \"%s\", expected %s", option, text, list);
}
