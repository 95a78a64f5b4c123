/* csv_compare.h: compares a CSV table with an earlier one of the same kind: which rows they have
 * must be equal, and their numbers are compared. For the tables of lens and direct; an experiment's
 * are compared by result_csv.h. */
#ifndef REPORT_CSV_COMPARE_H
#define REPORT_CSV_COMPARE_H

#include "base/error.h"

/* What a column holds. */
enum column_kind {
    COLUMN_KEY,    /* what the row is about: must be equal */
    COLUMN_NUMBER, /* a float32 number, which is compared; or empty in both */
    COLUMN_DERIVED /* what follows from the numbers: not compared */
};

struct csv_columns {
    const char *const *names;
    const enum column_kind *kinds;
    int count;
};

struct csv_difference {
    size_t n_compared, n_differing; /* numbers; those that differ by more than the tolerance */
    double largest;                 /* the largest difference */
    char where[128];                /* the first row with it: "place L0.mid, position 3" */
    float expected, found;          /* the numbers there: in the earlier table, now */
};

/* Compares the table `now` with an earlier one that is in the file called name. Both are texts that
 * a NUL byte follows, taken apart in place. With tolerance 0 the bits must be equal. False and err,
 * which names file and line, if the earlier text is not such a table, or has other rows. */
bool csv_compare(const struct csv_columns *columns, char *now, size_t now_size, char *earlier,
                 size_t earlier_size, const char *name, double tolerance,
                 struct csv_difference *out, struct pg_error *err);

/* Fails with the sentence about a comparison that has found differences. Always false. */
bool fail_csv_differs(const struct csv_difference *difference, const char *file, double tolerance,
                      struct pg_error *err);

#endif
