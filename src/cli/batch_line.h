/* batch_line.h: a line of a batch's file, as JSON, to what the options of an experiment hold. */
#ifndef CLI_BATCH_LINE_H
#define CLI_BATCH_LINE_H

#include "cli/labels.h"
#include "cli/options.h"

enum { N_BATCH_FIELDS = 16 };

struct batch_line {
    struct options options; /* the batch's, with those of the line over them */
    struct labels labels;
    cJSON *json;                 /* what strings point into, */
    char *texts[N_BATCH_FIELDS]; /* and lists of numbers as the command line has them */
};

/* The id that a line of size bytes gives itself, or "line-<number>" if it gives none. Free with free().
 * NULL and err if the line is no JSON object, or no file can have such a name. */
char *batch_line_id(const struct options *batch, const char *text, size_t size, size_t number,
                    struct pg_error *err);

/* "line-<number>", to be freed with free(). NULL and err when memory is out. */
char *batch_line_default_id(size_t number, struct pg_error *err);

/* Reads a line. Its options make sense as an experiment's. False and err, which names the field, if a
 * field is unknown, is not as it should be, is missing, or contradicts another. Free with
 * batch_line_free, also after failure. */
bool batch_line_read(const struct options *batch, const char *text, size_t size,
                     struct batch_line *out, struct pg_error *err);
void batch_line_free(struct batch_line *line);

/* The request that the line is to this model, and its labels, which go into the row. False and err if
 * the line does not fit the model. Free the request with free_experiment, also after failure. */
bool batch_line_request(const struct pg_model *model, const struct batch_line *line,
                        struct pg_request *request, struct summary_row *row, struct pg_error *err);

#endif
