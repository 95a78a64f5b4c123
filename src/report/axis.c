/* axis.c: see axis.h. */
#include "report/axis.h"

#include "base/memory.h"

#include <stdlib.h>

int axis_number(const struct pg_cell *cell, enum axis_kind kind) {
    return kind == AXIS_LAYER ? cell->layer : kind == AXIS_HEAD ? cell->head : cell->position;
}

bool axis_make(const struct pg_cell *cells, size_t n, enum axis_kind kind, struct axis *out,
               struct pg_error *err) {
    int last = 0;
    for (size_t i = 0; i < n; i++)
        if (axis_number(&cells[i], kind) > last) last = axis_number(&cells[i], kind);
    *out = (struct axis){.numbers = allocate((size_t)last + 1, sizeof *out->numbers, err),
                         .places = allocate((size_t)last + 1, sizeof *out->places, err)};
    if (!out->numbers || !out->places) return false;
    for (size_t i = 0; i < n; i++) out->places[axis_number(&cells[i], kind)] = 1;
    for (int i = 0; i <= last; i++) {
        if (!out->places[i]) continue;
        out->places[i] = out->count;
        out->numbers[out->count++] = i;
    }
    return true;
}

void axis_free(struct axis *axis) {
    free(axis->numbers);
    free(axis->places);
    *axis = (struct axis){0};
}

int *axis_copy_numbers(const struct axis *axis, struct pg_error *err) {
    int *copy = allocate((size_t)axis->count, sizeof *copy, err);
    for (int i = 0; copy && i < axis->count; i++) copy[i] = axis->numbers[i];
    return copy;
}
