/* names.h: the names in a batch's file: ids of its lines, and labels of positions. */
#ifndef BATCH_NAMES_H
#define BATCH_NAMES_H

#include "base/lookup.h"

/* A name that a line gives to one of its positions. */
struct position_label {
    char *name;   /* 1 to 40 bytes without control characters, ';' and ':' */
    int position; /* 0 to the number of tokens - 1 */
};

/* Whether a name has 1 to MAX_LABEL bytes without control characters. */
enum { MAX_LABEL = 40 };
bool label_is_valid(const char *name);

/* Whether one of the labels that were noted in the table has this name. */
bool label_is_there(const struct lookup *table, const struct position_label *labels,
                    const char *name);

/* Notes that the label at an index of the list has this name. False and err when memory is out. */
bool label_note(struct lookup *table, const char *name, size_t index, struct pg_error *err);

/* Whether files can have this name: 1 to 200 letters, digits, '-', '_' and '.', the first not '.',
 * and not, in any case, a name of the batch's own files: some file systems do not tell cases
 * apart. */
bool id_is_valid(const char *id);

#endif
