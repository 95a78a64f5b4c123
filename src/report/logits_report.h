/* logits_report.h: what was done with the logits of a text, and the sentences that tell it. */
#ifndef REPORT_LOGITS_REPORT_H
#define REPORT_LOGITS_REPORT_H

#include "base/error.h"
#include "report/table.h"

struct logits_outcome {
    const char *written;          /* the file that has them now, or NULL */
    const char *checked;          /* the file that they were compared with, or NULL */
    double tolerance;             /* of the comparison */
    struct pg_logits_check check; /* what came of it */
};

/* Fails with how many logits differ from the file by more than the tolerance, where most, and what is most
 * probable there in both. Always false; check must have found some. */
bool fail_logits_differ(const struct pg_model *model, const struct pg_logits_check *check,
                        const char *file, double tolerance, struct pg_error *err);

/* Writes a line about the file that was written and one about a comparison that has found no difference,
 * below an empty one; nothing if there is neither. */
void write_logits_outcome(FILE *out, const struct pg_model *model, const struct logits_outcome *o,
                          enum table_form form);

#endif
