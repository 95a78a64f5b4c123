/* mean_lists.c: see mean_lists.h. */
#include "batch/mean_lists.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void *list_insert(void *list, size_t n, size_t size, size_t at, struct pg_error *err) {
    if ((n & (n - 1)) == 0) {
        void *larger = reallocarray(list, n ? 2 * n : 1, size);
        if (!larger) {
            fail(err, "out of memory: the means of %zu x %zu bytes cannot be allocated", n, size);
            return NULL;
        }
        list = larger;
    }
    char *gap = (char *)list + at * size;
    memmove(gap + size, gap, (n - at) * size);
    memset(gap, 0, size);
    return list;
}

int compare_numbers(long long a, long long b) {
    return (a > b) - (a < b);
}

/* ---- labels ---- */

/* A label that is looked for. */
struct wanted_label {
    const struct label_names *names;
    const char *name;
};

static bool is_label(const void *context, size_t at) {
    const struct wanted_label *wanted = context;
    return !strcmp(wanted->names->items[at], wanted->name);
}

/* The number of a label among all, to which it is added if it is missing. SIZE_MAX and err when
 * memory is out. */
static size_t find_label(struct label_names *names, const char *name, struct pg_error *err) {
    const uint32_t hash = lookup_hash(0, name, strlen(name));
    const struct wanted_label wanted = {names, name};
    const size_t at = lookup_find(&names->places, hash, is_label, &wanted), n = names->n;
    if (at < n) return at;
    char **items = list_insert(names->items, n, sizeof *items, n, err);
    if (!items) return SIZE_MAX;
    names->items = items;
    if (!(items[n] = copy_string(name, err))) return SIZE_MAX;
    names->n++;
    return lookup_add(&names->places, hash, n, err) ? n : SIZE_MAX;
}

int *label_numbers(struct label_names *names, const struct summary_row *row, struct pg_error *err) {
    int *numbers = allocate(row->n_labels, sizeof *numbers, err);
    for (size_t i = 0; numbers && i < row->n_labels; i++) {
        const size_t number = find_label(names, row->labels[i].name, err);
        if (number == SIZE_MAX) {
            free(numbers);
            return NULL;
        }
        numbers[i] = (int)number;
    }
    return numbers;
}

void label_names_free(struct label_names *names) {
    for (size_t i = 0; i < names->n; i++) free(names->items[i]);
    free(names->items);
    lookup_free(&names->places);
    *names = (struct label_names){0};
}
