/* difference.h: the sentence about what a comparison with an earlier CSV has found. */
#ifndef REPORT_DIFFERENCE_H
#define REPORT_DIFFERENCE_H

#include "base/error.h"

/* Fails with how many values differ from the file by more than the tolerance, and where most. Always
 * false; check must have found some. */
bool fail_different(const struct pg_result *result, const struct pg_check *check, const char *file,
                    double tolerance, struct pg_error *err);

#endif
