/* labels.h: the names that a line of a batch's file gives to positions. */
#ifndef CLI_LABELS_H
#define CLI_LABELS_H

#include "base/json.h"
#include "batch/summary.h"

/* As they are written: negative positions count from the end. Names belong to the JSON. */
struct labels {
    struct position_label *items;
    size_t count;
};

/* Reads an object of positions by name; null is none. False and err if a name cannot be one or is there twice, or a
 * position is no whole number. Free with labels_free, also after failure. */
bool labels_read(const cJSON *object, struct labels *out, struct pg_error *err);
void labels_free(struct labels *labels);

/* Puts the labels into a row, by position, which counts from 0 then. False and err if there is no such
 * position among n_tokens; what the row has by then is freed with it. */
bool labels_resolve(const struct labels *labels, size_t n_tokens, struct summary_row *row,
                    struct pg_error *err);

#endif
