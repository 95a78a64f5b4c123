/* table.h: tables of short texts, as aligned columns for a terminal or in Markdown. The cells are
 * written by a function of the caller. Errors stay in the stream. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CELL_SIZE = 512, TABLE_MAX_COLUMNS = 8 };

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
    struct table_column columns[TABLE_MAX_COLUMNS];
    int n_columns;
    size_t n_rows;
    /* Writes the text of a cell. */
    void (*write_cell)(const struct table *table, size_t row, int column, char out[CELL_SIZE]);
    const void *context; /* for write_cell */
};

/* Writes a table. */
void table_write(FILE *out, const struct table *table, enum table_form form);

/* Writes two tables: aligned ones side by side if `width` columns of the terminal have room for
 * both, others one below the other. */
void table_write_two(FILE *out, const struct table *left, const struct table *right,
                     enum table_form form, int width);

/* Writes a text made printable (base/utf8.h), with a backslash before characters that have a
 * meaning in Markdown if that is the form. */
void table_write_text(FILE *out, const char *text, enum table_form form);

/* The width of a line of UTF-8 in columns of a terminal. */
int text_columns(const char *text);

#endif
