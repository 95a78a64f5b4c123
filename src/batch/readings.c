/* readings.c: see readings.h. */
#include "batch/readings.h"

#include "base/csv.h"
#include "base/memory.h"
#include "batch/cells.h"
#include "circuit/direct.h"
#include "circuit/lens.h"
#include "report/reading_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- items ---- */

/* A component's number has its layer, 0 before all layers and LAST after them, above its kind,
 * above its index. */
enum { LAYER_SHIFT = 40, KIND_SHIFT = 32, LAST = 1 << 20 };

uint64_t item_of_part(const struct pg_part *part) {
    const bool after = part->component >= PG_ATTENTION_BIASES;
    const uint64_t layer = after ? LAST : (uint64_t)(part->layer + 1);
    return layer << LAYER_SHIFT | (uint64_t)part->component << KIND_SHIFT |
           (uint64_t)(part->index + 1);
}

struct pg_part part_of_item(uint64_t item) {
    const int layer = (int)(item >> LAYER_SHIFT);
    return (struct pg_part){.component = (enum pg_component)(item >> KIND_SHIFT & 0xff),
                            .layer = layer == LAST ? -1 : layer - 1,
                            .index = (int)(item & 0xffffffff) - 1,
                            .source = -1};
}

void item_name(enum work_kind kind, uint64_t item, char out[ITEM_NAME_SIZE]) {
    if (kind == WORK_LENS) {
        place_name((size_t)item, out);
        return;
    }
    const struct pg_part part = part_of_item(item);
    part_name(&part, out);
}

/* The component that a part is of, whose parts follow each other; itself if it is whole. */
static struct pg_part whole_of(const struct pg_part *part) {
    struct pg_part whole = {.component = part->component, .layer = part->layer, .source = -1};
    whole.index = part->index;
    if (part->component == PG_MLP_NEURON || part->component == PG_MLP_BIAS) {
        whole.component = PG_MLP;
        whole.index = -1;
    }
    return whole;
}

/* ---- fields ---- */

/* A table that is being read. */
struct reading_table {
    struct csv_reader csv;
    const struct csv_columns *columns;
    int n_tokens;
    size_t line;
    const char *fields[CSV_MAX_COLUMNS];
    struct readings *out;
    /* The parts so far of a component that is split: */
    struct pg_part whole;
    double sum;
    bool splits;
};

static bool wrong(const struct reading_table *t, int column, const char *expected,
                  struct pg_error *err) {
    return fail(err, "%s: line %zu: %s is \"%.200s\", expected %s", t->csv.name, t->line,
                t->columns->names[column], t->fields[column], expected);
}

static bool read_number(const struct reading_table *t, int column, float *out,
                        struct pg_error *err) {
    return csv_read_number(&t->csv, t->line, t->columns->names[column], t->fields[column], out,
                           err);
}

static bool read_position(const struct reading_table *t, int column, int *out,
                          struct pg_error *err) {
    size_t position;
    if (!read_digits(t->fields[column], 0, (size_t)t->n_tokens - 1, &position))
        return wrong(t, column, "a position of the text", err);
    *out = (int)position;
    return true;
}

/* place,position,token_id,token,value,rank,top_id,top_token,top_probability */
static bool read_place(struct reading_table *t, struct pg_error *err) {
    enum { PLACE, POSITION, TOKEN = 3, VALUE, RANK, PROBABILITY = 8 };
    struct item_reading *r = &t->out->items[t->out->n++];
    size_t place;
    if (!place_parse(t->fields[PLACE], &place)) return wrong(t, PLACE, "a place", err);
    *r = (struct item_reading){.item = place, .token = t->fields[TOKEN], .value = NAN};
    r->first = !strcmp(t->fields[RANK], "1");
    return read_position(t, POSITION, &r->position, err) &&
           (!*t->fields[VALUE] || read_number(t, VALUE, &r->value, err)) &&
           read_number(t, PROBABILITY, &r->probability, err);
}

/* Adds the component whose parts were read, if it is split. */
static void add_whole(struct reading_table *t) {
    if (t->splits)
        t->out->items[t->out->n++] = (struct item_reading){
            .item = item_of_part(&t->whole), .position = -1, .token = "", .value = (float)t->sum};
    t->splits = false;
}

/* component,value or component,source_position,token,value */
static bool read_part(struct reading_table *t, struct pg_error *err) {
    const bool by_source = t->columns->count > 2;
    const int last = t->columns->count - 1;
    struct pg_part part;
    if (!part_parse(t->fields[0], &part)) return wrong(t, 0, "the name of a component", err);
    if (by_source && *t->fields[1] && !read_position(t, 1, &part.source, err)) return false;
    if (!read_number(t, last, &part.value, err)) return false;
    const struct pg_part whole = whole_of(&part);
    const bool is_part = part.source >= 0 || whole.component != part.component;
    if (t->splits && (!is_part || item_of_part(&whole) != item_of_part(&t->whole))) add_whole(t);
    t->out->items[t->out->n++] = (struct item_reading){.item = item_of_part(&part),
                                                       .position = part.source,
                                                       .token = by_source ? t->fields[2] : "",
                                                       .value = part.value};
    if (!is_part) return true;
    t->sum = t->splits ? t->sum + (double)part.value : (double)part.value;
    t->whole = whole;
    t->splits = true;
    return true;
}

/* ---- the file ---- */

static size_t count_lines(const char *text) {
    size_t lines = 0;
    for (; (text = strchr(text, '\n')); text++) lines++;
    return lines;
}

bool readings_read(enum work_kind kind, const char *path, uint32_t crc, int n_tokens,
                   struct readings *out, struct pg_error *err) {
    size_t size;
    struct reading_table t = {.n_tokens = n_tokens, .out = out};
    *out = (struct readings){0};
    if (!(out->text = csv_read_file(path, crc, &size, err)) ||
        !csv_open(&t.csv, path, out->text, size, err))
        return false;
    t.columns = kind == WORK_LENS ? &lens_columns
                                  : direct_columns(csv_has_field(&t.csv, "source_position"));
    const size_t most = 2 * (count_lines(out->text) + 1); /* records, and a whole for each */
    if (!csv_read_header(&t.csv, t.columns->names, t.columns->count, err) ||
        !(out->items = allocate(most, sizeof *out->items, err)))
        return false;
    while (!csv_at_end(&t.csv)) {
        t.line = t.csv.line;
        if (!csv_read(&t.csv, t.fields, t.columns->count, err) ||
            !(kind == WORK_LENS ? read_place(&t, err) : read_part(&t, err)))
            return false;
    }
    add_whole(&t);
    return true;
}

void readings_free(struct readings *readings) {
    free(readings->items);
    free(readings->text);
    *readings = (struct readings){0};
}
