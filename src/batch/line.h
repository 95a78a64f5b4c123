/* line.h: a line of a batch's file: a JSON object with the fields of a spec, an id, and labels,
 * which name positions. Which lines there are is batch/jobs.h's. */
#ifndef BATCH_LINE_H
#define BATCH_LINE_H

#include "base/json.h"
#include "batch/summary.h"
#include "spec/spec.h"

/* Rules for all lines of a file. */
struct line_rules {
    const struct spec *defaults; /* of fields that a line leaves out */
    const char *ignore; /* names of fields that are not read, with commas between them; or NULL */
};

/* Labels as they are written: negative positions count from the end. Names belong to the JSON. */
struct labels {
    struct position_label *items;
    size_t count;
};

struct batch_line {
    struct spec spec;
    struct labels labels;
    cJSON *json; /* the owner of their texts */
};

/* The id that a line of size bytes gives itself, or "line-<number>" if it gives none. Free with
 * free(). NULL and err if the line is not a JSON object, or a file cannot have such a name. */
char *batch_line_id(const struct line_rules *rules, const char *text, size_t size, size_t number,
                    struct pg_error *err);

/* "line-<number>", to be freed with free(). NULL and err when memory is out. */
char *batch_line_default_id(size_t number, struct pg_error *err);

/* Reads a line; the parts of its spec go together then. False and err, which names the field, if a
 * field is unknown, has a value of another kind, is missing, or contradicts another. Free with
 * batch_line_free, also after failure. */
bool batch_line_read(const struct line_rules *rules, const char *text, size_t size,
                     struct batch_line *out, struct pg_error *err);
void batch_line_free(struct batch_line *line);

/* The request that the line is to this model, and its labels, which go into the row. False and err
 * if the line does not fit the model. Free the request with spec_request_free, also after
 * failure. */
bool batch_line_request(const struct pg_model *model, const struct batch_line *line,
                        struct pg_request *request, struct summary_row *row, struct pg_error *err);

#endif
