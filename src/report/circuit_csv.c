/* circuit_csv.c: see circuit_csv.h. */
#include "report/circuit_csv.h"

#include "base/csv.h"
#include "base/text_stream.h"

#include <math.h>

enum { TOP, EDGES, VALUE, FAITHFULNESS, MEAN, N_COLUMNS };

static const char *const names[N_COLUMNS] = {"top", "edges", "value", "faithfulness",
                                             "mean_faithfulness"};
static const enum column_kind kinds[N_COLUMNS] = {[TOP] = COLUMN_KEY,
                                                  [EDGES] = COLUMN_KEY,
                                                  [VALUE] = COLUMN_NUMBER,
                                                  [FAITHFULNESS] = COLUMN_DERIVED,
                                                  [MEAN] = COLUMN_NUMBER};

const struct csv_columns *circuit_columns(bool means) {
    static const struct csv_columns with_mean = {names, kinds, N_COLUMNS},
                                    of_one = {names, kinds, MEAN};
    return means ? &with_mean : &of_one;
}

char *circuit_csv(const struct sized_circuits *circuits, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    const int n_columns = circuit_columns(circuits->over)->count;
    csv_write(s.out, names, n_columns);
    for (size_t i = 0; i < circuits->n; i++) {
        const struct sized_circuit *c = &circuits->items[i];
        char fields[N_COLUMNS][NUMBER_SIZE] = {0};
        snprintf(fields[TOP], NUMBER_SIZE, "%zu", c->top);
        snprintf(fields[EDGES], NUMBER_SIZE, "%zu", c->n_edges);
        number_format(c->value, fields[VALUE]);
        if (isfinite(c->faithfulness)) number_format(c->faithfulness, fields[FAITHFULNESS]);
        if (isfinite(c->mean_faithfulness)) number_format(c->mean_faithfulness, fields[MEAN]);
        csv_write(s.out,
                  (const char *const[]){fields[TOP], fields[EDGES], fields[VALUE],
                                        fields[FAITHFULNESS], fields[MEAN]},
                  n_columns);
    }
    return text_close(&s, size, "the CSV", err);
}
