/* npz.h: writing NumPy's format .npz: a zip archive with a file .npy for each array. Knows no
 * results, and reads nothing. The entries are stored, not compressed, so that the bytes do not
 * depend on the version of zlib; their times are all 1980-01-01, so that they do not depend on the
 * clock. */
#ifndef REPORT_NPZ_H
#define REPORT_NPZ_H

#include "base/error.h"

/* An archive that is being written. */
struct npz;

/* Writes the arrays into an archive, with the functions below. False and err on failure. */
typedef bool npz_content(void *context, struct npz *npz, struct pg_error *err);

/* Writes an archive; paths as for file_replace. False and err also if it has more than 4 GiB, which
 * a zip archive without extensions cannot. */
bool npz_write(const char *path, npz_content *function, void *context, struct pg_error *err);

/* An array of up to four dimensions, the last of which runs fastest; none: one number. */
struct npz_shape {
    size_t n_dims, dims[4];
    const char *axes[4]; /* the names of the dimensions: static memory */
};

/* Adds a dimension. */
void npz_add_axis(struct npz_shape *shape, const char *name, size_t size);

/* The shape of a list, and of one number. */
struct npz_shape npz_list(const char *axis, size_t n);
struct npz_shape npz_scalar(void);

/* The number of elements. False and err if it exceeds size_t. */
bool npz_count(struct npz_shape shape, size_t *out, struct pg_error *err);

/* Adds an array of float32, of float64, or of ints as int64, which torch takes as indices. */
bool npz_floats(struct npz *npz, const char *name, struct npz_shape shape, const float *values,
                struct pg_error *err);
bool npz_doubles(struct npz *npz, const char *name, struct npz_shape shape, const double *values,
                 struct pg_error *err);
bool npz_ints(struct npz *npz, const char *name, struct npz_shape shape, const int *values,
              struct pg_error *err);

/* Adds an array of texts in UTF-8, as NumPy's type U. */
bool npz_texts(struct npz *npz, const char *name, struct npz_shape shape, const char *const *texts,
               struct pg_error *err);

/* What has been added. */
struct npz_array {
    char name[512];
    struct npz_shape shape;
};

/* Array i in the order in which they were added; NULL after the last. Valid until the next is
 * added. */
const struct npz_array *npz_array(const struct npz *npz, size_t i);

#endif
