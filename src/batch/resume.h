/* resume.h: which results of an earlier run are still those of a batch's lines: checksums that tell
 * experiments and files apart, and the rows and files that the earlier run has left in the folder.
 * Checksums are no protection against forgery. */
#ifndef BATCH_RESUME_H
#define BATCH_RESUME_H

#include "batch/summary.h"

/* A CRC-32 of everything that a result and its row depend on: the model, by pg_model_fingerprint,
 * the request without its top, memory and progress, and the labels. The same on every machine. */
uint32_t fingerprint(uint32_t model, const struct pg_request *request,
                     const struct position_label *labels, size_t n_labels);

/* A CRC-32 that continues an earlier one, or begins at 0. */
uint32_t checksum(uint32_t earlier, const void *bytes, size_t size);

/* The CRC-32 of a file. False and err if it cannot be read. */
bool file_checksum(const char *path, uint32_t *out, struct pg_error *err);

/* The rows of an earlier run on a folder. Zeroed for a batch that does not resume one. */
struct earlier {
    const char *folder;
    struct summary done; /* rows of summary.csv and summary_partial.csv that are done, by id */
};

/* Reads the summaries that exist. folder must outlive out. False and err if one is not a summary.
 * Free with earlier_free, also after failure. */
bool earlier_read(const char *folder, struct earlier *out, struct pg_error *err);
void earlier_free(struct earlier *earlier);

/* Whether the existing summaries can be read: to be asked before the folder is opened, which leaves
 * traces. False and err otherwise. */
bool earlier_check(const char *folder, struct pg_error *err);

/* The row of an experiment with this id and fingerprint, if its CSV has the bytes that the row
 * says, and, with png, its picture exists; else NULL. */
const struct summary_row *earlier_find(const struct earlier *earlier, const char *id,
                                       uint32_t fingerprint, bool png);

/* Removes the files that an earlier run has written under this id, if any: those of a line that has
 * changed must not stay beside a new row. */
void earlier_remove(const struct earlier *earlier, const char *id);

#endif
