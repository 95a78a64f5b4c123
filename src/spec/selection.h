/* selection.h: some of the layers, heads or positions, as the command line names them: 0-3,7,-1. Which
 * numbers these are is known when the model and the texts are. */
#ifndef SPEC_SELECTION_H
#define SPEC_SELECTION_H

#include "base/error.h"

/* Inclusive; negative numbers count from the end, -1 being the last. */
struct span {
    int first, last;
};

struct selection {
    const char *text; /* as it was written, or NULL: not given */
    struct span *spans;
    size_t count;
    bool differing; /* and the positions where the texts differ */
};

/* Reads numbers and ranges with commas between them; with_diff: also the word diff. Replaces what out
 * had. False and err, which names the option, if the text is anything else or a range is empty. Free
 * with selection_free, also after failure. */
bool parse_selection(const char *option, const char *text, bool with_diff, struct selection *out,
                     struct pg_error *err);
void selection_free(struct selection *selection);

/* The numbers that are selected of 0 to n - 1, ascending, each once; none if the selection was not
 * given. differs: n flags, or NULL where there is no word diff. noun: "layer". Free out->items. False
 * and err if a number is not there, or nothing is selected. */
bool selection_resolve(const struct selection *selection, const char *option, const char *noun,
                       size_t n, const bool *differs, struct pg_list *out, struct pg_error *err);

#endif
