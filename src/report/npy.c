/* npy.c: see npy.h. The format: "\x93NUMPY", the version as two bytes, the length of the header
 * (little-endian; two bytes, from version 2 on four), the header, which is a dictionary as Python
 * writes it, and the numbers:
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "report/npy.h"

#include <stdio.h>
#include <string.h>

static const char magic[] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

enum { VERSION_AT = sizeof magic, LENGTH_AT = sizeof magic + 2, MAX_TEXT = 64 };

bool npy_begins(const void *bytes, size_t size) {
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

/* ---- the dictionary ---- */

/* The text of the header while it is read. */
struct dictionary {
    const char *at, *end;
    const char *name; /* of the file */
    bool found_descr, found_order, found_shape;
};

static bool malformed(const struct dictionary *d, const char *expected, struct pg_error *err) {
    const int length = d->end - d->at < 24 ? (int)(d->end - d->at) : 24;
    return fail(err, "%s: its header is not the dictionary of an array: expected %s at \"%.*s\"",
                d->name, expected, length, d->at);
}

static void skip_space(struct dictionary *d) {
    while (d->at < d->end && strchr(" \t\r\n", *d->at) && *d->at) d->at++;
}

/* Skips a character if it is the next. */
static bool take(struct dictionary *d, char c) {
    skip_space(d);
    if (d->at == d->end || *d->at != c) return false;
    d->at++;
    return true;
}

/* Skips a word if it is the next. */
static bool take_word(struct dictionary *d, const char *word) {
    const size_t length = strlen(word);
    skip_space(d);
    if ((size_t)(d->end - d->at) < length || memcmp(d->at, word, length) != 0) return false;
    d->at += length;
    return true;
}

/* A string in either kind of quotes, without escapes. */
static bool read_string(struct dictionary *d, char out[MAX_TEXT], struct pg_error *err) {
    skip_space(d);
    const char quote = d->at < d->end ? *d->at : '\0';
    if (quote != '\'' && quote != '"') return malformed(d, "a string", err);
    const char *start = d->at + 1;
    const char *close = memchr(start, quote, (size_t)(d->end - start));
    if (!close || close - start >= MAX_TEXT) return malformed(d, "a short string", err);
    memcpy(out, start, (size_t)(close - start));
    out[close - start] = '\0';
    d->at = close + 1;
    return true;
}

static bool is_digit(const struct dictionary *d) {
    return d->at < d->end && *d->at >= '0' && *d->at <= '9';
}

/* A dimension; Python 2 wrote L after long ones. */
static bool read_dimension(struct dictionary *d, size_t *out, struct pg_error *err) {
    skip_space(d);
    if (!is_digit(d)) return malformed(d, "a whole number", err);
    for (*out = 0; is_digit(d); d->at++)
        if (__builtin_mul_overflow(*out, (size_t)10, out) ||
            __builtin_add_overflow(*out, (size_t)(*d->at - '0'), out))
            return fail(err, "%s: a dimension of its shape is too large", d->name);
    take(d, 'L');
    return true;
}

static bool read_shape(struct dictionary *d, struct npy *out, struct pg_error *err) {
    if (!take(d, '(')) return malformed(d, "a shape", err);
    while (!take(d, ')')) {
        if (out->n_dims == NPY_MAX_DIMS)
            return fail(err, "%s has more than %d dimensions", d->name, NPY_MAX_DIMS);
        if (!read_dimension(d, &out->shape[out->n_dims++], err)) return false;
        if (take(d, ',')) continue;
        if (!take(d, ')')) return malformed(d, "a comma or the end of the shape", err);
        break;
    }
    return true;
}

static bool read_order(struct dictionary *d, struct npy *out, struct pg_error *err) {
    out->fortran = take_word(d, "True");
    return out->fortran || take_word(d, "False") || malformed(d, "True or False", err);
}

static bool read_type(struct dictionary *d, struct npy *out, struct pg_error *err) {
    char type[MAX_TEXT];
    if (take(d, '[')) return fail(err, "%s has records, expected float32 or float64", d->name);
    if (!read_string(d, type, err)) return false;
    const bool known =
        (*type == '<' || *type == '>') && (!strcmp(type + 1, "f4") || !strcmp(type + 1, "f8"));
    if (!known)
        return fail(
            err, "%s has the type '%s', expected float32 or float64: '<f4', '<f8', '>f4' or '>f8'",
            d->name, type);
    out->big_endian = *type == '>';
    out->item_size = (size_t)(type[2] - '0');
    return true;
}

static bool repeated(const struct dictionary *d, const char *key, struct pg_error *err) {
    return fail(err, "%s: its header has %s twice", d->name, key);
}

static bool read_field(struct dictionary *d, struct npy *out, struct pg_error *err) {
    char key[MAX_TEXT];
    if (!read_string(d, key, err)) return false;
    const bool is_descr = !strcmp(key, "descr"), is_order = !strcmp(key, "fortran_order");
    if (!is_descr && !is_order && strcmp(key, "shape") != 0)
        return fail(err, "%s: its header has the field %s, expected descr, fortran_order and shape",
                    d->name, key);
    bool *found = is_descr ? &d->found_descr : is_order ? &d->found_order : &d->found_shape;
    if (*found) return repeated(d, key, err);
    *found = true;
    if (!take(d, ':')) return malformed(d, "a colon", err);
    return is_descr   ? read_type(d, out, err)
           : is_order ? read_order(d, out, err)
                      : read_shape(d, out, err);
}

static bool read_dictionary(struct dictionary *d, struct npy *out, struct pg_error *err) {
    if (!take(d, '{')) return malformed(d, "{", err);
    while (!take(d, '}')) {
        if (!read_field(d, out, err)) return false;
        if (take(d, ',')) continue;
        if (!take(d, '}')) return malformed(d, "a comma or }", err);
        break;
    }
    skip_space(d);
    if (d->at != d->end) return malformed(d, "its end", err);
    if (d->found_descr && d->found_order && d->found_shape) return true;
    return fail(err, "%s: its header has no %s", d->name,
                !d->found_descr   ? "descr"
                : !d->found_order ? "fortran_order"
                                  : "shape");
}

/* ---- the file ---- */

/* Counts the items of the shape. False and err if their bytes exceed size_t. */
static bool count_items(struct npy *a, const char *name, struct pg_error *err) {
    size_t n_bytes;
    char shape[NPY_SHAPE_SIZE];
    a->n_items = 1;
    bool counted = true;
    for (size_t i = 0; i < a->n_dims; i++)
        counted &= !__builtin_mul_overflow(a->n_items, a->shape[i], &a->n_items);
    if (counted && !__builtin_mul_overflow(a->n_items, a->item_size, &n_bytes)) return true;
    npy_shape(a, shape);
    return fail(err, "%s claims the shape %s, more than any file can hold", name, shape);
}

/* The offset of the header, and its size. 0 and err if the bytes are not a .npy file. */
static size_t find_header(const unsigned char *bytes, size_t size, const char *name,
                          size_t *header_size, struct pg_error *err) {
    if (!npy_begins(bytes, size)) {
        fail(err, "%s is not a .npy file: it does not begin with \\x93NUMPY", name);
        return 0;
    }
    const int version = size > VERSION_AT ? bytes[VERSION_AT] : 0;
    const size_t start = LENGTH_AT + (version == 1 ? 2 : 4);
    if (size > VERSION_AT && (version < 1 || version > 3)) {
        fail(err, "%s has version %d of the .npy format, expected 1, 2 or 3", name, version);
        return 0;
    }
    *header_size = 0;
    for (size_t i = start; size >= start && i-- > LENGTH_AT;)
        *header_size = *header_size << 8 | bytes[i];
    if (size >= start && *header_size <= size - start) return start;
    fail(err, "%s is cut short: its %zu bytes end within the header", name, size);
    return 0;
}

bool npy_parse(const void *bytes, size_t size, const char *name, struct npy *out,
               struct pg_error *err) {
    size_t header_size;
    const size_t start = find_header(bytes, size, name, &header_size, err);
    if (!start) return false;
    const char *header = (const char *)bytes + start;
    struct dictionary d = {.at = header, .end = header + header_size, .name = name};
    *out = (struct npy){.data = (const unsigned char *)header + header_size};
    if (!read_dictionary(&d, out, err) || !count_items(out, name, err)) return false;
    const size_t there = size - start - header_size, claimed = out->n_items * out->item_size;
    if (there == claimed) return true;
    char shape[NPY_SHAPE_SIZE];
    npy_shape(out, shape);
    return fail(err, "%s %s: its shape %s takes %zu bytes, and %zu are there", name,
                there < claimed ? "is cut short" : "goes on after its array", shape, claimed,
                there);
}

double npy_item(const struct npy *a, size_t index) {
    const unsigned char *at = a->data + index * a->item_size;
    uint64_t bits = 0;
    for (size_t i = 0; i < a->item_size; i++)
        bits = bits << 8 | at[a->big_endian ? i : a->item_size - 1 - i];
    if (a->item_size == sizeof(double)) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    const uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return (double)value;
}

void npy_shape(const struct npy *a, char out[NPY_SHAPE_SIZE]) {
    size_t used = (size_t)sprintf(out, "(");
    for (size_t i = 0; i < a->n_dims; i++)
        used += (size_t)sprintf(out + used, i ? ", %zu" : "%zu", a->shape[i]);
    sprintf(out + used, a->n_dims == 1 ? ",)" : ")");
}

void npy_header(const char *type, const size_t *shape, size_t n_dims, char out[NPY_HEADER_SIZE]) {
    const uint16_t one = 1;
    struct npy a = {.n_dims = n_dims};
    char text[NPY_SHAPE_SIZE];
    for (size_t i = 0; i < n_dims; i++) a.shape[i] = shape[i];
    npy_shape(&a, text);
    const size_t start = LENGTH_AT + 2, length = NPY_HEADER_SIZE - start;
    memset(out, ' ', NPY_HEADER_SIZE);
    memcpy(out, magic, sizeof magic);
    out[VERSION_AT] = 1;
    out[VERSION_AT + 1] = 0;
    out[LENGTH_AT] = (char)length;
    out[LENGTH_AT + 1] = 0;
    const bool little = *(const unsigned char *)&one == 1;
    const int n =
        snprintf(out + start, length, "{'descr': '%c%s', 'fortran_order': False, 'shape': %s, }",
                 little ? '<' : '>', type, text);
    out[start + (size_t)n] = ' ';
    out[NPY_HEADER_SIZE - 1] = '\n';
}
