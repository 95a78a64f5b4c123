/* identity.h: a checksum that tells experiments apart, so that a batch that is resumed knows which
 * results are still those of its lines. It is no protection against forgery. */
#ifndef BATCH_IDENTITY_H
#define BATCH_IDENTITY_H

#include "batch/summary.h"

/* A CRC-32 of all that the result and its row depend on: the model, by pg_model_fingerprint, the
 * request, but for how it is run and what else it reports, and the labels. The same on every machine. */
uint32_t fingerprint(uint32_t model, const struct pg_request *request,
                     const struct position_label *labels, size_t n_labels);

/* A CRC-32 that goes on from an earlier one, or from 0. */
uint32_t checksum(uint32_t earlier, const void *bytes, size_t size);

/* The CRC-32 of a file. False and err if it cannot be read. */
bool file_checksum(const char *path, uint32_t *out, struct pg_error *err);

#endif
