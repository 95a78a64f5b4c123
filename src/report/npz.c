/* npz.c: see npz.h. The format: for each entry a local header, its name and its bytes; then the
 * central directory, a record for each entry; then the record of the directory's end. Numbers are
 * little-endian: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
#include "report/npz.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "report/npy.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MAX_ENTRIES = 65535, RECORD_SIZE = 64 };

static const char ending[] = ".npy";

struct entry {
    struct npz_array array;
    uint32_t crc, size, offset;
};

struct npz {
    FILE *out;
    const char *path;
    uint64_t offset;       /* bytes written */
    struct entry *entries; /* n_entries, and room up to the next power of two */
    size_t n_entries;
};

/* ---- records ---- */

/* The bytes of a record. */
struct record {
    unsigned char bytes[RECORD_SIZE];
    size_t size;
};

/* Adds a number of some bytes, the lowest first. */
static void put(struct record *r, size_t n_bytes, uint64_t value) {
    for (size_t i = 0; i < n_bytes; i++) r->bytes[r->size++] = (unsigned char)(value >> 8 * i);
}

static void put_signature(struct record *r, char a, char b) {
    const unsigned char signature[] = {'P', 'K', (unsigned char)a, (unsigned char)b};
    memcpy(r->bytes, signature, sizeof signature);
    r->size = sizeof signature;
}

static void write_bytes(struct npz *z, const void *bytes, size_t size) {
    if (size) fwrite(bytes, 1, size, z->out); /* of NULL it is not defined */
    z->offset += size;
}

/* Writes a record and the name of its entry. */
static void write_named(struct npz *z, const struct record *r, const struct entry *e) {
    write_bytes(z, r->bytes, r->size);
    write_bytes(z, e->array.name, strlen(e->array.name));
    write_bytes(z, ending, strlen(ending));
}

/* What the local header and the directory say of an entry: needs version 2.0, no flags, stored,
 * 1980-01-01 00:00. */
static void put_entry(struct record *r, const struct entry *e) {
    put(r, 2, 20);
    put(r, 2, 0);
    put(r, 2, 0);
    put(r, 2, 0);
    put(r, 2, 1 << 5 | 1);
    put(r, 4, e->crc);
    put(r, 4, e->size);
    put(r, 4, e->size);
    put(r, 2, strlen(e->array.name) + strlen(ending));
    put(r, 2, 0);
}

static void write_local(struct npz *z, const struct entry *e) {
    struct record r;
    put_signature(&r, 3, 4);
    put_entry(&r, e);
    write_named(z, &r, e);
}

/* Made by version 2.0 on Unix, where the file's mode is rw-r--r--. */
static void write_central(struct npz *z, const struct entry *e) {
    struct record r;
    put_signature(&r, 1, 2);
    put(&r, 2, 3 << 8 | 20);
    put_entry(&r, e);
    put(&r, 2, 0); /* no comment */
    put(&r, 2, 0); /* on the first disk */
    put(&r, 2, 0);
    put(&r, 4, (uint64_t)0100644 << 16);
    put(&r, 4, e->offset);
    write_named(z, &r, e);
}

static bool fail_large(const struct npz *z, struct pg_error *err) {
    return fail(err, "cannot write %s: its arrays take more than the 4 GiB of a .npz file",
                z->path);
}

static bool write_directory(struct npz *z, struct pg_error *err) {
    const uint64_t start = z->offset;
    struct record r;
    for (size_t i = 0; i < z->n_entries; i++) write_central(z, &z->entries[i]);
    if (z->offset > UINT32_MAX) return fail_large(z, err);
    put_signature(&r, 5, 6);
    put(&r, 2, 0);
    put(&r, 2, 0);
    put(&r, 2, z->n_entries);
    put(&r, 2, z->n_entries);
    put(&r, 4, z->offset - start);
    put(&r, 4, start);
    put(&r, 2, 0);
    write_bytes(z, r.bytes, r.size);
    return true;
}

/* ---- the archive ---- */

struct content {
    npz_content *function;
    void *context;
    const char *path;
};

static bool write_content(void *context, FILE *out, struct pg_error *err) {
    const struct content *c = context;
    struct npz z = {.out = out, .path = c->path};
    const bool done = c->function(c->context, &z, err) && write_directory(&z, err);
    free(z.entries);
    return done;
}

bool npz_write(const char *path, npz_content *function, void *context, struct pg_error *err) {
    struct content c = {function, context, path};
    return file_write(path, write_content, &c, err);
}

/* ---- arrays ---- */

void npz_add_axis(struct npz_shape *shape, const char *name, size_t size) {
    shape->axes[shape->n_dims] = name;
    shape->dims[shape->n_dims++] = size;
}

struct npz_shape npz_list(const char *axis, size_t n) {
    return (struct npz_shape){1, {n}, {axis}};
}

struct npz_shape npz_scalar(void) {
    return (struct npz_shape){0};
}

bool npz_count(struct npz_shape shape, size_t *out, struct pg_error *err) {
    *out = 1;
    for (size_t i = 0; i < shape.n_dims; i++)
        if (__builtin_mul_overflow(*out, shape.dims[i], out))
            return fail(err, "an array of a .npz file has more elements than memory can hold");
    return true;
}

/* The next entry, zeroed. NULL and err when memory is out, or there are too many. */
static struct entry *next_entry(struct npz *z, struct pg_error *err) {
    const size_t n = z->n_entries;
    if (n == MAX_ENTRIES) {
        fail(err, "cannot write %s: it has more than %d arrays", z->path, MAX_ENTRIES);
        return NULL;
    }
    if ((n & (n - 1)) == 0) {
        struct entry *larger = reallocarray(z->entries, n ? 2 * n : 1, sizeof *larger);
        if (!larger) {
            fail(err, "out of memory writing %s", z->path);
            return NULL;
        }
        z->entries = larger;
    }
    z->entries[n] = (struct entry){0};
    return &z->entries[n];
}

/* Adds an array of elements of some bytes each. */
static bool add(struct npz *z, const char *name, const char *type, struct npz_shape shape,
                const void *data, size_t item_size, struct pg_error *err) {
    char header[NPY_HEADER_SIZE];
    struct entry *e = next_entry(z, err);
    size_t n, size;
    if (!e || !npz_count(shape, &n, err)) return false;
    const bool fits = !__builtin_mul_overflow(n, item_size, &size) && size < UINT32_MAX;
    if (!fits || z->offset + size > UINT32_MAX - sizeof header - sizeof e->array)
        return fail_large(z, err);
    npy_header(type, shape.dims, shape.n_dims, header);
    snprintf(e->array.name, sizeof e->array.name, "%s", name);
    e->array.shape = shape;
    e->crc = (uint32_t)crc32_z(0, (const uint8_t *)header, sizeof header);
    if (size) e->crc = (uint32_t)crc32_z(e->crc, data, size); /* of NULL it would be 0 */
    e->size = (uint32_t)(sizeof header + size);
    e->offset = (uint32_t)z->offset;
    z->n_entries++;
    write_local(z, e);
    write_bytes(z, header, sizeof header);
    write_bytes(z, data, size);
    return true;
}

bool npz_floats(struct npz *z, const char *name, struct npz_shape shape, const float *values,
                struct pg_error *err) {
    return add(z, name, "f4", shape, values, sizeof *values, err);
}

bool npz_doubles(struct npz *z, const char *name, struct npz_shape shape, const double *values,
                 struct pg_error *err) {
    return add(z, name, "f8", shape, values, sizeof *values, err);
}

bool npz_ints(struct npz *z, const char *name, struct npz_shape shape, const int *values,
              struct pg_error *err) {
    size_t n;
    if (!npz_count(shape, &n, err)) return false;
    int64_t *wide = allocate(n, sizeof *wide, err);
    if (!wide) return false;
    for (size_t i = 0; i < n; i++) wide[i] = values[i];
    const bool done = add(z, name, "i8", shape, wide, sizeof *wide, err);
    free(wide);
    return done;
}

/* ---- texts ---- */

/* Writes the characters of a text, if out is not NULL; invalid bytes become U+FFFD. Returns how
 * many. */
static size_t decode(const char *text, uint32_t *out) {
    size_t n = 0;
    for (size_t size; *text; text += size, n++) {
        const int32_t character = utf8_next(text, SIZE_MAX, &size);
        if (out) out[n] = character < 0 ? 0xfffd : (uint32_t)character;
    }
    return n;
}

bool npz_texts(struct npz *z, const char *name, struct npz_shape shape, const char *const *texts,
               struct pg_error *err) {
    size_t n, width = 1;
    char type[32];
    if (!npz_count(shape, &n, err)) return false;
    for (size_t i = 0; i < n; i++) {
        const size_t length = decode(texts[i], NULL);
        if (length > width) width = length;
    }
    uint32_t *characters = allocate(n, width * sizeof *characters, err);
    if (!characters) return false;
    for (size_t i = 0; i < n; i++) decode(texts[i], characters + i * width);
    snprintf(type, sizeof type, "U%zu", width);
    const bool done = add(z, name, type, shape, characters, width * sizeof *characters, err);
    free(characters);
    return done;
}

/* ---- what has been added ---- */

const struct npz_array *npz_array(const struct npz *z, size_t i) {
    return i < z->n_entries ? &z->entries[i].array : NULL;
}
