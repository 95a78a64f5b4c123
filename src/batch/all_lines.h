/* all_lines.h: what a batch takes over all lines of its file, also those of other shards, before it
 * runs any: the texts of means (means.h), and the embeddings of what gets noise. */
#ifndef BATCH_ALL_LINES_H
#define BATCH_ALL_LINES_H

#include "batch/line.h"

/* Called for a line and its request, which has its texts and noise alone; it may take them over.
 * False and err end the reading. */
typedef bool take_line(void *context, const struct batch_line *line, struct pg_request *request,
                       struct pg_error *err);

/* Calls `take` for every experiment whose texts can be used, in order: also one that fails later,
 * for its tokens say. False and err if the file cannot be read, or is standard input, which was
 * read already: `why` says in the error what it would be read for. */
bool all_lines_read(const struct line_rules *rules, const struct pg_model *model, const char *file,
                    const char *why, take_line *take, void *context, struct pg_error *err);

/* The standard deviation of the embeddings of all tokens that get noise, in all lines. False and
 * err as above, or if no token gets any. */
bool all_lines_deviation(const struct line_rules *rules, const struct pg_model *model,
                         const char *file, double *out, struct pg_error *err);

#endif
