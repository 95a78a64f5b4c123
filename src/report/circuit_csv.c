/* circuit_csv.c: see circuit_csv.h. */
#include "report/circuit_csv.h"

#include "base/csv.h"
#include "base/text_stream.h"

#include <math.h>

enum { TOP, EDGES, VALUE, FAITHFULNESS, N_COLUMNS };

static const char *const names[N_COLUMNS] = {"top", "edges", "value", "faithfulness"};
static const enum column_kind kinds[N_COLUMNS] = {[TOP] = COLUMN_KEY,
                                                  [EDGES] = COLUMN_KEY,
                                                  [VALUE] = COLUMN_NUMBER,
                                                  [FAITHFULNESS] = COLUMN_DERIVED};
const struct csv_columns circuit_columns = {names, kinds, N_COLUMNS};

char *circuit_csv(const struct sized_circuits *circuits, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    csv_write(s.out, names, N_COLUMNS);
    for (size_t i = 0; i < circuits->n; i++) {
        const struct sized_circuit *c = &circuits->items[i];
        char fields[N_COLUMNS][NUMBER_SIZE] = {0};
        snprintf(fields[TOP], NUMBER_SIZE, "%zu", c->top);
        snprintf(fields[EDGES], NUMBER_SIZE, "%zu", c->n_edges);
        number_format(c->value, fields[VALUE]);
        if (isfinite(c->faithfulness)) number_format(c->faithfulness, fields[FAITHFULNESS]);
        csv_write(
            s.out,
            (const char *const[]){fields[TOP], fields[EDGES], fields[VALUE], fields[FAITHFULNESS]},
            N_COLUMNS);
    }
    return text_close(&s, size, "the CSV", err);
}
