/* outcome.h: the outcome of a result: the files that were written, a comparison with an earlier
 * file, and the sentences about both. */
#ifndef REPORT_OUTCOME_H
#define REPORT_OUTCOME_H

#include "base/error.h"
#include "report/table.h"

struct mediation;

/* Of an experiment. */
struct outcome {
    const struct mediation *split;             /* the result's effects by kinds of paths, or NULL */
    const char *csv, *png, *npz, *graph, *dot; /* the files written, or NULL */
    const char *no_picture; /* why there is no PNG although one was to be written, or NULL */
    const char *checked;    /* the file that the result was compared with, or NULL */
    double tolerance;       /* of the comparison */
    struct pg_check check;  /* its result */
};

enum { MAX_WRITTEN = 5 };

/* Lists the files that were written; returns how many. */
size_t outcome_files(const struct outcome *outcome, const char *out[MAX_WRITTEN]);

/* Of the logits of a text. */
struct logits_outcome {
    const char *written, *npz;    /* the files written, or NULL */
    const char *checked;          /* the file that they were compared with, or NULL */
    double tolerance;             /* of the comparison */
    struct pg_logits_check check; /* its result */
};

/* Both write the names of the files that were written, why one was not and, if a comparison has
 * found no difference, a line about it. Where lines would run together in Markdown, an empty line
 * parts them. */
void write_outcome(FILE *out, const struct outcome *outcome, size_t n_cells, enum table_form form);
void write_logits_outcome(FILE *out, const struct pg_model *model,
                          const struct logits_outcome *outcome, enum table_form form);

/* Both fail with the sentence about a comparison that has found differences: how many values differ
 * from the file by more than the tolerance, and the largest difference. Always false. */
bool fail_different(const struct pg_result *result, const struct pg_check *check, const char *file,
                    double tolerance, struct pg_error *err);
bool fail_logits_differ(const struct pg_model *model, const struct pg_logits_check *check,
                        const char *file, double tolerance, struct pg_error *err);

#endif
