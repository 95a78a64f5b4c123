/* over.h: the texts that a mean of activations is over: a file with a text a line, or with a JSON
 * object a line that has the text in `clean` or its ids in `clean_ids`. */
#ifndef SPEC_OVER_H
#define SPEC_OVER_H

#include "spec/spec.h"

struct text_list {
    struct pg_tokens *items;
    size_t n;
};

/* Adds a text's tokens, which the list takes over. False and err when memory is out. */
bool text_list_add(struct text_list *list, struct pg_tokens tokens, struct pg_error *err);
void text_list_free(struct text_list *list);

/* Reads the file of texts that a spec names; blank lines are left out. False and err, which names
 * file and line, if it cannot be read or a text cannot be tokenized. Free with text_list_free, also
 * after failure. */
bool over_read(const struct spec *spec, const struct pg_model *model, struct text_list *out,
               struct pg_error *err);

/* The mean over the texts of the file that a spec names, for its sites. Free with pg_mean_free.
 * NULL and err otherwise. */
struct pg_mean *over_mean(const struct spec *spec, const struct pg_model *model,
                          struct pg_error *err);

#endif
