/* cells.h: the CSV of an experiment (<id>.csv) read back: its cells, and the bytes it must have. */
#ifndef BATCH_CELLS_H
#define BATCH_CELLS_H

#include "base/error.h"

/* A cell of an experiment. */
struct cell {
    struct pg_cell at;
    float recovered;             /* NaN: the CSV has none */
    const char *clean, *corrupt; /* texts of the tokens; "" for cells of all positions */
};

struct cells {
    struct cell *items;
    size_t n;
    char *text; /* the CSV, taken apart: where the strings are */
};

/* Reads a CSV whose CRC-32 (that of zlib) must be this one. A zero byte follows that *size does not
 * count. Free with free(). NULL and err otherwise. */
char *csv_read_file(const char *path, uint32_t crc, size_t *size, struct pg_error *err);

/* The same, taken apart. Heads and positions are there where the site has them, positions below
 * n_tokens. False and err, which names file, line and column, otherwise. Free with cells_free, also
 * after failure. */
bool cells_read(const char *path, uint32_t crc, int n_tokens, struct cells *out,
                struct pg_error *err);
void cells_free(struct cells *cells);

/* Reads the four fields site, layer, head and position of a cell in that line of the file called
 * name. False and err, which names the field, if they are not one. */
bool cell_place(const char *name, size_t line, const char *const *fields, int n_tokens,
                struct pg_cell *out, struct pg_error *err);

/* Reads a whole number from low to high, which is digits and nothing else. False if it is not. */
bool read_digits(const char *text, size_t low, size_t high, size_t *out);

#endif
