/* option_values.c: see option_values.h. */
#include "cli/option_values.h"

#include "base/memory.h"
#include "spec/values.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool parse_colormap(const char *name, const char *value, enum pg_colormap *out,
                    struct pg_error *err) {
    const char *names[PG_N_COLORMAPS];
    if (pg_colormap_parse(value, out)) return true;
    for (int i = 0; i < PG_N_COLORMAPS; i++) names[i] = pg_colormap_name((enum pg_colormap)i);
    return fail_name(name, value, names, PG_N_COLORMAPS, err);
}

bool parse_show(const char *name, const char *value, enum pg_show *out, struct pg_error *err) {
    const char *names[PG_N_SHOWS];
    if (pg_show_parse(value, out)) return true;
    for (int i = 0; i < PG_N_SHOWS; i++) names[i] = pg_show_name((enum pg_show)i);
    return fail_name(name, value, names, PG_N_SHOWS, err);
}

bool parse_work(const char *name, const char *value, enum work_kind *out, struct pg_error *err) {
    const char *names[N_NAMED_KINDS];
    if (what_parse(value, out)) return true;
    for (int i = 0; i < N_NAMED_KINDS; i++) names[i] = works[i].name;
    return fail_name(name, value, names, N_NAMED_KINDS, err);
}

bool parse_count(const char *name, const char *value, int high, int *out, struct pg_error *err) {
    if (parse_integer(value, 1, high, out)) return true;
    return high < INT_MAX
               ? fail(err, "%s takes a whole number from 1 to %d, but found \"%s\"", name, high,
                      value)
               : fail(err, "%s takes a whole number of 1 or more, but found \"%s\"", name, value);
}

bool parse_whole(const char *name, const char *value, int high, int *out, struct pg_error *err) {
    return parse_integer(value, 0, high, out) ||
           fail(err, "%s takes a whole number from 0 to %d, but found \"%s\"", name, high, value);
}

bool parse_shard(const char *name, const char *value, struct shard *out, struct pg_error *err) {
    const char *p = value;
    if (read_integer(&p, &out->index) && *p++ == '/' && read_integer(&p, &out->count) && !*p &&
        out->index >= 1 && out->index <= out->count)
        return true;
    return fail(err,
                "%s takes a number and how many there are, such as 1/4 to 4/4, but found \"%s\"",
                name, value);
}

bool parse_sizes(const char *name, const char *value, struct size_list *out, struct pg_error *err) {
    const char *p = value;
    int before = -1, size;
    free(out->items);
    out->count = 0;
    out->items = allocate(strlen(value), sizeof *out->items, err);
    if (!out->items) return false;
    while (read_integer(&p, &size) && size > before) {
        out->items[out->count++] = (size_t)size;
        before = size;
        if (!*p) return true;
        if (*p++ != ',') break;
    }
    return fail(err, "%s takes whole numbers, ascending, such as 0,10,20, but found \"%s\"", name,
                value);
}

bool parse_number(const char *name, const char *value, double *out, struct pg_error *err) {
    return parse_real(value, out) ||
           fail(err, "%s takes a number, such as -1.5, but found \"%s\"", name, value);
}

bool parse_distance(const char *name, const char *value, double *out, struct pg_error *err) {
    if (parse_real(value, out) && !signbit(*out)) return true;
    return fail(err, "%s takes a number of 0 or more, such as 1e-4, but found \"%s\"", name, value);
}
