/* table.h: rows of short texts as aligned columns of a terminal or as a table in Markdown. What
 * stands in the cells is for the caller to know. Leaves errors of the stream in it. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CELL_SIZE = 512, TABLE_MOST_COLUMNS = 8 };

enum table_form {
    TABLE_ALIGNED,
    TABLE_MARKDOWN /* as GitHub and Pandoc read it */
};

struct table_column {
    const char *heading;
    bool right; /* aligned to the right */
};

/* All strings are UTF-8 of one line and the caller's. */
struct table {
    const char *caption; /* above it; NULL: none */
    struct table_column columns[TABLE_MOST_COLUMNS];
    int n_columns;
    size_t n_rows;
    void (*write_cell)(const struct table *table, size_t row, int column, char out[CELL_SIZE]);
    const void *context; /* write_cell's */
};

void table_write(FILE *out, const struct table *table, enum table_form form);

/* Writes two tables aligned, side by side if width (columns of the terminal) has room for both,
 * else one below the other; in Markdown, where width does not matter, one below the other. */
void table_write_two(FILE *out, const struct table *left, const struct table *right,
                     enum table_form form, int width);

/* Writes a name made printable (base/utf8.h) and, in Markdown, so that it reads as it is: with a
 * backslash before what would mean something. */
void table_write_text(FILE *out, const char *text, enum table_form form);

/* How many columns of a terminal a line of UTF-8 takes. */
int text_columns(const char *text);

#endif
