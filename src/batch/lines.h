/* lines.h: the lines of a file of experiments, one at a time. What is in a line is known elsewhere. */
#ifndef BATCH_LINES_H
#define BATCH_LINES_H

#include "base/error.h"

#include <stdio.h>

enum { LONGEST_LINE = 1 << 20 }; /* bytes, without the newline */

struct line_reader {
    const char *name; /* in errors */
    FILE *file;
    size_t number; /* of the line that was read last */
    bool checked;  /* that the file is no UTF-16 */
    char *text;
};

/* A line that is not blank. */
struct line {
    size_t number; /* from 1, blank lines counted; 0: there are no more */
    char *text; /* the reader's, until the next line is read; a zero byte follows. NULL: too long */
    size_t size;       /* without the newline */
    const char *start; /* the text, or the n_kept bytes that are kept of one that is too long */
    size_t n_kept;
};

/* Opens a file; "-" is standard input. The path must outlive the reader. False and err if it cannot be
 * opened. */
bool lines_open(const char *path, struct line_reader *out, struct pg_error *err);

/* Reads the next line that has more than white space. Of one that is too long only the size is kept.
 * A byte order mark at the start of the file is not part of it. False and err if reading fails, or if the file
 * is UTF-16. */
bool lines_next(struct line_reader *reader, struct line *out, struct pg_error *err);

/* Also after failure, and for a zeroed reader. */
void lines_close(struct line_reader *reader);

#endif
