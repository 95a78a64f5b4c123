/* save.h: from the results of experiments to their own files. Rows and summaries are others' work. */
#ifndef BATCH_SAVE_H
#define BATCH_SAVE_H

#include "base/error.h"

/* How it is done, for all. */
struct save_options {
    const struct pg_model *model;
    const char *folder;
    const struct pg_picture *look; /* of <id>.png; NULL: there is none */
    const char *reference;         /* the folder to compare with, or NULL */
    double tolerance;
};

enum saved {
    SAVED,
    DIFFERENT,  /* saved, but not equal to the reference */
    UNSAVED,    /* it cannot be compared or drawn */
    UNWRITABLE, /* a file cannot be written; others could not either */
};

struct saving {
    const char *id;
    const struct pg_result *result;
    enum saved outcome;
    uint32_t csv_crc;    /* unless outcome is UNWRITABLE */
    struct pg_error err; /* unless outcome is SAVED */
};

/* Writes <id>.csv, and <id>.png if that is asked for, of n results, several at once, and compares them
 * with <id>.csv in the reference. Fills what is behind result in each. */
void save_results(const struct save_options *options, struct saving *items, size_t n);

#endif
