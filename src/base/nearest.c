/* nearest.c: see nearest.h. */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_LENGTH = 200 }; /* of a name; known names are much shorter */

static size_t min(size_t a, size_t b) {
    return a < b ? a : b;
}

static bool same_letter(char a, char b) {
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* ---- edits ---- */

/* The edit distance of two names of at most MAX_LENGTH letters. After i letters of a, row[j] is the
 * distance of these from b's first j letters. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[MAX_LENGTH + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t changed = diagonal + !same_letter(a[i], b[j]);
            diagonal = row[j + 1];
            row[j + 1] = min(changed, 1 + min(row[j], diagonal));
        }
    }
    return row[n];
}

/* Whether that few edits may be a slip. */
static bool is_slip(const char *name, const char *known, size_t distance) {
    const size_t length = strlen(name), known_length = strlen(known);
    const size_t longer = length > known_length ? length : known_length;
    return distance <= 1 || (same_letter(*name, *known) && distance <= known_length / 3 + 1 &&
                             distance <= longer / 2);
}

/* The first of the names with the fewest edits, at most `max`. */
static const char *fewest_edits(const char *name, const char *const *names, size_t n, size_t max) {
    const char *nearest = NULL;
    size_t fewest = max + 1;
    for (size_t i = 0; i < n; i++) {
        const size_t distance = edit_distance(name, names[i]);
        if (distance >= fewest || !is_slip(name, names[i], distance)) continue;
        fewest = distance;
        nearest = names[i];
    }
    return nearest;
}

/* ---- words ---- */

static bool ends_word(char c) {
    return c == '\0' || strchr("_-.", c);
}

static bool has_word(const char *text, const char *word) {
    const size_t length = strlen(word);
    for (const char *p = text; length && *p; p++)
        if ((p == text || ends_word(p[-1])) && !strncasecmp(p, word, length) &&
            ends_word(p[length]))
            return true;
    return false;
}

/* Whether the known name begins with this one or has it as a word. */
static bool is_part(const char *name, const char *known) {
    const size_t length = strlen(name);
    return (length > 1 && !strncasecmp(known, name, length)) || has_word(known, name);
}

static bool is_whole(const char *name, const char *known) {
    return has_word(name, known);
}

/* Counts the names that fit, and finds the first. */
static size_t count_names(const char *name, const char *const *names, size_t n,
                          bool (*fits)(const char *, const char *), const char **first) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (fits(name, names[i]) && count++ == 0) *first = names[i];
    return count;
}

int find_name(const char *name, const char *const *names, int n) {
    for (int i = 0; i < n; i++)
        if (!strcmp(name, names[i])) return i;
    return -1;
}

const char *nearest_name(const char *name, const char *const *names, size_t n) {
    const char *nearest = NULL;
    if (strlen(name) > MAX_LENGTH) return NULL;
    if ((nearest = fewest_edits(name, names, n, 1))) return nearest;
    const size_t n_parts = count_names(name, names, n, is_part, &nearest);
    if (n_parts) return n_parts == 1 ? nearest : NULL;
    if ((nearest = fewest_edits(name, names, n, MAX_LENGTH))) return nearest;
    return count_names(name, names, n, is_whole, &nearest) == 1 ? nearest : NULL;
}

void list_names(const char *const *names, size_t n, char *out, size_t room) {
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < n && used < room; i++) {
        const char *separator = i == 0 ? "" : i + 1 < n ? ", " : " or ";
        used += (size_t)snprintf(out + used, room - used, "%s%s", separator, names[i]);
    }
}
