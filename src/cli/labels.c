/* labels.c: see labels.h. */
#include "cli/labels.h"

#include "base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 40, MOST_LABELS = 1024 };

static bool check_name(const struct labels *labels, const struct lookup *names, const char *name,
                       struct pg_error *err) {
    const size_t length = strlen(name);
    bool allowed = length >= 1 && length <= LONGEST_NAME && !strpbrk(name, ";:");
    for (const char *c = name; *c; c++) allowed &= (unsigned char)*c >= 0x20 && *c != 0x7f;
    if (!allowed)
        return fail(err,
                    "labels: \"%.80s\" cannot be a name, expected 1 to %d bytes without control "
                    "characters, ';' and ':'",
                    name, LONGEST_NAME);
    if (label_is_there(names, labels->items, name))
        return fail(err, "labels: \"%s\" is there twice", name);
    return true;
}

static bool read_labels(const cJSON *object, struct labels *out, struct lookup *names,
                        struct pg_error *err) {
    const cJSON *item;
    cJSON_ArrayForEach(item, object) {
        struct position_label *label = &out->items[out->count];
        label->name = item->string;
        if (cJSON_IsNull(item)) continue;
        if (!check_name(out, names, item->string, err) ||
            !json_int(item, "labels", item->string, -INT_MAX, INT_MAX, &label->position, err) ||
            !label_note(names, item->string, out->count, err))
            return false;
        out->count++;
    }
    return true;
}

bool labels_read(const cJSON *object, struct labels *out, struct pg_error *err) {
    const size_t most = (size_t)cJSON_GetArraySize(object);
    if (most > MOST_LABELS)
        return fail(err, "labels: found %zu names, expected at most %d", most, MOST_LABELS);
    *out = (struct labels){.items = allocate(most, sizeof *out->items, err)};
    if (!out->items) return false;
    struct lookup names = {0};
    bool done = read_labels(object, out, &names, err);
    lookup_free(&names);
    return done;
}

void labels_free(struct labels *labels) {
    free(labels->items);
    *labels = (struct labels){0};
}

/* Puts a label after all that are not after it. */
static void insert(struct summary_row *row, struct position_label label) {
    size_t at = row->n_labels++;
    for (; at > 0 && row->labels[at - 1].position > label.position; at--)
        row->labels[at] = row->labels[at - 1];
    row->labels[at] = label;
}

bool labels_resolve(const struct labels *labels, size_t n_tokens, struct summary_row *row,
                    struct pg_error *err) {
    const int n = (int)n_tokens;
    row->labels = allocate(labels->count, sizeof *row->labels, err);
    if (!row->labels) return false;
    for (size_t i = 0; i < labels->count; i++) {
        struct position_label label = labels->items[i];
        const int written = label.position;
        if (written < 0) label.position += n;
        if (label.position < 0 || label.position >= n)
            return fail(err,
                        "labels: \"%s\" is position %d, which is not there, expected 0 to %d, or "
                        "-1 to -%d",
                        label.name, written, n - 1, n);
        if (!(label.name = copy_string(label.name, err))) return false;
        insert(row, label);
    }
    return true;
}
