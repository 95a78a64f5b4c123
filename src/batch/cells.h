/* cells.h: reads the CSV of an experiment (<id>.csv) back, with a check of its bytes. */
#ifndef BATCH_CELLS_H
#define BATCH_CELLS_H

#include "base/error.h"

/* A cell of an experiment. */
struct cell {
    struct pg_cell at;
    float recovered;             /* NaN: the field is empty */
    const char *clean, *corrupt; /* texts of the tokens; "" for cells of all positions */
};

struct cells {
    struct cell *items;
    size_t n;
    char *text; /* the owner of the strings: the CSV, split into fields in place */
};

/* Reads a CSV that must have this CRC-32 (as zlib computes it). A zero byte follows, which *size
 * does not count. Free with free(). NULL and err if the file cannot be read or has another
 * CRC-32. */
char *csv_read_file(const char *path, uint32_t crc, size_t *size, struct pg_error *err);

/* Reads the cells of such a CSV, or the one row of a joint patch of these sites (a bit for each; 0:
 * not a joint patch). False and err, which names file, line and column, if a field is wrong: a head
 * or position for a site without heads or positions, or a position of n_tokens or more. Free with
 * cells_free, also after failure. */
bool cells_read(const char *path, uint32_t crc, int n_tokens, uint32_t joint, struct cells *out,
                struct pg_error *err);
void cells_free(struct cells *cells);

/* Reads the six fields site, layer, head, position, neuron and source_position of a cell. name and
 * line: of the file, for errors. False and err, which names the field, if one is wrong. */
bool cell_place(const char *name, size_t line, const char *const *fields, int n_tokens,
                uint32_t joint, struct pg_cell *out, struct pg_error *err);

/* Reads a whole number from low to high, digits and nothing else. False otherwise. */
bool read_digits(const char *text, size_t low, size_t high, size_t *out);

#endif
