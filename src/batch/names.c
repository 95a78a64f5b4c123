/* names.c: see names.h. */
#include "batch/names.h"

#include <string.h>
#include <strings.h>

enum { MAX_ID = 200 };

struct named {
    const struct position_label *labels;
    const char *name;
};

static bool has_name(const void *context, size_t index) {
    const struct named *named = context;
    return !strcmp(named->labels[index].name, named->name);
}

bool label_is_valid(const char *name) {
    const size_t length = strlen(name);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) return false;
    return length >= 1 && length <= MAX_LABEL;
}

bool label_is_there(const struct lookup *table, const struct position_label *labels,
                    const char *name) {
    const uint32_t hash = lookup_hash(0, name, strlen(name));
    return lookup_find(table, hash, has_name, &(struct named){labels, name}) != SIZE_MAX;
}

bool label_note(struct lookup *table, const char *name, size_t index, struct pg_error *err) {
    return lookup_add(table, lookup_hash(0, name, strlen(name)), index, err);
}

bool id_is_valid(const char *id) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const size_t length = strlen(id);
    if (!length || length > MAX_ID || *id == '.' || strspn(id, allowed) != length) return false;
    return strcasecmp(id, "mean") != 0 && strcasecmp(id, "summary") != 0 &&
           strncasecmp(id, "mean_", 5) != 0 && strncasecmp(id, "summary_", 8) != 0;
}
