/* means.h: the means of activations that the ablations of a batch put in. They are over the texts
 * of a file, or over the clean texts of the batch's own lines: those with the same template, if
 * lines have one, and, by position, with equally many tokens. Not the means of results: mean.h. */
#ifndef BATCH_MEANS_H
#define BATCH_MEANS_H

#include "batch/line.h"

struct means;

/* Reads all texts: those of the file that the defaults name, or those of the lines of `file`, also
 * of other shards; lines that cannot be used are left out. NULL and err if a file cannot be read,
 * or `file` is standard input, which was read already. Close with means_close. The rules and the
 * model must outlive it. */
struct means *means_open(const struct line_rules *rules, const struct pg_model *model,
                         const char *file, struct pg_error *err);
void means_close(struct means *means);

/* The mean for a line's request, made when it is first needed, and a checksum of the texts that it
 * is over. Owned by the means. NULL and err if it cannot be made. */
const struct pg_mean *means_find(struct means *means, const struct batch_line *line,
                                 const struct pg_request *request, uint32_t *texts,
                                 struct pg_error *err);

/* A checksum of all texts. */
uint32_t means_checksum(const struct means *means);

#endif
