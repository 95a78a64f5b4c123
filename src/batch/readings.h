/* readings.h: reads the CSV of a lens or of a direct attribution (<id>.csv) back, with a check of
 * its bytes, as numbers of items. An item is what a row is about: a place of the residual stream,
 * or a component; items are in the order of the tables. */
#ifndef BATCH_READINGS_H
#define BATCH_READINGS_H

#include "batch/work.h"

enum { ITEM_NAME_SIZE = 40 };

/* Writes the name of an item: "L3.mid", "L9H9". */
void item_name(enum work_kind kind, uint64_t item, char out[ITEM_NAME_SIZE]);

/* The item of a component, whose source does not matter, and the component of an item. */
uint64_t item_of_part(const struct pg_part *part);
struct pg_part part_of_item(uint64_t item);

struct item_reading {
    uint64_t item;
    int position;      /* that is read, or that a head attends to; -1: none */
    const char *token; /* there, or "" */
    float value;       /* NaN: without tokens */
    /* Of a lens: */
    float probability; /* of the most probable token */
    bool first;        /* the metric's first token is the most probable one */
};

struct readings {
    struct item_reading *items;
    size_t n;
    char *text; /* the owner of the tokens */
};

/* Reads the table of a lens or a direct attribution, which must have this CRC-32. What is split is
 * also added up: after the parts of a head that is split by source, and those of an MLP, follows
 * the whole. False and err, which names file, line and column, if a field is wrong. Free with
 * readings_free, also after failure. */
bool readings_read(enum work_kind kind, const char *path, uint32_t crc, int n_tokens,
                   struct readings *out, struct pg_error *err);
void readings_free(struct readings *readings);

#endif
