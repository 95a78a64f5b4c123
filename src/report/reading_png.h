/* reading_png.h: the pictures of a lens and of a direct attribution as PNG files in memory, with
 * notes about what they show. */
#ifndef REPORT_READING_PNG_H
#define REPORT_READING_PNG_H

#include "base/error.h"

/* Place by position: the metric, or without pairs the probability of the most probable token, which
 * is written in each cell where it fits. picture->show is not used. Compressed by at most
 * `threads` threads. Free with free(). NULL and err when memory is out. */
uint8_t *lens_png(const struct pg_model *model, const struct pg_lens *lens,
                  const struct pg_picture *picture, int threads, size_t *size,
                  struct pg_error *err);

/* Layer by head, with the MLPs as one more column, an MLP being the sum of its neurons and its bias
 * where these are the parts; and by source also head by position. */
uint8_t *direct_png(const struct pg_model *model, const struct pg_direct *direct,
                    const struct pg_picture *picture, int threads, size_t *size,
                    struct pg_error *err);

#endif
