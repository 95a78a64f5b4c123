/* difference.c: see difference.h. */
#include "report/difference.h"

#include "base/number.h"

#include <stdio.h>

/* "layer 3, head 2, position 5", behind the site where there are several. */
struct place {
    char text[96];
};

static struct place place_of(const struct pg_result *r, const struct pg_cell *cell) {
    struct place p = {0};
    size_t used = 0;
    if (r->n_sites > 1) used = (size_t)sprintf(p.text, "%s, ", pg_site_name(cell->site));
    used += (size_t)sprintf(p.text + used, "layer %d", cell->layer);
    if (cell->head >= 0) used += (size_t)sprintf(p.text + used, ", head %d", cell->head);
    if (cell->position >= 0) sprintf(p.text + used, ", position %d", cell->position);
    return p;
}

bool fail_different(const struct pg_result *result, const struct pg_check *check, const char *file,
                    double tolerance, struct pg_error *err) {
    char more_than[48] = "", expected[NUMBER_SIZE], found[NUMBER_SIZE];
    if (tolerance > 0) snprintf(more_than, sizeof more_than, " by more than %g", tolerance);
    number_format(check->expected, expected);
    number_format(check->cell.value, found);
    return fail(err,
                "%zu of %zu values differ from %s%s, most at %s: %s there, %s here, %.3g apart",
                check->n_differing, result->n_cells, file, more_than,
                place_of(result, &check->cell).text, expected, found, check->largest);
}
