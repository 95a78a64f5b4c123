/* npz_reader.h: reads .npz files, by the descriptions of zip and of .npy alone: nothing of
 * report/npz.c is used. Every claim is asserted. For tests. */
#ifndef NPZ_READER_H
#define NPZ_READER_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZIP_LOCAL_SIZE = 30, ZIP_CENTRAL_SIZE = 46, ZIP_END_SIZE = 22 };

struct npz_file {
    unsigned char *bytes;
    size_t size, n_entries, directory; /* the offset of the first record of the directory */
};

/* An array within the bytes of a file. */
struct npz_entry {
    char name[600]; /* without .npy */
    char type[16];  /* "<f4" */
    size_t n_dims, dims[8], n_items;
    const unsigned char *data;
};

/* A number of n bytes, the lowest first. */
static inline size_t zip_number(const unsigned char *at, size_t n) {
    size_t value = 0;
    while (n--) value = value << 8 | at[n];
    return value;
}

/* CRC-32, bit by bit. */
static inline uint32_t zip_crc(const unsigned char *bytes, size_t size) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static inline struct npz_file npz_open(const char *path) {
    struct npz_file f = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    f.size = (size_t)ftell(file);
    rewind(file);
    f.bytes = malloc(f.size + 1);
    assert_int_equal(fread(f.bytes, 1, f.size, file), f.size);
    fclose(file);
    assert_true(f.size >= ZIP_END_SIZE);
    const unsigned char *end = f.bytes + f.size - ZIP_END_SIZE;
    assert_memory_equal(end, "PK\5\6\0\0\0\0", 8);
    f.n_entries = zip_number(end + 8, 2);
    assert_int_equal(zip_number(end + 10, 2), f.n_entries);
    f.directory = zip_number(end + 16, 4);
    assert_int_equal(f.directory + zip_number(end + 12, 4), f.size - ZIP_END_SIZE);
    assert_int_equal(zip_number(end + 20, 2), 0);
    return f;
}

static inline void npz_close(struct npz_file *f) {
    free(f->bytes);
    *f = (struct npz_file){0};
}

/* Reads the header of an array and checks that its numbers fill the entry. */
static inline void npz_read_header(const unsigned char *at, size_t size, struct npz_entry *out) {
    const char *text = (const char *)at + 10, *next = strchr(text, '(') + 1;
    assert_memory_equal(at, "\x93NUMPY\1\0", 8);
    const size_t header = 10 + zip_number(at + 8, 2);
    assert_true(header % 64 == 0 && header <= size && at[header - 1] == '\n');
    assert_int_equal(sscanf(text, "{'descr': '%15[^']'", out->type), 1);
    assert_non_null(strstr(text, "', 'fortran_order': False, 'shape': ("));
    out->n_items = 1;
    for (char *end; strtoul(next, &end, 10), end != next; next = end + (*end == ',')) {
        out->dims[out->n_dims] = strtoul(next, NULL, 10);
        out->n_items *= out->dims[out->n_dims++];
    }
    assert_memory_equal(next, "), }", 4);
    out->data = at + header;
    const size_t item = out->type[1] == 'U' ? 4 * strtoul(out->type + 2, NULL, 10)
                                            : strtoul(out->type + 2, NULL, 10);
    assert_int_equal(header + out->n_items * item, size);
}

/* Reads entry i. */
static inline struct npz_entry npz_entry(const struct npz_file *f, size_t i) {
    struct npz_entry e = {0};
    const unsigned char *record = f->bytes + f->directory;
    for (size_t k = 0; k < i; k++) record += ZIP_CENTRAL_SIZE + zip_number(record + 28, 2);
    const size_t length = zip_number(record + 28, 2), size = zip_number(record + 20, 4);
    assert_memory_equal(record, "PK\1\2", 4);
    assert_int_equal(zip_number(record + 30, 2) + zip_number(record + 32, 2), 0);
    const unsigned char *local = f->bytes + zip_number(record + 42, 4);
    assert_memory_equal(local, "PK\3\4", 4);
    assert_memory_equal(local + 4, record + 6, 26);          /* both say the same */
    assert_int_equal(zip_number(local + 6, 2), 0);           /* no flags */
    assert_int_equal(zip_number(local + 8, 2), 0);           /* stored */
    assert_int_equal(zip_number(local + 10, 2), 0);          /* 00:00 */
    assert_int_equal(zip_number(local + 12, 2), 1 << 5 | 1); /* 1980-01-01 */
    assert_int_equal(zip_number(record + 24, 4), size);
    const unsigned char *data = local + ZIP_LOCAL_SIZE + length + zip_number(local + 28, 2);
    assert_memory_equal(local + ZIP_LOCAL_SIZE, record + ZIP_CENTRAL_SIZE, length);
    assert_int_equal(zip_crc(data, size), zip_number(record + 16, 4));
    assert_true(length > 4 && !memcmp(record + ZIP_CENTRAL_SIZE + length - 4, ".npy", 4));
    memcpy(e.name, record + ZIP_CENTRAL_SIZE, length - 4);
    npz_read_header(data, size, &e);
    return e;
}

/* Finds an array by its name. */
static inline struct npz_entry npz_find(const struct npz_file *f, const char *name) {
    for (size_t i = 0; i < f->n_entries; i++) {
        const struct npz_entry e = npz_entry(f, i);
        if (!strcmp(e.name, name)) return e;
    }
    fail_msg("there is no array %s", name);
    return (struct npz_entry){0};
}

/* Whether there is such an array. */
static inline bool npz_has(const struct npz_file *f, const char *name) {
    for (size_t i = 0; i < f->n_entries; i++)
        if (!strcmp(npz_entry(f, i).name, name)) return true;
    return false;
}

static inline void assert_shape(const struct npz_entry *e, const char *type, size_t n_dims,
                                const size_t *dims) {
    assert_string_equal(e->type, type);
    assert_int_equal(e->n_dims, n_dims);
    for (size_t i = 0; i < n_dims; i++) assert_int_equal(e->dims[i], dims[i]);
}

static inline float npz_float(const struct npz_entry *e, size_t i) {
    float value;
    memcpy(&value, e->data + i * sizeof value, sizeof value);
    return value;
}

static inline int64_t npz_int(const struct npz_entry *e, size_t i) {
    int64_t value;
    memcpy(&value, e->data + i * sizeof value, sizeof value);
    return value;
}

/* The ASCII text of element i; '?' for other characters. Free it. */
static inline char *npz_text(const struct npz_entry *e, size_t i) {
    const size_t width = strtoul(e->type + 2, NULL, 10);
    char *text = calloc(width + 1, 1);
    for (size_t k = 0; k < width; k++) {
        const size_t character = zip_number(e->data + 4 * (i * width + k), 4);
        text[k] = (char)(character < 128 ? character : '?');
    }
    return text;
}

#endif
