/* nodes.h: components and readers as they are written: embed,9.9,mlp8 and 10.0.q,logits. Numbers
 * may be ranges or *: 9.*, 0-5.q... Which they are is known when the model is. */
#ifndef SPEC_NODES_H
#define SPEC_NODES_H

#include "base/error.h"

/* Whether the text is a list of components, or of readers. name: what sentences call it. False and
 * err, which shows how one is written, if not. */
bool check_senders_text(const char *name, const char *text, struct pg_error *err);
bool check_receivers_text(const char *name, const char *text, struct pg_error *err);

/* The components or readers of the model that a checked list names, in the order of the graph, each
 * once. Free *out with free(), also after failure. False and err, which shows the name, if the
 * model has none that an item of the list stands for. */
bool resolve_senders(const char *name, const char *text, const struct pg_model *model,
                     struct pg_sender **out, size_t *count, struct pg_error *err);
bool resolve_receivers(const char *name, const char *text, const struct pg_model *model,
                       struct pg_receiver **out, size_t *count, struct pg_error *err);

/* Whether each single component of `from` and each single reader of `to` (NULL: all) has an edge to
 * or from the others. False and err, which names the first that has none. */
bool check_flow(const char *from_name, const char *from, const char *to_name, const char *to,
                const struct pg_model *model, struct pg_error *err);

#endif
