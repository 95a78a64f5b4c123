/* experiment.h: experiments from request to result. pg_run and pg_run_many are declared in
 * patchgpt.h. */
#ifndef PATCH_EXPERIMENT_H
#define PATCH_EXPERIMENT_H

#include "base/error.h"

/* Runs a group: as many experiments at the front of requests[0..n-1], n > 0, as are worth joining
 * in one walk and fit requests[0].memory, but at least one. Returns how many. Of those, results[i]
 * is what pg_run returns; where it is NULL, errors[i] says why (errors may be NULL). For callers
 * that want the results of one group before the next is run. */
size_t run_group(const struct pg_model *model, const struct pg_request *requests, size_t n,
                 struct pg_result **results, struct pg_error *errors);

#endif
