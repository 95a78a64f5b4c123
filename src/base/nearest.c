/* nearest.c: see nearest.h. */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST = 200 }; /* no name of ours is nearly as long */

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Both at most LONGEST long. row[j] is the distance of the part of a read so far from b's first j
 * letters. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[LONGEST + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            size_t changed = diagonal + !same;
            diagonal = row[j + 1];
            row[j + 1] = least(changed, 1 + least(row[j], diagonal));
        }
    }
    return row[n];
}

const char *nearest_name(const char *name, const char *const *names, size_t n) {
    const char *nearest = NULL;
    size_t fewest = LONGEST;
    if (strlen(name) > LONGEST) return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t distance = edit_distance(name, names[i]);
        if (distance >= fewest || distance > strlen(names[i]) / 3 + 1) continue;
        fewest = distance;
        nearest = names[i];
    }
    return nearest;
}
