/* line.h: a line of a batch's file: a JSON object with the fields of a spec, an id, labels, which
 * name positions, and what is to be done. Which lines there are is batch/jobs.h's. */
#ifndef BATCH_LINE_H
#define BATCH_LINE_H

#include "base/json.h"
#include "batch/summary.h"
#include "spec/spec.h"

/* The fields of a line: those of a spec, and its own. */
enum line_field {
    FIELD_ID = N_SPEC_FIELDS,
    FIELD_LABELS,
    FIELD_WHAT,
    FIELD_TEXT,      /* of lens and direct: another name of clean */
    FIELD_IDS,       /* likewise: of clean_ids */
    FIELD_BY_SOURCE, /* of direct */
    N_LINE_FIELDS
};

/* Rules for all lines of a file. */
struct line_rules {
    const struct spec *defaults; /* of fields that a line leaves out */
    const char *ignore;  /* names of fields that are not read, with commas between them; or NULL */
    enum work_kind kind; /* of lines without "what", which may have fields of experiments that it
                            does not read */
    bool neurons, by_source; /* defaults of these */
};

/* Labels as they are written: negative positions count from the end. Names belong to the JSON. */
struct labels {
    struct position_label *items;
    size_t count;
};

struct batch_line {
    enum work_kind kind;
    struct spec spec; /* text and ids are in its clean text and ids */
    bool metric_given, neurons, by_source;
    struct labels labels;
    cJSON *json; /* the owner of their texts */
};

/* The id that a line of size bytes gives itself, or "line-<number>" if it gives none. Free with
 * free(). NULL and err if the line is not a JSON object, or a file cannot have such a name. */
char *batch_line_id(const struct line_rules *rules, const char *text, size_t size, size_t number,
                    struct pg_error *err);

/* "line-<number>", to be freed with free(). NULL and err when memory is out. */
char *batch_line_default_id(size_t number, struct pg_error *err);

/* Reads a line; its parts go together then. Fields that only experiments have are refused in a line
 * whose "what" is not one, and not read where that is the rules'. False and err, which names the
 * field, if a field is unknown, has a value of another kind, is missing, or contradicts another.
 * Free with batch_line_free, also after failure. */
bool batch_line_read(const struct line_rules *rules, const char *text, size_t size,
                     struct batch_line *out, struct pg_error *err);
void batch_line_free(struct batch_line *line);

/* The request that the line of an experiment, or of another kind of work, is to this model, and its
 * labels, which go into the row. False and err if the line does not fit the model. Free the request
 * with spec_request_free, also after failure. */
bool batch_line_request(const struct pg_model *model, const struct batch_line *line,
                        struct pg_request *request, struct summary_row *row, struct pg_error *err);
bool batch_line_one_text(const struct pg_model *model, const struct batch_line *line,
                         struct pg_request *request, struct summary_row *row, struct pg_error *err);

/* Whether the line of a lens or a direct attribution has one text, or its ids, and a metric that
 * goes with it. False and err otherwise. */
bool batch_line_check_one_text(const struct batch_line *line, struct pg_error *err);

#endif
