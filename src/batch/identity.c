/* identity.c: see identity.h. */
#include "batch/identity.h"

#include "base/file.h"

#include <string.h>
#include <zlib.h>

/* Numbers go in as four bytes, lowest first; before a list goes how many items it has. */
static uint32_t add_number(uint32_t crc, uint32_t number) {
    const uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 24)};
    return (uint32_t)crc32(crc, bytes, sizeof bytes);
}

static uint32_t add_list(uint32_t crc, const int *items, size_t count) {
    crc = add_number(crc, (uint32_t)count);
    for (size_t i = 0; i < count; i++) crc = add_number(crc, (uint32_t)items[i]);
    return crc;
}

static uint32_t add_text(uint32_t crc, const char *text) {
    const size_t length = strlen(text);
    crc = add_number(crc, (uint32_t)length);
    return (uint32_t)crc32_z(crc, (const uint8_t *)text, length);
}

uint32_t fingerprint(uint32_t model, const struct pg_request *r,
                     const struct position_label *labels, size_t n_labels) {
    uint32_t crc = add_number(0, model);
    crc = add_list(crc, r->clean.ids, r->clean.count);
    crc = add_list(crc, r->corrupt.ids, r->corrupt.count);
    crc = add_number(crc, (uint32_t)r->n_pairs);
    for (size_t i = 0; i < r->n_pairs; i++) {
        crc = add_number(crc, (uint32_t)r->pairs[i].a);
        crc = add_number(crc, (uint32_t)r->pairs[i].b);
    }
    crc = add_number(crc, (uint32_t)r->n_sites);
    for (size_t i = 0; i < r->n_sites; i++) crc = add_text(crc, pg_site_name(r->sites[i]));
    crc = add_text(crc, pg_metric_name(r->metric));
    crc = add_number(crc, r->noising);
    crc = add_list(crc, r->layers.items, r->layers.count);
    crc = add_list(crc, r->heads.items, r->heads.count);
    crc = add_list(crc, r->positions.items, r->positions.count);
    crc = add_number(crc, (uint32_t)r->read_position);
    crc = add_number(crc, (uint32_t)n_labels);
    for (size_t i = 0; i < n_labels; i++) {
        crc = add_text(crc, labels[i].name);
        crc = add_number(crc, (uint32_t)labels[i].position);
    }
    return crc;
}

uint32_t checksum(uint32_t earlier, const void *bytes, size_t size) {
    return (uint32_t)crc32_z(earlier, bytes, size);
}

bool file_checksum(const char *path, uint32_t *out, struct pg_error *err) {
    struct file_map map;
    if (!file_map(path, &map, err)) return false;
    *out = checksum(0, map.data, map.size);
    file_unmap(&map);
    return true;
}
