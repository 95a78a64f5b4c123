/* form.h: whether a file that should have one JSON object a line is one JSON array instead, or has objects
 * that are spread over several lines, as other programs write them. It is told before any line is run, since
 * some line of such a file may well be an experiment by itself. Whether a line is valid JSON is for its
 * reader to know. */
#ifndef BATCH_FORM_H
#define BATCH_FORM_H

#include "batch/lines.h"

/* What the lines so far are; begins zeroed. */
struct form {
    size_t n_lines;
    bool array;     /* the first line begins with '[' */
    bool undecided; /* what its first bracket opens is not closed yet, and may be by a later line */
    size_t depth;   /* brackets that are open */
};

/* Takes a line into account. False and err if the file is now known to be an array, or to begin with an
 * object over several lines. */
bool form_add(struct form *form, const struct line *line, const char *name, struct pg_error *err);

/* Whether the whole file is not an array on its one line. False and err if it is. */
bool form_end(const struct form *form, const char *name, struct pg_error *err);

#endif
