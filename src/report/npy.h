/* npy.h: arrays of floats in NumPy's format .npy (versions 1 to 3), as bytes in memory: reading the
 * bytes of a file, and making the header of one (of any type). Opens no files and copies no
 * numbers; every claim of a header is checked. */
#ifndef REPORT_NPY_H
#define REPORT_NPY_H

#include "base/error.h"

enum {
    NPY_MAX_DIMS = 8,
    NPY_HEADER_SIZE = 128,
    NPY_SHAPE_SIZE = 24 * NPY_MAX_DIMS,
    NPY_MAX_WRITTEN = 4
};

/* An array of float32 or float64. */
struct npy {
    const unsigned char *data; /* n_items numbers, within the bytes that were parsed */
    size_t item_size;          /* 4 or 8 */
    bool big_endian;
    bool fortran; /* the first dimension runs fastest, not the last */
    size_t n_dims, n_items;
    size_t shape[NPY_MAX_DIMS];
};

/* Whether bytes begin as a .npy file does. */
bool npy_begins(const void *bytes, size_t size);

/* Finds the array in the bytes of a whole file called name, which must outlive it. The sizes that
 * the header claims must be those of the file, to the byte. False and err otherwise. */
bool npy_parse(const void *bytes, size_t size, const char *name, struct npy *out,
               struct pg_error *err);

/* The number at an index of the array's items, in their order in memory. */
double npy_item(const struct npy *array, size_t index);

/* Writes the shape as Python does: (13, 50257). */
void npy_shape(const struct npy *array, char out[NPY_SHAPE_SIZE]);

/* Writes the header of a file of at most NPY_MAX_WRITTEN dimensions, the last of which runs
 * fastest: all NPY_HEADER_SIZE bytes, so that the numbers after it are aligned. type: "f4", "f8",
 * "i8", "U7",
 * ... of NumPy, in this computer's byte order. */
void npy_header(const char *type, const size_t *shape, size_t n_dims, char out[NPY_HEADER_SIZE]);

#endif
