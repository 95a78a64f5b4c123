/* average_npz.c: see average_npz.h. */
#include "batch/average_npz.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Averages that are being written. */
struct averages {
    struct npz_shape shape;
    const struct placed_average *items;
    size_t n;
};

/* Whether an average has a field. */
static bool has(const struct average *a, enum average_field field) {
    if (field == AVERAGE_LOW || field == AVERAGE_HIGH) return a->interval.known;
    return a->count > (field == AVERAGE_ERROR ? 1 : 0);
}

static bool some_has(const struct averages *a, enum average_field field) {
    for (size_t i = 0; i < a->n; i++)
        if (has(a->items[i].average, field)) return true;
    return false;
}

/* A field of an average; NaN if it does not have it. */
static float field_of(const struct average *a, enum average_field field) {
    if (!has(a, field)) return NAN;
    if (field == AVERAGE_MEAN) return (float)a->mean;
    if (field == AVERAGE_ERROR) return (float)average_error(a);
    return field == AVERAGE_LOW ? a->interval.low : a->interval.high;
}

static bool add_counts(struct npz *npz, const char *name, const struct averages *a,
                       struct pg_error *err) {
    size_t n;
    int *counts = npz_count(a->shape, &n, err) ? allocate(n, sizeof *counts, err) : NULL;
    if (!counts) return false;
    for (size_t i = 0; i < a->n; i++) counts[a->items[i].place] = (int)a->items[i].average->count;
    const bool done = npz_ints(npz, name, a->shape, counts, err);
    free(counts);
    return done;
}

static bool add_numbers(struct npz *npz, const char *name, const struct averages *a,
                        enum average_field field, struct pg_error *err) {
    size_t n;
    float *numbers = npz_count(a->shape, &n, err) ? allocate(n, sizeof *numbers, err) : NULL;
    if (!numbers) return false;
    for (size_t i = 0; i < n; i++) numbers[i] = NAN;
    for (size_t i = 0; i < a->n; i++)
        numbers[a->items[i].place] = field_of(a->items[i].average, field);
    const bool done = npz_floats(npz, name, a->shape, numbers, err);
    free(numbers);
    return done;
}

bool averages_npz(struct npz *npz, const char *name, struct npz_shape shape,
                  const struct placed_average *items, size_t n, struct pg_error *err) {
    static const char *const endings[N_AVERAGE_FIELDS] = {
        [AVERAGE_COUNT] = "_count", [AVERAGE_MEAN] = "",      [AVERAGE_ERROR] = "_se",
        [AVERAGE_LOW] = "_low",     [AVERAGE_HIGH] = "_high",
    };
    const struct averages a = {shape, items, n};
    for (int i = 0; i < N_AVERAGE_FIELDS; i++) {
        const enum average_field field = (enum average_field)i;
        if (!some_has(&a, field)) continue;
        char *array = format_string(err, "%s%s", name, endings[field]);
        const bool done =
            array && (field == AVERAGE_COUNT ? add_counts(npz, array, &a, err)
                                             : add_numbers(npz, array, &a, field, err));
        free(array);
        if (!done) return false;
    }
    return true;
}
