/* csv_compare.c: see csv_compare.h. */
#include "report/csv_compare.h"

#include "base/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A record of each table, and where the earlier one is. */
struct two_records {
    const char *now[CSV_MAX_COLUMNS], *earlier[CSV_MAX_COLUMNS];
    const char *name;
    size_t line;
};

/* The first two keys of a row that are not empty: "place L0.mid, position 3". */
static void write_where(const struct csv_columns *columns, const struct two_records *r,
                        char out[128]) {
    size_t used = 0;
    int n = 0;
    for (int i = 0; i < columns->count && n < 2; i++) {
        if (columns->kinds[i] != COLUMN_KEY || !*r->now[i]) continue;
        used += (size_t)snprintf(out + used, 64, "%s%s %.40s", n++ ? ", " : "", columns->names[i],
                                 r->now[i]);
    }
}

/* Accumulates one number; +0 and -0 differ where bits are compared. */
static bool compare_number(const struct csv_columns *columns, const struct two_records *r,
                           int column, double tolerance, struct csv_difference *out,
                           struct pg_error *err) {
    const char *now = r->now[column], *earlier = r->earlier[column];
    float found, expected;
    if (!*now != !*earlier)
        return fail(err, "%s: line %zu: %s is \"%.200s\", but now it is \"%.200s\"", r->name,
                    r->line, columns->names[column], earlier, now);
    if (!*now) return true;
    if (!number_parse(now, &found) || !number_parse(earlier, &expected))
        return fail(err, "%s: line %zu: %s is \"%.200s\", which is not a float32 number", r->name,
                    r->line, columns->names[column], earlier);
    const double apart = fabs((double)found - (double)expected);
    const bool differs =
        tolerance == 0 ? memcmp(&found, &expected, sizeof found) != 0 : apart > tolerance;
    if (apart > out->largest || (differs && !out->n_differing && apart >= out->largest)) {
        out->largest = apart;
        out->expected = expected;
        out->found = found;
        write_where(columns, r, out->where);
    }
    out->n_compared++;
    out->n_differing += differs;
    return true;
}

static bool compare_records(const struct csv_columns *columns, const struct two_records *r,
                            double tolerance, struct csv_difference *out, struct pg_error *err) {
    for (int i = 0; i < columns->count; i++) {
        if (columns->kinds[i] == COLUMN_KEY && strcmp(r->now[i], r->earlier[i]) != 0)
            return fail(err, "%s: line %zu: %s is \"%.200s\", but now it is \"%.200s\"", r->name,
                        r->line, columns->names[i], r->earlier[i], r->now[i]);
        if (columns->kinds[i] == COLUMN_NUMBER &&
            !compare_number(columns, r, i, tolerance, out, err))
            return false;
    }
    return true;
}

bool csv_compare(const struct csv_columns *columns, char *now, size_t now_size, char *earlier,
                 size_t earlier_size, const char *name, double tolerance,
                 struct csv_difference *out, struct pg_error *err) {
    struct csv_reader a, b;
    struct two_records r = {.name = name};
    size_t rows = 0;
    *out = (struct csv_difference){0};
    if (!csv_open(&a, "the table", now, now_size, err) ||
        !csv_open(&b, name, earlier, earlier_size, err) ||
        !csv_read_header(&a, columns->names, columns->count, err) ||
        !csv_read_header(&b, columns->names, columns->count, err))
        return false;
    for (; !csv_at_end(&a) && !csv_at_end(&b); rows++) {
        r.line = b.line;
        if (!csv_read(&a, r.now, columns->count, err) ||
            !csv_read(&b, r.earlier, columns->count, err) ||
            !compare_records(columns, &r, tolerance, out, err))
            return false;
    }
    if (!csv_at_end(&a))
        return fail(err, "%s: line %zu: the file ends after %zu rows, but now there are more", name,
                    b.line, rows);
    return csv_at_end(&b) || fail(err, "%s: line %zu: the file goes on after the %zu rows of now",
                                  name, b.line, rows);
}

bool fail_csv_differs(const struct csv_difference *d, const char *file, double tolerance,
                      struct pg_error *err) {
    char more_than[48] = "", expected[NUMBER_SIZE], found[NUMBER_SIZE];
    if (tolerance > 0) snprintf(more_than, sizeof more_than, " by more than %g", tolerance);
    number_format(d->expected, expected);
    number_format(d->found, found);
    return fail(
        err, "%zu of %zu values differ from %s%s, most at %s: %s there, %s here, %.3g apart",
        d->n_differing, d->n_compared, file, more_than, d->where, expected, found, d->largest);
}
