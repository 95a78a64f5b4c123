/* selection.h: some of the layers, heads, positions or neurons, as they are written: 0-3,7,-1; or
 * single heads: 9.6,10.0. Which numbers these are is known when the model and the texts are. */
#ifndef SPEC_SELECTION_H
#define SPEC_SELECTION_H

#include "base/error.h"

/* Both ends belong to it; negative numbers count from the end, -1 being the last. */
struct span {
    int first, last;
};

struct selection {
    char *text; /* as it was written, for sentences; NULL: not given */
    struct span *spans;
    size_t count;
    bool differing;        /* the positions where the texts differ, too */
    struct pg_head *heads; /* single heads in place of spans, ascending, each once */
    size_t n_heads;
};

/* Reads numbers and ranges with commas between them; with_diff: also the word diff. Frees what *out
 * had. False and err, which uses the name, if the text is anything else or a range is empty. Free
 * with selection_free, also after failure. */
bool parse_selection(const char *name, const char *text, bool with_diff, struct selection *out,
                     struct pg_error *err);

/* Reads single heads, layer.head, with commas between them. Otherwise as parse_selection. */
bool parse_single_heads(const char *name, const char *text, struct selection *out,
                        struct pg_error *err);

/* Makes a selection of n single numbers, written as text. Frees what *out had. False and err when
 * memory is out. Free with selection_free, also after failure. */
bool selection_of(const int *numbers, size_t n, const char *text, struct selection *out,
                  struct pg_error *err);

/* Copies a selection into *out, which is overwritten. False and err when memory is out. Free with
 * selection_free, also after failure. */
bool selection_copy(const struct selection *from, struct selection *out, struct pg_error *err);

/* Frees what the selection points to, and leaves it zeroed. */
void selection_free(struct selection *selection);

/* Whether all single heads are among n_layer layers of n_head heads. False and err, which uses the
 * name, otherwise. */
bool selection_check_heads(const struct selection *selection, const char *name, int n_layer,
                           int n_head, struct pg_error *err);

/* The selected numbers of 0 to n - 1, ascending, each once; none if the selection was not given.
 * differs: n flags, or NULL where the word diff is not allowed. name: "--layers"; noun: "layer".
 * Free out->items, also after failure. False and err if a number does not exist, or nothing is
 * selected. */
bool selection_resolve(const struct selection *selection, const char *name, const char *noun,
                       size_t n, const bool *differs, struct pg_list *out, struct pg_error *err);

#endif
