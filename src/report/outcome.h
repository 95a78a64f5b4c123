/* outcome.h: what was done with the result of an experiment, for the reports to tell. */
#ifndef REPORT_OUTCOME_H
#define REPORT_OUTCOME_H

#include "patchgpt.h"

struct outcome {
    const char *csv, *png; /* the files written, or NULL */
    const char *checked;   /* the file that the result was compared with, or NULL */
    double tolerance;      /* of the comparison */
    struct pg_check check; /* what came of it */
};

#endif
