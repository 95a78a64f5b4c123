/* earlier.h: what an earlier run on a folder has left there, for one that goes on with it. */
#ifndef BATCH_EARLIER_H
#define BATCH_EARLIER_H

#include "batch/summary.h"

struct earlier {
    const char *folder;
    struct summary done; /* the rows of summary.csv and summary_partial.csv that are done, by id */
};

/* Reads the summaries that are there; none is fine. folder must outlive out. False and err if one is no
 * summary. Free with earlier_free, also after failure. */
bool earlier_read(const char *folder, struct earlier *out, struct pg_error *err);
void earlier_free(struct earlier *earlier);

/* Whether the summaries that are there can be read: to be asked before the folder is opened, which leaves
 * traces. False and err otherwise. */
bool earlier_check(const char *folder, struct pg_error *err);

/* The row of an experiment with this id and fingerprint, if its CSV is there as the row says, and if png
 * its picture too. NULL if there is none. */
const struct summary_row *earlier_find(const struct earlier *earlier, const char *id,
                                       uint32_t fingerprint, bool png);

/* Removes the files that an earlier run has written under this id, if any: those of a line that has
 * changed must not stay beside a new row. */
void earlier_remove(const struct earlier *earlier, const char *id);

#endif
