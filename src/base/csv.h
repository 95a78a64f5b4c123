/* csv.h: records of RFC 4180 with any columns: reading those of a text, and writing one. What the
 * fields mean is for the caller to know. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/error.h"
#include "base/number.h"

#include <stdio.h>

enum {
    CSV_MAX_COLUMNS = 32,   /* of a header */
    CSV_MAX_SIZE = 1 << 30, /* of a file, in bytes: far more than any of our tables has */
};

/* Reads a text in place. The fields of a record are strings inside the text: their quotes are taken
 * out and a NUL byte is put after each, so a record that was read cannot be read again. The fields
 * stay valid as long as the text does. */
struct csv_reader {
    const char *name; /* in errors */
    char *at;         /* the text that is not read yet; it ends with a NUL byte */
    size_t line;      /* the line that `at` is in, from 1 */
};

/* Begins to read size bytes that a NUL byte follows. False and err if there are NUL bytes among
 * them. */
bool csv_open(struct csv_reader *reader, const char *name, char *text, size_t size,
              struct pg_error *err);

/* Whether there is no further record. */
bool csv_at_end(const struct csv_reader *reader);

/* Reads a record of n fields. Lines end in LF or CRLF. False and err, which names file and line, if
 * it has more or fewer fields, or a misplaced quote. */
bool csv_read(struct csv_reader *reader, const char **fields, int n, struct pg_error *err);

/* Reads the first record, which must be these n names, at most CSV_MAX_COLUMNS. */
bool csv_read_header(struct csv_reader *reader, const char *const *names, int n,
                     struct pg_error *err);

/* Tables of several forms: of n columns those that are kept, a flag for each. Reads a record of
 * them; the fields of the others are "". Reads a header of them. Writes a record without the
 * others. */
bool csv_read_kept(struct csv_reader *reader, const char **fields, const bool *kept, int n,
                   struct pg_error *err);
bool csv_read_header_kept(struct csv_reader *reader, const char *const *names, const bool *kept,
                          int n, struct pg_error *err);
void csv_write_kept(FILE *out, const char *const *fields, const bool *kept, int n);

/* The number of fields of the next record, which is not read yet; only those without quotes are
 * sure to be counted as csv_read does. Whether one of its fields is this name. */
int csv_count_fields(const struct csv_reader *reader);
bool csv_has_field(const struct csv_reader *reader, const char *name);

/* Reads the float32 number of a field of that name in a line that was read. False and err, which
 * names file, line and field, if it is not one. */
bool csv_read_number(const struct csv_reader *reader, size_t line, const char *name,
                     const char *field, float *out, struct pg_error *err);

/* Writes a record, fields in quotes where they must be, and LF. Leaves errors in the stream. */
void csv_write(FILE *out, const char *const *fields, int n);

/* Writes a layer, head, position or id as the text of a field; -1 stands for an empty field. */
void csv_write_index(int index, char out[NUMBER_SIZE]);

#endif
