/* line_reader.h: the lines of a file of experiments, one at a time. A file that is one JSON array,
 * or begins with an object over several lines, as other programs write them, is refused before its
 * lines are run, since one of them may well be an experiment by itself. What is in a line is
 * batch/line.h's. */
#ifndef BATCH_LINE_READER_H
#define BATCH_LINE_READER_H

#include "base/error.h"

#include <stdio.h>

enum { MAX_LINE = 1 << 20 }; /* bytes, without the newline */

/* The form of the file, judged by the lines so far. */
struct file_form {
    size_t n_lines;
    bool array;     /* the first line begins with '[' */
    bool undecided; /* its first bracket is still open, and a later line may close it */
    size_t depth;   /* open brackets */
};

struct line_reader {
    const char *name; /* in errors */
    FILE *file;
    size_t number; /* of the line that was read last */
    bool checked;  /* that the file is not UTF-16 */
    char *text;
    struct file_form form;
};

/* A line that is not blank. */
struct line {
    size_t number; /* from 1, blank lines counted; 0: there are no more */
    /* The reader's, until the next line is read; a zero byte follows. NULL: too long. */
    char *text;
    size_t size;       /* without the newline */
    const char *start; /* the text, or the n_kept bytes that are kept of one that is too long */
    size_t n_kept;
};

/* Opens a file; "-" is standard input. The path must outlive the reader. False and err if it cannot
 * be opened. Close with lines_close, also after failure. */
bool lines_open(const char *path, struct line_reader *out, struct pg_error *err);

/* Reads the next line that has more than white space. Of a line that is too long only the size is
 * kept. A byte order mark at the start of the file is left out. False and err if reading fails, or
 * the file is UTF-16 or does not have one JSON object a line. */
bool lines_next(struct line_reader *reader, struct line *out, struct pg_error *err);

/* Also for a zeroed reader. */
void lines_close(struct line_reader *reader);

#endif
