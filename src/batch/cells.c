/* cells.c: see cells.h. */
#include "batch/cells.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/memory.h"
#include "batch/resume.h"
#include "report/intervention.h"
#include "report/result_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBER = 1000000 }; /* of a layer or head: arrays over them stay small */

char *csv_read_file(const char *path, uint32_t crc, size_t *size, struct pg_error *err) {
    char *text = file_read(path, CSV_MAX_SIZE, size, err);
    if (!text) return NULL;
    const uint32_t found = checksum(0, text, *size);
    if (found == crc) return text;
    fail(err, "%s has the CRC-32 %08x, but its row in the summary says %08x: it was changed since",
         path, found, crc);
    free(text);
    return NULL;
}

/* ---- fields ---- */

bool read_digits(const char *text, size_t low, size_t high, size_t *out) {
    size_t value = 0;
    if (!*text || text[strspn(text, "0123456789")]) return false;
    for (; *text; text++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (size_t)(*text - '0'), &value))
            return false;
    if (value < low || value > high) return false;
    *out = value;
    return true;
}

/* Reads a number below end, or, if none is expected, an empty field as -1. */
static bool read_index(const char *text, bool expected, size_t end, int *out) {
    size_t number;
    *out = -1;
    if (!expected) return !*text;
    if (!read_digits(text, 0, end - 1, &number)) return false;
    *out = (int)number;
    return true;
}

/* Reads the numbers of a cell of neurons, and of one with source positions. */
static bool inner_place(const char *name, size_t line, const char *const *fields,
                        struct pg_cell *out, struct pg_error *err) {
    const bool neurons = pg_site_has_neurons(out->site), sources = pg_site_has_sources(out->site);
    if (!read_index(fields[4], neurons, MAX_NUMBER, &out->neuron))
        return fail(err, "%s: line %zu: neuron is \"%.200s\", but %s has %s", name, line, fields[4],
                    fields[0], neurons ? "a number there" : "no neurons");
    if (read_index(fields[5], sources, (size_t)out->position + 1, &out->source)) return true;
    return sources
               ? fail(err,
                      "%s: line %zu: source_position is \"%.200s\", expected a number from 0 to %d",
                      name, line, fields[5], out->position)
               : fail(err, "%s: line %zu: source_position is \"%.200s\", but %s has none", name,
                      line, fields[5], fields[0]);
}

/* Reads the place of a joint patch, whose numbers may all be missing. */
static bool joint_place(const char *name, size_t line, const char *const *fields, int n_tokens,
                        uint32_t joint, struct pg_cell *out, struct pg_error *err) {
    static const char *const names[] = {"layer", "head", "position", "neuron", "source_position"};
    const struct words sites = joint_sites(joint);
    int *const numbers[] = {&out->layer, &out->head, &out->position, &out->neuron, &out->source};
    if (strcmp(fields[0], sites.text) != 0)
        return fail(err, "%s: line %zu: site is \"%.200s\", expected \"%s\"", name, line, fields[0],
                    sites.text);
    out->site = (enum pg_site)__builtin_ctz(joint);
    for (int i = 0; i < 5; i++) {
        const size_t end = numbers[i] == &out->position ? (size_t)n_tokens : MAX_NUMBER;
        if (!read_index(fields[1 + i], *fields[1 + i], end, numbers[i]))
            return fail(err, "%s: line %zu: %s is \"%.200s\", expected a number or nothing", name,
                        line, names[i], fields[1 + i]);
    }
    return true;
}

bool cell_place(const char *name, size_t line, const char *const *fields, int n_tokens,
                uint32_t joint, struct pg_cell *out, struct pg_error *err) {
    if (joint) return joint_place(name, line, fields, n_tokens, joint, out, err);
    if (!pg_site_parse(fields[0], &out->site))
        return fail(err, "%s: line %zu: site is \"%.200s\", which is not a site", name, line,
                    fields[0]);
    const bool heads = pg_site_has_heads(out->site), positions = pg_site_has_positions(out->site);
    if (!read_index(fields[1], true, MAX_NUMBER, &out->layer))
        return fail(err, "%s: line %zu: layer is \"%.200s\", expected a number", name, line,
                    fields[1]);
    if (!read_index(fields[2], heads, MAX_NUMBER, &out->head))
        return fail(err, "%s: line %zu: head is \"%.200s\", but %s has %s", name, line, fields[2],
                    fields[0], heads ? "a number there" : "no heads");
    if (read_index(fields[3], positions, (size_t)n_tokens, &out->position))
        return inner_place(name, line, fields, out, err);
    return positions
               ? fail(err, "%s: line %zu: position is \"%.200s\", expected a number from 0 to %d",
                      name, line, fields[3], n_tokens - 1)
               : fail(err, "%s: line %zu: position is \"%.200s\", but %s patches all at once", name,
                      line, fields[3], fields[0]);
}

/* ---- the file ---- */

/* What all rows of a table have in common. */
struct table_rules {
    struct csv_columns columns;
    int n_tokens;
    uint32_t joint;
};

static bool read_cell(struct csv_reader *reader, const struct table_rules *t, struct cell *out,
                      struct pg_error *err) {
    const size_t line = reader->line;
    const char *fields[CSV_COLUMNS];
    if (!csv_read_kept(reader, fields, t->columns.kept, CSV_COLUMNS, err) ||
        !cell_place(reader->name, line, &fields[CSV_SITE], t->n_tokens, t->joint, &out->at, err))
        return false;
    if (!csv_read_number(reader, line, "value", fields[CSV_VALUE], &out->at.value, err))
        return false;
    out->recovered = NAN;
    if (*fields[CSV_RECOVERED] &&
        !csv_read_number(reader, line, "recovered", fields[CSV_RECOVERED], &out->recovered, err))
        return false;
    out->clean = fields[CSV_CLEAN];
    out->corrupt = fields[CSV_CORRUPT];
    return true;
}

static size_t count_lines(const char *text) {
    size_t lines = 0;
    for (; (text = strchr(text, '\n')); text++) lines++;
    return lines;
}

bool cells_read(const char *path, uint32_t crc, int n_tokens, uint32_t joint, struct cells *out,
                struct pg_error *err) {
    size_t size;
    struct csv_reader reader;
    *out = (struct cells){0};
    if (!(out->text = csv_read_file(path, crc, &size, err)) ||
        !csv_open(&reader, path, out->text, size, err))
        return false;
    const size_t most = count_lines(out->text) + 1; /* records, each at least a line */
    const struct table_rules rules = {csv_columns(csv_has_field(&reader, csv_names[CSV_NEURON]),
                                                  csv_has_field(&reader, csv_names[CSV_SOURCE])),
                                      n_tokens, joint};
    if (!csv_read_header_kept(&reader, csv_names, rules.columns.kept, CSV_COLUMNS, err) ||
        !(out->items = allocate(most, sizeof *out->items, err)))
        return false;
    while (!csv_at_end(&reader))
        if (!read_cell(&reader, &rules, &out->items[out->n++], err)) return false;
    return true;
}

void cells_free(struct cells *cells) {
    free(cells->items);
    free(cells->text);
    *cells = (struct cells){0};
}
