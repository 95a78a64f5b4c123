/* warnings.c: see warnings.h. */
#include "cli/warnings.h"

#include <stdio.h>

/* The names of the kinds in a batch's line of counts. */
static const char *const names[PG_N_WARNINGS] = {
    [PG_WARN_STORAGE] = "of the file system",
    [PG_WARN_TEXT_SPACE] = "of a text that ends in a space",
    [PG_WARN_TEXT_CR] = "of a text with CR LF line ends",
    [PG_WARN_TEXT_IDS] = "of a text that looks like token ids",
    [PG_WARN_TOKEN_SPACE] = "of a token without its space, or with one",
    [PG_WARN_TOKEN_UNUSED] = "of a token that is not used",
    [PG_WARN_NO_EFFECT] = "of patches that change nothing",
    [PG_WARN_NEGATIVE] = "of a metric that is negative in the clean run",
};

static void receive(void *context, enum pg_warning_kind kind, const char *sentence) {
    struct warnings *w = context;
    struct pg_error *first = &w->first[kind];
    if (w->count[kind]++ == 0) snprintf(first->text, sizeof first->text, "%s", sentence);
}

void warnings_begin(struct warnings *w, const struct options *o) {
    *w = (struct warnings){0};
    if (!o->quiet) pg_set_warning(receive, w);
}

static void print_sentences(const struct warnings *w) {
    for (int kind = 0; kind < PG_N_WARNINGS; kind++)
        if (w->count[kind]) fprintf(stderr, "patchgpt: warning: %s\n", w->first[kind].text);
}

static void print_counts(const struct warnings *w) {
    const char *separator = "patchgpt: warnings: ";
    for (int kind = 0; kind < PG_N_WARNINGS; kind++) {
        if (!w->count[kind]) continue;
        fprintf(stderr, "%s%zu %s", separator, w->count[kind], names[kind]);
        separator = ", ";
    }
    if (*separator == ',') fputc('\n', stderr);
}

void warnings_end(const struct warnings *w, const struct options *o, bool failed) {
    pg_set_warning(NULL, NULL);
    if (failed) return;
    if (o->command == COMMAND_BATCH)
        print_counts(w);
    else
        print_sentences(w);
}
