/* result.h: the result of an experiment, before it is run. */
#ifndef PATCH_RESULT_H
#define PATCH_RESULT_H

#include "base/error.h"

/* Makes a result for a checked request: what was asked for, and room for what will be found. NULL
 * and err when memory is out. Free with pg_result_free. */
struct pg_result *result_new(const struct pg_model *model, const struct pg_request *request,
                             struct pg_error *err);

#endif
