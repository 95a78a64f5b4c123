/* show.h: what a picture shows of each patch, and the colours for it; pg_shown and pg_show_name are in
 * patchgpt.h. */
#ifndef REPORT_SHOW_H
#define REPORT_SHOW_H

#include "base/error.h"

/* Whether the result has what is to be shown: where both runs have one metric nothing is recovered.
 * False and err if not. */
bool show_check(const struct pg_result *result, enum pg_show show, struct pg_error *err);

/* The picture with the limits that follow from what it shows. */
struct pg_picture show_limits(const struct pg_result *result, const struct pg_picture *picture);

#endif
