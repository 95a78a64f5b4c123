/* csv.h: records of RFC 4180, of whatever columns: reading those of a text, and writing one.
 * What the fields mean is for the caller to know. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/error.h"

#include <stdio.h>

enum { CSV_MOST_COLUMNS = 32 }; /* of a header */

/* A text that is being read, and taken apart in place. */
struct csv_reader {
    const char *name; /* in errors */
    char *at;         /* what is unread, up to a zero byte */
    size_t line;      /* the line that `at` is in, from 1 */
};

/* Begins to read size bytes and a zero byte behind them. False and err if they have others. */
bool csv_open(struct csv_reader *reader, const char *name, char *text, size_t size,
              struct pg_error *err);

/* Whether there is no further record. */
bool csv_at_end(const struct csv_reader *reader);

/* Reads a record of n fields, which stay in the text, without quotes. Lines end in LF or CRLF.
 * False and err, which names file and line, if it has more or less, or a misplaced quote. */
bool csv_read(struct csv_reader *reader, const char **fields, int n, struct pg_error *err);

/* Reads the first record, which must be these n names, at most CSV_MOST_COLUMNS. */
bool csv_read_header(struct csv_reader *reader, const char *const *names, int n,
                     struct pg_error *err);

/* Writes a record, fields in quotes where they must be, and LF. Leaves errors in the stream. */
void csv_write(FILE *out, const char *const *fields, int n);

#endif
