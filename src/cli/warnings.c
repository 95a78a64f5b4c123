/* warnings.c: see warnings.h. */
#include "cli/warnings.h"

#include <stdio.h>

/* What the line of a batch calls each kind, after its count. */
static const char *const names[PG_N_WARNINGS] = {
    [PG_WARN_STORAGE] = "of the file system",
    [PG_WARN_TEXT_SPACE] = "of a text that ends in a space",
    [PG_WARN_TOKEN_SPACE] = "of a token without its space, or with one",
    [PG_WARN_NO_EFFECT] = "of patches that change nothing",
};

static void receive(void *context, enum pg_warning_kind kind, const char *sentence) {
    struct warnings *w = context;
    if (w->count[kind]++ > 0 || w->only_count) return;
    fprintf(stderr, "patchgpt: warning: %s\n", sentence);
}

void warnings_begin(struct warnings *w, const struct options *o) {
    *w = (struct warnings){.only_count = o->command == COMMAND_BATCH};
    if (!o->quiet) pg_set_warning(receive, w);
}

void warnings_end(const struct warnings *w) {
    const char *separator = "patchgpt: warnings: ";
    pg_set_warning(NULL, NULL);
    if (!w->only_count) return;
    for (int kind = 0; kind < PG_N_WARNINGS; kind++) {
        if (!w->count[kind]) continue;
        fprintf(stderr, "%s%zu %s", separator, w->count[kind], names[kind]);
        separator = ", ";
    }
    if (*separator == ',') fputc('\n', stderr);
}
